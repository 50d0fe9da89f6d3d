// CreateAlias, UpdateAlias, DeleteAlias, ListAliases.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
#include "base/encoding.h"
#include "services/kms/keys.h"
#include "services/kms/service.h"
#include "wire/shapes/kms.h"

namespace thimble::services::kms {
namespace {

using namespace shapes::kms;  // NOLINT: the operations of this file

base::Result<void> checkName(const std::string& name) {
  if (!name.starts_with("alias/")) {
    return base::ApiError{"ValidationException",
                          "Alias must start with the prefix \"alias/\". Please see "
                          "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
                          400};
  }
  if (name.starts_with("alias/aws/")) {
    return base::ApiError{"NotAuthorizedException", "", 400};
  }
  return {};
}

base::ApiError aliasNotFound(dispatch::SealedContext& context, const std::string& name) {
  return notFound("Alias " + aliasArn(context, name) + " is not found.");
}

base::Result<CreateAlias::Output> create(dispatch::SealedContext& context, const CreateAlias::Input& input) {
  TRY(checkName(input.AliasName_));
  TRY(context.authorise("kms:CreateAlias", aliasArn(context, input.AliasName_)));
  TRY_ASSIGN(const rows::Key key, findKey(context, input.TargetKeyId_, "kms:CreateAlias"));
  if (kAliases.has(context.transaction(), context.account(), context.region(), input.AliasName_)) {
    return base::ApiError{"AlreadyExistsException",
                          "An alias with the name " + aliasArn(context, input.AliasName_) + " already exists", 400};
  }
  rows::Alias alias;
  alias.set_name(input.AliasName_);
  alias.set_key_id(key.id());
  alias.set_created(context.now().milliseconds);
  alias.set_updated(alias.created());
  kAliases.put(context.transaction(), alias, context.account(), context.region(), alias.name());
  return CreateAlias::Output();
}

base::Result<UpdateAlias::Output> update(dispatch::SealedContext& context, const UpdateAlias::Input& input) {
  TRY(checkName(input.AliasName_));
  TRY(context.authorise("kms:UpdateAlias", aliasArn(context, input.AliasName_)));
  TRY_ASSIGN(const rows::Key key, findKey(context, input.TargetKeyId_, "kms:UpdateAlias"));
  auto alias = kAliases.get(context.transaction(), context.account(), context.region(), input.AliasName_);
  if (!alias) return aliasNotFound(context, input.AliasName_);
  alias->set_key_id(key.id());
  alias->set_updated(context.now().milliseconds);
  kAliases.put(context.transaction(), *alias, context.account(), context.region(), alias->name());
  return UpdateAlias::Output();
}

base::Result<DeleteAlias::Output> remove(dispatch::SealedContext& context, const DeleteAlias::Input& input) {
  TRY(checkName(input.AliasName_));
  TRY(context.authorise("kms:DeleteAlias", aliasArn(context, input.AliasName_)));
  if (!kAliases.has(context.transaction(), context.account(), context.region(), input.AliasName_)) {
    return aliasNotFound(context, input.AliasName_);
  }
  kAliases.erase(context.transaction(), context.account(), context.region(), input.AliasName_);
  return DeleteAlias::Output();
}

base::Result<ListAliases::Output> list(dispatch::SealedContext& context, const ListAliases::Input& input) {
  std::string key_id;
  if (input.KeyId_) {
    TRY_ASSIGN(const rows::Key key, findKey(context, *input.KeyId_, "kms:ListAliases"));
    key_id = key.id();
  }
  const auto most = static_cast<std::size_t>(input.Limit_.value_or(50));
  const std::string after = input.Marker_ ? base::decodeBase64(*input.Marker_).value_or("") : "";
  ListAliases::Output output;
  output.Aliases_.emplace();
  output.Truncated_ = false;
  for (const auto& entry : kAliases.scan(context.transaction(), {}, context.account(), context.region())) {
    const rows::Alias& row = entry.record;
    if (row.name() <= after || (!key_id.empty() && row.key_id() != key_id)) continue;
    if (output.Aliases_->size() == most) {
      output.Truncated_ = true;
      output.NextMarker_ = base::encodeBase64(*output.Aliases_->back().AliasName_);
      break;
    }
    AliasListEntry& alias = output.Aliases_->emplace_back();
    alias.AliasName_ = row.name();
    alias.AliasArn_ = aliasArn(context, row.name());
    alias.TargetKeyId_ = row.key_id();
    alias.CreationDate_ = base::Timestamp{row.created()};
    alias.LastUpdatedDate_ = base::Timestamp{row.updated()};
  }
  return output;
}

}  // namespace

void registerAliases(dispatch::Registry& registry, platform::Sealer& sealer) {
  dispatch::addSealed<CreateAlias>(registry, sealer, create);
  dispatch::addSealed<UpdateAlias>(registry, sealer, update);
  dispatch::addSealed<DeleteAlias>(registry, sealer, remove);
  dispatch::addSealed<ListAliases>(registry, sealer, list);
}

}  // namespace thimble::services::kms
