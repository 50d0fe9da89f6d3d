#include "services/codepipeline/structure.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <string_view>

#include "services/codepipeline/errors.h"
#include "services/codepipeline/rule_types.h"
#include "services/codepipeline/triggers.h"

namespace thimble::services::codepipeline {
namespace {

constexpr std::size_t kMostStages = 50;
constexpr std::size_t kMostActions = 1000;  ///< Of a pipeline.
constexpr std::size_t kMostActionsInAStage = 100;

std::string upperRegion(std::string region) {
  for (char& c : region) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return region;
}

base::Result<void> checkCount(const std::string& action, std::size_t count, const char* kind,
                              const base::Json& limits) {
  const std::int64_t least = limits["minimumCount"].isInt() ? limits["minimumCount"].asInt() : 0;
  const std::int64_t most = limits["maximumCount"].isInt() ? limits["maximumCount"].asInt() : 5;
  const std::string begin =
      "Action " + action + " declares " + std::to_string(count) + " " + kind + " artifacts which is ";
  if (static_cast<std::int64_t>(count) < least) {
    return invalidAction(begin + "less than the minimum count (" + std::to_string(least) + ")");
  }
  if (static_cast<std::int64_t>(count) > most) {
    return invalidAction(begin + "more than the maximum count (" + std::to_string(most) + ")");
  }
  return {};
}

base::Result<void> checkConfiguration(const std::string& action, const base::Json& configuration,
                                      const base::Json& type) {
  const base::Json& properties = type["actionConfigurationProperties"];
  std::set<std::string> known;
  for (std::size_t i = 0; i < properties.size(); ++i) {
    const std::string name = properties[i].stringAt("name");
    known.insert(name);
    if (properties[i]["required"] == base::Json(true) && configuration.stringAt(name).empty()) {
      return invalidAction("Action configuration for action '" + action + "' is missing required configuration '" +
                           name + "'");
    }
  }
  if (!configuration.isObject()) return {};
  for (const auto& [name, value] : configuration.asObject()) {
    if (!known.contains(name)) {
      return invalidAction("Action configuration for action '" + action + "' contains unknown configuration '" + name +
                           "'");
    }
  }
  return {};
}

/// Each command has to be one line, and there has to be one.
base::Result<void> checkCommands(const base::Json& declaration, const char* what) {
  const std::string of = std::string(what) + " '" + declaration.stringAt("name") + "'";
  const base::Json& commands = declaration["commands"];
  if (commands.empty()) return validation("The " + of + " is missing its commands");
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (!commands[i].isString() || commands[i].asString().find('\n') == std::string::npos) continue;
    return validation("The commands of the " + of + " must each be a single line");
  }
  return {};
}

/// The artifacts made so far, and the namespaces in use.
struct Seen {
  std::set<std::string> artifacts, namespaces;
};

base::Result<void> checkAction(const base::Json& action, const std::string& region, const FindActionType& find) {
  const std::string name = action.stringAt("name");
  const base::Json& id = action["actionTypeId"];
  const base::Json type = find(id);
  if (type.isNull()) {
    return invalidAction("ActionType (Category: '" + id.stringAt("category") + "', Provider: '" +
                         id.stringAt("provider") + "', Owner: '" + id.stringAt("owner") + "', Version: '" +
                         id.stringAt("version") + "') in action '" + name + "' is not available in region '" +
                         upperRegion(region) + "'");
  }
  TRY(checkCount(name, action["inputArtifacts"].size(), "input", type["inputArtifactDetails"]));
  TRY(checkCount(name, action["outputArtifacts"].size(), "output", type["outputArtifactDetails"]));
  if (id.stringAt("provider") == "Commands" && id.stringAt("owner") == "AWS") TRY(checkCommands(action, "action"));
  return checkConfiguration(name, action["configuration"], type);
}

/// Inputs have to come from actions before: of earlier stages, or of a lower runOrder.
base::Result<void> checkArtifacts(const base::Json& stage, Seen& seen) {
  std::vector<const base::Json*> actions;
  for (const base::Json& action : stage["actions"].asArray()) actions.push_back(&action);
  const auto order = [](const base::Json* action) {
    return (*action)["runOrder"].isInt() ? (*action)["runOrder"].asInt() : 1;
  };
  std::stable_sort(actions.begin(), actions.end(), [&](const auto* a, const auto* b) { return order(a) < order(b); });
  for (std::size_t begin = 0; begin < actions.size();) {
    std::size_t end = begin;
    while (end < actions.size() && order(actions[end]) == order(actions[begin])) ++end;
    for (std::size_t i = begin; i < end; ++i) {
      const base::Json& inputs = (*actions[i])["inputArtifacts"];
      for (std::size_t k = 0; k < inputs.size(); ++k) {
        const std::string name = inputs[k].stringAt("name");
        if (seen.artifacts.contains(name)) continue;
        return invalidAction("Input Artifact Bundle " + name + " in action " + actions[i]->stringAt("name") +
                             " is not declared as Output Artifact Bundle in any of the preceding actions");
      }
    }
    for (std::size_t i = begin; i < end; ++i) {
      const base::Json& outputs = (*actions[i])["outputArtifacts"];
      for (std::size_t k = 0; k < outputs.size(); ++k) {
        const std::string name = outputs[k].stringAt("name");
        if (!seen.artifacts.insert(name).second) {
          return invalidAction("Output Artifact Bundle name must be unique within the pipeline. " + name +
                               " has been used more than once.");
        }
      }
      const std::string name_space = actions[i]->stringAt("namespace");
      if (!name_space.empty() && !seen.namespaces.insert(name_space).second) {
        return validation("Namespace value must be unique within the pipeline. " + name_space +
                          " has been used more than once.");
      }
    }
    begin = end;
  }
  return {};
}

base::Result<void> checkStage(const base::Json& stage, bool first) {
  const std::string name = stage.stringAt("name");
  const base::Json& actions = stage["actions"];
  if (actions.empty()) return invalidStage("Stage '" + name + "' should have at least one action.");
  if (actions.size() > kMostActionsInAStage) {
    return limitExceeded("Stage '" + name + "' has more than " + std::to_string(kMostActionsInAStage) + " actions.");
  }
  std::set<std::string> names;
  for (const base::Json& action : actions.asArray()) {
    if (!names.insert(action.stringAt("name")).second) {
      return invalidStage("Action names within a stage must be unique. '" + action.stringAt("name") +
                          "' is used more than once in stage '" + name + "'.");
    }
    const bool source = action["actionTypeId"].stringAt("category") == "Source";
    if (first && !source)
      return invalidStructure("Pipeline should start with a stage that only contains source actions");
    if (!first && source) {
      return invalidStructure("Pipeline stage '" + name +
                              "' contains source actions. Only the first stage may contain source actions");
    }
  }
  return {};
}

base::Result<void> checkRule(const base::Json& rule, bool skips) {
  const std::string name = rule.stringAt("name");
  const std::string provider = rule["ruleTypeId"].stringAt("provider");
  if (provider == "CloudWatchAlarm") {
    return base::ApiError{"NotImplemented",
                          "Thimble does not implement the rule type CloudWatchAlarm (rule '" + name +
                              "'): there is no Amazon CloudWatch here whose alarms it could look at.",
                          501};
  }
  const auto type = std::find_if(kRuleTypes.begin(), kRuleTypes.end(),
                                 [&](const RuleType& each) { return each.provider == provider; });
  if (type == kRuleTypes.end()) {
    return validation("RuleType (Category: 'Rule', Provider: '" + provider + "', Owner: 'AWS') in rule '" + name +
                      "' is not available.");
  }
  if (skips && !type->skips) {
    return validation("The rule '" + name + "' of the type " + provider +
                      " cannot be used in a beforeEntry condition with the result SKIP.");
  }
  for (const RuleProperty& property : type->configuration) {
    if (property.name == nullptr || !property.required) continue;
    if (!rule["configuration"].stringAt(property.name).empty()) continue;
    return validation("Rule configuration for rule '" + name + "' is missing required configuration '" + property.name +
                      "'");
  }
  return provider == "Commands" ? checkCommands(rule, "rule") : base::Result<void>();
}

base::Result<void> checkConditions(const base::Json& stage, const char* kind) {
  const base::Json& conditions = stage[kind]["conditions"];
  std::set<std::string> names;
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    const bool skips = kind == std::string_view("beforeEntry") && conditions[i].stringAt("result") == "SKIP";
    for (std::size_t r = 0; r < conditions[i]["rules"].size(); ++r) {
      const base::Json& rule = conditions[i]["rules"][r];
      TRY(checkRule(rule, skips));
      if (!names.insert(rule.stringAt("name")).second) {
        return validation("Rule names within the conditions of a stage must be unique. '" + rule.stringAt("name") +
                          "' is used more than once in stage '" + stage.stringAt("name") + "'.");
      }
    }
  }
  return {};
}

