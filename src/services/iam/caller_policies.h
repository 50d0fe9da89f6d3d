// The policies and tags that come with a caller.
#pragma once

#include <map>
#include <string>

#include "dispatch/identity.h"
#include "lang/policy/evaluate.h"
#include "services/iam/policy_cache.h"
#include "services/iam/rows.h"

namespace thimble::services::iam {

struct CallerPolicies {
  lang::policy::PolicySet policies;         ///< Identity, boundary and session policies; no resource policies.
  std::map<std::string, std::string> tags;  ///< aws:PrincipalTag/...
};

/// Reads what applies to an identity now. A user or role that is gone, or made anew under the same name, has nothing.
CallerPolicies policiesOfCaller(store::Transaction& transaction, PolicyCache& cache,
                                const dispatch::Identity& identity);

/// Inline and attached policies of a user, group or role; `what` names it in explanations ("role R").
void addPrincipalPolicies(store::Transaction& transaction, PolicyCache& cache, const rows::Principal& principal,
                          const std::string& what, std::vector<lang::policy::PolicySource>& sources);

/// The row of a role by its ARN, path included; nothing when there is none.
std::optional<rows::RoleRecord> findRole(store::Transaction& transaction, const std::string& role_arn);

}  // namespace thimble::services::iam
