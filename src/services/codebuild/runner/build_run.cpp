#include "services/codebuild/runner/build_run.h"

#include <sys/stat.h>
#include <unistd.h>

#include <future>

#include "lang/buildspec/batch.h"
#include "services/codebuild/batch/batch_plan.h"
#include "services/codebuild/build_phases.h"
#include "services/codebuild/records.h"
#include "services/codebuild/runner/artifacts.h"
#include "services/codebuild/runner/build_box.h"
#include "services/codebuild/runner/build_state.h"
#include "services/codebuild/runner/cache.h"
#include "services/codebuild/runner/disk_use.h"
#include "services/codebuild/runner/git_source.h"
#include "services/codebuild/runner/phase_commands.h"
#include "services/codebuild/runner/progress.h"
#include "services/codebuild/runner/report_files.h"
#include "services/codebuild/runner/role_session.h"
#include "services/codebuild/runner/runtimes.h"
#include "services/codebuild/runner/s3_log.h"
#include "services/codebuild/runner/sources.h"
#include "services/codebuild/runner/variables_source.h"

namespace thimble::services::codebuild::runner {
namespace {

using base::Json;
using lang::buildspec::OnFailure;
using lang::buildspec::Phase;

std::string uuidOf(const Json& document) {
  const std::string id = document["Build"].stringAt("id");
  return id.substr(id.find(':') + 1);
}

dispatch::RoleToAssume roleOf(const Json& document) {
  return {document["Build"].stringAt("serviceRole"),
          document["Internal"].stringAt("Principal", "codebuild.amazonaws.com"), "AWSCodeBuild-" + uuidOf(document)};
}

class BuildRun {
 public:
  BuildRun(Runner& runner, dispatch::AsyncContext& context, const Json& document, RunControl& control)
      : place_{context.account(), context.region()},
        log_target_(logTarget(document, place_)),
        stream_(document["Build"]["logs"].stringAt("streamName")),
        s3_log_(document, runner.environment().blobs.stagingFolder(), runner.environment().random),
        progress_(context, buildProcess(place_, document["Build"].stringAt("id"))),
        state_{runner,
               context,
               document,
               control,
               RoleCaller(context.doorway(), place_.account, place_.region, roleOf(document),
                          document["Build"].stringAt("arn")),
               BuildLog(runner.environment().clock, sink()),
               {},
               {},
               {},
               nullptr,
               chooseSourceFolder(document["Project"]["source"], runner.environment().random),
               {},
               {}} {
    state_.variables = standardVariables(document, state_.source_folder);
    state_.variables.set("PATH", "/codebuild/readonly/bin:" + *state_.variables.find("PATH") + ":/root/.local/bin");
    phases_ = Json::array({document["Build"]["phases"].asArray().back()});
  }

  std::optional<Json> run() {
    std::string status = "SUCCEEDED";
    try {
      endPhase(phases_, "SUCCEEDED", now());
      begin("PROVISIONING");
      checkStopped();
      runPhases();
      if (!state_.succeeding) status = "FAILED";
    } catch (const PhaseFailure& failure) {
      status = failure.code == "INTERNAL_SERVICE_ERROR" ? "FAULT" : "FAILED";
      endPhaseLogged(status, {failure.code, failure.message});
    } catch (const Interrupted& interrupted) {
      status = interruptedStatus(interrupted.why);
    } catch (const std::exception& error) {
      status = "FAULT";
      endPhaseLogged(status, {"INTERNAL_SERVICE_ERROR", error.what()});
    }
    const bool server_stops = state_.control.serverStopping();
    begin("FINALIZING");
    box_.end(state_);
    if (server_stops) return std::nullopt;
    endPhase(phases_, "SUCCEEDED", now());
    begin("COMPLETED");
    awaitLog();
    s3_log_.upload(state_.caller);
    progress_.settle();
    return Json::object(
        {{"Status", status}, {"Phases", phases_}, {"Build", state_.build}, {"Reports", reports_}, {"Spec", spec_}});
  }

