// DeleteSecret, RestoreSecret. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
#include "base/arn.h"
#include "services/secretsmanager/secrets.h"
#include "services/secretsmanager/service.h"
#include "wire/shapes/secretsmanager.h"

namespace thimble::services::secretsmanager {
namespace {

using namespace shapes::secretsmanager;  // NOLINT: the operations of this file

constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kDefaultWindow = 30;

base::Result<DeleteSecret::Output> remove(dispatch::SealedContext& context, const DeleteSecret::Input& input) {
  const bool force = input.ForceDeleteWithoutRecovery_.value_or(false);
  if (force && input.RecoveryWindowInDays_) {
    return invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
  }
  const std::int64_t window = input.RecoveryWindowInDays_.value_or(kDefaultWindow);
  if (window < 7 || window > 30) {
    return invalidParameter("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).");
  }
  auto found = findSecret(context, input.SecretId_, "secretsmanager:DeleteSecret");
  DeleteSecret::Output output;
  output.DeletionDate_ = context.now();
  if (!found.ok()) {
    // What is to be gone at once is gone; AWS answers as if it had been there.
    if (!force || found.error().code != "ResourceNotFoundException") return std::move(found).error();
    output.Name_ = input.SecretId_;
    output.ARN_ = base::parseArn(input.SecretId_) ? input.SecretId_
                                                  : "arn:aws:secretsmanager:" + context.region() + ":" +
                                                        context.account() + ":secret:" + input.SecretId_;
    return output;
  }
  rows::Secret secret = *std::move(found);
  output.ARN_ = secret.arn();
  output.Name_ = secret.name();
  if (force) {
    const auto arn = base::parseArn(secret.arn());
    kSecrets.erase(context.transaction(), arn->account, arn->region, secret.name());
    return output;
  }
  if (secret.deleted() != 0) {
    return invalidRequest(
        "You can't perform this operation on the secret because it was already scheduled for "
        "deletion.");
  }
  secret.set_deleted(context.now().milliseconds);
  secret.set_deletion(context.now().milliseconds + window * kDay);
  putSecret(context, secret);
  output.DeletionDate_ = base::Timestamp{secret.deletion()};
  return output;
}

base::Result<RestoreSecret::Output> restore(dispatch::SealedContext& context, const RestoreSecret::Input& input) {
  TRY_ASSIGN(rows::Secret secret, findSecret(context, input.SecretId_, "secretsmanager:RestoreSecret"));
  secret.set_deleted(0);
  secret.set_deletion(0);
  putSecret(context, secret);
  RestoreSecret::Output output;
  output.ARN_ = secret.arn();
  output.Name_ = secret.name();
  return output;
}

}  // namespace

void registerDeletion(dispatch::Registry& registry, platform::Sealer& sealer) {
  dispatch::addSealed<DeleteSecret>(registry, sealer, remove);
  dispatch::addSealed<RestoreSecret>(registry, sealer, restore);
}

}  // namespace thimble::services::secretsmanager
