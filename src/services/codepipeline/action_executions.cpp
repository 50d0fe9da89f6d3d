// ListActionExecutions.
#include <algorithm>
#include <set>

#include "base/arn.h"
#include "services/codepipeline/action_listing.h"
#include "services/codepipeline/errors.h"
#include "services/codepipeline/operations.h"
#include "services/codepipeline/secrets.h"
#include "services/codepipeline/tables.h"
#include "wire/shapes/codepipeline.h"

namespace thimble::services::codepipeline {
namespace {

namespace s = shapes::codepipeline;

template <class Field>
std::vector<s::ArtifactDetail> artifactDetails(const Field& artifacts) {
  std::vector<s::ArtifactDetail> details;
  for (const rows::Artifact& artifact : artifacts) {
    s::ArtifactDetail detail;
    detail.name_ = artifact.name();
    s::S3Location location;
    location.bucket_ = artifact.bucket();
    location.key_ = artifact.key();
    detail.s3location_ = location;
    details.push_back(detail);
  }
  return details;
}

std::map<std::string, std::string> texts(const base::Json& object) {
  std::map<std::string, std::string> map;
  if (!object.isObject()) return map;
  for (const auto& [name, value] : object.asObject()) map[name] = value.isString() ? value.asString() : value.write();
  return map;
}

s::ActionExecutionInput inputOf(dispatch::Context& context, const rows::Action& action) {
  const base::Json declaration = parseStored(action.declaration_json());
  s::ActionExecutionInput input;
  input.actionTypeId_ = shapes::fromJson<s::ActionTypeId>(declaration["actionTypeId"]);
  input.configuration_ = texts(hideSecrets(context, declaration["actionTypeId"], declaration["configuration"]));
  input.resolvedConfiguration_ =
      texts(hideSecrets(context, declaration["actionTypeId"], parseStored(action.configuration_json())));
  if (declaration["roleArn"].isString()) input.roleArn_ = declaration.stringAt("roleArn");
  input.region_ = declaration.stringAt("region", base::parseArn(action.pipeline_arn())->region);
  input.inputArtifacts_ = artifactDetails(action.inputs());
  if (declaration["namespace"].isString()) input.namespace_ = declaration.stringAt("namespace");
  return input;
}

s::ActionExecutionOutput outputOf(const rows::Action& action) {
  s::ActionExecutionOutput output;
  output.outputArtifacts_ = artifactDetails(action.outputs());
  s::ActionExecutionResult result;
  if (!action.external_id().empty()) result.externalExecutionId_ = action.external_id();
  if (!action.summary().empty()) result.externalExecutionSummary_ = action.summary();
  if (!action.external_url().empty()) result.externalExecutionUrl_ = action.external_url();
  if (!action.error_code().empty()) {
    s::ErrorDetails error;
    error.code_ = action.error_code();
    error.message_ = action.error_message();
    result.errorDetails_ = error;
  }
  output.executionResult_ = result;
  output.outputVariables_.emplace();
  for (const rows::Variable& variable : action.variables())
    (*output.outputVariables_)[variable.name()] = variable.value();
  return output;
}

s::ActionExecutionDetail detailOf(dispatch::Context& context, const rows::Action& action) {
  s::ActionExecutionDetail detail;
  detail.pipelineExecutionId_ = action.execution_id();
  detail.actionExecutionId_ = action.id();
  detail.pipelineVersion_ = action.version();
  detail.stageName_ = action.stage();
  detail.actionName_ = action.name();
  detail.startTime_ = base::Timestamp{action.started()};
  detail.lastUpdateTime_ = base::Timestamp{action.updated()};
  if (!action.updated_by().empty()) detail.updatedBy_ = action.updated_by();
  detail.status_ = action.status();
  detail.input_ = inputOf(context, action);
  if (action.status() != "InProgress") detail.output_ = outputOf(action);
  return detail;
}

base::Result<s::ListActionExecutions::Output> listActionExecutions(dispatch::Context& context,
                                                                   const s::ListActionExecutions::Input& input) {
  TRY_ASSIGN(ActionPage page,
             listActions(
                 context, actionListing(input), [](const rows::Action& row) { return row.rule_of().empty(); },
                 [](const rows::Execution& execution) {
                   std::set<std::int64_t> current;
                   for (const rows::StageRun& run : execution.stages())
                     for (const rows::CurrentAction& action : run.actions()) current.insert(action.sequence());
                   return current;
                 }));
  s::ListActionExecutions::Output output;
  output.actionExecutionDetails_.emplace();
  for (const rows::Action& action : page.actions) output.actionExecutionDetails_->push_back(detailOf(context, action));
  output.nextToken_ = std::move(page.next_token);
  return output;
}

}  // namespace

void registerActionExecutions(dispatch::Registry& registry) {
  registry.add<s::ListActionExecutions>(listActionExecutions);
}

}  // namespace thimble::services::codepipeline