 private:
  static dispatch::LogTarget logTarget(const Json& document, const Place& place) {
    const dispatch::RoleToAssume role = roleOf(document);
    return {place.account,          place.region,      role.role_arn,
            role.service_principal, role.session_name, document["Build"]["logs"].stringAt("groupName")};
  }

  BuildLog::Sink sink() {
    return [this](std::vector<dispatch::LogLine> lines) {
      s3_log_.append(lines);
      if (!stream_.empty()) state_.runner.logs().deliver(log_target_, stream_, std::move(lines));
    };
  }

  base::Timestamp now() const { return state_.runner.environment().clock.now(); }

  void begin(std::string_view type) {
    beginPhase(phases_, type, now());
    progress_.tell(phases_);
  }

  void endPhaseLogged(const std::string& status, const PhaseContext& context = {}) {
    state_.log.say("Phase complete: " + lastPhase(phases_) + " State: " + status);
    state_.log.say("Phase context status code: " + context.code + " Message: " + context.message);
    state_.log.flush();
    endPhase(phases_, status, now(), context);
  }

  /// A stop may have come before this run could be told of it.
  void checkStopped() {
    store::Transaction transaction = state_.runner.environment().store.begin();
    const auto document = findBuild(transaction, place_, state_.document["Build"].stringAt("id"));
    if (document && document->contains("Stopping")) state_.control.stop();
    if (const auto why = interruption()) throw Interrupted{*why};
  }

  std::optional<Interruption> interruption() {
    if (state_.control.stopped() || state_.control.serverStopping()) return Interruption::Stopped;
    if (state_.control.boxHasEnded()) return Interruption::BoxEnded;
    disk_full_ = disk_use_.exceeded(std::chrono::steady_clock::now());
    if (disk_full_) return Interruption::DiskFull;
    return std::nullopt;
  }

  std::string interruptedStatus(Interruption why) {
    if (state_.control.stopped() || why == Interruption::Stopped) {
      endPhaseLogged("STOPPED");
      return "STOPPED";
    }
    if (why == Interruption::TimedOut) {
      endPhaseLogged("TIMED_OUT", {"BUILD_TIMED_OUT", "Build has timed out. "});
      return "TIMED_OUT";
    }
    if (why == Interruption::DiskFull) {
      endPhaseLogged("FAILED", {"BUILD_ENVIRONMENT_ERROR", *disk_full_});
      return "FAILED";
    }
    const sandbox::BoxOutcome outcome = state_.control.awaitBox();
    if (outcome.kind == sandbox::BoxOutcome::Kind::SetupFailed ||
        outcome.kind == sandbox::BoxOutcome::Kind::ExecFailed) {
      endPhaseLogged("FAULT", {"INTERNAL_SERVICE_ERROR", "The build's box could not be made: " + outcome.message});
      return "FAULT";
    }
    endPhaseLogged("FAILED", boxDied(outcome));
    return "FAILED";
  }

  PhaseContext boxDied(const sandbox::BoxOutcome& outcome) const {
    const ComputeSize size = computeSize(state_.project()["environment"]);
    if (outcome.peak_memory_bytes + (std::uint64_t{16} << 20) >= size.memory_bytes && outcome.peak_memory_bytes != 0) {
      return {"OUT_OF_MEMORY_ERROR",
              "The build used all of its memory, " + std::to_string(size.memory_bytes >> 20) + " MiB"};
    }
    return {"BUILD_ENVIRONMENT_ERROR",
            "The build's environment ended: " + (outcome.message.empty() ? "its agent was killed" : outcome.message)};
  }

  // --- PROVISIONING ------------------------------------------------------------------------------------------------

