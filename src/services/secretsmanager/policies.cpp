// PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html
#include "base/arn.h"
#include "services/secretsmanager/secrets.h"
#include "services/secretsmanager/service.h"
#include "wire/shapes/secretsmanager.h"

namespace thimble::services::secretsmanager {
namespace {

using namespace shapes::secretsmanager;  // NOLINT: the operations of this file

constexpr std::size_t kMaxPolicyBytes = 20'480;

base::Result<PutResourcePolicy::Output> put(dispatch::SealedContext& context, const PutResourcePolicy::Input& input) {
  TRY_ASSIGN(rows::Secret secret, findLiveSecret(context, input.SecretId_, "secretsmanager:PutResourcePolicy"));
  const auto policy = base::Json::parse(input.ResourcePolicy_, {.max_depth = 64});
  if (!policy.ok() || !policy->isObject() || !policy->contains("Statement") ||
      input.ResourcePolicy_.size() > kMaxPolicyBytes) {
    return base::ApiError{"MalformedPolicyDocumentException", "This resource policy contains invalid Json", 400};
  }
  secret.set_policy(input.ResourcePolicy_);
  putSecret(context, secret);
  PutResourcePolicy::Output output;
  output.ARN_ = secret.arn();
  output.Name_ = secret.name();
  return output;
}

base::Result<GetResourcePolicy::Output> get(dispatch::SealedContext& context, const GetResourcePolicy::Input& input) {
  TRY_ASSIGN(const rows::Secret secret, findLiveSecret(context, input.SecretId_, "secretsmanager:GetResourcePolicy"));
  GetResourcePolicy::Output output;
  output.ARN_ = secret.arn();
  output.Name_ = secret.name();
  if (!secret.policy().empty()) output.ResourcePolicy_ = secret.policy();
  return output;
}

base::Result<DeleteResourcePolicy::Output> remove(dispatch::SealedContext& context,
                                                  const DeleteResourcePolicy::Input& input) {
  TRY_ASSIGN(rows::Secret secret, findLiveSecret(context, input.SecretId_, "secretsmanager:DeleteResourcePolicy"));
  secret.clear_policy();
  putSecret(context, secret);
  DeleteResourcePolicy::Output output;
  output.ARN_ = secret.arn();
  output.Name_ = secret.name();
  return output;
}

std::optional<std::string> policyOf(store::Transaction& transaction, const std::string& text) {
  const auto arn = base::parseArn(text);
  constexpr std::size_t kAround = 7 + 7;  // "secret:" and "-AbCdEf".
  if (!arn || arn->resource.size() <= kAround) return std::nullopt;
  const std::string name = arn->resource.substr(7, arn->resource.size() - kAround);
  const auto secret = kSecrets.get(transaction, arn->account, arn->region, name);
  if (!secret || secret->arn() != text || secret->policy().empty()) return std::nullopt;
  return secret->policy();
}

}  // namespace

void registerPolicies(dispatch::Registry& registry, platform::Sealer& sealer) {
  dispatch::addSealed<PutResourcePolicy>(registry, sealer, put);
  dispatch::addSealed<GetResourcePolicy>(registry, sealer, get);
  dispatch::addSealed<DeleteResourcePolicy>(registry, sealer, remove);
  registry.addResourcePolicy("secretsmanager", policyOf);
}

}  // namespace thimble::services::secretsmanager
