// The condition keys that every request has.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
#pragma once

#include <map>
#include <string>

#include "base/time.h"
#include "dispatch/call.h"
#include "lang/policy/context.h"

namespace thimble::services::iam {

lang::policy::Principal principalOf(const dispatch::Identity& identity);

/// Adds the global keys of a call (aws:...) and those of its tags (aws:RequestTag/..., aws:TagKeys).
void addGlobalKeys(const dispatch::Call& call, const std::map<std::string, std::string>& principal_tags,
                   base::Timestamp now, lang::policy::ContextKeys& keys);

}  // namespace thimble::services::iam
