// CreateSecret, UpdateSecret, DescribeSecret.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html and the pages beside it
#include <algorithm>

#include "services/secretsmanager/secrets.h"
#include "services/secretsmanager/service.h"
#include "services/secretsmanager/shown.h"

namespace thimble::services::secretsmanager {
namespace {

using namespace shapes::secretsmanager;  // NOLINT: the operations of this file

constexpr std::string_view kSuffixCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

bool nameIsValid(const std::string& name) {
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("-/_+=.@!").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

base::Result<CreateSecret::Output> create(dispatch::SealedContext& context, const CreateSecret::Input& input) {
  if (!nameIsValid(input.Name_)) {
    return base::ApiError{"ValidationException",
                          "Invalid name. Must be a valid name containing alphanumeric characters, or any of the "
                          "following: -/_+=.@!",
                          400};
  }
  if (input.AddReplicaRegions_ && !input.AddReplicaRegions_->empty()) {
    return base::ApiError{"NotImplemented", "Thimble does not implement replicas of secrets yet.", 501};
  }
  if (input.Type_) {
    return base::ApiError{"NotImplemented", "Thimble does not implement managed external secrets yet.", 501};
  }
  TRY_ASSIGN(const auto value, givenValue(input.SecretString_, input.SecretBinary_));
  const std::string token = input.ClientRequestToken_.value_or(context.random().uuid());
  CreateSecret::Output output;
  auto existing = kSecrets.get(context.transaction(), context.account(), context.region(), input.Name_);
  if (existing && !isGone(*existing, context.now())) {
    if (existing->deleted() != 0) {
      return invalidRequest(
          "You can't create this secret because a secret with this name is already scheduled for deletion.");
    }
    // The same request again gets the same answer.
    const rows::Version* same = input.ClientRequestToken_ ? findVersion(*existing, token) : nullptr;
    if (same == nullptr || !value || openVersion(context, *existing, *same) != value->bytes) {
      return base::ApiError{"ResourceExistsException",
                            "The operation failed because the secret " + input.Name_ + " already exists.", 400};
    }
    output.ARN_ = existing->arn();
    output.Name_ = existing->name();
    output.VersionId_ = token;
    return output;
  }
  rows::Secret secret;
  secret.set_name(input.Name_);
  secret.set_arn("arn:aws:secretsmanager:" + context.region() + ":" + context.account() + ":secret:" + input.Name_ +
                 "-" + context.random().text(6, kSuffixCharacters));
  secret.set_description(input.Description_.value_or(""));
  secret.set_kms_key(input.KmsKeyId_.value_or(""));
  secret.set_created(context.now().milliseconds);
  secret.set_changed(context.now().milliseconds);
  TRY(addTags(secret, input.Tags_));
  if (value) {
    TRY(addVersion(context, secret, token, *value, {std::string(kCurrent)}));
    output.VersionId_ = token;
  }
  putSecret(context, secret);
  output.ARN_ = secret.arn();
  output.Name_ = secret.name();
  return output;
}

base::Result<UpdateSecret::Output> update(dispatch::SealedContext& context, const UpdateSecret::Input& input) {
  TRY_ASSIGN(rows::Secret secret, findLiveSecret(context, input.SecretId_, "secretsmanager:UpdateSecret"));
  TRY_ASSIGN(const auto value, givenValue(input.SecretString_, input.SecretBinary_));
  UpdateSecret::Output output;
  if (input.Description_) secret.set_description(*input.Description_);
  if (input.KmsKeyId_) secret.set_kms_key(*input.KmsKeyId_);
  if (value) {
    const std::string token = input.ClientRequestToken_.value_or(context.random().uuid());
    TRY(addVersion(context, secret, token, *value, {std::string(kCurrent)}));
    output.VersionId_ = token;
  }
  secret.set_changed(context.now().milliseconds);
  putSecret(context, secret);
  output.ARN_ = secret.arn();
  output.Name_ = secret.name();
  return output;
}

base::Result<DescribeSecret::Output> describe(dispatch::SealedContext& context, const DescribeSecret::Input& input) {
  TRY_ASSIGN(const rows::Secret secret, findSecret(context, input.SecretId_, "secretsmanager:DescribeSecret"));
  DescribeSecret::Output output;
  showSecret(output, secret);
  output.VersionIdsToStages_ = stagesOf(secret);
  return output;
}

}  // namespace

void registerSecrets(dispatch::Registry& registry, platform::Sealer& sealer) {
  dispatch::addSealed<CreateSecret>(registry, sealer, create);
  dispatch::addSealed<UpdateSecret>(registry, sealer, update);
  dispatch::addSealed<DescribeSecret>(registry, sealer, describe);
}

}  // namespace thimble::services::secretsmanager
