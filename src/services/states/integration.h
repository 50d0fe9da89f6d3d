// Between a Task state and the API call that does its work: the call's input of the state's parameters, and the task's
// output or error of the call's outcome.
// https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "dispatch/call.h"
#include "lang/asl/error.h"
#include "lang/asl/resource.h"
#include "wire/shapes/model.h"

namespace thimble::services::states {

/// The service, operation and input of the call; identity, role and region are the caller's to fill in. An error when
/// the parameters do not fit, or this server has no such service.
base::Result<dispatch::Call, lang::asl::WorkflowError> callOf(const lang::asl::Resource& resource,
                                                              const base::Json& parameters);

/// The outcome as the state sees it. `input` is the call's (model form).
base::Result<base::Json, lang::asl::WorkflowError> resultOf(const lang::asl::Resource& resource,
                                                            const dispatch::CallOutcome& outcome,
                                                            const std::string& request_id, base::Timestamp now);

/// Values between the form of AWS's SDK for Java (names begin with a capital, times are ISO 8601) and the model's.
base::Json fromSdk(const shapes::Shape& shape, const base::Json& value, std::string& problem);
base::Json toSdk(const shapes::Shape& shape, const base::Json& value);

/// "DynamoDb", "Sfn", "CloudWatchLogs": the SDK's name of a service, of the model's service id.
std::string sdkServiceName(std::string_view service_id);

}  // namespace thimble::services::states
