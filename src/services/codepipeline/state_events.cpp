#include "services/codepipeline/state_events.h"

#include <algorithm>
#include <cctype>

#include "base/arn.h"
#include "dispatch/event_outbox.h"

namespace thimble::services::codepipeline {
namespace {

using base::Json;

constexpr const char* kSource = "aws.codepipeline";

bool isWanted(dispatch::ProcessContext& context, const rows::Pipeline& pipeline) {
  const auto arn = base::parseArn(pipeline.arn());
  return dispatch::eventIsWanted(context.transaction(), arn->account, arn->region, kSource);
}

/// What the three kinds of events have in common.
Json commonDetail(dispatch::ProcessContext& context, const rows::Pipeline& pipeline, const rows::Execution& execution) {
  return Json::object({{"pipeline", pipeline.name()},
                       {"execution-id", execution.id()},
                       {"start-time", base::formatIso8601Milliseconds(context.now())}});
}

void finishDetail(Json& detail, const rows::Execution& execution, const std::string& state) {
  detail.set("state", state);
  detail.set("version", execution.version());
  detail.set("pipeline-execution-attempt", std::max<std::int64_t>(1, execution.attempt()));
}

void emit(dispatch::ProcessContext& context, const rows::Pipeline& pipeline, const char* what, Json detail) {
  const auto arn = base::parseArn(pipeline.arn());
  dispatch::Event event;
  event.account = arn->account;
  event.region = arn->region;
  event.source = kSource;
  event.detail_type = std::string("CodePipeline ") + what + " Execution State Change";
  event.resources = {pipeline.arn()};
  event.detail = std::move(detail);
  dispatch::emitEvent(context, event);
}

template <class Artifacts>
Json artifactList(const Artifacts& artifacts) {
  Json list = Json::array();
  for (const rows::Artifact& artifact : artifacts) {
    list.push(Json::object({{"name", artifact.name()},
                            {"s3location", Json::object({{"bucket", artifact.bucket()}, {"key", artifact.key()}})}}));
  }
  return list;
}

}  // namespace

std::string eventState(const std::string& status) {
  if (status == "Cancelled") return "CANCELED";
  std::string state = status;
  std::transform(state.begin(), state.end(), state.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return state;
}

void emitPipelineState(dispatch::ProcessContext& context, const rows::Pipeline& pipeline,
                       const rows::Execution& execution, const std::string& state) {
  if (!isWanted(context, pipeline)) return;
  Json detail = commonDetail(context, pipeline, execution);
  if (!execution.trigger_type().empty()) {
    detail.set("execution-trigger", Json::object({{"trigger-type", execution.trigger_type()},
                                                  {"trigger-detail", execution.trigger_detail()}}));
  }
  finishDetail(detail, execution, state);
  emit(context, pipeline, "Pipeline", std::move(detail));
}

void emitStageState(dispatch::ProcessContext& context, const rows::Pipeline& pipeline, const rows::Execution& execution,
                    const std::string& stage, const std::string& state) {
  if (!isWanted(context, pipeline)) return;
  Json detail = commonDetail(context, pipeline, execution);
  detail.set("stage", stage);
  finishDetail(detail, execution, state);
  emit(context, pipeline, "Stage", std::move(detail));
}

void emitActionState(dispatch::ProcessContext& context, const rows::Pipeline& pipeline,
                     const rows::Execution& execution, const rows::Action& action, const std::string& state) {
  if (!isWanted(context, pipeline)) return;
  const Json declaration = parseStored(action.declaration_json());
  Json detail = commonDetail(context, pipeline, execution);
  detail.set("action-execution-id", action.id());
  detail.set("stage", action.stage());
  if (!action.external_id().empty() || !action.summary().empty() || !action.error_code().empty()) {
    Json result = Json::object();
    const auto add = [&](const char* name, const std::string& value) {
      if (!value.empty()) result.set(name, value);
    };
    add("external-execution-url", action.external_url());
    add("external-execution-summary", action.error_code().empty() ? action.summary() : action.error_message());
    add("external-execution-id", action.external_id());
    add("error-code", action.error_code());
    detail.set("execution-result", std::move(result));
  }
  if (action.outputs_size() > 0 && state == "SUCCEEDED") detail.set("output-artifacts", artifactList(action.outputs()));
  if (action.inputs_size() > 0) detail.set("input-artifacts", artifactList(action.inputs()));
  detail.set("action", action.name());
  detail.set("region", declaration.stringAt("region", base::parseArn(pipeline.arn())->region));
  detail.set("type", declaration["actionTypeId"]);
  finishDetail(detail, execution, state);
  emit(context, pipeline, "Action", std::move(detail));
}

}  // namespace thimble::services::codepipeline
