// Users' access keys. The secrets are credentials of the doorway's (dispatch/credentials.h).
#include "dispatch/credentials.h"
#include "services/iam/errors.h"
#include "services/iam/paging.h"
#include "services/iam/principals.h"
#include "services/iam/registration.h"
#include "wire/shapes/iam.h"

namespace thimble::services::iam {
namespace {

using shapes::iam::CreateAccessKey;
using shapes::iam::DeleteAccessKey;
using shapes::iam::GetAccessKeyLastUsed;
using shapes::iam::ListAccessKeys;
using shapes::iam::UpdateAccessKey;

constexpr int kMaxAccessKeys = 2;

rows::AccessKey* findKey(rows::UserRecord& user, const std::string& id) {
  for (rows::AccessKey& key : *user.mutable_access_keys()) {
    if (key.id() == id) return &key;
  }
  return nullptr;
}

base::Result<CreateAccessKey::Output> createAccessKey(dispatch::Context& context, const CreateAccessKey::Input& input) {
  TRY_ASSIGN(const std::string name, userNameOrCaller(context, input.UserName_));
  TRY_ASSIGN(rows::UserRecord user, loadUser(context, name));
  if (user.access_keys_size() >= kMaxAccessKeys) return quotaExceeded("AccessKeysPerUser", kMaxAccessKeys);
  const std::string id = dispatch::newAccessKeyId(context.random(), "AKIA");
  dispatch::Credential credential;
  credential.identity.kind = dispatch::Identity::Kind::User;
  credential.identity.account = context.account();
  credential.identity.arn = arnOf(context.account(), Kind::User, user.principal());
  credential.identity.user_id = user.principal().id();
  credential.identity.user_name = name;
  credential.secret_access_key = dispatch::newSecretAccessKey(context.random());
  dispatch::putCredential(context.transaction(), id, credential);
  rows::AccessKey& key = *user.add_access_keys();
  key.set_id(id);
  key.set_created(wholeSeconds(context).milliseconds);
  saveUser(context, user);
  CreateAccessKey::Output output;
  output.AccessKey_.UserName_ = name;
  output.AccessKey_.AccessKeyId_ = id;
  output.AccessKey_.Status_ = "Active";
  output.AccessKey_.SecretAccessKey_ = credential.secret_access_key;
  output.AccessKey_.CreateDate_ = wholeSeconds(context);
  return output;
}

base::Result<DeleteAccessKey::Output> deleteAccessKey(dispatch::Context& context, const DeleteAccessKey::Input& input) {
  TRY_ASSIGN(const std::string name, userNameOrCaller(context, input.UserName_));
  TRY_ASSIGN(rows::UserRecord user, loadUser(context, name));
  if (!findKey(user, input.AccessKeyId_)) return noSuchAccessKey(input.AccessKeyId_);
  auto& keys = *user.mutable_access_keys();
  keys.erase(std::remove_if(keys.begin(), keys.end(),
                            [&](const rows::AccessKey& key) { return key.id() == input.AccessKeyId_; }),
             keys.end());
  saveUser(context, user);
  dispatch::eraseCredential(context.transaction(), input.AccessKeyId_);
  return DeleteAccessKey::Output{};
}

base::Result<UpdateAccessKey::Output> updateAccessKey(dispatch::Context& context, const UpdateAccessKey::Input& input) {
  TRY_ASSIGN(const std::string name, userNameOrCaller(context, input.UserName_));
  TRY_ASSIGN(rows::UserRecord user, loadUser(context, name));
  rows::AccessKey* key = findKey(user, input.AccessKeyId_);
  auto credential = dispatch::findCredential(context.transaction(), input.AccessKeyId_);
  if (!key || !credential) return noSuchAccessKey(input.AccessKeyId_);
  key->set_inactive(input.Status_ != "Active");
  saveUser(context, user);
  credential->active = !key->inactive();
  dispatch::putCredential(context.transaction(), input.AccessKeyId_, *credential);
  return UpdateAccessKey::Output{};
}

base::Result<ListAccessKeys::Output> listAccessKeys(dispatch::Context& context, const ListAccessKeys::Input& input) {
  if (!input.UserName_ && context.call().identity.kind == dispatch::Identity::Kind::Root) {
    return ListAccessKeys::Output{};  // The root user's keys are not Thimble's to list.
  }
  TRY_ASSIGN(const std::string name, userNameOrCaller(context, input.UserName_));
  TRY_ASSIGN(const rows::UserRecord user, loadUser(context, name));
  std::vector<shapes::iam::AccessKeyMetadata> keys;
  for (const rows::AccessKey& key : user.access_keys()) {
    shapes::iam::AccessKeyMetadata shown;
    shown.UserName_ = name;
    shown.AccessKeyId_ = key.id();
    shown.Status_ = key.inactive() ? "Inactive" : "Active";
    shown.CreateDate_ = base::Timestamp{key.created()};
    keys.push_back(std::move(shown));
  }
  const auto order = [](const shapes::iam::AccessKeyMetadata& key) { return *key.AccessKeyId_; };
  std::sort(keys.begin(), keys.end(), [&](const auto& a, const auto& b) { return order(a) < order(b); });
  TRY_ASSIGN(auto page, paginate(std::move(keys), input.Marker_, input.MaxItems_, order));
  ListAccessKeys::Output output;
  setPaging(page, output);
  output.AccessKeyMetadata_ = std::move(page.items);
  return output;
}

/// Thimble does not write down each use of a key; AWS answers the same "N/A" for a key that was never used.
base::Result<GetAccessKeyLastUsed::Output> getAccessKeyLastUsed(dispatch::Context& context,
                                                                const GetAccessKeyLastUsed::Input& input) {
  const auto credential = dispatch::findCredential(context.transaction(), input.AccessKeyId_);
  if (!credential || credential->identity.account != context.account()) return noSuchAccessKey(input.AccessKeyId_);
  GetAccessKeyLastUsed::Output output;
  output.UserName_ = credential->identity.user_name;
  output.AccessKeyLastUsed_.emplace();
  output.AccessKeyLastUsed_->ServiceName_ = "N/A";
  output.AccessKeyLastUsed_->Region_ = "N/A";
  return output;
}

}  // namespace

void registerAccessKeys(dispatch::Registry& registry) {
  registry.add<CreateAccessKey>(createAccessKey);
  registry.add<DeleteAccessKey>(deleteAccessKey);
  registry.add<UpdateAccessKey>(updateAccessKey);
  registry.add<ListAccessKeys>(listAccessKeys);
  registry.add<GetAccessKeyLastUsed>(getAccessKeyLastUsed);
}

}  // namespace thimble::services::iam
