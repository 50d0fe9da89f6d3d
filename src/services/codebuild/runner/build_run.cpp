#include "services/codebuild/runner/build_run.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <future>
#include <thread>

#include "base/encoding.h"
#include "dispatch/credentials.h"
#include "services/codebuild/build_phases.h"
#include "services/codebuild/records.h"
#include "services/codebuild/runner/artifacts.h"
#include "services/codebuild/runner/build_state.h"
#include "services/codebuild/runner/cache.h"
#include "services/codebuild/runner/report_files.h"
#include "services/codebuild/runner/s3_log.h"
#include "services/codebuild/runner/sources.h"
#include "services/codebuild/runner/variables_source.h"

namespace thimble::services::codebuild::runner {
namespace {

using base::Json;
using lang::buildspec::OnFailure;
using lang::buildspec::Phase;

constexpr std::int64_t kSessionSeconds = 12 * 3600;
constexpr std::uint64_t kProcesses = 4096;
constexpr std::uint64_t kOpenFiles = 65536;

class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  void reset(int value = -1) {
    if (value_ >= 0) close(value_);
    value_ = value;
  }
  int get() const { return value_; }

 private:
  int value_;
};

std::string uuidOf(const Json& document) {
  const std::string id = document["Build"].stringAt("id");
  return id.substr(id.find(':') + 1);
}

/// Tells the process of the phases, one commit after the other; a state that was overtaken is left out.
class Progress {
 public:
  Progress(dispatch::AsyncContext& context, dispatch::ProcessReference process)
      : context_(context), process_(std::move(process)), shared_(std::make_shared<Shared>()) {}

  void tell(const Json& phases) {
    {
      const std::lock_guard lock(shared_->mutex);
      ++shared_->told;
      shared_->next = phases;
      if (shared_->busy) return;
      shared_->busy = true;
    }
    send(context_.shared_from_this(), process_, shared_);
  }

  /// Waits until all that was told is durable.
  void settle() {
    std::unique_lock lock(shared_->mutex);
    shared_->changed.wait(lock, [&] { return !shared_->busy; });
  }

 private:
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    Json next;
    std::uint64_t told = 0;
    bool busy = false;
  };

  static void send(const std::shared_ptr<dispatch::AsyncContext>& context, const dispatch::ProcessReference& process,
                   const std::shared_ptr<Shared>& shared) {
    Json phases;
    std::uint64_t told = 0;
    {
      const std::lock_guard lock(shared->mutex);
      phases = shared->next;
      told = shared->told;
    }
    context->transact<bool>(
        [process, phases](dispatch::Context& transacting) -> base::Result<bool> {
          transacting.signal(process, Json::object({{"Phases", phases}}));
          return true;
        },
        [context, process, shared, told](base::Result<bool>) {
          {
            const std::lock_guard lock(shared->mutex);
            if (shared->told == told) {
              shared->busy = false;
              shared->changed.notify_all();
              return;
            }
          }
          context->environment().executor.post([context, process, shared] { send(context, process, shared); });
        });
  }

