#include "services/codepipeline/secrets.h"

#include <functional>
#include <set>
#include <stdexcept>

#include "base/encoding.h"
#include "services/codepipeline/action_types.h"

namespace thimble::services::codepipeline {
namespace {

using base::Json;

constexpr const char* kHidden = "****";

std::set<std::string> secretsOf(dispatch::Context& context, const Json& action_type_id) {
  const Json type = findActionType(context.transaction(), context.account(), context.region(), action_type_id);
  const Json& properties = type["actionConfigurationProperties"];
  std::set<std::string> names;
  for (std::size_t i = 0; i < properties.size(); ++i) {
    if (properties[i]["secret"] == Json(true)) names.insert(properties[i].stringAt("name"));
  }
  return names;
}

bool isHidden(const std::string& text) {
  return text.size() >= 4 && text.find_first_not_of('*') == std::string::npos;
}

/// Gives `change` each action of the declaration, with its stage's name.
void eachAction(Json& declaration, const std::function<void(const Json& stage_name, Json& action)>& change) {
  if (!declaration["stages"].isArray()) return;
  Json* stages = declaration.mutableObject().findMutable("stages");
  for (Json& stage : stages->mutableArray()) {
    const Json name = stage["name"];
    Json* actions = stage.mutableObject().findMutable("actions");
    if (actions == nullptr) continue;
    for (Json& action : actions->mutableArray()) change(name, action);
  }
}

bool isSealed(const Json& value) {
  return value.isObject() && value.contains("Sealed");
}

}  // namespace

std::string secretPurpose(const std::string& account) {
  return "codepipeline.secret/" + account;
}

Json sealSecrets(dispatch::Context& context, platform::Sealer& sealer, Json declaration) {
  eachAction(declaration, [&](const Json&, Json& action) {
    Json configuration = action["configuration"];
    if (!configuration.isObject()) return;
    for (const std::string& name : secretsOf(context, action["actionTypeId"])) {
      const Json& value = configuration[name];
      if (!value.isString() || value.asString().find("#{") != std::string::npos) continue;
      const std::string sealed = sealer.seal(value.asString(), secretPurpose(context.account()));
      configuration.set(name, Json::object({{"Sealed", base::encodeBase64(sealed)}}));
    }
    action.set("configuration", std::move(configuration));
  });
  return declaration;
}

Json openSecrets(const platform::Sealer& sealer, const std::string& account, const Json& configuration) {
  if (!configuration.isObject()) return configuration;
  Json opened = configuration;
  for (const auto& [name, value] : configuration.asObject()) {
    if (!isSealed(value)) continue;
    try {
      opened.set(name, sealer.open(base::decodeBase64(value.stringAt("Sealed")).value_or(""), secretPurpose(account)));
    } catch (const std::runtime_error&) {
      opened.set(name, "");
    }
  }
  return opened;
}

Json hideSecrets(dispatch::Context& context, const Json& action_type_id, Json configuration) {
  if (!configuration.isObject()) return configuration;
  for (const std::string& name : secretsOf(context, action_type_id)) {
    if (configuration.contains(name)) configuration.set(name, kHidden);
  }
  // Also when its type is gone meanwhile.
  Json hidden = configuration;
  for (const auto& [name, value] : configuration.asObject()) {
    if (isSealed(value)) hidden.set(name, kHidden);
  }
  return hidden;
}

Json hideAllSecrets(dispatch::Context& context, Json declaration) {
  eachAction(declaration, [&](const Json&, Json& action) {
    action.set("configuration", hideSecrets(context, action["actionTypeId"], action["configuration"]));
  });
  return declaration;
}

Json keepSecrets(dispatch::Context& context, Json declaration, const Json& before) {
  eachAction(declaration, [&](const Json& stage_name, Json& action) {
    Json configuration = action["configuration"];
    if (!configuration.isObject()) return;
    for (const std::string& name : secretsOf(context, action["actionTypeId"])) {
      if (!isHidden(configuration.stringAt(name))) continue;
      Json old = before;
      eachAction(old, [&](const Json& old_stage, Json& old_action) {
        if (old_stage != stage_name || old_action["name"] != action["name"]) return;
        if (old_action["configuration"].contains(name)) configuration.set(name, old_action["configuration"][name]);
      });
    }
    action.set("configuration", std::move(configuration));
  });
  return declaration;
}

}  // namespace thimble::services::codepipeline
