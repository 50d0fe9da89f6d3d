// Users.
#include "dispatch/credentials.h"
#include "services/iam/attachments.h"
#include "services/iam/describe.h"
#include "services/iam/errors.h"
#include "services/iam/paging.h"
#include "services/iam/principals.h"
#include "services/iam/registration.h"
#include "services/iam/tags.h"

namespace thimble::services::iam {
namespace {

using shapes::iam::CreateUser;
using shapes::iam::DeleteUser;
using shapes::iam::GetUser;
using shapes::iam::ListGroupsForUser;
using shapes::iam::ListUsers;
using shapes::iam::UpdateUser;

base::ApiError userExists(const std::string& name) {
  return entityAlreadyExists("User with name " + name + " already exists.");
}

base::Result<CreateUser::Output> createUser(dispatch::Context& context, const CreateUser::Input& input) {
  if (kUsers.has(context.transaction(), context.account(), keyName(input.UserName_))) {
    return userExists(input.UserName_);
  }
  rows::UserRecord user;
  rows::Principal& principal = *user.mutable_principal();
  principal.set_name(input.UserName_);
  principal.set_path(input.Path_.value_or("/"));
  principal.set_id(newId(context.random(), "AIDA"));
  principal.set_created(wholeSeconds(context).milliseconds);
  if (input.Tags_) TRY(addTags(*principal.mutable_tags(), *input.Tags_));
  if (input.PermissionsBoundary_) TRY(setBoundary(context, Kind::User, principal, *input.PermissionsBoundary_));
  saveUser(context, user);
  CreateUser::Output output;
  output.User_ = describe(context.account(), user, View::Created);
  return output;
}

base::Result<GetUser::Output> getUser(dispatch::Context& context, const GetUser::Input& input) {
  const dispatch::Identity& identity = context.call().identity;
  GetUser::Output output;
  if (!input.UserName_ && identity.kind == dispatch::Identity::Kind::Root) {
    output.User_.Path_ = "/";
    output.User_.UserName_ = "root";
    output.User_.UserId_ = identity.account;
    output.User_.Arn_ = identity.arn;
    return output;
  }
  TRY_ASSIGN(const std::string name, userNameOrCaller(context, input.UserName_));
  TRY_ASSIGN(const rows::UserRecord user, loadUser(context, name));
  output.User_ = describe(context.account(), user, View::Full);
  return output;
}

/// A new name or path changes the ARN, which the user's keys carry and its memberships name.
base::Result<UpdateUser::Output> updateUser(dispatch::Context& context, const UpdateUser::Input& input) {
  TRY_ASSIGN(rows::UserRecord user, loadUser(context, input.UserName_));
  rows::Principal& principal = *user.mutable_principal();
  const std::string old_key = keyName(input.UserName_);
  const std::string new_name = input.NewUserName_.value_or(input.UserName_);
  const std::string new_key = keyName(new_name);
  if (new_key != old_key && kUsers.has(context.transaction(), context.account(), new_key)) return userExists(new_name);
  moveAttachments(context, Kind::User, principal, new_name);
  for (const std::string& group : user.groups()) {
    kMembers.erase(context.transaction(), context.account(), keyName(group), old_key);
    rows::MemberRecord member;
    member.set_user_name(new_name);
    kMembers.put(context.transaction(), member, context.account(), keyName(group), new_key);
  }
  kUsers.erase(context.transaction(), context.account(), old_key);
  principal.set_name(new_name);
  if (input.NewPath_) principal.set_path(*input.NewPath_);
  saveUser(context, user);
  for (const rows::AccessKey& key : user.access_keys()) {
    auto credential = dispatch::findCredential(context.transaction(), key.id());
    if (!credential) continue;
    credential->identity.user_name = new_name;
    credential->identity.arn = arnOf(context.account(), Kind::User, principal);
    dispatch::putCredential(context.transaction(), key.id(), *credential);
  }
  return UpdateUser::Output{};
}

base::Result<DeleteUser::Output> deleteUser(dispatch::Context& context, const DeleteUser::Input& input) {
  TRY_ASSIGN(const rows::UserRecord user, loadUser(context, input.UserName_));
  const rows::Principal& principal = user.principal();
  if (!principal.inline_policies().empty()) return deleteConflict("Cannot delete entity, must delete policies first.");
  if (!principal.attached_policies().empty()) {
    return deleteConflict("Cannot delete entity, must detach all policies first.");
  }
  if (!user.groups().empty()) return deleteConflict("Cannot delete entity, must remove users from group first.");
  if (!user.access_keys().empty()) return deleteConflict("Cannot delete entity, must delete access keys first.");
  if (!user.service_credentials().empty()) {
    return deleteConflict("Cannot delete entity, must remove referenced objects first.");
  }
  dropBoundary(context, Kind::User, principal);
  kUsers.erase(context.transaction(), context.account(), keyName(input.UserName_));
  return DeleteUser::Output{};
}

base::Result<ListUsers::Output> listUsers(dispatch::Context& context, const ListUsers::Input& input) {
  std::vector<shapes::iam::User> users;
  for (const auto& entry : kUsers.scan(context.transaction(), {}, context.account())) {
    if (!entry.record.principal().path().starts_with(input.PathPrefix_.value_or("/"))) continue;
    users.push_back(describe(context.account(), entry.record, View::Listed));
  }
  TRY_ASSIGN(auto page, paginate(std::move(users), input.Marker_, input.MaxItems_,
                                 [](const shapes::iam::User& user) { return keyName(user.UserName_); }));
  ListUsers::Output output;
  setPaging(page, output);
  output.Users_ = std::move(page.items);
  return output;
}

base::Result<ListGroupsForUser::Output> listGroupsForUser(dispatch::Context& context,
                                                          const ListGroupsForUser::Input& input) {
  TRY_ASSIGN(const rows::UserRecord user, loadUser(context, input.UserName_));
  std::vector<shapes::iam::Group> groups;
  for (const std::string& name : user.groups()) {
    TRY_ASSIGN(const rows::GroupRecord group, loadGroup(context, name));
    groups.push_back(describe(context.account(), group));
  }
  const auto order = [](const shapes::iam::Group& group) { return keyName(group.GroupName_); };
  std::sort(groups.begin(), groups.end(), [&](const auto& a, const auto& b) { return order(a) < order(b); });
  TRY_ASSIGN(auto page, paginate(std::move(groups), input.Marker_, input.MaxItems_, order));
  ListGroupsForUser::Output output;
  setPaging(page, output);
  output.Groups_ = std::move(page.items);
  return output;
}

}  // namespace

void registerUsers(dispatch::Registry& registry) {
  registry.add<CreateUser>(createUser);
  registry.add<GetUser>(getUser);
  registry.add<UpdateUser>(updateUser);
  registry.add<DeleteUser>(deleteUser);
  registry.add<ListUsers>(listUsers);
  registry.add<ListGroupsForUser>(listGroupsForUser);
}

}  // namespace thimble::services::iam
