// Decides every call: the policies of the caller and of the resource, evaluated.
#pragma once

#include "dispatch/authorization.h"
#include "dispatch/denials.h"
#include "dispatch/registry.h"
#include "lang/policy/evaluate.h"
#include "platform/clock.h"
#include "services/iam/policy_cache.h"

namespace thimble::services::iam {

/// Enforce: what no policy allows is refused. Observe: it is recorded and allowed (--iam=observe).
enum class Mode { Enforce, Observe };

class Authorizer final : public dispatch::Authorizer {
 public:
  /// All are borrowed. `registry` tells the resources' policies.
  Authorizer(const dispatch::Registry& registry, const platform::Clock& clock, dispatch::DenialLog& denials, Mode mode);

  base::Result<dispatch::Identity> assume(store::Transaction& transaction, const dispatch::RoleToAssume& role) override;
  base::Result<dispatch::AssumedRole> assume(store::Transaction& transaction, const dispatch::Call& call,
                                             const dispatch::RoleAssumption& assumption) override;
  std::optional<std::string> managedPolicy(store::Transaction& transaction, const std::string& arn) override;
  base::Result<void> authorise(store::Transaction& transaction, const dispatch::Call& call,
                               const shapes::Operation& operation) override;
  base::Result<void> authorise(store::Transaction& transaction, const dispatch::Call& call, std::string_view action,
                               std::string_view resource, const dispatch::ConditionValues& conditions) override;

 private:
  lang::policy::PolicySet resourcePolicies(store::Transaction& transaction, const std::string& resource);
  /// Records the refusal and makes its error; nothing to return in Observe mode.
  base::Result<void> refuse(const dispatch::Call& call, const lang::policy::Request& request,
                            const lang::policy::PolicySet& policies, const lang::policy::Evaluation& evaluation,
                            base::ApiError error);

  const dispatch::Registry& registry_;
  const platform::Clock& clock_;
  dispatch::DenialLog& denials_;
  Mode mode_;
  PolicyCache cache_;
};

}  // namespace thimble::services::iam
