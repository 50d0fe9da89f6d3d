// CreateKey, DescribeKey, ListKeys, EnableKey, DisableKey, UpdateKeyDescription, key rotation and deletion.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html and the pages beside it
#include "base/encoding.h"
#include "services/kms/keys.h"
#include "services/kms/service.h"
#include "wire/shapes/kms.h"

namespace thimble::services::kms {
namespace {

using namespace shapes::kms;  // NOLINT: the operations of this file

constexpr std::int64_t kDay = 86'400'000;
constexpr std::size_t kMaxPolicyBytes = 32'768;

KeyMetadata shown(dispatch::SealedContext& context, const rows::Key& key) {
  KeyMetadata out;
  out.AWSAccountId_ = context.account();
  out.KeyId_ = key.id();
  out.Arn_ = keyArn(context, key.id());
  out.CreationDate_ = base::Timestamp{key.created()};
  out.Enabled_ = stateOf(key) == "Enabled";
  out.Description_ = key.description();
  out.KeyUsage_ = "ENCRYPT_DECRYPT";
  out.KeyState_ = stateOf(key);
  if (key.deletion() != 0) out.DeletionDate_ = base::Timestamp{key.deletion()};
  out.Origin_ = "AWS_KMS";
  out.KeyManager_ = key.aws_managed() ? "AWS" : "CUSTOMER";
  out.CustomerMasterKeySpec_ = "SYMMETRIC_DEFAULT";
  out.KeySpec_ = "SYMMETRIC_DEFAULT";
  out.EncryptionAlgorithms_ = std::vector<std::string>{"SYMMETRIC_DEFAULT"};
  out.MultiRegion_ = false;
  // A key has one material all its life.
  out.CurrentKeyMaterialId_ = base::encodeHex(base::sha256("material of " + key.id()));
  return out;
}

base::Result<CreateKey::Output> create(dispatch::SealedContext& context, const CreateKey::Input& input) {
  const std::string spec = input.KeySpec_.value_or(input.CustomerMasterKeySpec_.value_or("SYMMETRIC_DEFAULT"));
  if (spec != "SYMMETRIC_DEFAULT") return notImplemented("keys of the specification " + spec);
  const std::string usage = input.KeyUsage_.value_or("ENCRYPT_DECRYPT");
  if (usage != "ENCRYPT_DECRYPT") return notImplemented("keys for " + usage);
  if (input.Origin_.value_or("AWS_KMS") != "AWS_KMS") return notImplemented("keys of the origin " + *input.Origin_);
  if (input.MultiRegion_.value_or(false)) return notImplemented("multi-Region keys");
  rows::Key key = makeKey(context);
  key.set_description(input.Description_.value_or(""));
  if (input.Policy_) {
    const auto policy = base::Json::parse(*input.Policy_, {.max_depth = 64});
    if (!policy.ok() || !policy->isObject() || input.Policy_->size() > kMaxPolicyBytes) {
      return base::ApiError{"MalformedPolicyDocumentException", "The key policy is not a policy document.", 400};
    }
    key.set_policy(*input.Policy_);
  }
  for (const auto& tag : input.Tags_.value_or(std::vector<Tag>())) (*key.mutable_tags())[tag.TagKey_] = tag.TagValue_;
  putKey(context, key);
  CreateKey::Output output;
  output.KeyMetadata_ = shown(context, key);
  return output;
}

base::Result<DescribeKey::Output> describe(dispatch::SealedContext& context, const DescribeKey::Input& input) {
  TRY_ASSIGN(const rows::Key key, findKey(context, input.KeyId_, "kms:DescribeKey"));
  DescribeKey::Output output;
  output.KeyMetadata_ = shown(context, key);
  return output;
}

base::Result<ListKeys::Output> list(dispatch::SealedContext& context, const ListKeys::Input& input) {
  const auto most = static_cast<std::size_t>(input.Limit_.value_or(100));
  const std::string after = input.Marker_ ? base::decodeBase64(*input.Marker_).value_or("") : "";
  ListKeys::Output output;
  output.Keys_.emplace();
  output.Truncated_ = false;
  for (const auto& entry : kKeys.scan(context.transaction(), {}, context.account(), context.region())) {
    if (entry.record.id() <= after) continue;
    if (output.Keys_->size() == most) {
      output.Truncated_ = true;
      output.NextMarker_ = base::encodeBase64(*output.Keys_->back().KeyId_);
      break;
    }
    KeyListEntry& key = output.Keys_->emplace_back();
    key.KeyId_ = entry.record.id();
    key.KeyArn_ = keyArn(context, entry.record.id());
  }
  return output;
}

base::Result<void> setDisabled(dispatch::SealedContext& context, const std::string& id, std::string_view action,
                               bool disabled) {
  TRY_ASSIGN(rows::Key key, findOwnKey(context, id, action));
  if (key.deletion() != 0) return invalidState(keyArn(context, key.id()), "pending deletion");
  key.set_disabled(disabled);
  putKey(context, key);
  return {};
}

base::Result<EnableKey::Output> enable(dispatch::SealedContext& context, const EnableKey::Input& input) {
  TRY(setDisabled(context, input.KeyId_, "kms:EnableKey", false));
  return EnableKey::Output();
}

base::Result<DisableKey::Output> disable(dispatch::SealedContext& context, const DisableKey::Input& input) {
  TRY(setDisabled(context, input.KeyId_, "kms:DisableKey", true));
  return DisableKey::Output();
}

base::Result<UpdateKeyDescription::Output> updateDescription(dispatch::SealedContext& context,
                                                             const UpdateKeyDescription::Input& input) {
  TRY_ASSIGN(rows::Key key, findOwnKey(context, input.KeyId_, "kms:UpdateKeyDescription"));
  key.set_description(input.Description_);
  putKey(context, key);
  return UpdateKeyDescription::Output();
}

base::Result<EnableKeyRotation::Output> enableRotation(dispatch::SealedContext& context,
                                                       const EnableKeyRotation::Input& input) {
  TRY_ASSIGN(rows::Key key, findOwnKey(context, input.KeyId_, "kms:EnableKeyRotation"));
  key.set_rotation(true);
  key.set_rotation_days(input.RotationPeriodInDays_.value_or(365));
  putKey(context, key);
  return EnableKeyRotation::Output();
}

base::Result<DisableKeyRotation::Output> disableRotation(dispatch::SealedContext& context,
                                                         const DisableKeyRotation::Input& input) {
  TRY_ASSIGN(rows::Key key, findOwnKey(context, input.KeyId_, "kms:DisableKeyRotation"));
  key.set_rotation(false);
  putKey(context, key);
  return DisableKeyRotation::Output();
}

base::Result<GetKeyRotationStatus::Output> rotationStatus(dispatch::SealedContext& context,
                                                          const GetKeyRotationStatus::Input& input) {
  TRY_ASSIGN(const rows::Key key, findKey(context, input.KeyId_, "kms:GetKeyRotationStatus"));
  GetKeyRotationStatus::Output output;
  output.KeyId_ = keyArn(context, key.id());
  output.KeyRotationEnabled_ = key.rotation();
  if (key.rotation()) output.RotationPeriodInDays_ = key.rotation_days();
  return output;
}

base::Result<ScheduleKeyDeletion::Output> scheduleDeletion(dispatch::SealedContext& context,
                                                           const ScheduleKeyDeletion::Input& input) {
  TRY_ASSIGN(rows::Key key, findOwnKey(context, input.KeyId_, "kms:ScheduleKeyDeletion"));
  if (key.deletion() != 0) return invalidState(keyArn(context, key.id()), "pending deletion");
  const std::int64_t window = input.PendingWindowInDays_.value_or(30);
  if (window < 7 || window > 30) return validation("PendingWindowInDays must be between 7 and 30.");
  key.set_deletion(context.now().milliseconds + window * kDay);
  key.set_deletion_window(window);
  putKey(context, key);
  ScheduleKeyDeletion::Output output;
  output.KeyId_ = keyArn(context, key.id());
  output.DeletionDate_ = base::Timestamp{key.deletion()};
  output.KeyState_ = stateOf(key);
  output.PendingWindowInDays_ = window;
  return output;
}

base::Result<CancelKeyDeletion::Output> cancelDeletion(dispatch::SealedContext& context,
                                                       const CancelKeyDeletion::Input& input) {
  TRY_ASSIGN(rows::Key key, findOwnKey(context, input.KeyId_, "kms:CancelKeyDeletion"));
  if (key.deletion() == 0) return invalidState(keyArn(context, key.id()), "not pending deletion");
  key.set_deletion(0);
  key.set_disabled(true);
  putKey(context, key);
  CancelKeyDeletion::Output output;
  output.KeyId_ = keyArn(context, key.id());
  return output;
}

}  // namespace

void registerKeys(dispatch::Registry& registry, platform::Sealer& sealer) {
  dispatch::addSealed<CreateKey>(registry, sealer, create);
  dispatch::addSealed<DescribeKey>(registry, sealer, describe);
  dispatch::addSealed<ListKeys>(registry, sealer, list);
  dispatch::addSealed<EnableKey>(registry, sealer, enable);
  dispatch::addSealed<DisableKey>(registry, sealer, disable);
  dispatch::addSealed<UpdateKeyDescription>(registry, sealer, updateDescription);
  dispatch::addSealed<EnableKeyRotation>(registry, sealer, enableRotation);
  dispatch::addSealed<DisableKeyRotation>(registry, sealer, disableRotation);
  dispatch::addSealed<GetKeyRotationStatus>(registry, sealer, rotationStatus);
  dispatch::addSealed<ScheduleKeyDeletion>(registry, sealer, scheduleDeletion);
  dispatch::addSealed<CancelKeyDeletion>(registry, sealer, cancelDeletion);
}

}  // namespace thimble::services::kms
