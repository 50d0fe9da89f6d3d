// Groups and who is in them.
#include "services/iam/attachments.h"
#include "services/iam/describe.h"
#include "services/iam/errors.h"
#include "services/iam/paging.h"
#include "services/iam/principals.h"
#include "services/iam/registration.h"

namespace thimble::services::iam {
namespace {

using shapes::iam::AddUserToGroup;
using shapes::iam::CreateGroup;
using shapes::iam::DeleteGroup;
using shapes::iam::GetGroup;
using shapes::iam::ListGroups;
using shapes::iam::RemoveUserFromGroup;
using shapes::iam::UpdateGroup;

constexpr int kGroupsPerUser = 10;

base::ApiError groupExists(const std::string& name) {
  return entityAlreadyExists("Group with name " + name + " already exists.");
}

base::Result<CreateGroup::Output> createGroup(dispatch::Context& context, const CreateGroup::Input& input) {
  const std::string key = keyName(input.GroupName_);
  if (kGroups.has(context.transaction(), context.account(), key)) return groupExists(input.GroupName_);
  rows::GroupRecord group;
  rows::Principal& principal = *group.mutable_principal();
  principal.set_name(input.GroupName_);
  principal.set_path(input.Path_.value_or("/"));
  principal.set_id(newId(context.random(), "AGPA"));
  principal.set_created(wholeSeconds(context).milliseconds);
  kGroups.put(context.transaction(), group, context.account(), key);
  CreateGroup::Output output;
  output.Group_ = describe(context.account(), group);
  return output;
}

base::Result<GetGroup::Output> getGroup(dispatch::Context& context, const GetGroup::Input& input) {
  TRY_ASSIGN(const rows::GroupRecord group, loadGroup(context, input.GroupName_));
  std::vector<shapes::iam::User> users;
  for (const auto& entry : kMembers.scan(context.transaction(), {}, context.account(), keyName(input.GroupName_))) {
    TRY_ASSIGN(const rows::UserRecord user, loadUser(context, entry.record.user_name()));
    users.push_back(describe(context.account(), user, View::Listed));
  }
  TRY_ASSIGN(auto page, paginate(std::move(users), input.Marker_, input.MaxItems_,
                                 [](const shapes::iam::User& user) { return keyName(user.UserName_); }));
  GetGroup::Output output;
  output.Group_ = describe(context.account(), group);
  setPaging(page, output);
  output.Users_ = std::move(page.items);
  return output;
}

base::Result<UpdateGroup::Output> updateGroup(dispatch::Context& context, const UpdateGroup::Input& input) {
  TRY_ASSIGN(rows::GroupRecord group, loadGroup(context, input.GroupName_));
  const std::string old_key = keyName(input.GroupName_);
  const std::string new_name = input.NewGroupName_.value_or(input.GroupName_);
  const std::string new_key = keyName(new_name);
  if (new_key != old_key && kGroups.has(context.transaction(), context.account(), new_key)) {
    return groupExists(new_name);
  }
  moveAttachments(context, Kind::Group, group.principal(), new_name);
  for (const auto& entry : kMembers.scan(context.transaction(), {}, context.account(), old_key)) {
    TRY_ASSIGN(rows::UserRecord user, loadUser(context, entry.record.user_name()));
    std::replace(user.mutable_groups()->begin(), user.mutable_groups()->end(), input.GroupName_, new_name);
    saveUser(context, user);
    context.transaction().erase(entry.key);
    kMembers.put(context.transaction(), entry.record, context.account(), new_key, keyName(entry.record.user_name()));
  }
  kGroups.erase(context.transaction(), context.account(), old_key);
  group.mutable_principal()->set_name(new_name);
  if (input.NewPath_) group.mutable_principal()->set_path(*input.NewPath_);
  kGroups.put(context.transaction(), group, context.account(), new_key);
  return UpdateGroup::Output{};
}

base::Result<DeleteGroup::Output> deleteGroup(dispatch::Context& context, const DeleteGroup::Input& input) {
  TRY_ASSIGN(const rows::GroupRecord group, loadGroup(context, input.GroupName_));
  const std::string key = keyName(input.GroupName_);
  if (!kMembers.scan(context.transaction(), {.limit = 1}, context.account(), key).empty()) {
    return deleteConflict("Cannot delete entity, must remove users from group first.");
  }
  if (!group.principal().inline_policies().empty()) {
    return deleteConflict("Cannot delete entity, must delete policies first.");
  }
  if (!group.principal().attached_policies().empty()) {
    return deleteConflict("Cannot delete entity, must detach all policies first.");
  }
  kGroups.erase(context.transaction(), context.account(), key);
  return DeleteGroup::Output{};
}

base::Result<ListGroups::Output> listGroups(dispatch::Context& context, const ListGroups::Input& input) {
  std::vector<shapes::iam::Group> groups;
  for (const auto& entry : kGroups.scan(context.transaction(), {}, context.account())) {
    if (!entry.record.principal().path().starts_with(input.PathPrefix_.value_or("/"))) continue;
    groups.push_back(describe(context.account(), entry.record));
  }
  TRY_ASSIGN(auto page, paginate(std::move(groups), input.Marker_, input.MaxItems_,
                                 [](const shapes::iam::Group& group) { return keyName(group.GroupName_); }));
  ListGroups::Output output;
  setPaging(page, output);
  output.Groups_ = std::move(page.items);
  return output;
}

base::Result<AddUserToGroup::Output> addUserToGroup(dispatch::Context& context, const AddUserToGroup::Input& input) {
  TRY_ASSIGN(const rows::GroupRecord group, loadGroup(context, input.GroupName_));
  TRY_ASSIGN(rows::UserRecord user, loadUser(context, input.UserName_));
  const auto& groups = user.groups();
  if (std::find(groups.begin(), groups.end(), input.GroupName_) != groups.end()) return AddUserToGroup::Output{};
  if (groups.size() >= kGroupsPerUser) return quotaExceeded("GroupsPerUser", kGroupsPerUser);
  user.add_groups(input.GroupName_);
  saveUser(context, user);
  rows::MemberRecord member;
  member.set_user_name(input.UserName_);
  kMembers.put(context.transaction(), member, context.account(), keyName(input.GroupName_), keyName(input.UserName_));
  return AddUserToGroup::Output{};
}

base::Result<RemoveUserFromGroup::Output> removeUserFromGroup(dispatch::Context& context,
                                                              const RemoveUserFromGroup::Input& input) {
  TRY_ASSIGN(const rows::GroupRecord group, loadGroup(context, input.GroupName_));
  TRY_ASSIGN(rows::UserRecord user, loadUser(context, input.UserName_));
  auto& groups = *user.mutable_groups();
  const auto gone = std::remove(groups.begin(), groups.end(), input.GroupName_);
  if (gone == groups.end()) return RemoveUserFromGroup::Output{};
  groups.erase(gone, groups.end());
  saveUser(context, user);
  kMembers.erase(context.transaction(), context.account(), keyName(input.GroupName_), keyName(input.UserName_));
  return RemoveUserFromGroup::Output{};
}

}  // namespace

void registerGroups(dispatch::Registry& registry) {
  registry.add<CreateGroup>(createGroup);
  registry.add<GetGroup>(getGroup);
  registry.add<UpdateGroup>(updateGroup);
  registry.add<DeleteGroup>(deleteGroup);
  registry.add<ListGroups>(listGroups);
  registry.add<AddUserToGroup>(addUserToGroup);
  registry.add<RemoveUserFromGroup>(removeUserFromGroup);
}

}  // namespace thimble::services::iam
