#include <algorithm>

#include "lang/policy/context.h"
#include "services/sts/registration.h"
#include "services/sts/sessions.h"

namespace thimble::services::sts {
namespace {

using lang::policy::toLower;
using shapes::sts::AssumeRole;

constexpr std::int64_t kDefaultSeconds = 3600;
constexpr std::int64_t kChainedSeconds = 3600;

bool holdsKey(const std::map<std::string, std::string>& tags, const std::string& key) {
  return std::any_of(tags.begin(), tags.end(), [&](const auto& tag) { return toLower(tag.first) == toLower(key); });
}

/// The tags of the new session: those asked for, and the transitive ones of the caller's session.
base::Result<void> addTags(const AssumeRole::Input& input, const dispatch::Identity& caller,
                           dispatch::RoleAssumption& assumption) {
  TRY_ASSIGN(assumption.session_tags, sessionTags(input.Tags_));
  for (const std::string& key : input.TransitiveTagKeys_.value_or(std::vector<std::string>{})) {
    if (!holdsKey(assumption.session_tags, key)) {
      return invalidParameterValue("The specified transitive tag key must be included in the requested tags.");
    }
    assumption.transitive_tag_keys.push_back(key);
  }
  for (const std::string& key : caller.transitive_tag_keys) {
    if (holdsKey(assumption.session_tags, key)) {
      return invalidParameterValue(
          "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from "
          "the calling session.");
    }
    for (const auto& [name, value] : caller.session_tags) {
      if (toLower(name) == toLower(key)) assumption.session_tags[name] = value;
    }
    assumption.transitive_tag_keys.push_back(key);
  }
  return {};
}

/// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
base::Result<AssumeRole::Output> assumeRole(dispatch::Context& context, const AssumeRole::Input& input) {
  const dispatch::Identity& caller = context.call().identity;
  dispatch::RoleAssumption assumption;
  assumption.role_arn = input.RoleArn_;
  assumption.session_name = input.RoleSessionName_;
  assumption.external_id = input.ExternalId_.value_or("");
  assumption.source_identity = input.SourceIdentity_.value_or("");
  TRY(addTags(input, caller, assumption));
  TRY_ASSIGN(std::vector<std::string> policies, sessionPolicies(context, input.Policy_, input.PolicyArns_));
  const std::int64_t seconds = input.DurationSeconds_.value_or(kDefaultSeconds);
  if (caller.kind == dispatch::Identity::Kind::AssumedRole && seconds > kChainedSeconds) {
    return validationError(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
  }
  TRY_ASSIGN(dispatch::AssumedRole assumed,
             context.environment().authorizer.assume(context.transaction(), context.call(), assumption));
  if (seconds > assumed.max_session_seconds) {
    return validationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
  AssumeRole::Output output;
  output.AssumedRoleUser_.emplace();
  output.AssumedRoleUser_->AssumedRoleId_ = assumed.identity.user_id;
  output.AssumedRoleUser_->Arn_ = assumed.identity.arn;
  output.SourceIdentity_ = input.SourceIdentity_;
  if (!policies.empty() || !assumption.session_tags.empty()) {
    output.PackedPolicySize_ = packedPolicySize(policies, assumption.session_tags);
  }
  assumed.identity.session_policies = std::move(policies);
  output.Credentials_ = describe(dispatch::issueSession(context.transaction(), context.random(), context.now(),
                                                        std::move(assumed.identity), seconds));
  return output;
}

}  // namespace

void registerAssumeRole(dispatch::Registry& registry) {
  registry.add<AssumeRole>(assumeRole);
}

}  // namespace thimble::services::sts
