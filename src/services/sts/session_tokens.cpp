// Temporary credentials for the caller itself, and for federated users.
#include "services/sts/registration.h"
#include "services/sts/sessions.h"

namespace thimble::services::sts {
namespace {

using shapes::sts::GetAccessKeyInfo;
using shapes::sts::GetFederationToken;
using shapes::sts::GetSessionToken;

constexpr std::int64_t kDefaultSeconds = 43200;
constexpr std::int64_t kRootSeconds = 3600;

std::int64_t secondsFor(const dispatch::Identity& identity, const std::optional<std::int64_t>& asked) {
  const bool root = identity.kind == dispatch::Identity::Kind::Root;
  const std::int64_t seconds = asked.value_or(kDefaultSeconds);
  return root ? std::min(seconds, kRootSeconds) : seconds;
}

/// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
base::Result<GetSessionToken::Output> getSessionToken(dispatch::Context& context, const GetSessionToken::Input& input) {
  const dispatch::Identity& caller = context.call().identity;
  if (callsWithSession(caller)) return accessDenied("Cannot call GetSessionToken with session credentials");
  GetSessionToken::Output output;
  output.Credentials_ = describe(dispatch::issueSession(context.transaction(), context.random(), context.now(), caller,
                                                        secondsFor(caller, input.DurationSeconds_)));
  return output;
}

/// A federated user may do what both its creator and the policies given here allow.
/// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
base::Result<GetFederationToken::Output> getFederationToken(dispatch::Context& context,
                                                            const GetFederationToken::Input& input) {
  dispatch::Identity identity = context.call().identity;
  if (callsWithSession(identity)) return accessDenied("Cannot call GetFederationToken with session credentials");
  TRY_ASSIGN(std::vector<std::string> policies, sessionPolicies(context, input.Policy_, input.PolicyArns_));
  TRY_ASSIGN(identity.session_tags, sessionTags(input.Tags_));
  const std::int64_t seconds = secondsFor(identity, input.DurationSeconds_);
  identity.session_name = input.Name_;
  identity.arn = "arn:aws:sts::" + identity.account + ":federated-user/" + input.Name_;
  identity.user_id = identity.account + ":" + input.Name_;
  GetFederationToken::Output output;
  output.FederatedUser_.emplace();
  output.FederatedUser_->FederatedUserId_ = identity.user_id;
  output.FederatedUser_->Arn_ = identity.arn;
  output.PackedPolicySize_ = packedPolicySize(policies, identity.session_tags);
  // Without a policy the session may do nothing of itself.
  if (policies.empty()) policies.emplace_back(R"({"Version":"2012-10-17","Statement":[]})");
  identity.session_policies = std::move(policies);
  output.Credentials_ = describe(
      dispatch::issueSession(context.transaction(), context.random(), context.now(), std::move(identity), seconds));
  return output;
}

/// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html
base::Result<GetAccessKeyInfo::Output> getAccessKeyInfo(dispatch::Context& context,
                                                        const GetAccessKeyInfo::Input& input) {
  GetAccessKeyInfo::Output output;
  if (const auto credential = dispatch::findCredential(context.transaction(), input.AccessKeyId_)) {
    output.Account_ = credential->identity.account;
    return output;
  }
  TRY_ASSIGN(const dispatch::Signer signer,
             dispatch::findSigner(context.transaction(), input.AccessKeyId_, "", context.now(), true, nullptr));
  output.Account_ = signer.identity.account;
  return output;
}

}  // namespace

void registerSessionTokens(dispatch::Registry& registry) {
  registry.add<GetSessionToken>(getSessionToken);
  registry.add<GetFederationToken>(getFederationToken);
  registry.add<GetAccessKeyInfo>(getAccessKeyInfo);
}

}  // namespace thimble::services::sts
