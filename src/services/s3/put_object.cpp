// PutObject. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
#include "services/s3/blocking.h"
#include "services/s3/cipher.h"
#include "services/s3/lifecycle.h"
#include "services/s3/notifications.h"
#include "services/s3/object_write.h"
#include "services/s3/operations.h"
#include "services/s3/staging.h"
#include "wire/shapes/s3.h"

namespace thimble::services::s3 {
namespace {

using base::Result;
using dispatch::Context;
namespace api = shapes::s3;
using Put = api::PutObject;

Result<Put::Output> putObject(Context& context, const Put::Input& input, const WriteKey& key, const Staged& staged) {
  store::Transaction& transaction = context.transaction();
  // 1. May it be written there?
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(transaction, input.Bucket_, input.ExpectedBucketOwner_));
  TRY_ASSIGN(proto::ObjectVersion object, describeObject(input, bucket, key, context.now()));
  TRY(checkWriteConditions(transaction, bucket, input.Key_, input.IfMatch_, input.IfNoneMatch_));
  // 2. The version.
  object.set_version_id(newVersionId(bucket, context.random()));
  object.set_modified(context.now().milliseconds);
  object.set_size(staged.segment.size());
  object.set_etag(staged.md5);
  *object.add_segments() = staged.segment;
  object.set_checksum_algorithm(staged.algorithm);
  object.set_checksum(staged.checksum);
  object.set_checksum_type("FULL_OBJECT");
  addVersion(transaction, bucket.name(), object);
  notify(context, bucket, object, "ObjectCreated:Put");
  // 3. The answer.
  Put::Output output;
  output.ETag_ = "\"" + staged.md5 + "\"";
  output.VersionId_ = writtenVersionId(bucket, object);
  showEncryption(output, object);
  output.Expiration_ = expirationHeader(bucket, object);
  output.ChecksumType_ = "FULL_OBJECT";
  setChecksum(output, staged.algorithm, staged.checksum);
  return output;
}

void write(std::shared_ptr<dispatch::AsyncContext> context, const Put::Input& input, const WriteKey& key,
           dispatch::Responder<Put::Output> respond) {
  runBlocking<Put::Output>(context, std::move(respond), [context, input, key](auto respond) {
    StagingOptions options{givenChecksums(input), input.ChecksumAlgorithm_, input.ContentMD5_, "CRC64NVME"};
    options.key = key.key;
    options.nonce = context->random().bytes(CounterCipher::kNonceBytes);
    auto staged = stageBody(context->environment().blobs, context->call().body.get(), options);
    if (!staged.ok()) {
      respond(std::move(staged).error());
      return;
    }
    context->transact<Put::Output>([input, key, staged = std::move(staged).value()](
                                       Context& inner) { return putObject(inner, input, key, staged); },
                                   [respond](Result<Put::Output> result) {
                                     if (result.ok()) {
                                       respond(dispatch::Reply<Put::Output>(std::move(result).value()));
                                     } else {
                                       respond(std::move(result).error());
                                     }
                                   });
  });
}

void put(const EncryptionPointer& encryption, std::shared_ptr<dispatch::AsyncContext> context, Put::Input input,
         dispatch::Responder<Put::Output> respond) {
  if (input.WriteOffsetBytes_) {
    respond(notImplementedHeader("x-amz-write-offset-bytes"));
    return;
  }
  withWriteKey(encryption, context, input, [context, input, respond](Result<WriteKey> key) {
    if (!key.ok()) return respond(std::move(key).error());
    write(context, input, *key, respond);
  });
}

}  // namespace

void registerPuts(dispatch::Registry& registry, const EncryptionPointer& encryption) {
  registry.addAsynchronous<Put>([encryption](std::shared_ptr<dispatch::AsyncContext> context, Put::Input input,
                                             dispatch::Responder<Put::Output> respond) {
    put(encryption, std::move(context), std::move(input), std::move(respond));
  });
}

}  // namespace thimble::services::s3
