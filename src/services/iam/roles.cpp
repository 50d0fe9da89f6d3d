// Roles.
#include "services/iam/attachments.h"
#include "services/iam/describe.h"
#include "services/iam/errors.h"
#include "services/iam/paging.h"
#include "services/iam/principals.h"
#include "services/iam/registration.h"
#include "services/iam/tags.h"
#include "services/iam/trust_policies.h"

namespace thimble::services::iam {
namespace {

using shapes::iam::CreateRole;
using shapes::iam::DeleteRole;
using shapes::iam::GetRole;
using shapes::iam::ListRoles;
using shapes::iam::UpdateAssumeRolePolicy;
using shapes::iam::UpdateRole;
using shapes::iam::UpdateRoleDescription;

constexpr std::int64_t kDefaultSessionSeconds = 3600;

base::Result<rows::RoleRecord> loadRoleForChange(dispatch::Context& context, const std::string& name) {
  TRY_ASSIGN(rows::RoleRecord role, loadRole(context, name));
  if (!role.linked_service().empty()) return unmodifiableRole(name);
  return role;
}

base::Result<CreateRole::Output> createRole(dispatch::Context& context, const CreateRole::Input& input) {
  TRY(checkTrustPolicy(context, input.AssumeRolePolicyDocument_));
  if (kRoles.has(context.transaction(), context.account(), keyName(input.RoleName_))) {
    return entityAlreadyExists("Role with name " + input.RoleName_ + " already exists.");
  }
  rows::RoleRecord role;
  rows::Principal& principal = *role.mutable_principal();
  principal.set_name(input.RoleName_);
  principal.set_path(input.Path_.value_or("/"));
  principal.set_id(newId(context.random(), "AROA"));
  principal.set_created(wholeSeconds(context).milliseconds);
  role.set_trust_policy(input.AssumeRolePolicyDocument_);
  role.set_description(input.Description_.value_or(""));
  role.set_max_session_seconds(input.MaxSessionDuration_.value_or(kDefaultSessionSeconds));
  if (input.Tags_) TRY(addTags(*principal.mutable_tags(), *input.Tags_));
  if (input.PermissionsBoundary_) TRY(setBoundary(context, Kind::Role, principal, *input.PermissionsBoundary_));
  saveRole(context, role);
  CreateRole::Output output;
  output.Role_ = describe(context.account(), role, View::Created);
  if (input.MaxSessionDuration_) output.Role_.MaxSessionDuration_ = role.max_session_seconds();
  return output;
}

base::Result<GetRole::Output> getRole(dispatch::Context& context, const GetRole::Input& input) {
  TRY_ASSIGN(const rows::RoleRecord role, loadRole(context, input.RoleName_));
  GetRole::Output output;
  output.Role_ = describe(context.account(), role, View::Full);
  return output;
}

base::Result<UpdateRole::Output> updateRole(dispatch::Context& context, const UpdateRole::Input& input) {
  TRY_ASSIGN(rows::RoleRecord role, loadRoleForChange(context, input.RoleName_));
  if (input.Description_) role.set_description(*input.Description_);
  if (input.MaxSessionDuration_) role.set_max_session_seconds(*input.MaxSessionDuration_);
  saveRole(context, role);
  return UpdateRole::Output{};
}

base::Result<UpdateRoleDescription::Output> updateRoleDescription(dispatch::Context& context,
                                                                  const UpdateRoleDescription::Input& input) {
  TRY_ASSIGN(rows::RoleRecord role, loadRoleForChange(context, input.RoleName_));
  role.set_description(input.Description_);
  saveRole(context, role);
  UpdateRoleDescription::Output output;
  output.Role_ = describe(context.account(), role, View::Full);
  return output;
}

base::Result<UpdateAssumeRolePolicy::Output> updateAssumeRolePolicy(dispatch::Context& context,
                                                                    const UpdateAssumeRolePolicy::Input& input) {
  TRY_ASSIGN(rows::RoleRecord role, loadRoleForChange(context, input.RoleName_));
  TRY(checkTrustPolicy(context, input.PolicyDocument_));
  role.set_trust_policy(input.PolicyDocument_);
  saveRole(context, role);
  return UpdateAssumeRolePolicy::Output{};
}

base::Result<DeleteRole::Output> deleteRole(dispatch::Context& context, const DeleteRole::Input& input) {
  TRY_ASSIGN(const rows::RoleRecord role, loadRoleForChange(context, input.RoleName_));
  const rows::Principal& principal = role.principal();
  for (const auto& entry : kInstanceProfiles.scan(context.transaction(), {}, context.account())) {
    const auto& roles = entry.record.roles();
    if (std::find(roles.begin(), roles.end(), input.RoleName_) != roles.end()) {
      return deleteConflict("Cannot delete entity, must remove roles from instance profile first.");
    }
  }
  if (!principal.inline_policies().empty()) return deleteConflict("Cannot delete entity, must delete policies first.");
  if (!principal.attached_policies().empty()) {
    return deleteConflict("Cannot delete entity, must detach all policies first.");
  }
  dropBoundary(context, Kind::Role, principal);
  kRoles.erase(context.transaction(), context.account(), keyName(input.RoleName_));
  return DeleteRole::Output{};
}

base::Result<ListRoles::Output> listRoles(dispatch::Context& context, const ListRoles::Input& input) {
  std::vector<shapes::iam::Role> roles;
  for (const auto& entry : kRoles.scan(context.transaction(), {}, context.account())) {
    if (!entry.record.principal().path().starts_with(input.PathPrefix_.value_or("/"))) continue;
    roles.push_back(describe(context.account(), entry.record, View::Listed));
  }
  TRY_ASSIGN(auto page, paginate(std::move(roles), input.Marker_, input.MaxItems_,
                                 [](const shapes::iam::Role& role) { return keyName(role.RoleName_); }));
  ListRoles::Output output;
  setPaging(page, output);
  output.Roles_ = std::move(page.items);
  return output;
}

}  // namespace

void registerRoles(dispatch::Registry& registry) {
  registry.add<CreateRole>(createRole);
  registry.add<GetRole>(getRole);
  registry.add<UpdateRole>(updateRole);
  registry.add<UpdateRoleDescription>(updateRoleDescription);
  registry.add<UpdateAssumeRolePolicy>(updateAssumeRolePolicy);
  registry.add<DeleteRole>(deleteRole);
  registry.add<ListRoles>(listRoles);
}

}  // namespace thimble::services::iam
