// GetSecretValue, BatchGetSecretValue, PutSecretValue, UpdateSecretVersionStage.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html and the pages beside it
#include <algorithm>

#include "services/secretsmanager/secrets.h"
#include "services/secretsmanager/service.h"
#include "wire/shapes/secretsmanager.h"

namespace thimble::services::secretsmanager {
namespace {

using namespace shapes::secretsmanager;  // NOLINT: the operations of this file

base::ApiError valueNotFound(const std::string& which) {
  return {"ResourceNotFoundException", "Secrets Manager can't find the specified secret value for " + which, 400};
}

/// The account's own default key is everyone's who may use the secret; another one has to be allowed as well.
base::Result<void> mayDecrypt(dispatch::SealedContext& context, const rows::Secret& secret) {
  const std::string& key = secret.kms_key();
  if (key.empty() || key.find("alias/aws/") != std::string::npos) return {};
  const std::string arn =
      key.starts_with("arn:") ? key : "arn:aws:kms:" + context.region() + ":" + context.account() + ":key/" + key;
  return context.authorise("kms:Decrypt", arn);
}

/// Finds the version, notes that it was read, and shows its value.
template <class Shown>
base::Result<void> read(dispatch::SealedContext& context, const std::string& id,
                        const std::optional<std::string>& version_id, const std::optional<std::string>& stage,
                        Shown& shown) {
  TRY_ASSIGN(rows::Secret secret, findLiveSecret(context, id, "secretsmanager:GetSecretValue"));
  TRY(mayDecrypt(context, secret));
  rows::Version* version = nullptr;
  if (version_id) {
    version = findVersion(secret, *version_id);
    if (version == nullptr) return valueNotFound("VersionId: " + *version_id);
    const auto& stages = version->stages();
    if (stage && std::find(stages.begin(), stages.end(), *stage) == stages.end()) {
      return invalidRequest("You provided a VersionStage that is not associated to the provided VersionId.");
    }
  } else {
    const std::string wanted = stage.value_or(std::string(kCurrent));
    version = findStage(secret, wanted);
    if (version == nullptr) return valueNotFound("staging label: " + wanted);
  }
  shown.ARN_ = secret.arn();
  shown.Name_ = secret.name();
  shown.VersionId_ = version->id();
  shown.CreatedDate_ = base::Timestamp{version->created()};
  shown.VersionStages_ = std::vector<std::string>(version->stages().begin(), version->stages().end());
  std::string value = openVersion(context, secret, *version);
  if (version->binary()) {
    shown.SecretBinary_ = std::move(value);
  } else {
    shown.SecretString_ = std::move(value);
  }
  // AWS tells the day of the last access, so a row is written at most once a day.
  constexpr std::int64_t kDay = 86'400'000;
  const std::int64_t today = context.now().milliseconds / kDay * kDay;
  if (secret.accessed() != today || version->accessed() != today) {
    secret.set_accessed(today);
    version->set_accessed(today);
    putSecret(context, secret);
  }
  return {};
}

base::Result<GetSecretValue::Output> get(dispatch::SealedContext& context, const GetSecretValue::Input& input) {
  GetSecretValue::Output output;
  TRY(read(context, input.SecretId_, input.VersionId_, input.VersionStage_, output));
  return output;
}

base::Result<BatchGetSecretValue::Output> getBatch(dispatch::SealedContext& context,
                                                   const BatchGetSecretValue::Input& input) {
  if (input.Filters_) {
    return base::ApiError{"NotImplemented", "Thimble does not implement Filters of BatchGetSecretValue yet.", 501};
  }
  if (!input.SecretIdList_) {
    return invalidParameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.");
  }
  BatchGetSecretValue::Output output;
  output.SecretValues_.emplace();
  output.Errors_.emplace();
  for (const std::string& id : *input.SecretIdList_) {
    SecretValueEntry entry;
    const auto done = read(context, id, std::nullopt, std::nullopt, entry);
    if (done.ok()) {
      output.SecretValues_->push_back(std::move(entry));
      continue;
    }
    APIErrorType& error = output.Errors_->emplace_back();
    error.SecretId_ = id;
    error.ErrorCode_ = done.error().code;
    error.Message_ = done.error().message;
  }
  return output;
}

base::Result<PutSecretValue::Output> put(dispatch::SealedContext& context, const PutSecretValue::Input& input) {
  TRY_ASSIGN(rows::Secret secret, findLiveSecret(context, input.SecretId_, "secretsmanager:PutSecretValue"));
  TRY_ASSIGN(const auto value, givenValue(input.SecretString_, input.SecretBinary_));
  if (!value) return invalidRequest("You must provide either SecretString or SecretBinary.");
  const std::string token = input.ClientRequestToken_.value_or(context.random().uuid());
  const bool first = secret.versions().empty();
  std::vector<std::string> stages = input.VersionStages_.value_or(std::vector<std::string>{std::string(kCurrent)});
  if (first && std::find(stages.begin(), stages.end(), kCurrent) == stages.end()) stages.emplace_back(kCurrent);
  TRY(addVersion(context, secret, token, *value, stages));
  putSecret(context, secret);
  PutSecretValue::Output output;
  output.ARN_ = secret.arn();
  output.Name_ = secret.name();
  output.VersionId_ = token;
  const rows::Version& version = *findVersion(secret, token);
  output.VersionStages_ = std::vector<std::string>(version.stages().begin(), version.stages().end());
  return output;
}

base::Result<UpdateSecretVersionStage::Output> moveStages(dispatch::SealedContext& context,
                                                          const UpdateSecretVersionStage::Input& input) {
  TRY_ASSIGN(rows::Secret secret, findLiveSecret(context, input.SecretId_, "secretsmanager:UpdateSecretVersionStage"));
  const std::string& stage = input.VersionStage_;
  rows::Version* holder = findStage(secret, stage);
  if (!input.MoveToVersionId_ && !input.RemoveFromVersionId_) {
    return invalidParameter("You must provide either RemoveFromVersionId or MoveToVersionId.");
  }
  if (holder != nullptr && input.MoveToVersionId_ && holder->id() != *input.MoveToVersionId_ &&
      input.RemoveFromVersionId_.value_or("") != holder->id()) {
    return invalidParameter("The parameter RemoveFromVersionId can't be empty. Staging label " + stage +
                            " is currently attached to version " + holder->id() +
                            ", so you must explicitly reference that version in RemoveFromVersionId.");
  }
  if (input.RemoveFromVersionId_ && (holder == nullptr || holder->id() != *input.RemoveFromVersionId_)) {
    return invalidParameter("Not able to remove staging label " + stage + " from version " +
                            *input.RemoveFromVersionId_ + " because it is not attached to it.");
  }
  if (input.MoveToVersionId_) {
    if (findVersion(secret, *input.MoveToVersionId_) == nullptr) {
      return base::ApiError{"ResourceNotFoundException",
                            "Secrets Manager can't find the specified secret version: " + *input.MoveToVersionId_ + ".",
                            400};
    }
    moveStage(secret, stage, *input.MoveToVersionId_);
  } else if (stage == kCurrent) {
    return invalidParameter("You can't remove staging label AWSCURRENT from a version without moving it to another.");
  } else {
    auto& stages = *holder->mutable_stages();
    stages.erase(std::remove(stages.begin(), stages.end(), stage), stages.end());
  }
  secret.set_changed(context.now().milliseconds);
  putSecret(context, secret);
  UpdateSecretVersionStage::Output output;
  output.ARN_ = secret.arn();
  output.Name_ = secret.name();
  return output;
}

}  // namespace

void registerValues(dispatch::Registry& registry, platform::Sealer& sealer) {
  dispatch::addSealed<GetSecretValue>(registry, sealer, get);
  dispatch::addSealed<BatchGetSecretValue>(registry, sealer, getBatch);
  dispatch::addSealed<PutSecretValue>(registry, sealer, put);
  dispatch::addSealed<UpdateSecretVersionStage>(registry, sealer, moveStages);
}

}  // namespace thimble::services::secretsmanager
