#include "services/codebuild/runner/role_caller.h"

#include <future>
#include <memory>

namespace thimble::services::codebuild::runner {

RoleCaller::RoleCaller(dispatch::Doorway& doorway, std::string account, std::string region, dispatch::RoleToAssume role,
                       std::string source_arn)
    : doorway_(doorway),
      account_(std::move(account)),
      region_(std::move(region)),
      role_(std::move(role)),
      source_arn_(std::move(source_arn)) {}

dispatch::CallOutcome RoleCaller::call(const std::string& service, const std::string& operation, base::Json input,
                                       platform::ByteSourcePointer body) const {
  dispatch::Call call;
  call.role = role_;
  call.account = account_;
  call.region = region_;
  call.service = service;
  call.operation = operation;
  call.input = std::move(input);
  call.body = std::move(body);
  call.source_arn = source_arn_;
  // Shared: the answer may still be on its way out of the callback when this function returns.
  auto promise = std::make_shared<std::promise<dispatch::CallOutcome>>();
  std::future<dispatch::CallOutcome> future = promise->get_future();
  doorway_.call(std::move(call), [promise](dispatch::CallOutcome outcome) { promise->set_value(std::move(outcome)); });
  return future.get();
}

}  // namespace thimble::services::codebuild::runner