  void provision() {
    // 1. The log, so that a role that may not write it is found out early; meanwhile the box is made.
    auto log_ready = std::make_shared<std::promise<base::Result<void>>>();
    std::future<base::Result<void>> log_made = log_ready->get_future();
    if (stream_.empty()) {
      log_ready->set_value({});
    } else {
      state_.runner.logs().begin(log_target_, stream_,
                                 [log_ready](base::Result<void> made) { log_ready->set_value(std::move(made)); });
    }
    // 2. The image, when it is to be used really.
    fetchImage();
    // 3. The box, with nothing but the agent in it; and while it is made, credentials of the service role.
    box_.start(state_);
    disk_use_.watch(state_.folder);
    issueCredentials(state_);
    const auto minutes = state_.document["Build"]["timeoutInMinutes"];
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::minutes(minutes.isInt() ? minutes.asInt() : 60);
    state_.agent = std::make_unique<AgentLink>(
        box_.socket(), box_.output(), state_.control.wakeDescriptor(), [this] { return interruption(); }, state_.log,
        deadline);
    state_.agent->awaitReady();
    struct stat status {};
    if (stat((state_.folder + "/root").c_str(), &status) == 0 && status.st_uid != geteuid())
      state_.owner = status.st_uid;
    const base::Result<void> made = log_made.get();
    if (!made.ok()) {
      throw PhaseFailure{"ACCESS_DENIED",
                         "Service role " + state_.caller.role().role_arn +
                             " does not allow AWS CodeBuild to create Amazon CloudWatch Logs log streams for "
                             "build " +
                             state_.document["Build"].stringAt("arn") + ". Error message: " + made.error().message};
    }
  }

  void fetchImage() {
    const Json& environment = state_.project()["environment"];
    if (!asksForImage(environment) || state_.runner.images().tool().empty()) return;
    const auto interrupted = [this] {
      if (const auto why = interruption()) throw Interrupted{*why};
    };
    const RegistryLogin login = readRegistryLogin(state_.caller, environment);
    state_.image = state_.runner.images().fetch(environment.stringAt("image"), login, interrupted);
    // What the machine's tools need is of no use in it.
    state_.variables.set("PATH", *standardVariables(state_.document, state_.source_folder).find("PATH"));
    for (const auto& [name, value] : state_.image->variables) {
      if (name == "PATH" || state_.variables.find(name) == nullptr) state_.variables.set(name, value);
    }
    state_.log.say("Image " + environment.stringAt("image") + " is used: " + state_.image->id + ", fetched by " +
                   state_.image->tool);
  }

  // --- The phases --------------------------------------------------------------------------------------------------

  void runPhases() {
    state_.log.say("Running on CodeBuild On-demand");
    state_.log.say("Waiting for agent ping");
    provision();
    endPhase(phases_, "SUCCEEDED", now());
    begin("DOWNLOAD_SOURCE");
    state_.log.say("Waiting for DOWNLOAD_SOURCE");
    downloadSource();
    if (readsBatch()) {
      readBatchSection();
      endPhaseLogged("SUCCEEDED");
      return;
    }
    endPhaseLogged("SUCCEEDED");
    // What follows has effects outside of the box: that this build has begun must be known after a crash.
    progress_.settle();
    bool go_on = true;
    for (std::size_t i = 0; i < lang::buildspec::kPhaseTypes.size() && go_on; ++i) go_on = runPhase(i);
    if (!go_on) return;
    begin("UPLOAD_ARTIFACTS");
    exportVariables(state_);
    reports_ = collectReports(state_);
    uploadArtifacts(state_);
    saveCache(state_);
    endPhaseLogged("SUCCEEDED");
  }

  void downloadSource() {
    state_.log.say("Phase is DOWNLOAD_SOURCE");
    state_.log.say("CODEBUILD_SRC_DIR=" + state_.source_folder);
    setProjectVariables(state_);
    state_.agent->setEnvironment(state_.variables.texts());
    downloadSources(state_);
    const std::string text = fetchBuildspec(state_);
    auto spec = lang::buildspec::readBuildspec(text);
    if (!spec.ok()) throw PhaseFailure{"YAML_FILE_ERROR", spec.error().message};
    state_.spec = std::move(*spec);
    state_.log.say("Processing environment variables");
    setBuildspecVariables(state_);
    if (state_.spec.git_credential_helper) giveGitCredentials(state_);
    const Json& environment = state_.project()["environment"];
    if (!state_.image) state_.log.say(imageNote(environment, asksForImage(environment)));
    selectRuntimes(state_);
    state_.log.say("Moving to directory " + state_.source_folder);
    state_.agent->setEnvironment(state_.variables.texts());
    restoreCache(state_);
    state_.log.say("Registering with agent");
    sayPhases();
  }

