#include "services/codebuild/build_phases.h"

namespace thimble::services::codebuild {

using base::Json;

void beginPhase(Json& phases, std::string_view type, base::Timestamp now) {
  phases.push(Json::object({{"phaseType", type}, {"startTime", now.milliseconds}}));
}

void endPhase(Json& phases, std::string_view status, base::Timestamp now, const PhaseContext& context) {
  if (phases.size() == 0) return;
  Json& last = phases.mutableArray().back();
  if (last.contains("phaseStatus")) return;
  const std::int64_t started = last["startTime"].asInt();
  last.set("phaseStatus", status);
  last.set("endTime", now.milliseconds);
  last.set("durationInSeconds", (now.milliseconds - started) / 1000);
  if (context.code.empty() && context.message.empty()) {
    if (last.stringAt("phaseType") != "SUBMITTED" && last.stringAt("phaseType") != "QUEUED") {
      last.set("contexts", Json::array({Json::object({{"statusCode", ""}, {"message", ""}})}));
    }
    return;
  }
  last.set("contexts", Json::array({Json::object({{"statusCode", context.code}, {"message", context.message}})}));
}

std::string lastPhase(const Json& phases) {
  return phases.size() == 0 ? std::string() : phases.asArray().back().stringAt("phaseType");
}

void completeBuild(Json& build, std::string_view status, base::Timestamp now, const PhaseContext& context) {
  Json phases = build["phases"];
  if (lastPhase(phases) != "COMPLETED") endPhase(phases, status, now, context);
  if (lastPhase(phases) != "FINALIZING" && lastPhase(phases) != "COMPLETED") {
    beginPhase(phases, "FINALIZING", now);
    endPhase(phases, "SUCCEEDED", now);
  }
  if (lastPhase(phases) != "COMPLETED") beginPhase(phases, "COMPLETED", now);
  build.set("phases", std::move(phases));
  build.set("currentPhase", "COMPLETED");
  build.set("buildStatus", status);
  build.set("buildComplete", true);
  build.set("endTime", now.milliseconds);
}

}  // namespace thimble::services::codebuild
