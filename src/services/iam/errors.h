// IAM's errors, by name.
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html and each operation's page.
#pragma once

#include <cstdint>
#include <string>

#include "base/api_error.h"

namespace thimble::services::iam {

base::ApiError noSuchEntity(std::string message);
base::ApiError noSuchUser(const std::string& name);
base::ApiError noSuchGroup(const std::string& name);
base::ApiError noSuchRole(const std::string& name);
base::ApiError noSuchInstanceProfile(const std::string& name);
base::ApiError noSuchAccessKey(const std::string& id);
base::ApiError policyNotFound(const std::string& arn);
base::ApiError policyNotAttachable(const std::string& arn);

base::ApiError entityAlreadyExists(std::string message);
base::ApiError deleteConflict(std::string message);
base::ApiError limitExceeded(std::string message);
/// "Cannot exceed quota for AccessKeysPerUser: 2".
base::ApiError quotaExceeded(const std::string& quota, std::int64_t limit);
base::ApiError malformedPolicyDocument(std::string message);
base::ApiError invalidInput(std::string message);
base::ApiError validationError(std::string message);
base::ApiError unmodifiableRole(const std::string& name);

}  // namespace thimble::services::iam
