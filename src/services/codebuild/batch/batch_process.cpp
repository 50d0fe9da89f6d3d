#include "services/codebuild/batch/batch_process.h"

#include "base/time.h"
#include "services/codebuild/batch/batch_plan.h"
#include "services/codebuild/batch/batch_records.h"
#include "services/codebuild/build_phases.h"
#include "services/codebuild/project_rules.h"
#include "services/codebuild/start_build.h"

namespace thimble::services::codebuild {
namespace {

using base::Json;
using Type = dispatch::ProcessInput::Type;

constexpr std::string_view kTimeout = "timeout";
constexpr std::string_view kRoom = "room";
constexpr std::int64_t kDefaultMinutes = 480;
/// How often a batch looks whether builds that are not its own have left room under the project's limit.
constexpr std::int64_t kRoomMilliseconds = 1000;

/// One decision: the batch's document, and what is done to it.
class Decision {
 public:
  Decision(dispatch::ProcessContext& context, const dispatch::Environment& environment, Place place, Json document)
      : context_(context), environment_(environment), place_(std::move(place)), document_(std::move(document)) {
    batch_ = document_["Batch"];
  }

  void begin() {
    beginPhase("DOWNLOAD_BATCHSPEC");
    limitTime();
    setGroup(Json::object({{"identifier", kDownloadGroup}, {"dependsOn", Json::array()}, {"ignoreFailure", false}}));
    if (!startBuild(kDownloadGroup, Json::object())) return finish("FAILED");
    save();
  }

  /// A build is at its end.
  void ended(const Json& told) {
    Json group = groupOf(told.stringAt("Arn"));
    if (group.isNull()) return;
    Json summary = group["currentBuildSummary"];
    summary.set("buildStatus", told.stringAt("Status"));
    if (told.contains("PrimaryArtifact")) summary.set("primaryArtifact", told["PrimaryArtifact"]);
    if (told["SecondaryArtifacts"].isArray()) summary.set("secondaryArtifacts", told["SecondaryArtifacts"]);
    group.set("currentBuildSummary", std::move(summary));
    const bool first = group.stringAt("identifier") == kDownloadGroup;
    setGroup(group);
    if (told["ReportArns"].isArray()) {
      Json arns = batch_["reportArns"].isArray() ? batch_["reportArns"] : Json::array();
      for (const Json& arn : told["ReportArns"].asArray()) arns.push(arn);
      batch_.set("reportArns", std::move(arns));
    }
    if (first && !specRead(told)) return;
    goOn();
  }

  void stop(const std::string& status) {
    if (stopping().empty()) setInternal("Stopping", status);
    stopBuilds();
    goOn();
  }

  /// The same batch once more: what a group's build was becomes one of its prior builds.
  void retry(const std::string& type) {
    const bool all = type != "RETRY_FAILED_BUILDS" || !document_["Internal"]["Spec"].isObject();
    Json kept = Json::array();
    for (Json group : batch_["buildGroups"].asArray()) {
      const std::string identifier = group.stringAt("identifier");
      const bool succeeded = group["currentBuildSummary"].stringAt("buildStatus") == "SUCCEEDED";
      if (all || !succeeded) {
        if (group["currentBuildSummary"].isObject()) {
          Json prior = group["priorBuildSummaryList"].isArray() ? group["priorBuildSummaryList"] : Json::array();
          prior.push(group["currentBuildSummary"]);
          group.set("priorBuildSummaryList", std::move(prior));
          group.erase("currentBuildSummary");
        }
      }
      kept.push(std::move(group));
    }
    batch_.set("buildGroups", std::move(kept));
    Json phases = Json::array();
    for (const Json& phase : batch_["phases"].asArray()) {
      const std::string name = phase.stringAt("phaseType");
      if (name == "SUBMITTED" || (!all && name == "DOWNLOAD_BATCHSPEC")) phases.push(phase);
    }
    batch_.set("phases", std::move(phases));
    batch_.set("buildBatchStatus", "IN_PROGRESS");
    batch_.set("complete", false);
    batch_.erase("endTime");
    Json internal = document_["Internal"];
    internal.erase("Stopping");
    document_.set("Internal", std::move(internal));
    if (all) return begin();
    limitTime();
    beginPhase("IN_PROGRESS");
    goOn();
  }

