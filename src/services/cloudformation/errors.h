// CloudFormation's API errors, each with its maker.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html
#pragma once

#include <string>
#include <string_view>

#include "base/api_error.h"

namespace thimble::services::cloudformation {

base::ApiError validationError(std::string message);
/// "Stack with id X does not exist": DescribeStacks and what waits for stacks.
base::ApiError stackWithIdDoesNotExist(std::string_view name);
/// "Stack [X] does not exist": all other operations.
base::ApiError stackDoesNotExist(std::string_view name);
base::ApiError stackAlreadyExists(std::string_view name);
base::ApiError changeSetNotFound(std::string_view name);
base::ApiError changeSetAlreadyExists(std::string_view name);
/// A change set or stack whose status does not allow the operation.
base::ApiError invalidChangeSetStatus(std::string message);
base::ApiError insufficientCapabilities(std::string_view capabilities);
base::ApiError tokenAlreadyExists(std::string_view token);

}  // namespace thimble::services::cloudformation
