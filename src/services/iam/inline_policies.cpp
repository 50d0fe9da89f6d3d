// Policies that live in a user, group or role.
#include "base/encoding.h"
#include "lang/policy/validate.h"
#include "services/iam/errors.h"
#include "services/iam/paging.h"
#include "services/iam/principals.h"
#include "services/iam/registration.h"
#include "wire/shapes/iam.h"

namespace thimble::services::iam {
namespace {

/// White space aside, all inline policies of one principal together.
std::int64_t maxCharacters(Kind kind) {
  return kind == Kind::User ? 2048 : kind == Kind::Group ? 5120 : 10240;
}

std::int64_t charactersOf(const rows::Principal& principal) {
  std::int64_t characters = 0;
  for (const rows::InlinePolicy& policy : principal.inline_policies()) {
    for (const char c : policy.document()) characters += c != ' ' && c != '\n' && c != '\t' && c != '\r';
  }
  return characters;
}

base::ApiError noSuchPolicy(Kind kind, const std::string& name) {
  return noSuchEntity(std::string("The ") + lowerKindName(kind) + " policy with name " + name + " cannot be found.");
}

template <class Op>
base::Result<typename Op::Output> putPolicy(dispatch::Context& context, const typename Op::Input& input) {
  constexpr Kind kind = kindOf<typename Op::Input>();
  TRY_ASSIGN(Holder holder, Holder::loadForChange(context, kind, nameMember(input)));
  if (auto message = lang::policy::malformedPolicyMessage(input.PolicyDocument_, lang::policy::DocumentKind::Inline)) {
    return malformedPolicyDocument(*std::move(message));
  }
  auto& policies = *holder.principal().mutable_inline_policies();
  const auto held = std::find_if(policies.begin(), policies.end(),
                                 [&](const rows::InlinePolicy& policy) { return policy.name() == input.PolicyName_; });
  rows::InlinePolicy& policy = held == policies.end() ? *policies.Add() : *held;
  policy.set_name(input.PolicyName_);
  policy.set_document(input.PolicyDocument_);
  if (charactersOf(holder.principal()) > maxCharacters(kind)) {
    return limitExceeded("Maximum policy size of " + std::to_string(maxCharacters(kind)) + " bytes exceeded for " +
                         lowerKindName(kind) + " " + nameMember(input));
  }
  holder.save(context);
  return typename Op::Output{};
}

template <class Op>
base::Result<typename Op::Output> getPolicy(dispatch::Context& context, const typename Op::Input& input) {
  constexpr Kind kind = kindOf<typename Op::Input>();
  TRY_ASSIGN(const Holder holder, Holder::load(context, kind, nameMember(input)));
  for (const rows::InlinePolicy& policy : holder.principal().inline_policies()) {
    if (policy.name() != input.PolicyName_) continue;
    typename Op::Output output;
    nameMember(output) = nameMember(input);
    output.PolicyName_ = policy.name();
    output.PolicyDocument_ = base::encodePercent(policy.document());
    return output;
  }
  return noSuchPolicy(kind, input.PolicyName_);
}

template <class Op>
base::Result<typename Op::Output> deletePolicy(dispatch::Context& context, const typename Op::Input& input) {
  constexpr Kind kind = kindOf<typename Op::Input>();
  TRY_ASSIGN(Holder holder, Holder::loadForChange(context, kind, nameMember(input)));
  auto& policies = *holder.principal().mutable_inline_policies();
  const auto gone = std::remove_if(policies.begin(), policies.end(), [&](const rows::InlinePolicy& policy) {
    return policy.name() == input.PolicyName_;
  });
  if (gone == policies.end()) return noSuchPolicy(kind, input.PolicyName_);
  policies.erase(gone, policies.end());
  holder.save(context);
  return typename Op::Output{};
}

template <class Op>
base::Result<typename Op::Output> listPolicies(dispatch::Context& context, const typename Op::Input& input) {
  TRY_ASSIGN(const Holder holder, Holder::load(context, kindOf<typename Op::Input>(), nameMember(input)));
  std::vector<std::string> names;
  for (const rows::InlinePolicy& policy : holder.principal().inline_policies()) names.push_back(policy.name());
  std::sort(names.begin(), names.end());
  TRY_ASSIGN(auto page,
             paginate(std::move(names), input.Marker_, input.MaxItems_, [](const std::string& name) { return name; }));
  typename Op::Output output;
  setPaging(page, output);
  output.PolicyNames_ = std::move(page.items);
  return output;
}

}  // namespace

void registerInlinePolicies(dispatch::Registry& registry) {
  using namespace shapes::iam;
  registry.add<PutUserPolicy>(putPolicy<PutUserPolicy>);
  registry.add<PutGroupPolicy>(putPolicy<PutGroupPolicy>);
  registry.add<PutRolePolicy>(putPolicy<PutRolePolicy>);
  registry.add<GetUserPolicy>(getPolicy<GetUserPolicy>);
  registry.add<GetGroupPolicy>(getPolicy<GetGroupPolicy>);
  registry.add<GetRolePolicy>(getPolicy<GetRolePolicy>);
  registry.add<DeleteUserPolicy>(deletePolicy<DeleteUserPolicy>);
  registry.add<DeleteGroupPolicy>(deletePolicy<DeleteGroupPolicy>);
  registry.add<DeleteRolePolicy>(deletePolicy<DeleteRolePolicy>);
  registry.add<ListUserPolicies>(listPolicies<ListUserPolicies>);
  registry.add<ListGroupPolicies>(listPolicies<ListGroupPolicies>);
  registry.add<ListRolePolicies>(listPolicies<ListRolePolicies>);
}

}  // namespace thimble::services::iam
