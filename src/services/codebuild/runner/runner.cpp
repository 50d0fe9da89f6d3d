#include "services/codebuild/runner/runner.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "sandbox/overlay_layout.h"
#include "services/codebuild/agent/embedded_agent.h"
#include "services/codebuild/build_phases.h"
#include "services/codebuild/records.h"
#include "services/codebuild/runner/build_run.h"
#include "services/codebuild/runner/combine_artifacts.h"
#include "services/codebuild/runner/failure.h"

namespace thimble::services::codebuild::runner {

using base::Json;

namespace {

constexpr std::size_t kReadyFolders = 4;

void writeProgram(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
  file.close();
  std::filesystem::permissions(path, std::filesystem::perms(0755));
}

}  // namespace

RunControl::RunControl() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_ < 0) throw std::system_error(errno, std::generic_category(), "a build's descriptor");
}

RunControl::~RunControl() {
  close(wake_);
}

void RunControl::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);
}

void RunControl::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  wake();
  changed_.notify_all();
}

void RunControl::serverStops() {
  const std::lock_guard lock(mutex_);
  server_stops_ = true;
  wake();
  changed_.notify_all();
}

bool RunControl::stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

bool RunControl::serverStopping() const {
  const std::lock_guard lock(mutex_);
  return server_stops_;
}

bool RunControl::boxHasEnded() const {
  const std::lock_guard lock(mutex_);
  return box_ended_;
}

void RunControl::boxEnded(const sandbox::BoxOutcome& outcome) {
  const std::lock_guard lock(mutex_);
  box_ended_ = true;
  outcome_ = outcome;
  wake();
  changed_.notify_all();
}

sandbox::BoxOutcome RunControl::awaitBox() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return box_ended_; });
  return outcome_;
}

struct Runner::Run {
  std::shared_ptr<dispatch::AsyncContext> context;
  Json document;
  dispatch::CallDone done;
  std::string process_id;
  RunControl control;
};

Runner::Runner(const dispatch::Environment& environment, const Settings& settings)
    : environment_(environment),
      settings_(settings),
      agent_folder_(settings.folder + "/agent"),
      images_(settings.image_folder, environment.random) {
  const char* path = std::getenv("PATH");
  const char* home = std::getenv("HOME");
  toolchain_ = findToolchain(path == nullptr ? "" : path, home == nullptr ? "" : home);
  // Builds of an earlier run of the server are no more; what they left is rubbish.
  std::filesystem::remove_all(settings_.folder);
  std::filesystem::create_directories(agent_folder_);
  std::filesystem::permissions(settings_.folder, std::filesystem::perms(0711));
  writeProgram(agent_folder_ + "/agent", agent::embeddedAgent());
  std::filesystem::create_directories(agent_folder_ + "/bin");
  if (const std::string aws = awsProgram(toolchain_); !aws.empty()) writeProgram(agent_folder_ + "/bin/aws", aws);
}

Runner::~Runner() {
  end();
}

void Runner::begin(dispatch::Doorway& doorway) {
  logs_ = std::make_shared<dispatch::LogDelivery>(doorway);
}

void Runner::end() {
  {
    std::unique_lock lock(mutex_);
    ending_ = true;
    for (const auto& [id, run] : runs_) run->control.serverStops();
    changed_.notify_all();
  }
  if (logs_) logs_->stop();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return threads_ == 0; });
}

sandbox::Sandbox& Runner::sandbox() {
  const std::lock_guard lock(opening_);
  if (!sandbox_ && refusal_.empty()) {
    auto opened = sandbox::Sandbox::open();
    if (opened.ok()) {
      sandbox_ = std::move(opened).value();
      if (sandbox_->support().outbound) sandbox_->prepareOutbound();
    } else {
      refusal_ = opened.error().message;
    }
  }
  if (!sandbox_) throw PhaseFailure{"INTERNAL_SERVICE_ERROR", "Builds cannot be run: " + refusal_};
  return *sandbox_;
}

bool Runner::outbound() {
  return sandbox().support().outbound;
}

std::string Runner::makeFolder() {
  const std::string folder = settings_.folder + "/" + environment_.random.hex(16);
  std::filesystem::create_directories(folder + "/root");
  std::filesystem::permissions(folder, std::filesystem::perms(0700));
  return folder;
}

std::string Runner::makeBoxFolder() {
  std::string folder;
  {
    const std::lock_guard lock(mutex_);
    if (!ready_.empty()) {
      folder = std::move(ready_.back());
      ready_.pop_back();
    }
    prepares_ = true;
  }
  return folder.empty() ? makeFolder() : folder;
}

