// GetKeyPolicy, PutKeyPolicy, ListKeyPolicies.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
#include "base/arn.h"
#include "services/kms/keys.h"
#include "services/kms/service.h"
#include "wire/shapes/kms.h"

namespace thimble::services::kms {
namespace {

using namespace shapes::kms;  // NOLINT: the operations of this file

constexpr std::size_t kMaxPolicyBytes = 32'768;

base::Result<void> checkName(const std::optional<std::string>& name) {
  if (name.value_or("default") == "default") return {};
  return notFound("No such policy exists");
}

base::Result<GetKeyPolicy::Output> get(dispatch::SealedContext& context, const GetKeyPolicy::Input& input) {
  TRY_ASSIGN(const rows::Key key, findKey(context, input.KeyId_, "kms:GetKeyPolicy"));
  TRY(checkName(input.PolicyName_));
  GetKeyPolicy::Output output;
  output.Policy_ = key.policy().empty() ? defaultKeyPolicy(context.account()) : key.policy();
  output.PolicyName_ = "default";
  return output;
}

base::Result<PutKeyPolicy::Output> put(dispatch::SealedContext& context, const PutKeyPolicy::Input& input) {
  TRY_ASSIGN(rows::Key key, findOwnKey(context, input.KeyId_, "kms:PutKeyPolicy"));
  TRY(checkName(input.PolicyName_));
  const auto policy = base::Json::parse(input.Policy_, {.max_depth = 64});
  if (!policy.ok() || !policy->isObject() || input.Policy_.size() > kMaxPolicyBytes) {
    return base::ApiError{"MalformedPolicyDocumentException", "The key policy is not a policy document.", 400};
  }
  key.set_policy(input.Policy_);
  putKey(context, key);
  return PutKeyPolicy::Output();
}

base::Result<ListKeyPolicies::Output> list(dispatch::SealedContext& context, const ListKeyPolicies::Input& input) {
  TRY(findKey(context, input.KeyId_, "kms:ListKeyPolicies"));
  ListKeyPolicies::Output output;
  output.PolicyNames_ = std::vector<std::string>{"default"};
  output.Truncated_ = false;
  return output;
}

/// The default policy leaves everything to the account's identity policies; it is no policy of its own.
std::optional<std::string> policyOf(store::Transaction& transaction, const std::string& text) {
  const auto arn = base::parseArn(text);
  if (!arn || !arn->resource.starts_with("key/")) return std::nullopt;
  const auto key = kKeys.get(transaction, arn->account, arn->region, arn->resource.substr(4));
  if (!key || key->policy().empty()) return std::nullopt;
  return key->policy();
}

}  // namespace

void registerPolicies(dispatch::Registry& registry, platform::Sealer& sealer) {
  dispatch::addSealed<GetKeyPolicy>(registry, sealer, get);
  dispatch::addSealed<PutKeyPolicy>(registry, sealer, put);
  dispatch::addSealed<ListKeyPolicies>(registry, sealer, list);
  registry.addResourcePolicy("kms", policyOf);
}

}  // namespace thimble::services::kms
