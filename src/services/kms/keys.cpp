#include "services/kms/keys.h"

#include "base/aes_gcm.h"
#include "base/arn.h"
#include "base/json.h"

namespace thimble::services::kms {
namespace {

constexpr std::string_view kAwsAlias = "alias/aws/";

std::string purposeOf(const rows::Key& key) {
  return "kms/" + key.id();
}

bool isKeyId(const std::string& id) {
  static constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (id.size() != kForm.size()) return id.starts_with("mrk-");
  for (std::size_t i = 0; i < id.size(); ++i) {
    if (kForm[i] == '-' ? id[i] != '-' : std::isxdigit(static_cast<unsigned char>(id[i])) == 0) return false;
  }
  return true;
}

base::ApiError keyNotFound(dispatch::SealedContext& context, const std::string& id) {
  if (!base::parseArn(id) && !isKeyId(id)) return notFound("Invalid keyId '" + id + "'");
  return notFound("Key '" + (base::parseArn(id) ? id : keyArn(context, id)) + "' does not exist");
}

/// The key id behind what names a key.
base::Result<std::string> resolve(dispatch::SealedContext& context, const std::string& id) {
  std::string name = id;
  if (const auto arn = base::parseArn(id)) {
    if (arn->service == "kms" && arn->region != context.region()) return notFound("Invalid arn " + arn->region);
    if (arn->service != "kms" || arn->region != context.region() || arn->account != context.account()) {
      return notFound("Invalid arn " + id);
    }
    name = arn->resource;
    if (name.starts_with("key/")) return name.substr(4);
  }
  if (!name.starts_with("alias/")) return name;
  if (const auto alias = kAliases.get(context.transaction(), context.account(), context.region(), name)) {
    return alias->key_id();
  }
  if (!name.starts_with(kAwsAlias) || name.size() == kAwsAlias.size()) {
    return notFound("Alias " + aliasArn(context, name) + " is not found.");
  }
  rows::Key key = makeKey(context);
  key.set_aws_managed(true);
  key.set_description("Default key that protects my " + name.substr(kAwsAlias.size()) +
                      " resources when no other key is defined");
  putKey(context, key);
  rows::Alias alias;
  alias.set_name(name);
  alias.set_key_id(key.id());
  alias.set_created(context.now().milliseconds);
  alias.set_updated(alias.created());
  kAliases.put(context.transaction(), alias, context.account(), context.region(), name);
  return key.id();
}

}  // namespace

base::ApiError notFound(std::string message) {
  return {"NotFoundException", std::move(message), 400};
}
base::ApiError invalidState(const std::string& arn, const std::string& state) {
  return {"KMSInvalidStateException", arn + " is " + state + ".", 400};
}
base::ApiError validation(std::string message) {
  return {"ValidationException", std::move(message), 400};
}
base::ApiError notImplemented(const std::string& what) {
  return {"NotImplemented", "Thimble does not implement " + what + " of AWS KMS yet.", 501};
}

std::string keyArn(const dispatch::SealedContext& context, const std::string& id) {
  return "arn:aws:kms:" + context.region() + ":" + context.account() + ":key/" + id;
}
std::string aliasArn(const dispatch::SealedContext& context, const std::string& name) {
  return "arn:aws:kms:" + context.region() + ":" + context.account() + ":" + name;
}

std::string stateOf(const rows::Key& key) {
  return key.deletion() != 0 ? "PendingDeletion" : key.disabled() ? "Disabled" : "Enabled";
}

std::string defaultKeyPolicy(const std::string& account) {
  using base::Json;
  const Json statement = Json::object({{"Sid", "Enable IAM User Permissions"},
                                       {"Effect", "Allow"},
                                       {"Principal", Json::object({{"AWS", "arn:aws:iam::" + account + ":root"}})},
                                       {"Action", "kms:*"},
                                       {"Resource", "*"}});
  return Json::object({{"Version", "2012-10-17"}, {"Id", "key-default-1"}, {"Statement", Json::array({statement})}})
      .write({.pretty = true});
}

rows::Key makeKey(dispatch::SealedContext& context) {
  rows::Key key;
  key.set_id(context.random().uuid());
  key.set_created(context.now().milliseconds);
  key.set_sealed_material(context.sealer().seal(context.random().bytes(base::kAesKeyBytes), purposeOf(key)));
  return key;
}

void putKey(dispatch::SealedContext& context, const rows::Key& key) {
  kKeys.put(context.transaction(), key, context.account(), context.region(), key.id());
}

base::Result<rows::Key> findKey(dispatch::SealedContext& context, const std::string& id, std::string_view action) {
  TRY_ASSIGN(const std::string key_id, resolve(context, id));
  TRY(context.authorise(action, keyArn(context, key_id)));
  auto key = kKeys.get(context.transaction(), context.account(), context.region(), key_id);
  // Once its time of deletion has come, a key is gone.
  if (!key || (key->deletion() != 0 && key->deletion() <= context.now().milliseconds)) {
    return keyNotFound(context, id.starts_with("alias/") ? key_id : id);
  }
  return *std::move(key);
}

base::Result<rows::Key> findUsableKey(dispatch::SealedContext& context, const std::string& id,
                                      std::string_view action) {
  TRY_ASSIGN(rows::Key key, findKey(context, id, action));
  if (key.deletion() != 0) return invalidState(keyArn(context, key.id()), "pending deletion");
  if (key.disabled()) return base::ApiError{"DisabledException", keyArn(context, key.id()) + " is disabled.", 400};
  return key;
}

base::Result<rows::Key> findOwnKey(dispatch::SealedContext& context, const std::string& id, std::string_view action) {
  TRY_ASSIGN(rows::Key key, findKey(context, id, action));
  if (key.aws_managed()) {
    return base::ApiError{"AccessDeniedException",
                          "User: " + context.call().identity.arn +
                              " is not authorized to perform: " + std::string(action) +
                              " on resource: " + keyArn(context, key.id()) + " because the key is managed by AWS",
                          400};
  }
  return key;
}

std::string materialOf(dispatch::SealedContext& context, const rows::Key& key) {
  return context.sealer().open(key.sealed_material(), purposeOf(key));
}

}  // namespace thimble::services::kms
