// Instance profiles: the containers in which EC2 takes a role.
#include "services/iam/describe.h"
#include "services/iam/errors.h"
#include "services/iam/paging.h"
#include "services/iam/principals.h"
#include "services/iam/registration.h"
#include "services/iam/tags.h"

namespace thimble::services::iam {
namespace {

using shapes::iam::AddRoleToInstanceProfile;
using shapes::iam::CreateInstanceProfile;
using shapes::iam::DeleteInstanceProfile;
using shapes::iam::GetInstanceProfile;
using shapes::iam::ListInstanceProfiles;
using shapes::iam::ListInstanceProfilesForRole;
using shapes::iam::RemoveRoleFromInstanceProfile;

base::Result<rows::InstanceProfileRecord> load(dispatch::Context& context, const std::string& name) {
  auto profile = kInstanceProfiles.get(context.transaction(), context.account(), keyName(name));
  if (!profile) return noSuchInstanceProfile(name);
  return *std::move(profile);
}

void save(dispatch::Context& context, const rows::InstanceProfileRecord& profile) {
  kInstanceProfiles.put(context.transaction(), profile, context.account(), keyName(profile.name()));
}

base::Result<shapes::iam::InstanceProfile> describe(dispatch::Context& context,
                                                    const rows::InstanceProfileRecord& profile, bool with_tags) {
  shapes::iam::InstanceProfile out;
  out.Path_ = profile.path();
  out.InstanceProfileName_ = profile.name();
  out.InstanceProfileId_ = profile.id();
  out.Arn_ = arnOf(context.account(), "instance-profile", profile.path(), profile.name());
  out.CreateDate_ = {profile.created()};
  for (const std::string& name : profile.roles()) {
    TRY_ASSIGN(const rows::RoleRecord role, loadRole(context, name));
    out.Roles_.push_back(iam::describe(context.account(), role, View::Created));
    out.Roles_.back().PermissionsBoundary_.reset();
    out.Roles_.back().Tags_.reset();
  }
  if (with_tags) out.Tags_ = tagsOf(profile.tags());
  return out;
}

base::Result<CreateInstanceProfile::Output> create(dispatch::Context& context,
                                                   const CreateInstanceProfile::Input& input) {
  if (load(context, input.InstanceProfileName_).ok()) {
    return entityAlreadyExists("Instance Profile " + input.InstanceProfileName_ + " already exists.");
  }
  rows::InstanceProfileRecord profile;
  profile.set_name(input.InstanceProfileName_);
  profile.set_path(input.Path_.value_or("/"));
  profile.set_id(newId(context.random(), "AIPA"));
  profile.set_created(wholeSeconds(context).milliseconds);
  if (input.Tags_) TRY(addTags(*profile.mutable_tags(), *input.Tags_));
  save(context, profile);
  CreateInstanceProfile::Output output;
  TRY_ASSIGN(output.InstanceProfile_, describe(context, profile, !profile.tags().empty()));
  return output;
}

base::Result<GetInstanceProfile::Output> get(dispatch::Context& context, const GetInstanceProfile::Input& input) {
  TRY_ASSIGN(const rows::InstanceProfileRecord profile, load(context, input.InstanceProfileName_));
  GetInstanceProfile::Output output;
  TRY_ASSIGN(output.InstanceProfile_, describe(context, profile, true));
  return output;
}

base::Result<DeleteInstanceProfile::Output> remove(dispatch::Context& context,
                                                   const DeleteInstanceProfile::Input& input) {
  TRY_ASSIGN(const rows::InstanceProfileRecord profile, load(context, input.InstanceProfileName_));
  if (!profile.roles().empty()) {
    return deleteConflict("Cannot delete entity, must remove roles from instance profile first.");
  }
  kInstanceProfiles.erase(context.transaction(), context.account(), keyName(input.InstanceProfileName_));
  return DeleteInstanceProfile::Output{};
}

base::Result<AddRoleToInstanceProfile::Output> addRole(dispatch::Context& context,
                                                       const AddRoleToInstanceProfile::Input& input) {
  TRY_ASSIGN(rows::InstanceProfileRecord profile, load(context, input.InstanceProfileName_));
  TRY_ASSIGN(const rows::RoleRecord role, loadRole(context, input.RoleName_));
  if (!role.linked_service().empty()) return unmodifiableRole(input.RoleName_);
  if (!profile.roles().empty()) return quotaExceeded("InstanceSessionsPerInstanceProfile", 1);
  profile.add_roles(input.RoleName_);
  save(context, profile);
  return AddRoleToInstanceProfile::Output{};
}

base::Result<RemoveRoleFromInstanceProfile::Output> removeRole(dispatch::Context& context,
                                                               const RemoveRoleFromInstanceProfile::Input& input) {
  TRY_ASSIGN(rows::InstanceProfileRecord profile, load(context, input.InstanceProfileName_));
  auto& roles = *profile.mutable_roles();
  const auto gone = std::remove(roles.begin(), roles.end(), input.RoleName_);
  if (gone == roles.end()) return noSuchRole(input.RoleName_);
  roles.erase(gone, roles.end());
  save(context, profile);
  return RemoveRoleFromInstanceProfile::Output{};
}

template <class Output, class Input, class Wanted>
base::Result<Output> listed(dispatch::Context& context, const Input& input, Wanted wanted) {
  std::vector<shapes::iam::InstanceProfile> profiles;
  for (const auto& entry : kInstanceProfiles.scan(context.transaction(), {}, context.account())) {
    if (!wanted(entry.record)) continue;
    TRY_ASSIGN(shapes::iam::InstanceProfile profile, describe(context, entry.record, false));
    profiles.push_back(std::move(profile));
  }
  TRY_ASSIGN(auto page, paginate(std::move(profiles), input.Marker_, input.MaxItems_,
                                 [](const auto& profile) { return keyName(profile.InstanceProfileName_); }));
  Output output;
  setPaging(page, output);
  output.InstanceProfiles_ = std::move(page.items);
  return output;
}

base::Result<ListInstanceProfiles::Output> list(dispatch::Context& context, const ListInstanceProfiles::Input& input) {
  return listed<ListInstanceProfiles::Output>(context, input, [&](const rows::InstanceProfileRecord& profile) {
    return profile.path().starts_with(input.PathPrefix_.value_or("/"));
  });
}

base::Result<ListInstanceProfilesForRole::Output> listForRole(dispatch::Context& context,
                                                              const ListInstanceProfilesForRole::Input& input) {
  TRY(loadRole(context, input.RoleName_));
  return listed<ListInstanceProfilesForRole::Output>(context, input, [&](const rows::InstanceProfileRecord& profile) {
    return std::find(profile.roles().begin(), profile.roles().end(), input.RoleName_) != profile.roles().end();
  });
}

}  // namespace

void registerInstanceProfiles(dispatch::Registry& registry) {
  registry.add<CreateInstanceProfile>(create);
  registry.add<GetInstanceProfile>(get);
  registry.add<DeleteInstanceProfile>(remove);
  registry.add<AddRoleToInstanceProfile>(addRole);
  registry.add<RemoveRoleFromInstanceProfile>(removeRole);
  registry.add<ListInstanceProfiles>(list);
  registry.add<ListInstanceProfilesForRole>(listForRole);
}

}  // namespace thimble::services::iam
