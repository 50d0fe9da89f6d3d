#include "services/codebuild/build_process.h"

#include "dispatch/registry.h"
#include "services/codebuild/batch/batch_process.h"
#include "services/codebuild/build_events.h"
#include "services/codebuild/build_phases.h"
#include "services/codebuild/records.h"
#include "services/codebuild/reports/report_records.h"

namespace thimble::services::codebuild {
namespace {

using base::Json;
using Type = dispatch::ProcessInput::Type;

void scheduleRun(dispatch::ProcessContext& context, const Place& place, const std::string& id) {
  dispatch::Call call;
  call.identity.kind = dispatch::Identity::Kind::Service;
  call.identity.account = place.account;
  call.identity.arn = "codebuild.amazonaws.com";
  call.account = place.account;
  call.region = place.region;
  call.service = kInternalService;
  call.operation = kRunBuild;
  call.input = Json::object({{"Id", id}});
  context.scheduleCall(call);
}

/// Events of the phases that have ended since `before`.
void tellPhases(dispatch::ProcessContext& context, const Place& place, const Json& build, const Json& before) {
  if (!dispatch::eventIsWanted(context.transaction(), place.account, place.region, "aws.codebuild")) return;
  const std::size_t known = before.size();
  std::size_t at = 0;
  for (const Json& phase : build["phases"].asArray()) {
    const bool told = at < known && before[at].contains("phaseStatus");
    ++at;
    if (!told && phase.contains("phaseStatus")) dispatch::emitEvent(context, phaseChange(place, build, phase));
  }
}

/// The phases before QUEUED stay; the others are as the run tells them.
void takePhases(Json& build, const Json& told) {
  Json phases = Json::array();
  for (const Json& each : build["phases"].asArray()) {
    if (each.stringAt("phaseType") == "SUBMITTED") phases.push(each);
  }
  for (const Json& each : told.asArray()) phases.push(each);
  build.set("currentPhase", lastPhase(phases));
  build.set("phases", std::move(phases));
}

}  // namespace

void BuildProcess::finish(dispatch::ProcessContext& context, const Place& place, Json document,
                          const std::string& status, const PhaseContext& reason, const Json& spec) {
  Json build = document["Build"];
  const Json before = build["phases"];
  completeBuild(build, status, context.now(), reason);
  tellPhases(context, place, build, before);
  if (dispatch::eventIsWanted(context.transaction(), place.account, place.region, "aws.codebuild")) {
    dispatch::emitEvent(context, stateChange(place, build));
  }
  document.set("Build", build);
  putBuild(context.transaction(), place, document);
  eraseActive(context.transaction(), place, build.stringAt("projectName"), build.stringAt("id"));
  tellBatch(context, place, document, spec);
  context.complete(build);
  context.transaction().onCommitted([&ends = ends_, process = context.self().id] { ends.ended(process); });
}

void BuildProcess::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  const auto [place, id] = readBuildProcess(context.self().id);
  std::optional<Json> document = findBuild(context.transaction(), place, id);
  if (!document || (*document)["Build"]["buildComplete"] == Json(true)) return;
  Json build = (*document)["Build"];
  if (input.type == Type::Start) {
    scheduleRun(context, place, id);
    if (dispatch::eventIsWanted(context.transaction(), place.account, place.region, "aws.codebuild")) {
      dispatch::emitEvent(context, stateChange(place, build));
    }
    tellPhases(context, place, build, Json::array());
  } else if (input.type == Type::Signal && input.payload["Phases"].isArray()) {
    const Json before = build["phases"];
    takePhases(build, input.payload["Phases"]);
    tellPhases(context, place, build, before);
    document->set("Build", std::move(build));
    putBuild(context.transaction(), place, *document);
  } else if (input.type == Type::Signal && input.payload.contains("Stop")) {
    document->set("Stopping", true);
    putBuild(context.transaction(), place, *document);
    context.transaction().onCommitted([&builder = builder_, process = context.self().id] { builder.stop(process); });
  } else if (input.type == Type::TaskStarted) {
    // Asked to stop before it ran: the run finds it so by itself.
  } else if (input.type == Type::TaskResult) {
    if (!input.outcome->ok()) {
      return finish(context, place, *document, "FAULT", {"INTERNAL_SERVICE_ERROR", input.outcome->error().message});
    }
    const Json& result = (*input.outcome)->output;
    const Json before = build["phases"];
    takePhases(build, result["Phases"]);
    tellPhases(context, place, build, before);
    for (const auto& [name, value] : result["Build"].asObject()) build.set(name, value);
    if (result["Reports"].size() > 0) {
      Json arns = Json::array();
      for (const Json& report : result["Reports"].asArray()) {
        arns.push(addReport(context.transaction(), place, build, report, context.now()));
      }
      build.set("reportArns", std::move(arns));
    }
    document->set("Build", std::move(build));
    finish(context, place, std::move(*document), result.stringAt("Status"), {}, result["Spec"]);
  } else if (input.type == Type::WorkerLost) {
    if (document->contains("Stopping")) return finish(context, place, std::move(*document), "STOPPED");
    // The run is in QUEUED for as long as nothing of the build has been done.
    if (build.stringAt("currentPhase") == "QUEUED") return scheduleRun(context, place, id);
    finish(context, place, std::move(*document), "FAULT",
           {"INTERNAL_SERVICE_ERROR", "The server ended while the build was running"});
  }
}

void registerRunBuild(dispatch::Registry& registry, Builder& builder) {
  registry.addInternal(kInternalService, kRunBuild,
                       [&builder](std::shared_ptr<dispatch::AsyncContext> context, dispatch::CallDone done) {
                         const Place place{context->account(), context->region()};
                         store::Transaction transaction = context->environment().store.begin();
                         std::optional<Json> document =
                             findBuild(transaction, place, context->call().input.stringAt("Id"));
                         if (!document)
                           return done(base::ApiError{"ResourceNotFoundException", "The build has been deleted", 400});
                         builder.start(std::move(context), std::move(*document), std::move(done));
                       });
}

}  // namespace thimble::services::codebuild
