#include "lang/policy/document.h"

#include <algorithm>

namespace thimble::lang::policy {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view value) {
  return !value.empty() && std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

PrincipalMatch PrincipalSet::match(const Principal& principal) const {
  if (everyone) return PrincipalMatch::Direct;
  if (!principal.service.empty()) {
    const bool named = contains(services, principal.service) || contains(services, "*");
    return named ? PrincipalMatch::Direct : PrincipalMatch::None;
  }
  if (contains(federated, principal.federated)) return PrincipalMatch::Direct;
  if (principal.anonymous) return PrincipalMatch::None;
  if (contains(arns, principal.arn)) return PrincipalMatch::Direct;
  if (contains(arns, principal.issuer_arn)) return PrincipalMatch::Role;
  if (contains(accounts, principal.account)) return principal.root ? PrincipalMatch::Direct : PrincipalMatch::Account;
  return PrincipalMatch::None;
}

bool Statement::matchesAction(const Request& request, std::string_view lower_case_action) const {
  const bool any = std::any_of(actions.begin(), actions.end(), [&](const Pattern& pattern) {
    return pattern.matches(lower_case_action, request.keys);
  });
  return any != not_action;
}

bool Statement::matchesResource(const Request& request) const {
  if (!has_resource) return true;
  // A grant that cannot be read in full grants nothing: an Allow with an unresolved variable in NotResource is void.
  if (not_resource && effect == Effect::Allow) {
    for (const Pattern& pattern : resources) {
      if (!pattern.resolves(request.keys)) return false;
    }
  }
  const bool any = std::any_of(resources.begin(), resources.end(),
                               [&](const Pattern& pattern) { return pattern.matches(request.resource, request.keys); });
  return any != not_resource;
}

PrincipalMatch Statement::matchesPrincipal(const Request& request) const {
  if (!has_principal) return PrincipalMatch::Direct;
  const PrincipalMatch match = principals.match(request.principal);
  if (!not_principal) return match;
  // An account in NotPrincipal excepts its root user, not everyone in it.
  return match == PrincipalMatch::None || match == PrincipalMatch::Account ? PrincipalMatch::Direct
                                                                           : PrincipalMatch::None;
}

bool Statement::conditionsHold(const Request& request) const {
  return std::all_of(conditions.begin(), conditions.end(),
                     [&](const Condition& condition) { return condition.holds(request.keys); });
}

}  // namespace thimble::lang::policy
