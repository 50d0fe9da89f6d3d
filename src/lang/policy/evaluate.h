// The decision about one request, from all policies that apply to it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lang/policy/context.h"
#include "lang/policy/document.h"

namespace thimble::lang::policy {

enum class PolicyType { Identity, Resource, PermissionsBoundary, Session, RoleTrust };

/// A document and the name under which an explanation speaks of it (an ARN, or "inline policy P of role R").
struct PolicySource {
  std::string name;
  std::shared_ptr<const Document> document;
};

/// All policies that have a say in one request.
struct PolicySet {
  std::vector<PolicySource> identity;                 ///< Of the caller: user and groups, or role.
  std::vector<PolicySource> resource;                 ///< Of the resource: bucket, function, topic, role (trust).
  std::optional<std::vector<PolicySource>> boundary;  ///< Permissions boundary; limits when present.
  std::optional<std::vector<PolicySource>> session;   ///< Session policies; limit when present.
  std::string resource_account;                       ///< Who owns the resource; empty: the caller's account.
  bool trust = false;                                 ///< `resource` is a role's trust policy: it has to allow too.
};

enum class Decision { Allowed, ExplicitDeny, ImplicitDeny };

/// A statement that took part, by its place in the PolicySet's list of that type.
struct StatementReference {
  PolicyType type = PolicyType::Identity;
  std::size_t policy = 0;
  std::size_t statement = 0;

  bool operator==(const StatementReference&) const = default;
};

struct Evaluation {
  Decision decision = Decision::ImplicitDeny;
  /// ExplicitDeny: what denied. ImplicitDeny: what would have had to allow. Allowed: what allowed.
  PolicyType decided_by = PolicyType::Identity;
  std::vector<StatementReference> statements;  ///< Those that denied, or those that allowed.

  bool allowed() const { return decision == Decision::Allowed; }
};

Evaluation evaluate(const Request& request, const PolicySet& policies);

/// The policies of that type in a set; empty when there are none.
const std::vector<PolicySource>& policiesOf(const PolicySet& policies, PolicyType type);

}  // namespace thimble::lang::policy
