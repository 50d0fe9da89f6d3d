// CreateMultipartUpload, UploadPart, UploadPartCopy, AbortMultipartUpload.
#include <cstdio>

#include "services/s3/blocking.h"
#include "services/s3/cipher.h"
#include "services/s3/object_write.h"
#include "services/s3/operations.h"
#include "services/s3/upload.h"
#include "wire/shapes/s3.h"

namespace thimble::services::s3 {
namespace {

using base::Result;
using dispatch::Context;
namespace api = shapes::s3;

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

Result<api::CreateMultipartUpload::Output> createUpload(const Encryption& encryption, Context& context,
                                                        const api::CreateMultipartUpload::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  TRY_ASSIGN(std::string algorithm, chooseAlgorithm({}, input.ChecksumAlgorithm_));
  if (input.ChecksumType_ && algorithm.empty()) {
    return invalidRequest("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.");
  }
  std::string type = algorithm.empty() ? "" : input.ChecksumType_.value_or(defaultChecksumType(algorithm));
  if (input.ChecksumType_ && type != "FULL_OBJECT" && type != "COMPOSITE") {
    return invalidRequest("Value for x-amz-checksum-type header is invalid.");
  }
  bool impossible =
      (type == "FULL_OBJECT" && algorithm.starts_with("SHA")) || (type == "COMPOSITE" && algorithm == "CRC64NVME");
  if (impossible) {
    return invalidRequest("The " + type + " checksum type cannot be used with the " + lower(algorithm) +
                          " checksum algorithm.");
  }
  proto::Upload upload;
  TRY_ASSIGN(const WriteKey key, encryption.forWriting(context, bucket, input.Key_, wantedEncryption(input)));
  TRY_ASSIGN(*upload.mutable_object(), describeObject(input, bucket, key, context.now()));
  upload.set_id(randomId(context.random(), 128));
  upload.set_initiated(context.now().milliseconds);
  upload.set_checksum_algorithm(algorithm);
  upload.set_checksum_type(type);
  kUploads.put(context.transaction(), upload, bucket.name(), input.Key_, upload.id());
  api::CreateMultipartUpload::Output output;
  output.Bucket_ = bucket.name();
  output.Key_ = input.Key_;
  output.UploadId_ = upload.id();
  showEncryption(output, upload.object());
  if (!algorithm.empty()) {
    output.ChecksumAlgorithm_ = algorithm;
    output.ChecksumType_ = type;
  }
  return output;
}

// The upload as it is now, read before the part's bytes are.
template <class Input>
Result<proto::Upload> peekUpload(const dispatch::AsyncContext& context, const Input& input) {
  store::Transaction transaction = context.environment().store.begin();
  TRY(requireBucket(transaction, input.Bucket_, input.ExpectedBucketOwner_));
  TRY(checkPartNumber(input.PartNumber_));
  return requireUpload(transaction, input.Bucket_, input.Key_, input.UploadId_);
}

/// The key of a part, asked of KMS where the upload's is its.
template <class Input>
void withPartKey(const EncryptionPointer& encryption, const std::shared_ptr<dispatch::AsyncContext>& context,
                 const Input& input, const proto::ObjectVersion& upload,
                 std::function<void(Result<std::string>)> done) {
  if (upload.kms_key().empty()) return done(keyForPart(givenKey(input), upload));
  context->transact<std::string>(
      [encryption, upload, given = givenKey(input), name = input.Bucket_](Context& inner) -> Result<std::string> {
        TRY_ASSIGN(const proto::Bucket bucket, requireBucket(inner.transaction(), name));
        return encryption->forPart(inner, given, bucket, upload);
      },
      std::move(done));
}

template <class Output, class Finish>
void commitPart(std::shared_ptr<dispatch::AsyncContext> context, const std::string& bucket, const std::string& key,
                const std::string& upload_id, std::int64_t number, Staged staged, dispatch::Responder<Output> respond,
                Finish finish) {
  context->transact<proto::Part>(
      [=](Context& inner) -> Result<proto::Part> {
        TRY(requireUpload(inner.transaction(), bucket, key, upload_id));
        return putPart(inner.transaction(), bucket, upload_id, number, staged, inner.now());
      },
      [respond, finish](Result<proto::Part> part) {
        if (part.ok()) {
          respond(dispatch::Reply<Output>(finish(part.value())));
        } else {
          respond(std::move(part).error());
        }
      });
}

using Upload = api::UploadPart;

void stagePart(const std::shared_ptr<dispatch::AsyncContext>& context, const Upload::Input& input,
               const proto::Upload& upload, const std::string& key, dispatch::Responder<Upload::Output> respond) {
  runBlocking<Upload::Output>(context, std::move(respond), [context, input, upload, key](auto respond) {
    StagingOptions options{givenChecksums(input), input.ChecksumAlgorithm_, input.ContentMD5_,
                           upload.checksum_algorithm(), true};
    options.key = key;
    options.nonce = context->random().bytes(CounterCipher::kNonceBytes);
    auto staged = stageBody(context->environment().blobs, context->call().body.get(), options);
    if (!staged.ok()) return respond(std::move(staged).error());
    const std::string answered = staged->algorithm;
    const std::string checksum = staged->checksum;
    // Kept only where it is of the upload's own algorithm.
    if (upload.checksum_algorithm().empty()) staged->checksum.clear();
    commitPart<Upload::Output>(context, input.Bucket_, input.Key_, input.UploadId_, input.PartNumber_,
                               std::move(staged).value(), respond,
                               [answered, checksum, object = upload.object()](const proto::Part& part) {
                                 Upload::Output output;
                                 output.ETag_ = "\"" + part.etag() + "\"";
                                 showEncryption(output, object);
                                 setChecksum(output, answered, checksum);
                                 return output;
                               });
  });
}

void uploadPart(const EncryptionPointer& encryption, std::shared_ptr<dispatch::AsyncContext> context,
                Upload::Input input, dispatch::Responder<Upload::Output> respond) {
  auto upload = peekUpload(*context, input);
  if (!upload.ok()) return respond(std::move(upload).error());
  auto algorithm = chooseAlgorithm(givenChecksums(input), input.ChecksumAlgorithm_);
  if (!algorithm.ok()) return respond(std::move(algorithm).error());
  auto fits = checkPartAlgorithm(upload.value(), algorithm.value());
  if (!fits.ok()) return respond(std::move(fits).error());
  withPartKey(encryption, context, input, upload->object(),
              [context, input, upload = *upload, respond](Result<std::string> key) {
                if (!key.ok()) return respond(std::move(key).error());
                stagePart(context, input, upload, *key, respond);
              });
}

using CopyPart = api::UploadPartCopy;

// "bytes=first-last", both given; nothing when it is not that.
std::optional<std::pair<std::uint64_t, std::uint64_t>> parseCopyRange(const std::string& text) {
  unsigned long long first = 0, last = 0;
  char rest = 0;
  if (std::sscanf(text.c_str(), "bytes=%19llu-%19llu%c", &first, &last, &rest) != 2 || last < first)
    return std::nullopt;
  return std::pair<std::uint64_t, std::uint64_t>(first, last);
}

Result<platform::ByteSourcePointer> openCopySource(const Encryption& encryption, Context& context,
                                                   const CopyPart::Input& input) {
  TRY_ASSIGN(CopySource source, parseCopySource(input.CopySource_));
  TRY(context.authorise(source.version_id ? "s3:GetObjectVersion" : "s3:GetObject",
                        "arn:aws:s3:::" + source.bucket + "/" + source.key));
  TRY_ASSIGN(proto::Bucket bucket,
             requireBucket(context.transaction(), source.bucket, input.ExpectedSourceBucketOwner_));
  TRY_ASSIGN(proto::ObjectVersion object,
             requireObject(context.transaction(), bucket, source.key, source.version_id, "GET"));
  TRY(checkConditions({input.CopySourceIfMatch_, input.CopySourceIfNoneMatch_, input.CopySourceIfModifiedSince_,
                       input.CopySourceIfUnmodifiedSince_},
                      object, context.now(), "x-amz-copy-source-"));
  std::uint64_t offset = 0, length = object.size();
  if (input.CopySourceRange_) {
    auto range = parseCopyRange(*input.CopySourceRange_);
    if (!range) {
      return invalidArgument(
          "The x-amz-copy-source-range value must be of the form bytes=first-last where first and "
          "last are the zero-based offsets of the first and last bytes to copy",
          "x-amz-copy-source-range", *input.CopySourceRange_);
    }
    if (range->second >= object.size()) {
      return invalidArgument("Range specified is not valid for source object of size: " + std::to_string(object.size()),
                             "x-amz-copy-source-range", *input.CopySourceRange_);
    }
    offset = range->first;
    length = range->second - range->first + 1;
  }
  TRY_ASSIGN(const std::string key, encryption.forReading(context, givenSourceKey(input), bucket, object));
  return openSegments(context.environment().blobs, object.segments(), offset, length, key);
}

void copyPart(const std::shared_ptr<dispatch::AsyncContext>& context, const CopyPart::Input& input,
              const proto::Upload& upload, const std::string& key, const platform::ByteSourcePointer& bytes,
              dispatch::Responder<CopyPart::Output> respond) {
  runBlocking<CopyPart::Output>(context, std::move(respond), [context, input, upload, key, bytes](auto respond) {
    StagingOptions options{{}, std::nullopt, std::nullopt, upload.checksum_algorithm(), true};
    options.key = key;
    options.nonce = context->random().bytes(CounterCipher::kNonceBytes);
    auto staged = stageBody(context->environment().blobs, bytes.get(), options);
    if (!staged.ok()) return respond(std::move(staged).error());
    commitPart<CopyPart::Output>(context, input.Bucket_, input.Key_, input.UploadId_, input.PartNumber_,
                                 std::move(staged).value(), respond, [upload](const proto::Part& part) {
                                   CopyPart::Output output;
                                   showEncryption(output, upload.object());
                                   output.CopyPartResult_.emplace();
                                   output.CopyPartResult_->ETag_ = "\"" + part.etag() + "\"";
                                   output.CopyPartResult_->LastModified_ = shownTime(part.modified());
                                   setChecksum(*output.CopyPartResult_, upload.checksum_algorithm(), part.checksum());
                                   return output;
                                 });
  });
}

void uploadPartCopy(const EncryptionPointer& encryption, std::shared_ptr<dispatch::AsyncContext> context,
                    CopyPart::Input input, dispatch::Responder<CopyPart::Output> respond) {
  auto upload = peekUpload(*context, input);
  if (!upload.ok()) return respond(std::move(upload).error());
  withPartKey(encryption, context, input, upload->object(),
              [encryption, context, input, upload = *upload, respond](Result<std::string> key) {
                if (!key.ok()) return respond(std::move(key).error());
                context->transact<platform::ByteSourcePointer>(
                    [encryption, input](Context& inner) { return openCopySource(*encryption, inner, input); },
                    [context, input, upload, key = *key, respond](Result<platform::ByteSourcePointer> bytes) {
                      if (!bytes.ok()) return respond(std::move(bytes).error());
                      copyPart(context, input, upload, key, *bytes, respond);
                    });
              });
}

Result<api::AbortMultipartUpload::Output> abortUpload(Context& context, const api::AbortMultipartUpload::Input& input) {
  store::Transaction& transaction = context.transaction();
  TRY(requireBucket(transaction, input.Bucket_, input.ExpectedBucketOwner_));
  TRY(requireUpload(transaction, input.Bucket_, input.Key_, input.UploadId_));
  for (const auto& row : kParts.scan(transaction, {}, input.Bucket_, input.UploadId_)) transaction.erase(row.key);
  kUploads.erase(transaction, input.Bucket_, input.Key_, input.UploadId_);
  return api::AbortMultipartUpload::Output{};
}

}  // namespace

void registerMultipart(dispatch::Registry& registry, const EncryptionPointer& encryption) {
  registry.add<api::CreateMultipartUpload>(
      [encryption](Context& context, const api::CreateMultipartUpload::Input& input) {
        return createUpload(*encryption, context, input);
      });
  registry.addAsynchronous<Upload>([encryption](std::shared_ptr<dispatch::AsyncContext> context, Upload::Input input,
                                                dispatch::Responder<Upload::Output> respond) {
    uploadPart(encryption, std::move(context), std::move(input), std::move(respond));
  });
  registry.addAsynchronous<CopyPart>([encryption](std::shared_ptr<dispatch::AsyncContext> context,
                                                  CopyPart::Input input,
                                                  dispatch::Responder<CopyPart::Output> respond) {
    uploadPartCopy(encryption, std::move(context), std::move(input), std::move(respond));
  });
  registry.add<api::AbortMultipartUpload>(abortUpload);
}

}  // namespace thimble::services::s3
