#include "services/iam/attachments.h"

#include "services/iam/errors.h"
#include "services/iam/paging.h"
#include "services/iam/policies.h"
#include "services/iam/registration.h"
#include "wire/shapes/iam.h"

namespace thimble::services::iam {
namespace {

constexpr int kMaxAttached = 10;

std::string boundaryKind(Kind kind) {
  return std::string(kindName(kind)) + "Boundary";
}

void putSide(dispatch::Context& context, const std::string& kind, const std::string& policy_arn,
             const std::string& name, const std::string& id) {
  rows::AttachmentRecord record;
  record.set_name(name);
  record.set_id(id);
  kAttachments.put(context.transaction(), record, context.account(), policy_arn, kind, keyName(name));
}

void eraseSide(dispatch::Context& context, const std::string& kind, const std::string& policy_arn,
               const std::string& name) {
  kAttachments.erase(context.transaction(), context.account(), policy_arn, kind, keyName(name));
}

template <class Op>
base::Result<typename Op::Output> attachPolicy(dispatch::Context& context, const typename Op::Input& input) {
  constexpr Kind kind = kindOf<typename Op::Input>();
  TRY_ASSIGN(Holder holder, Holder::loadForChange(context, kind, nameMember(input)));
  TRY(attachablePolicyName(context, input.PolicyArn_));
  rows::Principal& principal = holder.principal();
  const auto& attached = principal.attached_policies();
  if (std::find(attached.begin(), attached.end(), input.PolicyArn_) != attached.end()) return typename Op::Output{};
  if (attached.size() >= kMaxAttached) {
    return quotaExceeded(std::string("PoliciesPer") + kindName(kind), kMaxAttached);
  }
  attach(context, kind, principal, input.PolicyArn_);
  holder.save(context);
  return typename Op::Output{};
}

template <class Op>
base::Result<typename Op::Output> detachPolicy(dispatch::Context& context, const typename Op::Input& input) {
  constexpr Kind kind = kindOf<typename Op::Input>();
  TRY_ASSIGN(Holder holder, Holder::loadForChange(context, kind, nameMember(input)));
  auto& attached = *holder.principal().mutable_attached_policies();
  const auto gone = std::remove(attached.begin(), attached.end(), input.PolicyArn_);
  if (gone == attached.end()) return policyNotFound(input.PolicyArn_);
  attached.erase(gone, attached.end());
  eraseSide(context, kindName(kind), input.PolicyArn_, nameMember(input));
  holder.save(context);
  return typename Op::Output{};
}

template <class Op>
base::Result<typename Op::Output> listAttached(dispatch::Context& context, const typename Op::Input& input) {
  TRY_ASSIGN(const Holder holder, Holder::load(context, kindOf<typename Op::Input>(), nameMember(input)));
  std::vector<shapes::iam::AttachedPolicy> policies;
  for (const std::string& arn : holder.principal().attached_policies()) {
    const std::size_t slash = arn.rfind('/');
    const std::string path = arn.substr(arn.find(":policy/") + 7, slash - arn.find(":policy/") - 6);
    if (!path.starts_with(input.PathPrefix_.value_or("/"))) continue;
    shapes::iam::AttachedPolicy policy;
    policy.PolicyName_ = arn.substr(slash + 1);
    policy.PolicyArn_ = arn;
    policies.push_back(std::move(policy));
  }
  const auto order = [](const shapes::iam::AttachedPolicy& policy) { return *policy.PolicyArn_; };
  std::sort(policies.begin(), policies.end(), [&](const auto& a, const auto& b) { return order(a) < order(b); });
  TRY_ASSIGN(auto page, paginate(std::move(policies), input.Marker_, input.MaxItems_, order));
  typename Op::Output output;
  setPaging(page, output);
  output.AttachedPolicies_ = std::move(page.items);
  return output;
}

template <class Op>
base::Result<typename Op::Output> putBoundary(dispatch::Context& context, const typename Op::Input& input) {
  constexpr Kind kind = kindOf<typename Op::Input>();
  TRY_ASSIGN(Holder holder, Holder::loadForChange(context, kind, nameMember(input)));
  dropBoundary(context, kind, holder.principal());
  TRY(setBoundary(context, kind, holder.principal(), input.PermissionsBoundary_));
  holder.save(context);
  return typename Op::Output{};
}

template <class Op>
base::Result<typename Op::Output> deleteBoundary(dispatch::Context& context, const typename Op::Input& input) {
  constexpr Kind kind = kindOf<typename Op::Input>();
  TRY_ASSIGN(Holder holder, Holder::loadForChange(context, kind, nameMember(input)));
  if (holder.principal().permissions_boundary().empty()) {
    return noSuchEntity(std::string(kindName(kind)) + " " + nameMember(input) +
                        " does not have a permissions boundary.");
  }
  dropBoundary(context, kind, holder.principal());
  holder.principal().clear_permissions_boundary();
  holder.save(context);
  return typename Op::Output{};
}

}  // namespace

void attach(dispatch::Context& context, Kind kind, rows::Principal& principal, const std::string& policy_arn) {
  principal.add_attached_policies(policy_arn);
  putSide(context, kindName(kind), policy_arn, principal.name(), principal.id());
}

base::Result<void> setBoundary(dispatch::Context& context, Kind kind, rows::Principal& principal,
                               const std::string& policy_arn) {
  if (!attachablePolicyName(context, policy_arn).ok()) {
    return noSuchEntity("Scope ARN: " + policy_arn + " does not exist or is not attachable.");
  }
  principal.set_permissions_boundary(policy_arn);
  putSide(context, boundaryKind(kind), policy_arn, principal.name(), principal.id());
  return {};
}

void dropBoundary(dispatch::Context& context, Kind kind, const rows::Principal& principal) {
  if (principal.permissions_boundary().empty()) return;
  eraseSide(context, boundaryKind(kind), principal.permissions_boundary(), principal.name());
}

void moveAttachments(dispatch::Context& context, Kind kind, const rows::Principal& principal,
                     const std::string& new_name) {
  for (const std::string& arn : principal.attached_policies()) {
    eraseSide(context, kindName(kind), arn, principal.name());
    putSide(context, kindName(kind), arn, new_name, principal.id());
  }
  if (!principal.permissions_boundary().empty()) {
    dropBoundary(context, kind, principal);
    putSide(context, boundaryKind(kind), principal.permissions_boundary(), new_name, principal.id());
  }
}

void dropAttachments(dispatch::Context& context, Kind kind, const rows::Principal& principal) {
  for (const std::string& arn : principal.attached_policies()) {
    eraseSide(context, kindName(kind), arn, principal.name());
  }
  dropBoundary(context, kind, principal);
}

void registerAttachments(dispatch::Registry& registry) {
  using namespace shapes::iam;
  registry.add<AttachUserPolicy>(attachPolicy<AttachUserPolicy>);
  registry.add<AttachGroupPolicy>(attachPolicy<AttachGroupPolicy>);
  registry.add<AttachRolePolicy>(attachPolicy<AttachRolePolicy>);
  registry.add<DetachUserPolicy>(detachPolicy<DetachUserPolicy>);
  registry.add<DetachGroupPolicy>(detachPolicy<DetachGroupPolicy>);
  registry.add<DetachRolePolicy>(detachPolicy<DetachRolePolicy>);
  registry.add<ListAttachedUserPolicies>(listAttached<ListAttachedUserPolicies>);
  registry.add<ListAttachedGroupPolicies>(listAttached<ListAttachedGroupPolicies>);
  registry.add<ListAttachedRolePolicies>(listAttached<ListAttachedRolePolicies>);
}

void registerBoundaries(dispatch::Registry& registry) {
  using namespace shapes::iam;
  registry.add<PutUserPermissionsBoundary>(putBoundary<PutUserPermissionsBoundary>);
  registry.add<PutRolePermissionsBoundary>(putBoundary<PutRolePermissionsBoundary>);
  registry.add<DeleteUserPermissionsBoundary>(deleteBoundary<DeleteUserPermissionsBoundary>);
  registry.add<DeleteRolePermissionsBoundary>(deleteBoundary<DeleteRolePermissionsBoundary>);
}

}  // namespace thimble::services::iam
