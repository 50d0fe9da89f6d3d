#include "dispatch/authorization.h"

#include "base/arn.h"

namespace thimble::dispatch {

base::Result<Identity> AllowEverything::assume(store::Transaction&, const RoleToAssume& role) {
  Identity identity;
  identity.kind = Identity::Kind::AssumedRole;
  identity.role_arn = role.role_arn;
  identity.session_name = role.session_name;
  if (const auto arn = base::parseArn(role.role_arn)) {
    identity.account = arn->account;
    const std::string name = arn->resource.substr(arn->resource.rfind('/') + 1);
    identity.arn = "arn:aws:sts::" + arn->account + ":assumed-role/" + name + "/" + role.session_name;
  }
  return identity;
}

base::Result<AssumedRole> AllowEverything::assume(store::Transaction& transaction, const Call&,
                                                  const RoleAssumption& assumption) {
  TRY_ASSIGN(Identity identity, assume(transaction, RoleToAssume{assumption.role_arn, "", assumption.session_name}));
  return AssumedRole{std::move(identity), 43200};
}

std::optional<std::string> AllowEverything::managedPolicy(store::Transaction&, const std::string&) {
  return std::nullopt;
}

base::Result<void> AllowEverything::authorise(store::Transaction&, const Call&, const shapes::Operation&) {
  return {};
}

base::Result<void> AllowEverything::authorise(store::Transaction&, const Call&, std::string_view, std::string_view,
                                              const ConditionValues&) {
  return {};
}

}  // namespace thimble::dispatch
