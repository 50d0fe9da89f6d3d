// What users, groups and roles have in common: names, ARNs, and loading and saving one whichever it is.
#pragma once

#include <string>
#include <variant>

#include "base/result.h"
#include "dispatch/context.h"
#include "services/iam/rows.h"

namespace thimble::services::iam {

enum class Kind { User, Group, Role };

/// "User", "Group", "Role"; in lower case "user" ...
const char* kindName(Kind kind);
const char* lowerKindName(Kind kind);

/// The form of a name in keys.
std::string keyName(std::string_view name);

/// "arn:aws:iam::111122223333:role/path/name".
std::string arnOf(const std::string& account, Kind kind, const rows::Principal& principal);
std::string arnOf(const std::string& account, std::string_view kind, const std::string& path, const std::string& name);

/// The time of a change, as IAM shows it: in whole seconds.
base::Timestamp wholeSeconds(const dispatch::Context& context);

/// An id such as "AROA" and 17 characters.
std::string newId(platform::Random& random, std::string_view prefix);

/// A user, group or role that is read, perhaps changed, and saved.
class Holder {
 public:
  /// NoSuchEntity when there is none of that name.
  static base::Result<Holder> load(dispatch::Context& context, Kind kind, const std::string& name);
  /// As load, and UnmodifiableEntity for a service-linked role.
  static base::Result<Holder> loadForChange(dispatch::Context& context, Kind kind, const std::string& name);

  Kind kind() const { return static_cast<Kind>(record_.index()); }
  rows::Principal& principal();
  const rows::Principal& principal() const { return const_cast<Holder*>(this)->principal(); }
  void save(dispatch::Context& context) const;

 private:
  std::variant<rows::UserRecord, rows::GroupRecord, rows::RoleRecord> record_;  ///< In the order of Kind.
};

base::Result<rows::UserRecord> loadUser(dispatch::Context& context, const std::string& name);
base::Result<rows::GroupRecord> loadGroup(dispatch::Context& context, const std::string& name);
base::Result<rows::RoleRecord> loadRole(dispatch::Context& context, const std::string& name);
void saveUser(dispatch::Context& context, const rows::UserRecord& user);
void saveRole(dispatch::Context& context, const rows::RoleRecord& role);

/// The user an operation means that may leave out UserName: the caller. ValidationError when the caller is no user.
base::Result<std::string> userNameOrCaller(const dispatch::Context& context, const std::optional<std::string>& name);

// Operations on users, groups and roles have the same members under their own names.

template <class Input>
constexpr Kind kindOf() {
  if constexpr (requires(Input input) { input.RoleName_; }) return Kind::Role;
  if constexpr (requires(Input input) { input.GroupName_; }) return Kind::Group;
  return Kind::User;
}

template <class T>
auto& nameMember(T& value) {
  if constexpr (requires { value.RoleName_; }) {
    return value.RoleName_;
  } else if constexpr (requires { value.GroupName_; }) {
    return value.GroupName_;
  } else {
    return value.UserName_;
  }
}

}  // namespace thimble::services::iam