  void combined(const dispatch::CallOutcome& outcome) {
    if (lastPhase(batch_["phases"]) != "COMBINE_ARTIFACTS") return;
    if (!outcome.ok()) {
      endPhase("FAILED", {"CLIENT_ERROR", outcome.error().message});
      return finish("FAILED");
    }
    endPhase("SUCCEEDED");
    for (const char* member : {"artifacts", "secondaryArtifacts"}) {
      if (outcome->output.contains(member)) batch_.set(member, outcome->output[member]);
    }
    finish("SUCCEEDED");
  }

  void combine() {
    dispatch::Call call;
    call.identity.kind = dispatch::Identity::Kind::Service;
    call.identity.account = place_.account;
    call.identity.arn = "codebuild.amazonaws.com";
    call.account = place_.account;
    call.region = place_.region;
    call.service = kInternalService;
    call.operation = kCombineArtifacts;
    call.input = Json::object({{"Id", batch_.stringAt("id")}});
    context_.scheduleCall(call);
    save();
  }

  /// Starts what may begin, or ends the batch.
  void goOn() {
    Json groups = Json::array();
    bool reading = false;
    for (const Json& group : batch_["buildGroups"].asArray()) {
      if (group.stringAt("identifier") != kDownloadGroup) {
        groups.push(group);
      } else {
        reading = group["currentBuildSummary"].stringAt("buildStatus") == "IN_PROGRESS";
      }
    }
    if (reading) return save();
    const bool fast_fail = document_["Internal"]["Spec"]["FastFail"] == Json(true);
    const BatchPlan plan = planBatch(groups, fast_fail, !stopping().empty());
    if (plan.failed && fast_fail) stopBuilds();
    for (const std::string& identifier : plan.start) {
      if (!hasRoom()) {
        context_.scheduleTimer(kRoom, context_.now().plusMilliseconds(kRoomMilliseconds));
        return save();
      }
      if (!startBuild(identifier, specOf(identifier))) return stop("FAILED");
    }
    if (!plan.ended) return save();
    if (!stopping().empty()) return finish(stopping());
    if (plan.failed) {
      endPhase("FAILED", {"CLIENT_ERROR", "Build batch failed: " + failedBuilds()});
      return finish("FAILED");
    }
    endPhase("SUCCEEDED");
    if (batch_["buildBatchConfig"]["combineArtifacts"] == Json(true)) {
      beginPhase("COMBINE_ARTIFACTS");
      return combine();
    }
    finish("SUCCEEDED");
  }

 private:
  std::string stopping() const { return document_["Internal"].stringAt("Stopping"); }

  void setInternal(const char* name, Json value) {
    Json internal = document_["Internal"];
    internal.set(name, std::move(value));
    document_.set("Internal", std::move(internal));
  }

