// ListRuleExecutions, ListRuleTypes, OverrideStageCondition.
#include <algorithm>
#include <set>

#include "base/arn.h"
#include "services/codepipeline/action_listing.h"
#include "services/codepipeline/errors.h"
#include "services/codepipeline/operations.h"
#include "services/codepipeline/rule_types.h"
#include "services/codepipeline/tables.h"
#include "wire/shapes/codepipeline.h"

namespace thimble::services::codepipeline {
namespace {

namespace s = shapes::codepipeline;

base::Result<s::ListRuleTypes::Output> listRuleTypes(dispatch::Context&, const s::ListRuleTypes::Input&) {
  s::ListRuleTypes::Output output;
  for (const RuleType& row : kRuleTypes) {
    s::RuleType type;
    type.id_.category_ = "Rule";
    type.id_.owner_ = "AWS";
    type.id_.provider_ = std::string(row.provider);
    type.id_.version_ = "1";
    type.ruleConfigurationProperties_.emplace();
    for (const RuleProperty& each : row.configuration) {
      if (each.name == nullptr) break;
      s::RuleConfigurationProperty property;
      property.name_ = each.name;
      property.required_ = each.required;
      property.key_ = each.required;
      property.secret_ = false;
      type.ruleConfigurationProperties_->push_back(property);
    }
    type.inputArtifactDetails_.minimumCount_ = 0;
    type.inputArtifactDetails_.maximumCount_ = row.most_inputs;
    output.ruleTypes_.push_back(type);
  }
  return output;
}

std::map<std::string, std::string> texts(const base::Json& object) {
  std::map<std::string, std::string> map;
  if (!object.isObject()) return map;
  for (const auto& [name, value] : object.asObject()) map[name] = value.isString() ? value.asString() : value.write();
  return map;
}

s::RuleExecutionDetail detailOf(const rows::Action& rule) {
  const base::Json declaration = parseStored(rule.declaration_json());
  s::RuleExecutionDetail detail;
  detail.pipelineExecutionId_ = rule.execution_id();
  detail.ruleExecutionId_ = rule.id();
  detail.pipelineVersion_ = rule.version();
  detail.stageName_ = rule.stage();
  detail.ruleName_ = rule.name();
  detail.startTime_ = base::Timestamp{rule.started()};
  detail.lastUpdateTime_ = base::Timestamp{rule.updated()};
  detail.status_ = rule.status();
  s::RuleExecutionInput input;
  input.ruleTypeId_ = shapes::fromJson<s::RuleTypeId>(declaration["actionTypeId"]);
  input.configuration_ = texts(declaration["configuration"]);
  input.resolvedConfiguration_ = texts(parseStored(rule.configuration_json()));
  if (declaration["roleArn"].isString()) input.roleArn_ = declaration.stringAt("roleArn");
  input.region_ = declaration.stringAt("region", base::parseArn(rule.pipeline_arn())->region);
  detail.input_ = input;
  if (rule.status() == "InProgress") return detail;
  s::RuleExecutionResult result;
  if (!rule.external_id().empty()) result.externalExecutionId_ = rule.external_id();
  if (!rule.summary().empty()) result.externalExecutionSummary_ = rule.summary();
  if (!rule.error_code().empty()) {
    s::ErrorDetails error;
    error.code_ = rule.error_code();
    error.message_ = rule.error_message();
    result.errorDetails_ = error;
  }
  s::RuleExecutionOutput output;
  output.executionResult_ = result;
  detail.output_ = output;
  return detail;
}

/// Sequences of the rules that count now.
std::set<std::int64_t> currentRules(const rows::Execution& execution) {
  std::set<std::int64_t> current;
  for (const rows::StageRun& run : execution.stages()) {
    for (const rows::StageConditions& conditions : run.conditions()) {
      for (const rows::ConditionRun& one : conditions.runs()) {
        for (const rows::CurrentAction& rule : one.rules()) current.insert(rule.sequence());
      }
    }
  }
  return current;
}

base::Result<s::ListRuleExecutions::Output> listRuleExecutions(dispatch::Context& context,
                                                               const s::ListRuleExecutions::Input& input) {
  TRY_ASSIGN(ActionPage page, listActions(
                                  context, actionListing(input),
                                  [](const rows::Action& row) { return !row.rule_of().empty(); }, currentRules));
  s::ListRuleExecutions::Output output;
  output.ruleExecutionDetails_.emplace();
  for (const rows::Action& rule : page.actions) output.ruleExecutionDetails_->push_back(detailOf(rule));
  output.nextToken_ = std::move(page.next_token);
  return output;
}

base::Result<s::OverrideStageCondition::Output> overrideStageCondition(dispatch::Context& context,
                                                                       const s::OverrideStageCondition::Input& input) {
  TRY_ASSIGN(const rows::Pipeline pipeline, findPipeline(context, input.pipelineName_));
  const base::Json declaration = loadDeclaration(context.transaction(), pipeline.arn(), pipeline.version());
  if (!stageIndex(declaration, input.stageName_)) return stageNotFound(input.stageName_);
  const auto execution = findExecution(context.transaction(), pipeline.arn(), input.pipelineExecutionId_);
  const auto holder = std::find_if(pipeline.holders().begin(), pipeline.holders().end(),
                                   [&](const auto& one) { return one.stage() == input.stageName_; });
  if (!execution || holder == pipeline.holders().end() || holder->execution_id() != execution->id()) {
    return notLatestExecution(input.pipelineExecutionId_);
  }
  const rows::StageRun* run = findStageRun(*execution, input.stageName_);
  const bool overridable =
      run != nullptr && std::any_of(run->conditions().begin(), run->conditions().end(), [&](const auto& one) {
        return one.kind() == input.conditionType_ && (one.status() == "InProgress" || one.status() == "Failed");
      });
  if (!overridable || execution->version() != pipeline.version()) {
    return base::ApiError{"ConditionNotOverridableException",
                          "Unable to override because the condition does not allow overrides."};
  }
  context.signal({std::string(kPipelineProcess), pipeline.arn()},
                 base::Json::object({{"type", "override"},
                                     {"sequence", execution->sequence()},
                                     {"stage", input.stageName_},
                                     {"kind", input.conditionType_},
                                     {"by", context.call().identity.arn}}));
  return s::OverrideStageCondition::Output();
}

}  // namespace

void registerRules(dispatch::Registry& registry) {
  registry.add<s::ListRuleExecutions>(listRuleExecutions);
  registry.add<s::ListRuleTypes>(listRuleTypes);
  registry.add<s::OverrideStageCondition>(overrideStageCondition);
}

}  // namespace thimble::services::codepipeline