base::Result<void> checkStores(const base::Json& declaration) {
  const bool one = declaration["artifactStore"].isObject();
  const bool many = declaration["artifactStores"].isObject() && !declaration["artifactStores"].empty();
  if (one && many) return invalidStructure("Pipeline cannot have both artifactStore and artifactStores");
  if (!one && !many) return invalidStructure("Pipeline should have an artifact store");
  return {};
}

}  // namespace

base::Result<void> checkStructure(const base::Json& declaration, const std::string& region,
                                  const FindActionType& find) {
  TRY(checkStores(declaration));
  const base::Json& stages = declaration["stages"];
  if (stages.size() < 2) {
    return invalidStructure("Pipeline has only " + std::to_string(stages.size()) +
                            " stage(s). There should be a minimum of 2 stages in a pipeline");
  }
  if (stages.size() > kMostStages) {
    return limitExceeded("Pipeline has more than " + std::to_string(kMostStages) + " stages.");
  }
  std::set<std::string> names;
  std::size_t actions = 0;
  Seen seen;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const base::Json& stage = stages[i];
    if (!names.insert(stage.stringAt("name")).second) {
      return invalidStructure("Stage names must be unique within a pipeline. '" + stage.stringAt("name") +
                              "' is used more than once.");
    }
    TRY(checkStage(stage, i == 0));
    for (const base::Json& action : stage["actions"].asArray()) TRY(checkAction(action, region, find));
    TRY(checkArtifacts(stage, seen));
    actions += stage["actions"].size();
  }
  if (actions > kMostActions)
    return limitExceeded("Pipeline has more than " + std::to_string(kMostActions) + " actions.");
  TRY(checkTriggers(declaration));
  for (const base::Json& stage : stages.asArray()) {
    for (const char* kind : {"beforeEntry", "onSuccess", "onFailure"}) TRY(checkConditions(stage, kind));
  }
  return {};
}

}  // namespace thimble::services::codepipeline
