// CopyObject. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
//
// A copy shares the source's blobs. Its bytes are read again only where the copy's ETag or checksum must be computed
// anew: when the source was a multipart upload, or another checksum is asked for.
#include "base/digest.h"
#include "base/encoding.h"
#include "services/s3/blocking.h"
#include "services/s3/cipher.h"
#include "services/s3/notifications.h"
#include "services/s3/object_write.h"
#include "services/s3/operations.h"
#include "services/s3/segments.h"
#include "services/s3/staging.h"
#include "wire/shapes/s3.h"

namespace thimble::services::s3 {
namespace {

using base::Result;
using dispatch::Context;
namespace api = shapes::s3;
using Copy = api::CopyObject;

struct Source {
  proto::Bucket bucket;
  proto::ObjectVersion object;
};

/// What has to be known before bytes are read.
struct Plan {
  proto::ObjectVersion object;
  std::string source_key;
  WriteKey key;
};

// What is known of the bytes once they were read again.
struct Digests {
  std::string md5;
  std::string algorithm;
  std::string checksum;
  std::optional<proto::Segment> segment = {};  ///< Of a copy that is encrypted otherwise than its source.
};

Result<Source> readSource(Context& context, const Copy::Input& input) {
  TRY_ASSIGN(CopySource named, parseCopySource(input.CopySource_));
  TRY(context.authorise(named.version_id ? "s3:GetObjectVersion" : "s3:GetObject",
                        "arn:aws:s3:::" + named.bucket + "/" + named.key));
  Source source;
  TRY_ASSIGN(source.bucket, requireBucket(context.transaction(), named.bucket, input.ExpectedSourceBucketOwner_));
  auto object = requireObject(context.transaction(), source.bucket, named.key, named.version_id, "GET");
  if (!object.ok() && object.error().code == "MethodNotAllowed") {
    return invalidRequest("The source of a copy request may not specifically refer to a delete marker by version id.");
  }
  TRY_ASSIGN(source.object, std::move(object));
  TRY(checkConditions({input.CopySourceIfMatch_, input.CopySourceIfNoneMatch_, input.CopySourceIfModifiedSince_,
                       input.CopySourceIfUnmodifiedSince_},
                      source.object, context.now(), "x-amz-copy-source-"));
  TRY(keyForReading(givenSourceKey(input), source.object));
  if (isArchived(source.object) && source.object.restored_until() <= context.now().milliseconds) {
    return base::ApiError{"ObjectNotInActiveTierError",
                          "The source object of the COPY action is not in the active tier", 403};
  }
  return source;
}

bool mustRead(const proto::ObjectVersion& source, const std::string& algorithm) {
  const bool other = !algorithm.empty() && algorithm != source.checksum_algorithm();
  return source.parts_size() > 0 || other || source.checksum().empty();
}

Result<Copy::Output> writeCopy(Context& context, const Copy::Input& input, const WriteKey& key,
                               const std::optional<Digests>& digests, std::int64_t read_sequence) {
  store::Transaction& transaction = context.transaction();
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(transaction, input.Bucket_, input.ExpectedBucketOwner_));
  TRY_ASSIGN(Source source, readSource(context, input));
  if (digests && source.object.sequence() != read_sequence) {
    return base::ApiError{"OperationAborted",
                          "A conflicting conditional operation is currently in progress against this resource. Please "
                          "try again.",
                          409};
  }
  const bool replace = input.MetadataDirective_ == "REPLACE";
  if (input.MetadataDirective_ && !replace && *input.MetadataDirective_ != "COPY") {
    return invalidArgument("Unknown metadata directive.", "x-amz-metadata-directive", *input.MetadataDirective_);
  }
  if (const std::string tagging = input.TaggingDirective_.value_or("COPY"); tagging != "COPY" && tagging != "REPLACE") {
    return invalidArgument("Unknown tagging directive.", "x-amz-tagging-directive", tagging);
  }
  const bool same = source.bucket.name() == bucket.name() && source.object.key() == input.Key_ &&
                    input.CopySource_.find("?versionId=") == std::string::npos;
  if (same && !replace && !input.StorageClass_ && !input.WebsiteRedirectLocation_ && !input.ServerSideEncryption_ &&
      !input.ChecksumAlgorithm_ && !input.SSECustomerAlgorithm_ && source.object.kms_key() == key.kms_key) {
    return invalidRequest(
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
        "metadata, storage class, website redirect location or encryption attributes.");
  }
  TRY(checkWriteConditions(transaction, bucket, input.Key_, input.IfMatch_, input.IfNoneMatch_));
  // 1. What the request says about the new object.
  TRY_ASSIGN(proto::ObjectVersion object, describeObject(input, bucket, key, context.now()));
  // 2. What it takes over.
  if (!replace) {
    const auto redirect = input.WebsiteRedirectLocation_;
    *object.mutable_headers() = source.object.headers();
    object.mutable_headers()->erase("WebsiteRedirectLocation");
    if (redirect) (*object.mutable_headers())["WebsiteRedirectLocation"] = *redirect;
    *object.mutable_metadata() = source.object.metadata();
  }
  if (input.TaggingDirective_.value_or("COPY") == "COPY") *object.mutable_tags() = source.object.tags();
  object.set_size(source.object.size());
  if (digests && digests->segment) {
    *object.add_segments() = *digests->segment;
  } else {
    *object.mutable_segments() = source.object.segments();
  }
  object.set_etag(digests ? digests->md5 : source.object.etag());
  object.set_checksum_algorithm(digests ? digests->algorithm : source.object.checksum_algorithm());
  object.set_checksum(digests ? digests->checksum : source.object.checksum());
  object.set_checksum_type("FULL_OBJECT");
  object.set_version_id(newVersionId(bucket, context.random()));
  object.set_modified(context.now().milliseconds);
  addVersion(transaction, bucket.name(), object);
  notify(context, bucket, object, "ObjectCreated:Copy");
  // 3. The answer.
  Copy::Output output;
  output.VersionId_ = shownVersionId(bucket, object);
  if (source.object.version_id() != "null") output.CopySourceVersionId_ = source.object.version_id();
  showEncryption(output, object);
  output.CopyObjectResult_.emplace();
  output.CopyObjectResult_->ETag_ = "\"" + object.etag() + "\"";
  output.CopyObjectResult_->LastModified_ = shownTime(object.modified());
  output.CopyObjectResult_->ChecksumType_ = "FULL_OBJECT";
  setChecksum(*output.CopyObjectResult_, object.checksum_algorithm(), object.checksum());
  return output;
}

Digests digestsOf(const platform::ByteSource& bytes, const std::string& algorithm) {
  const base::DigestKind kind = *checksumKind(algorithm);
  base::Digester digester({base::DigestKind::Md5, kind});
  std::string buffer(std::size_t{256} << 10, '\0');
  for (std::uint64_t offset = 0;;) {
    const std::size_t count = bytes.read(offset, buffer.data(), buffer.size());
    if (count == 0) break;
    digester.update(std::string_view(buffer.data(), count));
    offset += count;
  }
  auto digests = digester.finish();
  return {base::encodeHex(digests[base::DigestKind::Md5]), algorithm, base::encodeBase64(digests[kind])};
}

Result<Plan> planCopy(const Encryption& encryption, Context& context, const Copy::Input& input) {
  TRY_ASSIGN(const proto::Bucket bucket,
             requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  Plan plan;
  TRY_ASSIGN(plan.key, encryption.forWriting(context, bucket, input.Key_, wantedEncryption(input)));
  TRY_ASSIGN(const Source source, readSource(context, input));
  TRY_ASSIGN(plan.source_key, encryption.forReading(context, givenSourceKey(input), source.bucket, source.object));
  plan.object = source.object;
  return plan;
}

void copyObject(const EncryptionPointer& encryption, std::shared_ptr<dispatch::AsyncContext> context, Copy::Input input,
                dispatch::Responder<Copy::Output> respond) {
  auto algorithm = chooseAlgorithm({}, input.ChecksumAlgorithm_);
  if (!algorithm.ok()) return respond(std::move(algorithm).error());
  auto commit = [context, input, respond](const WriteKey& key, std::optional<Digests> digests, std::int64_t sequence) {
    context->transact<Copy::Output>(
        [input, key, digests, sequence](Context& inner) { return writeCopy(inner, input, key, digests, sequence); },
        [respond](Result<Copy::Output> result) {
          if (result.ok()) {
            respond(dispatch::Reply<Copy::Output>(std::move(result).value()));
          } else {
            respond(std::move(result).error());
          }
        });
  };
  context->transact<Plan>(
      [encryption, input](Context& inner) { return planCopy(*encryption, inner, input); },
      [context, respond, commit, algorithm = std::move(algorithm).value()](Result<Plan> planned) {
        if (!planned.ok()) return respond(std::move(planned).error());
        const Plan plan = *std::move(planned);
        const bool encrypted = !plan.key.key.empty() || !plan.source_key.empty();
        if (!encrypted && !mustRead(plan.object, algorithm)) return commit(plan.key, std::nullopt, 0);
        const std::string chosen = !algorithm.empty()                         ? algorithm
                                   : plan.object.checksum_algorithm().empty() ? std::string("CRC64NVME")
                                                                              : plan.object.checksum_algorithm();
        runBlocking<Copy::Output>(context, respond, [context, plan, chosen, commit, encrypted](auto respond) {
          auto& blobs = context->environment().blobs;
          const proto::ObjectVersion& object = plan.object;
          auto bytes = openSegments(blobs, object.segments(), 0, object.size(), plan.source_key);
          if (!encrypted) return commit(plan.key, digestsOf(*bytes, chosen), object.sequence());
          StagingOptions options{{}, chosen, std::nullopt, chosen};
          options.key = plan.key.key;
          options.nonce = context->random().bytes(CounterCipher::kNonceBytes);
          auto staged = stageBody(blobs, bytes.get(), options);
          if (!staged.ok()) return respond(std::move(staged).error());
          commit(plan.key, Digests{staged->md5, staged->algorithm, staged->checksum, staged->segment},
                 object.sequence());
        });
      });
}

}  // namespace

void registerCopies(dispatch::Registry& registry, const EncryptionPointer& encryption) {
  registry.addAsynchronous<Copy>([encryption](std::shared_ptr<dispatch::AsyncContext> context, Copy::Input input,
                                              dispatch::Responder<Copy::Output> respond) {
    copyObject(encryption, std::move(context), std::move(input), std::move(respond));
  });
}

}  // namespace thimble::services::s3
