#include "services/dynamodb/s3_calls.h"

#include "dispatch/doorway.h"

namespace thimble::services::dynamodb {

using base::Json;

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

Json failureOf(const base::ApiError& error) {
  std::string code = error.code;
  if (code == "NoSuchBucket" || code == "AccessDenied") code = "S3" + code;
  if (code == "KMS.NotFoundException") code = "KmsNotFoundException";
  return Json::object({{"FailureCode", std::move(code)}, {"FailureMessage", error.message}});
}

}  // namespace thimble::services::dynamodb
