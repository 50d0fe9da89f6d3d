#include "services/iam/principals.h"

#include "lang/policy/context.h"
#include "services/iam/errors.h"

namespace thimble::services::iam {

const char* kindName(Kind kind) {
  static constexpr const char* kNames[] = {"User", "Group", "Role"};
  return kNames[static_cast<std::size_t>(kind)];
}

const char* lowerKindName(Kind kind) {
  static constexpr const char* kNames[] = {"user", "group", "role"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string keyName(std::string_view name) {
  return lang::policy::toLower(name);
}

std::string arnOf(const std::string& account, std::string_view kind, const std::string& path, const std::string& name) {
  return "arn:aws:iam::" + account + ":" + std::string(kind) + path + name;
}

std::string arnOf(const std::string& account, Kind kind, const rows::Principal& principal) {
  return arnOf(account, lowerKindName(kind), principal.path(), principal.name());
}

base::Timestamp wholeSeconds(const dispatch::Context& context) {
  return {context.now().seconds() * 1000};
}

std::string newId(platform::Random& random, std::string_view prefix) {
  return std::string(prefix) + random.text(17, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
}

base::Result<rows::UserRecord> loadUser(dispatch::Context& context, const std::string& name) {
  auto user = kUsers.get(context.transaction(), context.account(), keyName(name));
  if (!user || user->principal().name() != name) return noSuchUser(name);
  return *std::move(user);
}

base::Result<rows::GroupRecord> loadGroup(dispatch::Context& context, const std::string& name) {
  auto group = kGroups.get(context.transaction(), context.account(), keyName(name));
  if (!group || group->principal().name() != name) return noSuchGroup(name);
  return *std::move(group);
}

base::Result<rows::RoleRecord> loadRole(dispatch::Context& context, const std::string& name) {
  auto role = kRoles.get(context.transaction(), context.account(), keyName(name));
  if (!role || role->principal().name() != name) return noSuchRole(name);
  return *std::move(role);
}

void saveUser(dispatch::Context& context, const rows::UserRecord& user) {
  kUsers.put(context.transaction(), user, context.account(), keyName(user.principal().name()));
}

void saveRole(dispatch::Context& context, const rows::RoleRecord& role) {
  kRoles.put(context.transaction(), role, context.account(), keyName(role.principal().name()));
}

base::Result<Holder> Holder::load(dispatch::Context& context, Kind kind, const std::string& name) {
  Holder holder;
  switch (kind) {
    case Kind::User: {
      TRY_ASSIGN(holder.record_, loadUser(context, name));
      break;
    }
    case Kind::Group: {
      TRY_ASSIGN(holder.record_, loadGroup(context, name));
      break;
    }
    case Kind::Role: {
      TRY_ASSIGN(holder.record_, loadRole(context, name));
      break;
    }
  }
  return holder;
}

base::Result<Holder> Holder::loadForChange(dispatch::Context& context, Kind kind, const std::string& name) {
  TRY_ASSIGN(Holder holder, load(context, kind, name));
  const auto* role = std::get_if<rows::RoleRecord>(&holder.record_);
  if (role && !role->linked_service().empty()) return unmodifiableRole(name);
  return holder;
}

rows::Principal& Holder::principal() {
  return std::visit([](auto& record) -> rows::Principal& { return *record.mutable_principal(); }, record_);
}

void Holder::save(dispatch::Context& context) const {
  const std::string key = keyName(principal().name());
  if (const auto* user = std::get_if<rows::UserRecord>(&record_)) {
    kUsers.put(context.transaction(), *user, context.account(), key);
  } else if (const auto* group = std::get_if<rows::GroupRecord>(&record_)) {
    kGroups.put(context.transaction(), *group, context.account(), key);
  } else {
    kRoles.put(context.transaction(), std::get<rows::RoleRecord>(record_), context.account(), key);
  }
}

base::Result<std::string> userNameOrCaller(const dispatch::Context& context, const std::optional<std::string>& name) {
  if (name) return *name;
  const dispatch::Identity& identity = context.call().identity;
  if (identity.kind == dispatch::Identity::Kind::User) return identity.user_name;
  return validationError("Must specify userName when calling with non-User credentials");
}

}  // namespace thimble::services::iam
