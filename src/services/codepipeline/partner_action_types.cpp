// UpdateActionType, GetActionType.
// https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_UpdateActionType.html
//
// AWS makes a partner's action type by hand, when it is asked to; here UpdateActionType makes what is not there yet.
#include "services/codepipeline/partner_action_types.h"

#include "services/codepipeline/errors.h"
#include "services/codepipeline/operations.h"
#include "services/codepipeline/tables.h"
#include "wire/shapes/codepipeline.h"

namespace thimble::services::codepipeline {
namespace {

namespace s = shapes::codepipeline;
using base::Json;

/// An ActionTypeDeclaration as an ActionType.
Json asActionType(const Json& declaration) {
  Json settings = Json::object();
  for (const auto& [to, from] : {std::pair{"thirdPartyConfigurationUrl", "configurationUrl"},
                                 {"entityUrlTemplate", "entityUrlTemplate"},
                                 {"executionUrlTemplate", "executionUrlTemplate"},
                                 {"revisionUrlTemplate", "revisionUrlTemplate"}}) {
    if (declaration["urls"].contains(from)) settings.set(to, declaration["urls"][from]);
  }
  Json properties = Json::array();
  for (std::size_t i = 0; i < declaration["properties"].size(); ++i) {
    const Json& given = declaration["properties"][i];
    Json property = Json::object({{"name", given["name"]},
                                  {"required", given["optional"] != Json(true)},
                                  {"key", given["key"]},
                                  {"secret", given["noEcho"]}});
    for (const char* member : {"queryable", "description"}) {
      if (given.contains(member)) property.set(member, given[member]);
    }
    properties.push(std::move(property));
  }
  return Json::object({{"id", declaration["id"]},
                       {"settings", std::move(settings)},
                       {"actionConfigurationProperties", std::move(properties)},
                       {"inputArtifactDetails", declaration["inputArtifactDetails"]},
                       {"outputArtifactDetails", declaration["outputArtifactDetails"]}});
}

template <class Id>
std::string shownId(const Id& id) {
  return id.owner_ + "/" + id.category_ + "/" + id.provider_ + "/" + id.version_;
}

base::Result<s::UpdateActionType::Output> updateActionType(dispatch::Context& context,
                                                           const s::UpdateActionType::Input& input) {
  const s::ActionTypeIdentifier& id = input.actionType_.id_;
  if (id.owner_ != "ThirdParty") return actionTypeNotFound(shownId(id));
  if (input.actionType_.executor_.type_ != "JobWorker") {
    return base::ApiError{"NotImplemented",
                          "Thimble does not implement action types whose executor is " +
                              input.actionType_.executor_.type_ + " yet; JobWorker is.",
                          501};
  }
  rows::CustomActionType row;
  row.set_json(toJson(input.actionType_).write());
  kPartnerActionTypes.put(context.transaction(), row, context.account(), context.region(), id.category_, id.provider_,
                          id.version_);
  return s::UpdateActionType::Output();
}

base::Result<s::GetActionType::Output> getActionType(dispatch::Context& context, const s::GetActionType::Input& input) {
  const auto row = input.owner_ != "ThirdParty"
                       ? std::nullopt
                       : kPartnerActionTypes.get(context.transaction(), context.account(), context.region(),
                                                 input.category_, input.provider_, input.version_);
  if (!row) return actionTypeNotFound(shownId(input));
  s::GetActionType::Output output;
  output.actionType_ = shapes::fromJson<s::ActionTypeDeclaration>(parseStored(row->json()));
  return output;
}

}  // namespace

Json findPartnerActionType(store::Transaction& transaction, const std::string& account, const std::string& region,
                           const Json& id) {
  const auto row = kPartnerActionTypes.get(transaction, account, region, id.stringAt("category"),
                                           id.stringAt("provider"), id.stringAt("version"));
  return row ? asActionType(parseStored(row->json())) : Json();
}

std::vector<Json> listPartnerActionTypes(store::Transaction& transaction, const std::string& account,
                                         const std::string& region) {
  std::vector<Json> types;
  for (const auto& entry : kPartnerActionTypes.scan(transaction, {}, account, region)) {
    types.push_back(asActionType(parseStored(entry.record.json())));
  }
  return types;
}

void registerPartnerActionTypes(dispatch::Registry& registry) {
  registry.add<s::UpdateActionType>(updateActionType);
  registry.add<s::GetActionType>(getActionType);
}

}  // namespace thimble::services::codepipeline
