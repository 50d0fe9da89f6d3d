// Calls of AWS's APIs from functions, signed with the function's own credentials.
//
//   using shapes::sns::Publish;
//   Publish::Input input;
//   input.TopicArn_ = "arn:...";
//   auto output = aws::call<Publish>(input);   // base::Result<Publish::Output>
//
// Region, credentials and address come from the environment as with any SDK: AWS_REGION, AWS_ACCESS_KEY_ID,
// AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_ENDPOINT_URL_<SERVICE> or AWS_ENDPOINT_URL; without them AWS's own.
#pragma once

#include <chrono>

#include "base/json.h"
#include "base/result.h"
#include "wire/shapes/from_json.h"
#include "wire/shapes/model.h"

namespace thimble::function::aws {

/// Calls an operation of the model on model values; `service` is its name under functions/operations/. What did not
/// reach the service, was throttled or failed by the service's own fault is tried again twice. The error is the
/// service's, or "RequestFailed" when there was no answer.
base::Result<base::Json> call(std::string_view service, std::string_view operation, const base::Json& input,
                              std::chrono::milliseconds timeout = std::chrono::milliseconds(10'000));

template <class Op>
base::Result<typename Op::Output> call(const typename Op::Input& input,
                                       std::chrono::milliseconds timeout = std::chrono::milliseconds(10'000)) {
  base::Result<base::Json> output = call(Op::kService, Op::kName, toJson(input), timeout);
  if (!output.ok()) return std::move(output).error();
  return shapes::fromJson<typename Op::Output>(*output);
}

}  // namespace thimble::function::aws
