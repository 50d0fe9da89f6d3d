#include "lang/policy/evaluate.h"

#include <algorithm>

namespace thimble::lang::policy {
namespace {

/// What one list of policies says of a request.
struct Verdict {
  bool denied = false;
  PrincipalMatch allowed = PrincipalMatch::None;  ///< The strongest match among the statements that allow.
};

class Evaluator {
 public:
  explicit Evaluator(const Request& request) : request_(request), action_(toLower(request.action)) {}

  Verdict judge(PolicyType type, const std::vector<PolicySource>& policies) {
    Verdict verdict;
    for (std::size_t i = 0; i < policies.size(); ++i) {
      if (!policies[i].document) continue;
      const std::vector<Statement>& statements = policies[i].document->statements();
      for (std::size_t j = 0; j < statements.size(); ++j) {
        const Statement& statement = statements[j];
        if (!statement.matchesAction(request_, action_) || !statement.matchesResource(request_)) continue;
        const PrincipalMatch match = statement.matchesPrincipal(request_);
        if (match == PrincipalMatch::None || !statement.conditionsHold(request_)) continue;
        if (statement.effect == Effect::Deny) {
          verdict.denied = true;
          denies_.push_back({type, i, j});
        } else {
          verdict.allowed = std::max(verdict.allowed, match);
          allows_.push_back({type, i, j});
        }
      }
    }
    return verdict;
  }

  std::vector<StatementReference> denies() && { return std::move(denies_); }
  std::vector<StatementReference> allows() && { return std::move(allows_); }

 private:
  const Request& request_;
  std::string action_;
  std::vector<StatementReference> denies_;
  std::vector<StatementReference> allows_;
};

}  // namespace

const std::vector<PolicySource>& policiesOf(const PolicySet& policies, PolicyType type) {
  static const std::vector<PolicySource> none;
  switch (type) {
    case PolicyType::Identity:
      return policies.identity;
    case PolicyType::Resource:
    case PolicyType::RoleTrust:
      return policies.resource;
    case PolicyType::PermissionsBoundary:
      return policies.boundary ? *policies.boundary : none;
    case PolicyType::Session:
      return policies.session ? *policies.session : none;
  }
  return none;
}

Evaluation evaluate(const Request& request, const PolicySet& policies) {
  Evaluator evaluator(request);
  const PolicyType resource_type = policies.trust ? PolicyType::RoleTrust : PolicyType::Resource;
  const Verdict identity = evaluator.judge(PolicyType::Identity, policies.identity);
  const Verdict resource = evaluator.judge(resource_type, policies.resource);
  Verdict boundary{.denied = false, .allowed = PrincipalMatch::Direct};
  if (policies.boundary) boundary = evaluator.judge(PolicyType::PermissionsBoundary, *policies.boundary);
  Verdict session{.denied = false, .allowed = PrincipalMatch::Direct};
  if (policies.session) session = evaluator.judge(PolicyType::Session, *policies.session);

  Evaluation evaluation;
  const auto allow = [&](PolicyType by) {
    evaluation.decision = Decision::Allowed;
    evaluation.decided_by = by;
    evaluation.statements = std::move(evaluator).allows();
    return evaluation;
  };
  const auto lacking = [&](PolicyType what) {
    evaluation.decision = Decision::ImplicitDeny;
    evaluation.decided_by = what;
    return evaluation;
  };

  // 1. A deny anywhere is final.
  if (identity.denied || resource.denied || boundary.denied || session.denied) {
    evaluation.decision = Decision::ExplicitDeny;
    evaluation.decided_by = identity.denied   ? PolicyType::Identity
                            : resource.denied ? resource_type
                            : boundary.denied ? PolicyType::PermissionsBoundary
                                              : PolicyType::Session;
    evaluation.statements = std::move(evaluator).denies();
    return evaluation;
  }

  const Principal& principal = request.principal;
  const bool resource_allows = resource.allowed != PrincipalMatch::None;
  const bool boundary_allows = boundary.allowed != PrincipalMatch::None;
  const bool session_allows = session.allowed != PrincipalMatch::None;
  // The root user has every permission in its account, without a policy that says so.
  const bool identity_allows = identity.allowed != PrincipalMatch::None || principal.root;

  // 2. Services and anonymous callers have no identity policies: the resource's policy alone decides.
  if (!principal.service.empty() || principal.anonymous || (policies.trust && !principal.federated.empty())) {
    return resource.allowed == PrincipalMatch::Direct ? allow(resource_type) : lacking(resource_type);
  }

  // 3. A trust policy has to allow, whatever the caller may do; and so has another account's resource policy.
  const bool same_account = policies.resource_account.empty() || policies.resource_account == principal.account;
  if ((policies.trust || !same_account) && !resource_allows) return lacking(resource_type);

  // 4. In one account a resource's policy that names the caller itself suffices. What it grants to a role's ARN is
  //    still limited by the boundary and the session policies, what it grants to the session or the user is not.
  if (same_account) {
    if (resource.allowed == PrincipalMatch::Direct) return allow(resource_type);
    if (resource.allowed == PrincipalMatch::Role && boundary_allows && session_allows) return allow(resource_type);
  }

  // 5. Else the caller's own policies have to allow, within boundary and session.
  if (!identity_allows && resource.allowed != PrincipalMatch::Role) return lacking(PolicyType::Identity);
  if (!identity_allows && !same_account) return lacking(PolicyType::Identity);
  if (!boundary_allows) return lacking(PolicyType::PermissionsBoundary);
  if (!session_allows) return lacking(PolicyType::Session);
  return allow(PolicyType::Identity);
}

}  // namespace thimble::lang::policy