  bool readsBatch() const { return state_.document["Internal"]["ReadsBatch"] == Json(true); }

  /// The first build of a batch finds out which others there are, and is at its end.
  void readBatchSection() {
    if (!state_.spec.batch) {
      throw PhaseFailure{"YAML_FILE_ERROR", "The buildspec has no batch section, which a batch build needs"};
    }
    auto batch = lang::buildspec::readBatch(*state_.spec.batch);
    if (!batch.ok()) throw PhaseFailure{"YAML_FILE_ERROR", batch.error().message};
    spec_ = batchSpecJson(*batch);
    state_.log.say("Builds found in the batch: " + std::to_string(batch->builds.size()));
  }

  void sayPhases() {
    std::size_t count = 0;
    for (const Phase& phase : state_.spec.phases) count += phase.present ? 1 : 0;
    state_.log.say("Phases found in YAML: " + std::to_string(count));
    for (std::size_t i = 0; i < state_.spec.phases.size(); ++i) {
      const Phase& phase = state_.spec.phases[i];
      if (!phase.present) continue;
      state_.log.say(" " + std::string(lang::buildspec::kPhaseTypes[i]) + ": " + std::to_string(phase.commands.size()) +
                     " commands");
    }
  }

  /// Whether the build goes on to the next phase.
  bool runPhase(std::size_t index) {
    const Phase& phase = state_.spec.phases[index];
    begin(lang::buildspec::kPhaseTypes[index]);
    state_.log.say("Entering phase " + std::string(lang::buildspec::kPhaseTypes[index]));
    state_.log.flush();
    const std::optional<PhaseContext> failure = runPhaseCommands(state_, phase);
    if (!failure) {
      endPhaseLogged("SUCCEEDED");
      return true;
    }
    state_.succeeding = false;
    endPhaseLogged("FAILED", *failure);
    if (phase.on_failure == OnFailure::Continue) return true;
    if (phase.on_failure == OnFailure::Abort) return false;
    // After a failed BUILD the POST_BUILD phase runs, and what there is is uploaded; otherwise the build ends.
    return index >= 2;
  }

  // --- The end -----------------------------------------------------------------------------------------------------

  /// Whoever sees the build's end also finds its whole log.
  void awaitLog() {
    if (stream_.empty()) return;
    auto promise = std::make_shared<std::promise<void>>();
    state_.runner.logs().flush(stream_, [promise] { promise->set_value(); });
    promise->get_future().wait();
  }

  Place place_;
  dispatch::LogTarget log_target_;
  std::string stream_;  ///< Empty: nothing is logged.
  S3Log s3_log_;
  Progress progress_;
  BuildState state_;
  DiskUse disk_use_{state_.runner.settings().max_disk_bytes};
  std::optional<std::string> disk_full_;  ///< Why the build must end.
  Json phases_;                           ///< From QUEUED on.
  Json reports_ = Json::array();
  Json spec_;  ///< Of the first build of a batch.
  BuildBox box_;
};

}  // namespace

std::string BuildState::uuid() const {
  return uuidOf(document);
}

agent::RunRequest BuildState::request(std::string command, const std::string& user) const {
  agent::RunRequest request;
  request.shell = spec.shell == "bash" ? "/bin/bash" : "/bin/sh";
  request.folder = source_folder;
  request.user = user == "root" ? std::string() : user;
  request.separate = spec.separate_commands;
  request.prelude =
      std::string("CODEBUILD_BUILD_SUCCEEDING=") + (succeeding ? "1" : "0") + "; export CODEBUILD_BUILD_SUCCEEDING\n";
  request.command = std::move(command);
  return request;
}

std::optional<Json> runBuild(Runner& runner, dispatch::AsyncContext& context, const Json& document,
                             RunControl& control) {
  return BuildRun(runner, context, document, control).run();
}

}  // namespace thimble::services::codebuild::runner
