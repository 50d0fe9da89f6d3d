// The policies that AWS manages, under arn:aws:iam::aws:policy/...
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/about-managed-policy-reference.html
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace thimble::services::iam {

struct ManagedPolicy {
  std::string name;
  std::string path;
  std::string arn;
  std::string id;  ///< As AWS's ids look ("ANPA..."); made of the name.
  std::string version;
  base::Timestamp created;
  base::Timestamp updated;
  std::string document;
  bool retired = false;  ///< AWS lists it no more and lets nobody attach it; here older templates still may.
};

/// By ARN. Those in managed_policies.json; read at the first use.
const std::map<std::string, ManagedPolicy, std::less<>>& managedPolicies();

/// nullptr when Thimble does not have it.
const ManagedPolicy* findManagedPolicy(std::string_view arn);

/// True for "arn:aws:iam::aws:policy/...".
bool isManagedByAws(std::string_view arn);

/// managed_policies.json.
extern const char* const kManagedPoliciesText;

}  // namespace thimble::services::iam
