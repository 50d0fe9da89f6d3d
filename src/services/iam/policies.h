// Managed policies: the account's own, and AWS's beside them.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "dispatch/context.h"
#include "services/iam/rows.h"

namespace thimble::services::iam {

/// The account's policy of that ARN. NoSuchEntity; InvalidInput for what is no policy's ARN.
base::Result<rows::PolicyRecord> loadPolicy(dispatch::Context& context, const std::string& arn);
void savePolicy(dispatch::Context& context, const rows::PolicyRecord& policy);
std::string arnOf(const std::string& account, const rows::PolicyRecord& policy);

/// The policy that an ARN names, whoever manages it: its name, or NoSuchEntity as when one attaches it.
base::Result<std::string> attachablePolicyName(dispatch::Context& context, const std::string& arn);

/// The default version's document, of a policy of AWS's or of the ARN's account; nothing when there is none.
std::optional<std::string> policyDocument(store::Transaction& transaction, const std::string& arn);

const rows::PolicyVersion* findVersion(const rows::PolicyRecord& policy, std::int64_t number);

/// MalformedPolicyDocument, or LimitExceeded for one that is too long for a managed policy.
base::Result<void> checkManagedDocument(const std::string& document);

}  // namespace thimble::services::iam
