#include "services/iam/caller_policies.h"

#include "base/arn.h"
#include "services/iam/policies.h"
#include "services/iam/principals.h"

namespace thimble::services::iam {
namespace {

using dispatch::Identity;
using lang::policy::PolicySource;

std::vector<PolicySource> boundaryOf(store::Transaction& transaction, PolicyCache& cache, const std::string& arn) {
  std::vector<PolicySource> sources;
  if (const auto document = policyDocument(transaction, arn)) sources.push_back({arn, cache.compile(*document)});
  return sources;  // Empty when the policy is gone: then nothing is within the boundary.
}

void addPrincipal(store::Transaction& transaction, PolicyCache& cache, const rows::Principal& principal, Kind kind,
                  CallerPolicies& caller) {
  addPrincipalPolicies(transaction, cache, principal, std::string(lowerKindName(kind)) + " " + principal.name(),
                       caller.policies.identity);
  if (!principal.permissions_boundary().empty()) {
    caller.policies.boundary = boundaryOf(transaction, cache, principal.permissions_boundary());
  }
  for (const rows::Tag& tag : principal.tags()) caller.tags[tag.key()] = tag.value();
}

}  // namespace

void addPrincipalPolicies(store::Transaction& transaction, PolicyCache& cache, const rows::Principal& principal,
                          const std::string& what, std::vector<PolicySource>& sources) {
  for (const rows::InlinePolicy& policy : principal.inline_policies()) {
    sources.push_back({"inline policy " + policy.name() + " of " + what, cache.compile(policy.document())});
  }
  for (const std::string& arn : principal.attached_policies()) {
    if (const auto document = policyDocument(transaction, arn)) sources.push_back({arn, cache.compile(*document)});
  }
}

std::optional<rows::RoleRecord> findRole(store::Transaction& transaction, const std::string& role_arn) {
  const auto arn = base::parseArn(role_arn);
  if (!arn || arn->service != "iam" || !arn->resource.starts_with("role/")) return std::nullopt;
  const std::string name = arn->resource.substr(arn->resource.rfind('/') + 1);
  auto role = kRoles.get(transaction, arn->account, keyName(name));
  if (!role || arnOf(arn->account, Kind::Role, role->principal()) != role_arn) return std::nullopt;
  return role;
}

CallerPolicies policiesOfCaller(store::Transaction& transaction, PolicyCache& cache, const Identity& identity) {
  CallerPolicies caller;
  if (identity.kind == Identity::Kind::User) {
    const auto user = kUsers.get(transaction, identity.account, keyName(identity.user_name));
    // A federated user has its creator's permissions under an id of its own.
    if (user && (user->principal().id() == identity.user_id || !identity.session_name.empty())) {
      addPrincipal(transaction, cache, user->principal(), Kind::User, caller);
      for (const std::string& name : user->groups()) {
        const auto group = kGroups.get(transaction, identity.account, keyName(name));
        if (group) {
          addPrincipalPolicies(transaction, cache, group->principal(), "group " + name, caller.policies.identity);
        }
      }
    }
  } else if (identity.kind == Identity::Kind::AssumedRole) {
    const auto role = findRole(transaction, identity.role_arn);
    // The session's user id begins with the id of the role that was assumed.
    if (role && identity.user_id.starts_with(role->principal().id() + ":")) {
      addPrincipal(transaction, cache, role->principal(), Kind::Role, caller);
    }
  }
  if (!identity.session_policies.empty()) {
    caller.policies.session.emplace();
    for (const std::string& document : identity.session_policies) {
      caller.policies.session->push_back({"session policy", cache.compile(document)});
    }
  }
  for (const auto& [key, value] : identity.session_tags) caller.tags[key] = value;
  return caller;
}

}  // namespace thimble::services::iam
