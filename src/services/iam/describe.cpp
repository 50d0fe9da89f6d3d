#include "services/iam/describe.h"

#include "base/encoding.h"
#include "services/iam/principals.h"
#include "services/iam/tags.h"

namespace thimble::services::iam {
namespace {

std::optional<shapes::iam::AttachedPermissionsBoundary> boundaryOf(const rows::Principal& principal) {
  if (principal.permissions_boundary().empty()) return std::nullopt;
  shapes::iam::AttachedPermissionsBoundary boundary;
  boundary.PermissionsBoundaryType_ = "Policy";
  boundary.PermissionsBoundaryArn_ = principal.permissions_boundary();
  return boundary;
}

}  // namespace

shapes::iam::User describe(const std::string& account, const rows::UserRecord& user, View view) {
  const rows::Principal& principal = user.principal();
  shapes::iam::User shown;
  shown.Path_ = principal.path();
  shown.UserName_ = principal.name();
  shown.UserId_ = principal.id();
  shown.Arn_ = arnOf(account, Kind::User, principal);
  shown.CreateDate_ = {principal.created()};
  if (view != View::Listed) {
    shown.PermissionsBoundary_ = boundaryOf(principal);
    shown.Tags_ = tagsOrNothing(principal.tags());
  }
  return shown;
}

shapes::iam::Group describe(const std::string& account, const rows::GroupRecord& group) {
  const rows::Principal& principal = group.principal();
  shapes::iam::Group shown;
  shown.Path_ = principal.path();
  shown.GroupName_ = principal.name();
  shown.GroupId_ = principal.id();
  shown.Arn_ = arnOf(account, Kind::Group, principal);
  shown.CreateDate_ = {principal.created()};
  return shown;
}

shapes::iam::Role describe(const std::string& account, const rows::RoleRecord& role, View view) {
  const rows::Principal& principal = role.principal();
  shapes::iam::Role shown;
  shown.Path_ = principal.path();
  shown.RoleName_ = principal.name();
  shown.RoleId_ = principal.id();
  shown.Arn_ = arnOf(account, Kind::Role, principal);
  shown.CreateDate_ = {principal.created()};
  shown.AssumeRolePolicyDocument_ = base::encodePercent(role.trust_policy());
  if (!role.description().empty()) shown.Description_ = role.description();
  if (view != View::Created) shown.MaxSessionDuration_ = role.max_session_seconds();
  if (view != View::Listed) {
    shown.PermissionsBoundary_ = boundaryOf(principal);
    shown.Tags_ = tagsOrNothing(principal.tags());
  }
  if (view == View::Full) shown.RoleLastUsed_ = shapes::iam::RoleLastUsed{};
  return shown;
}

}  // namespace thimble::services::iam