  void limitTime() {
    const Json& minutes = batch_["buildBatchConfig"]["timeoutInMins"];
    context_.scheduleTimer(
        kTimeout, context_.now().plusMilliseconds((minutes.isInt() ? minutes.asInt() : kDefaultMinutes) * 60'000));
  }

  void beginPhase(std::string_view type) {
    Json phases = batch_["phases"];
    codebuild::beginPhase(phases, type, context_.now());
    batch_.set("phases", std::move(phases));
    batch_.set("currentPhase", type);
  }

  void endPhase(std::string_view status, const PhaseContext& reason = {}) {
    Json phases = batch_["phases"];
    codebuild::endPhase(phases, status, context_.now(), reason);
    batch_.set("phases", std::move(phases));
  }

  void save() {
    document_.set("Batch", batch_);
    putBatch(context_.transaction(), place_, document_);
  }

  void finish(const std::string& status) {
    endPhase(status);
    const char* last = status == "SUCCEEDED" ? "SUCCEEDED" : status == "STOPPED" ? "STOPPED" : "FAILED";
    beginPhase(last);
    endPhase("SUCCEEDED");
    batch_.set("buildBatchStatus", status);
    batch_.set("complete", true);
    batch_.set("endTime", context_.now().milliseconds);
    context_.cancelTimer(kTimeout);
    context_.cancelTimer(kRoom);
    save();
    context_.complete(batch_);
  }

  /// The group of a build; null when it is none's current one.
  Json groupOf(const std::string& arn) const {
    for (const Json& group : batch_["buildGroups"].asArray()) {
      if (group["currentBuildSummary"].stringAt("arn") == arn) return group;
    }
    return {};
  }

  void setGroup(const Json& group) {
    Json groups = Json::array();
    bool found = false;
    for (const Json& each : batch_["buildGroups"].asArray()) {
      const bool same = each.stringAt("identifier") == group.stringAt("identifier");
      // A batch that is done once more knows the group's earlier builds.
      Json put = same ? group : each;
      if (same && each.contains("priorBuildSummaryList")) {
        put.set("priorBuildSummaryList", each["priorBuildSummaryList"]);
      }
      groups.push(std::move(put));
      found = found || same;
    }
    if (!found) groups.push(group);
    batch_.set("buildGroups", std::move(groups));
  }

  Json specOf(const std::string& identifier) const {
    for (const Json& each : document_["Internal"]["Spec"]["Builds"].asArray()) {
      if (each.stringAt("identifier") == identifier) return each;
    }
    return Json::object();
  }

  std::string failedBuilds() const {
    std::string names;
    for (const Json& group : batch_["buildGroups"].asArray()) {
      const std::string status = group["currentBuildSummary"].stringAt("buildStatus");
      if (status.empty() || status == "SUCCEEDED" || group["ignoreFailure"] == Json(true)) continue;
      names += (names.empty() ? "" : ", ") + group.stringAt("identifier") + " (" + status + ")";
    }
    return names;
  }

  /// Takes the batch section over. False: the batch is at its end.
  bool specRead(const Json& told) {
    const std::string status = told.stringAt("Status");
    if (!stopping().empty()) return true;
    if (status != "SUCCEEDED") {
      const Json& failure = told["Failure"];
      endPhase("FAILED",
               {failure.stringAt("statusCode", "CLIENT_ERROR"),
                failure.stringAt("message", "The build that reads the batch's buildspec ended as " + status)});
      finish("FAILED");
      return false;
    }
    if (const std::string why = restrictionBroken(told["Spec"], document_["Project"]); !why.empty()) {
      endPhase("FAILED", {"CLIENT_ERROR", why});
      finish("FAILED");
      return false;
    }
    setInternal("Spec", told["Spec"]);
    if (told.contains("ResolvedSourceVersion")) {
      batch_.set("resolvedSourceVersion", told["ResolvedSourceVersion"]);
    }
    for (const Json& build : told["Spec"]["Builds"].asArray()) {
      setGroup(Json::object({{"identifier", build["identifier"]},
                             {"dependsOn", build["dependsOn"]},
                             {"ignoreFailure", build["ignoreFailure"]}}));
    }
    endPhase("SUCCEEDED");
    beginPhase("IN_PROGRESS");
    return true;
  }

  bool hasRoom() const {
    const Json& limit = document_["Project"]["concurrentBuildLimit"];
    return !limit.isInt() || static_cast<std::int64_t>(countActive(context_.transaction(), place_,
                                                                   batch_.stringAt("projectName"))) < limit.asInt();
  }

  /// Each build of the batch is started by the batch's role.
  base::Result<void> mayStart() {
    const std::string role = batch_["buildBatchConfig"].stringAt("serviceRole");
    dispatch::Call call;
    call.account = place_.account;
    call.region = place_.region;
    call.service = "codebuild";
    call.operation = "StartBuild";
    call.source_arn = batch_.stringAt("arn");
    TRY_ASSIGN(call.identity, environment_.authorizer.assume(
                                  context_.transaction(),
                                  dispatch::RoleToAssume{role, "codebuild.amazonaws.com", "AWSCodeBuild-batch"}));
    return environment_.authorizer.authorise(context_.transaction(), call, "codebuild:StartBuild",
                                             place_.projectArn(batch_.stringAt("projectName")), {});
  }

  /// False, with the open phase ended: it could not be started.
  bool startBuild(const std::string& identifier, Json overrides) {
    base::Result<void> allowed = mayStart();
    if (allowed.ok() && !findProject(context_.transaction(), place_, batch_.stringAt("projectName"))) {
      allowed = base::ApiError{"ResourceNotFoundException",
                               "Project cannot be found: " + place_.projectArn(batch_.stringAt("projectName")), 400};
    }
    const bool reads = identifier == kDownloadGroup;
    for (const char* member : {"identifier", "dependsOn", "ignoreFailure"}) overrides.erase(member);
    overrides.set("projectName", batch_.stringAt("projectName"));
    Json project = applyOverrides(document_["Project"], overrides);
    if (reads) {
      project.set("artifacts", Json::object({{"type", "NO_ARTIFACTS"}}));
      project.set("secondaryArtifacts", Json::array());
    } else {
      // All builds see the same source, whatever is pushed meanwhile.
      const std::string kind = project["source"].stringAt("type");
      if (isGitSource(kind) && batch_.contains("resolvedSourceVersion")) {
        project.set("sourceVersion", batch_["resolvedSourceVersion"]);
      }
      placeBatchArtifacts(project, identifier, batch_["buildBatchConfig"]["combineArtifacts"] == Json(true));
    }
    if (allowed.ok() && !reads) allowed = checkProject(project);
    if (!allowed.ok()) {
      endPhase("FAILED", {"CLIENT_ERROR", "Failed to start the build " + identifier + ". " + allowed.error().code +
                                              ": " + allowed.error().message});
      return false;
    }
    const BuildStart start{place_,
                           context_.transaction(),
                           context_.random(),
                           context_.now(),
                           batch_.stringAt("initiator"),
                           [this](const dispatch::ProcessReference& process) { context_.start(process, Json()); }};
    Json internal = Json::object({{"Batch", batch_.stringAt("id")}, {"BatchIdentifier", identifier}});
    if (reads) internal.set("ReadsBatch", true);
    const Json extra = Json::object({{"buildBatchArn", batch_["arn"]}, {"Internal", std::move(internal)}});
    const Json build = addBuildOf(start, std::move(project), overrides, extra)["Build"];
    Json group;
    for (const Json& each : batch_["buildGroups"].asArray()) {
      if (each.stringAt("identifier") == identifier) group = each;
    }
    group.set("currentBuildSummary",
              Json::object({{"arn", build["arn"]},
                            {"requestedOn", context_.now().milliseconds},
                            {"buildStatus", "IN_PROGRESS"},
                            {"primaryArtifact", Json::object({{"type", "NO_ARTIFACTS"}, {"identifier", identifier}})},
                            {"secondaryArtifacts", Json::array()}}));
    setGroup(group);
    return true;
  }

  void stopBuilds() {
    // Each is told within this transaction, and tells its end later.
    for (const Json& group : batch_["buildGroups"].asArray()) {
      const Json& summary = group["currentBuildSummary"];
      if (summary.stringAt("buildStatus") != "IN_PROGRESS") continue;
      const base::Result<std::string> id = readBuildId(place_, summary.stringAt("arn"));
      if (id.ok()) context_.signal(buildProcess(place_, *id), Json::object({{"Stop", true}}));
    }
  }

  dispatch::ProcessContext& context_;
  const dispatch::Environment& environment_;
  Place place_;
  Json document_;
  Json batch_;
};

Json resolved(const Json& artifacts, const std::string& type, const std::string& identifier) {
  Json out = Json::object({{"type", type}, {"identifier", identifier}});
  if (!artifacts.stringAt("location").empty()) out.set("location", artifacts["location"]);
  return out;
}

}  // namespace

void BatchProcess::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  const auto [place, id] = readBuildProcess(context.self().id);
  std::optional<Json> document = findBatch(context.transaction(), place, id);
  if (!document) return;
  const bool complete = (*document)["Batch"]["complete"] == Json(true);
  Decision decision(context, environment_, place, std::move(*document));
  if (input.type == Type::Signal && input.payload.contains("Retry")) {
    if (complete) decision.retry(input.payload.stringAt("Retry"));
    return;
  }
  if (complete) return;
  if (input.type == Type::Start) return decision.begin();
  if (input.type == Type::Signal && input.payload.contains("Ended")) return decision.ended(input.payload["Ended"]);
  if (input.type == Type::Signal && input.payload.contains("Stop")) return decision.stop("STOPPED");
  if (input.type == Type::Timer && input.name == kTimeout) return decision.stop("TIMED_OUT");
  if (input.type == Type::Timer && input.name == kRoom) return decision.goOn();
  if (input.type == Type::TaskResult) return decision.combined(*input.outcome);
  // Combining again gives the same object.
  if (input.type == Type::WorkerLost) return decision.combine();
}

void tellBatch(dispatch::ProcessContext& context, const Place& place, const Json& document, const Json& spec) {
  const Json& internal = document["Internal"];
  if (internal.stringAt("Batch").empty()) return;
  const Json& build = document["Build"];
  const std::string identifier = internal.stringAt("BatchIdentifier");
  Json told = Json::object({{"Arn", build["arn"]}, {"Status", build["buildStatus"]}});
  if (spec.isObject()) told.set("Spec", spec);
  if (build.contains("resolvedSourceVersion")) told.set("ResolvedSourceVersion", build["resolvedSourceVersion"]);
  if (build.contains("reportArns")) told.set("ReportArns", build["reportArns"]);
  const Json& project = document["Project"];
  told.set("PrimaryArtifact", resolved(build["artifacts"], project["artifacts"].stringAt("type"), identifier));
  if (build["secondaryArtifacts"].isArray()) {
    Json secondary = Json::array();
    for (const Json& each : build["secondaryArtifacts"].asArray()) {
      secondary.push(resolved(each, "S3", identifier + "_" + each.stringAt("artifactIdentifier")));
    }
    told.set("SecondaryArtifacts", std::move(secondary));
  }
  for (const Json& phase : build["phases"].asArray()) {
    const std::string status = phase.stringAt("phaseStatus");
    if (!status.empty() && status != "SUCCEEDED") told.set("Failure", phase["contexts"][std::size_t{0}]);
  }
  context.signal(batchProcess(place, internal.stringAt("Batch")), Json::object({{"Ended", std::move(told)}}));
}

void registerCombineArtifacts(dispatch::Registry& registry, Builder& builder) {
  registry.addInternal(kInternalService, kCombineArtifacts,
                       [&builder](std::shared_ptr<dispatch::AsyncContext> context, dispatch::CallDone done) {
                         const Place place{context->account(), context->region()};
                         store::Transaction transaction = context->environment().store.begin();
                         std::optional<Json> document =
                             findBatch(transaction, place, context->call().input.stringAt("Id"));
                         if (!document)
                           return done(base::ApiError{"ResourceNotFoundException", "The batch has been deleted", 400});
                         builder.combine(std::move(context), std::move(*document), std::move(done));
                       });
}

}  // namespace thimble::services::codebuild
