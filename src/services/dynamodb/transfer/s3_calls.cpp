#include "services/dynamodb/transfer/s3_calls.h"

#include "base/encoding.h"
#include "dispatch/doorway.h"

namespace thimble::services::dynamodb {

using base::Json;

namespace {

Json placeOf(const Json& source) {
  Json input = Json::object({{"Bucket", source["S3Bucket"]}});
  if (source.contains("S3BucketOwner")) input.set("ExpectedBucketOwner", source["S3BucketOwner"]);
  return input;
}

/// The pages of one list.
struct Listing : std::enable_shared_from_this<Listing> {
  std::shared_ptr<dispatch::AsyncContext> context;
  Json source;
  std::function<void(base::Result<std::vector<S3Object>>)> done;
  std::vector<S3Object> objects;

  void page(const std::string& token) {
    Json input = placeOf(source);
    input.set("Prefix", source.stringAt("S3KeyPrefix"));
    if (!token.empty()) input.set("ContinuationToken", token);
    callS3(context, "ListObjectsV2", std::move(input), nullptr,
           [self = shared_from_this()](const dispatch::CallOutcome& outcome) {
             if (!outcome.ok()) return self->done(outcome.error());
             const Json& listed = outcome->output;
             if (listed["Contents"].isArray()) {
               for (const Json& object : listed["Contents"].asArray()) {
                 if (object["Size"].asInt() == 0) continue;
                 self->objects.push_back({object.stringAt("Key"), object.stringAt("ETag"), object["Size"].asInt()});
               }
             }
             const std::string more = listed.stringAt("NextContinuationToken");
             if (more.empty()) return self->done(std::move(self->objects));
             self->page(more);
           });
  }
};

}  // namespace

void callS3(const std::shared_ptr<dispatch::AsyncContext>& context, std::string operation, Json input,
            platform::ByteSourcePointer body, dispatch::CallDone done) {
  callAsCaller(context, "s3", std::move(operation), std::move(input), std::move(body), std::move(done));
}

void callAsCaller(const std::shared_ptr<dispatch::AsyncContext>& context, std::string service, std::string operation,
                  Json input, platform::ByteSourcePointer body, dispatch::CallDone done) {
  dispatch::Call call;
  call.identity = context->call().identity;
  call.account = context->account();
  call.region = context->region();
  call.service = std::move(service);
  call.operation = std::move(operation);
  call.input = std::move(input);
  call.body = std::move(body);
  // The outcome may come on the committing thread, which is not for compressing.
  context->doorway().call(std::move(call), [context, done = std::move(done)](dispatch::CallOutcome outcome) {
    context->environment().executor.post(
        [done, outcome = std::make_shared<dispatch::CallOutcome>(std::move(outcome))] { done(std::move(*outcome)); });
  });
}

void listObjects(const std::shared_ptr<dispatch::AsyncContext>& context, const Json& source,
                 std::function<void(base::Result<std::vector<S3Object>>)> done) {
  auto listing = std::make_shared<Listing>();
  listing->context = context;
  listing->source = source;
  listing->done = std::move(done);
  listing->page("");
}

Json inputOf(const Json& source, const std::string& key) {
  Json input = placeOf(source);
  input.set("Key", key);
  return input;
}

Json pointerTo(const Json& source, const std::string& key, std::int64_t index) {
  return Json::object({{"bucket", source["S3Bucket"]}, {"key", key}, {"itemIndex", index}});
}

void putOutput(const std::shared_ptr<dispatch::AsyncContext>& context, const Json& target, const std::string& key,
               std::string content, std::function<void(base::Result<std::string>)> done) {
  Json input = inputOf(target, key);
  if (target.stringAt("S3SseAlgorithm") == "AES256") input.set("ServerSideEncryption", "AES256");
  if (target.stringAt("S3SseAlgorithm") == "KMS") {
    input.set("ServerSideEncryption", "aws:kms");
    if (target.contains("S3SseKmsKeyId")) input.set("SSEKMSKeyId", target["S3SseKmsKeyId"]);
  }
  callS3(context, "PutObject", std::move(input), std::make_shared<platform::MemoryBytes>(std::move(content)),
         [done = std::move(done)](const dispatch::CallOutcome& outcome) {
           if (!outcome.ok()) return done(outcome.error());
           std::string etag = outcome->output.stringAt("ETag");
           std::erase(etag, '"');
           done(std::move(etag));
         });
}

void putManifest(const std::shared_ptr<dispatch::AsyncContext>& context, const Json& target, const std::string& name,
                 std::string content, std::function<void(base::Result<std::string>)> done) {
  std::string sum = base::encodeBase64(base::md5(content));
  putOutput(context, target, name + ".json", std::move(content),
            [context, target, name, sum = std::move(sum), done = std::move(done)](base::Result<std::string> etag) {
              if (!etag.ok()) return done(std::move(etag));
              putOutput(context, target, name + ".md5", sum, done);
            });
}

Json manifestLine(const std::string& key, std::string_view content, const std::string& etag, std::int64_t items) {
  return Json::object({{"itemCount", items},
                       {"md5Checksum", base::encodeBase64(base::md5(content))},
                       {"etag", etag},
                       {"dataFileS3Key", key}});
}

std::string outputFolder(std::string prefix) {
  if (!prefix.empty() && !prefix.ends_with('/')) prefix += '/';
  return prefix + "AWSDynamoDB/";
}

Json failureOf(const base::ApiError& error) {
  std::string code = error.code;
  if (code == "NoSuchBucket" || code == "AccessDenied") code = "S3" + code;
  if (code == "KMS.NotFoundException") code = "KmsNotFoundException";
  return Json::object({{"FailureCode", std::move(code)}, {"FailureMessage", error.message}});
}

}  // namespace thimble::services::dynamodb
