// What AssumeRole, GetSessionToken and GetFederationToken have in common.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "dispatch/context.h"
#include "dispatch/credentials.h"
#include "wire/shapes/sts.h"

namespace thimble::services::sts {

base::ApiError invalidParameterValue(std::string message);
base::ApiError validationError(std::string message);
base::ApiError accessDenied(std::string message);

/// True when the caller signs with temporary credentials.
bool callsWithSession(const dispatch::Identity& identity);

shapes::sts::Credentials describe(const dispatch::SessionCredentials& credentials);

/// The session policies of a request: its own document and the managed policies it names, as documents.
/// MalformedPolicyDocument for one that is none.
base::Result<std::vector<std::string>> sessionPolicies(
    dispatch::Context& context, const std::optional<std::string>& policy,
    const std::optional<std::vector<shapes::sts::PolicyDescriptorType>>& arns);

/// Session tags by key. InvalidParameterValue for a key given twice, whatever its case.
base::Result<std::map<std::string, std::string>> sessionTags(const std::optional<std::vector<shapes::sts::Tag>>& tags);

/// How much of the room for session policies and tags is used, in percent.
std::int64_t packedPolicySize(const std::vector<std::string>& policies, const std::map<std::string, std::string>& tags);

}  // namespace thimble::services::sts