void Runner::dropFolder(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  rubbish_.push_back(folder);
  if (tidying_) return;
  tidying_ = true;
  ++threads_;
  std::thread([this] { tidy(); }).detach();
}

void Runner::prepareBoxFolder() {
  std::string folder;
  bool prepared = false;
  try {
    folder = makeFolder();
    sandbox::prepareOverlay(folder);
    prepared = true;
  } catch (const std::filesystem::filesystem_error&) {
    // A full disk, say: the next box makes its own, and tells.
  }
  const std::lock_guard lock(mutex_);
  prepares_ = prepared;
  if (!folder.empty()) (prepared ? ready_ : rubbish_).push_back(std::move(folder));
}

void Runner::tidy() {
  for (;;) {
    std::string folder;
    bool prepare = false;
    {
      const std::lock_guard lock(mutex_);
      prepare = prepares_ && !ending_ && ready_.size() < kReadyFolders;
      if (!prepare && rubbish_.empty()) {
        tidying_ = false;
        --threads_;
        changed_.notify_all();
        return;
      }
      if (!prepare) {
        folder = std::move(rubbish_.back());
        rubbish_.pop_back();
      }
    }
    if (prepare) {
      prepareBoxFolder();
      continue;
    }
    std::error_code ignored;
    // An overlay's work folder can be entered by root alone.
    std::filesystem::permissions(folder + "/work", std::filesystem::perms(0700), ignored);
    std::filesystem::remove_all(folder, ignored);
  }
}

void Runner::start(std::shared_ptr<dispatch::AsyncContext> context, Json document, dispatch::CallDone done) {
  auto run = std::make_shared<Run>();
  run->process_id = buildProcess({context->account(), context->region()}, document["Build"].stringAt("id")).id;
  run->context = std::move(context);
  run->document = std::move(document);
  run->done = std::move(done);
  const std::lock_guard lock(mutex_);
  // The task is taken up again at the next start of the server.
  if (ending_) return;
  runs_[run->process_id] = run;
  ++threads_;
  std::thread([this, run] { runOne(run); }).detach();
}

void Runner::stop(const std::string& process_id) {
  std::shared_ptr<Run> run;
  {
    const std::lock_guard lock(mutex_);
    const auto found = runs_.find(process_id);
    if (found == runs_.end()) return;
    run = found->second;
    changed_.notify_all();
  }
  run->control.stop();
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void Runner::combine(std::shared_ptr<dispatch::AsyncContext> context, Json document, dispatch::CallDone done) {
  const std::lock_guard lock(mutex_);
  // The task is taken up again at the next start of the server.
  if (ending_) return;
  ++threads_;
  std::thread([this, context = std::move(context), document = std::move(document), done = std::move(done)] {
    done(combineArtifacts(*this, *context, document));
    const std::lock_guard ended(mutex_);
    --threads_;
    changed_.notify_all();
  }).detach();
}

void Runner::runOne(const std::shared_ptr<Run>& run) {
  // 1. A place among those that run at the same time; until then the build is in its queue.
  const Json& build = run->document["Build"];
  const auto queued_until =
      std::chrono::steady_clock::now() +
      std::chrono::minutes(build["queuedTimeoutInMinutes"].isInt() ? build["queuedTimeoutInMinutes"].asInt() : 480);
  bool placed = false;
  {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, queued_until,
                        [&] { return busy_ < settings_.max_builds || run->control.stopped() || ending_; });
    placed = busy_ < settings_.max_builds && !run->control.stopped() && !ending_;
    if (placed) ++busy_;
  }
  // 2. The build.
  std::optional<Json> result;
  if (placed) {
    result = runBuild(*this, *run->context, run->document, run->control);
  } else if (!run->control.serverStopping()) {
    Json phases = Json::array({build["phases"].asArray().back()});
    const bool stopped = run->control.stopped();
    endPhase(phases, stopped ? "STOPPED" : "TIMED_OUT", environment_.clock.now(),
             stopped ? PhaseContext{} : PhaseContext{"BUILD_QUEUED_TIMEOUT", "Build timed out while it was queued"});
    result = Json::object({{"Status", stopped ? "STOPPED" : "TIMED_OUT"}, {"Phases", std::move(phases)}});
  }
  // 3. Its end. When the server stops there is none: the row of the task tells the next start.
  {
    const std::lock_guard lock(mutex_);
    runs_.erase(run->process_id);
    if (placed) --busy_;
    changed_.notify_all();
  }
  if (result) run->done(dispatch::Answer{std::move(*result), nullptr, 0});
  const std::lock_guard lock(mutex_);
  --threads_;
  changed_.notify_all();
}

}  // namespace thimble::services::codebuild::runner
