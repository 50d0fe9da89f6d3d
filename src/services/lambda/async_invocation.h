// Asynchronous invocations (InvocationType Event): durable, tried again after failures, with destinations.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/time.h"
#include "dispatch/process.h"
#include "services/lambda/names.h"

namespace thimble::services::lambda {

inline constexpr std::string_view kAsyncInvocation = "lambda.async_invocation";

/// What the process is started with; its id is the request's.
base::Json asyncInvocationStart(const FunctionReference& function, const std::string& payload,
                                const std::string& client_context, base::Timestamp now);

class AsyncInvocation final : public dispatch::ProcessKind {
 public:
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;
};

}  // namespace thimble::services::lambda