  dispatch::AsyncContext& context_;
  dispatch::ProcessReference process_;
  std::shared_ptr<Shared> shared_;
};

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
               RoleCaller(context.doorway(), place_.account, place_.region, document["Build"].stringAt("serviceRole"),
                          "AWSCodeBuild-" + uuidOf(document), document["Build"].stringAt("arn")),
               BuildLog(runner.environment().clock, sink()),
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
    tearDown();
    if (server_stops) return std::nullopt;
    endPhase(phases_, "SUCCEEDED", now());
    begin("COMPLETED");
    awaitLog();
    s3_log_.upload(state_.caller);
    progress_.settle();
    return Json::object({{"Status", status}, {"Phases", phases_}, {"Build", state_.build}, {"Reports", reports_}});
  }

 private:
  static dispatch::LogTarget logTarget(const Json& document, const Place& place) {
    return {place.account,
            place.region,
            document["Build"].stringAt("serviceRole"),
            "codebuild.amazonaws.com",
            "AWSCodeBuild-" + uuidOf(document),
            document["Build"]["logs"].stringAt("groupName")};
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

  std::optional<Interruption> interruption() const {
    if (state_.control.stopped() || state_.control.serverStopping()) return Interruption::Stopped;
    if (state_.control.boxHasEnded()) return Interruption::BoxEnded;
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
    // 2. Credentials of the service role.
    issueCredentials();
    // 3. The box, with nothing but the agent in it.
    startBox();
    const auto minutes = state_.document["Build"]["timeoutInMinutes"];
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::minutes(minutes.isInt() ? minutes.asInt() : 60);
    state_.agent = std::make_unique<AgentLink>(
        socket_.get(), output_.get(), state_.control.wakeDescriptor(), [this] { return interruption(); }, state_.log,
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

  void issueCredentials() {
    auto promise = std::make_shared<std::promise<base::Result<dispatch::SessionCredentials>>>();
    auto future = promise->get_future();
    const dispatch::RoleToAssume role = state_.caller.role();
    state_.context.transact<dispatch::SessionCredentials>(
        [role](dispatch::Context& transacting) -> base::Result<dispatch::SessionCredentials> {
          TRY_ASSIGN(dispatch::Identity identity,
                     transacting.environment().authorizer.assume(transacting.transaction(), role));
          return dispatch::issueSession(transacting.transaction(), transacting.random(), transacting.now(),
                                        std::move(identity), kSessionSeconds);
        },
        [promise](base::Result<dispatch::SessionCredentials> session) { promise->set_value(std::move(session)); });
    const base::Result<dispatch::SessionCredentials> session = future.get();
    if (!session.ok()) {
      throw PhaseFailure{"CLIENT_ERROR",
                         "CodeBuild is not authorized to perform: sts:AssumeRole on service role. Please "
                         "verify that: 1) The provided service role exists, 2) The role name is "
                         "case-sensitive and matches exactly, and 3) The role has the necessary trust "
                         "policy configured."};
    }
    state_.variables.set("AWS_ACCESS_KEY_ID", session->access_key_id);
    state_.variables.set("AWS_SECRET_ACCESS_KEY", session->secret_access_key);
    state_.variables.set("AWS_SESSION_TOKEN", session->session_token);
    state_.log.addSecret(session->secret_access_key);
    state_.log.addSecret(session->session_token);
    if (state_.runner.settings().serve_api) {
      state_.variables.set("AWS_ENDPOINT_URL", "http://127.0.0.1:" + std::to_string(state_.runner.settings().api_port));
    }
  }

  void startBox() {
    sandbox::Sandbox& sandbox = state_.runner.sandbox();
    state_.folder = state_.runner.makeFolder();
    int ends[2];
    int pipe_ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
      throw PhaseFailure{"INTERNAL_SERVICE_ERROR", std::string("a socket: ") + std::strerror(errno)};
    }
    socket_.reset(ends[0]);
    const Descriptor agent_end(ends[1]);
    if (pipe2(pipe_ends, O_CLOEXEC) != 0) {
      throw PhaseFailure{"INTERNAL_SERVICE_ERROR", std::string("a pipe: ") + std::strerror(errno)};
    }
    output_.reset(pipe_ends[0]);
    const Descriptor write_end(pipe_ends[1]);
    fcntl(output_.get(), F_SETFL, O_NONBLOCK);

    const ComputeSize size = computeSize(state_.project()["environment"]);
    sandbox::BoxInput input;
    input.arguments = {"/codebuild/readonly/agent"};
    input.environment = {"PATH=/usr/bin:/bin"};
    input.root = sandbox::RootKind::Overlay;
    input.changes = state_.folder;
    input.mounts = {{state_.runner.agentFolder(), "/codebuild/readonly"}};
    for (const sandbox::Mount& mount : state_.runner.toolchain().mounts) input.mounts.push_back(mount);
    input.limits.memory_bytes = size.memory_bytes;
    input.limits.processes = kProcesses;
    input.limits.open_files = kOpenFiles;
    input.limits.file_bytes = state_.runner.settings().max_disk_bytes;
    input.limits.cpu_shares = 1024;
    input.outbound = state_.runner.outbound();
    input.host_name = "codebuild-" + uuidOf(state_.document).substr(0, 8);
    if (state_.runner.settings().serve_api) input.listeners = {state_.runner.settings().api_port};
    sandbox::BoxEvents events;
    events.input = agent_end.get();
    events.output = write_end.get();
    events.on_ready = [this](std::vector<int> listeners) {
      const std::lock_guard lock(api_mutex_);
      for (const int listener : listeners) stop_api_.push_back(state_.runner.settings().serve_api(listener));
    };
    events.on_end = [this](const sandbox::BoxOutcome& outcome) { state_.control.boxEnded(outcome); };
    box_ = sandbox.start(input, std::move(events));
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
    endPhaseLogged("SUCCEEDED");
    // What follows has effects outside of the box: that this build has begun must be known after a crash.
    progress_.settle();
    bool go_on = true;
    for (std::size_t i = 0; i < lang::buildspec::kPhaseTypes.size() && go_on; ++i) go_on = runPhase(i);
    if (!go_on) return;
    begin("UPLOAD_ARTIFACTS");
    exportVariables();
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
    state_.log.say(imageNote(state_.project()["environment"]));
    selectRuntimes();
    state_.log.say("Moving to directory " + state_.source_folder);
    state_.agent->setEnvironment(state_.variables.texts());
    restoreCache(state_);
    state_.log.say("Registering with agent");
    sayPhases();
  }

  void selectRuntimes() {
    const lang::buildspec::Pairs& wanted = state_.spec.phases[0].runtime_versions;
    if (wanted.empty()) state_.log.say("No runtime version selected in buildspec.");
    state_.agent->setEnvironment(state_.variables.texts());
    for (const auto& [name, version] : wanted) {
      const std::string command = versionCommand(name);
      if (command.empty()) throw PhaseFailure{"YAML_FILE_ERROR", "Unknown runtime named '" + name + "'"};
      std::string known;
      const Runtime* found = nullptr;
      for (const Runtime& runtime : state_.runner.toolchain().runtimes) {
        if (runtime.name != name) continue;
        known += (known.empty() ? "" : ", ") + runtime.version;
        // The last is the newest.
        if (versionMatches(version, runtime.version)) found = &runtime;
      }
      // What the PATH has is preferred, so that it stays as it is.
      agent::RunRequest request = state_.request(command);
      request.separate = true;
      std::string installed = state_.agent->evaluate(request).text;
      while (!installed.empty() && installed.back() == '\n') installed.pop_back();
      if (!installed.empty()) known += (known.empty() ? "" : ", ") + installed;
      const bool on_path = !installed.empty() && versionMatches(version, installed);
      if (!on_path && found == nullptr) {
        throw PhaseFailure{"YAML_FILE_ERROR",
                           "Unknown runtime version named '" + version + "' of " + name +
                               (known.empty() ? ". This machine has no " + name
                                              : ". This machine has the following versions: " + known)};
      }
      state_.log.say("Selecting '" + name + "' runtime version '" + version + "' based on manual selections...");
      if (on_path || found->folder.empty()) continue;
      state_.variables.set("PATH", found->folder + ":" + *state_.variables.find("PATH"));
      if (name == "java") {
        state_.variables.set("JAVA_HOME", found->folder.substr(0, found->folder.rfind('/')));
      }
    }
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
    const std::string user = phase.run_as.empty() ? state_.spec.run_as : phase.run_as;
    std::optional<PhaseContext> failure = runCommands(phase.commands, user);
    for (std::int64_t attempt = 0; failure && phase.on_failure == OnFailure::Retry && attempt < phase.retry_count;
         ++attempt) {
      state_.log.say("Retrying phase, attempt " + std::to_string(attempt + 1));
      failure = runCommands(phase.commands, user);
    }
    const std::optional<PhaseContext> late = runCommands(phase.finally_commands, user);
    if (!failure) failure = late;
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

  std::optional<PhaseContext> runCommands(const std::vector<std::string>& commands, const std::string& user) {
    for (const std::string& command : commands) {
      std::string shown = command;
      while (!shown.empty() && shown.back() == '\n') shown.pop_back();
      state_.log.say("Running command " + shown);
      state_.log.flush();
      const AgentLink::Result result = state_.agent->run(state_.request(command, user));
      state_.log.endLine();
      if (result.status == 0) continue;
      const std::string reason = result.text.empty() ? "exit status " + std::to_string(result.status) : result.text;
      state_.log.say("Command did not exit successfully " + shown + " " + reason);
      return PhaseContext{"COMMAND_EXECUTION_ERROR", "Error while executing command: " + shown + ". Reason: " + reason};
    }
    return std::nullopt;
  }

  void exportVariables() {
    if (state_.spec.exported_variables.empty()) return;
    std::string script = "printf '%s\\0'";
    for (const std::string& name : state_.spec.exported_variables) {
      if (isVariableName(name)) script += " \"${" + name + "}\"";
    }
    const AgentLink::Result result = state_.agent->evaluate(state_.request(script));
    Json exported = Json::array();
    std::size_t begin = 0;
    for (const std::string& name : state_.spec.exported_variables) {
      if (!isVariableName(name)) continue;
      const std::size_t end = result.text.find('\0', begin);
      if (end == std::string::npos) break;
      exported.push(Json::object({{"name", name}, {"value", result.text.substr(begin, end - begin)}}));
      begin = end + 1;
    }
    state_.build.set("exportedEnvironmentVariables", std::move(exported));
  }

  // --- The end -----------------------------------------------------------------------------------------------------

  void tearDown() {
    if (box_ != 0) {
      state_.runner.sandbox().kill(box_);
      state_.control.awaitBox();
    }
    // What was still in the pipe.
    char buffer[64 * 1024];
    for (ssize_t size = 0; output_.get() >= 0 && (size = read(output_.get(), buffer, sizeof buffer)) > 0;) {
      state_.log.append({buffer, static_cast<std::size_t>(size)});
    }
    state_.log.endLine();
    state_.log.flush();
    {
      const std::lock_guard lock(api_mutex_);
      for (const std::function<void()>& stop : stop_api_) stop();
      stop_api_.clear();
    }
    if (!state_.folder.empty()) state_.runner.dropFolder(state_.folder);
  }

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
  Json phases_;  ///< From QUEUED on.
  Json reports_ = Json::array();
  Descriptor socket_;
  Descriptor output_;
  sandbox::BoxId box_ = 0;
  std::mutex api_mutex_;
  std::vector<std::function<void()>> stop_api_;
};

}  // namespace

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
