// ListActionTypes, CreateCustomActionType, DeleteCustomActionType.
#include "services/codepipeline/action_types.h"

#include <string_view>

#include "services/codepipeline/errors.h"
#include "services/codepipeline/operations.h"
#include "services/codepipeline/partner_action_types.h"
#include "services/codepipeline/tables.h"
#include "wire/shapes/codepipeline.h"

namespace thimble::services::codepipeline {

extern const std::string_view kActionTypesJson;  // Generated.

namespace {

namespace s = shapes::codepipeline;

base::Result<s::ListActionTypes::Output> listActionTypes(dispatch::Context& context,
                                                         const s::ListActionTypes::Input& input) {
  s::ListActionTypes::Output output;
  if (input.nextToken_) return invalidNextToken();
  const std::string owner = input.actionOwnerFilter_.value_or("");
  for (const base::Json& type : awsActionTypes().asArray()) {
    if (owner.empty() || type["id"].stringAt("owner") == owner)
      output.actionTypes_.push_back(shapes::fromJson<s::ActionType>(type));
  }
  if (owner.empty() || owner == "Custom") {
    for (const auto& entry : kCustomActionTypes.scan(context.transaction(), {}, context.account(), context.region())) {
      output.actionTypes_.push_back(shapes::fromJson<s::ActionType>(parseStored(entry.record.json())));
    }
  }
  if (owner.empty() || owner == "ThirdParty") {
    for (const base::Json& type : listPartnerActionTypes(context.transaction(), context.account(), context.region()))
      output.actionTypes_.push_back(shapes::fromJson<s::ActionType>(type));
  }
  return output;
}

base::Result<s::CreateCustomActionType::Output> createCustomActionType(dispatch::Context& context,
                                                                       const s::CreateCustomActionType::Input& input) {
  s::ActionType type;
  type.id_.category_ = input.category_;
  type.id_.owner_ = "Custom";
  type.id_.provider_ = input.provider_;
  type.id_.version_ = input.version_;
  type.settings_ = input.settings_;
  type.actionConfigurationProperties_ = input.configurationProperties_;
  type.inputArtifactDetails_ = input.inputArtifactDetails_;
  type.outputArtifactDetails_ = input.outputArtifactDetails_;
  if (kCustomActionTypes.has(context.transaction(), context.account(), context.region(), input.category_,
                             input.provider_, input.version_)) {
    return validation("An action type with category '" + input.category_ + "', provider '" + input.provider_ +
                      "' and version '" + input.version_ + "' already exists.");
  }
  rows::CustomActionType row;
  row.set_json(toJson(type).write());
  if (input.tags_) {
    for (const s::Tag& tag : *input.tags_) {
      rows::Tag* made = row.add_tags();
      made->set_key(tag.key_);
      made->set_value(tag.value_);
    }
  }
  kCustomActionTypes.put(context.transaction(), row, context.account(), context.region(), input.category_,
                         input.provider_, input.version_);
  s::CreateCustomActionType::Output output;
  output.actionType_ = type;
  output.tags_ = input.tags_;
  return output;
}

base::Result<s::DeleteCustomActionType::Output> deleteCustomActionType(dispatch::Context& context,
                                                                       const s::DeleteCustomActionType::Input& input) {
  kCustomActionTypes.erase(context.transaction(), context.account(), context.region(), input.category_, input.provider_,
                           input.version_);
  return s::DeleteCustomActionType::Output();
}

}  // namespace

const base::Json& awsActionTypes() {
  static const base::Json types = base::Json::parse(kActionTypesJson).value();
  return types;
}

base::Json findActionType(store::Transaction& transaction, const std::string& account, const std::string& region,
                          const base::Json& id) {
  if (id.stringAt("owner") == "Custom") {
    const auto row = kCustomActionTypes.get(transaction, account, region, id.stringAt("category"),
                                            id.stringAt("provider"), id.stringAt("version"));
    return row ? parseStored(row->json()) : base::Json();
  }
  if (id.stringAt("owner") == "ThirdParty") {
    const base::Json type = findPartnerActionType(transaction, account, region, id);
    if (!type.isNull()) return type;
  }
  for (const base::Json& type : awsActionTypes().asArray()) {
    if (type["id"] == id) return type;
  }
  return {};
}

void registerActionTypes(dispatch::Registry& registry) {
  registry.add<s::ListActionTypes>(listActionTypes);
  registry.add<s::CreateCustomActionType>(createCustomActionType);
  registry.add<s::DeleteCustomActionType>(deleteCustomActionType);
}

}  // namespace thimble::services::codepipeline
