#include "services/codebuild/runner/build_box.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace thimble::services::codebuild::runner {
namespace {

constexpr std::uint64_t kProcesses = 4096;
constexpr std::uint64_t kOpenFiles = 65536;

}  // namespace

void Descriptor::reset(int value) {
  if (value_ >= 0) close(value_);
  value_ = value;
}

void BuildBox::start(BuildState& state) {
  sandbox::Sandbox& sandbox = state.runner.sandbox();
  state.folder = state.image ? state.runner.makeFolder() : state.runner.makeBoxFolder();
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

  const ComputeSize size = computeSize(state.project()["environment"]);
  sandbox::BoxInput input;
  input.arguments = {"/codebuild/readonly/agent"};
  input.environment = {"PATH=/usr/bin:/bin"};
  input.root = sandbox::RootKind::Overlay;
  input.changes = state.folder;
  input.mounts = {{state.runner.agentFolder(), "/codebuild/readonly"}};
  if (state.image) {
    input.image = state.image->folder;
  } else {
    for (const sandbox::Mount& mount : state.runner.toolchain().mounts) input.mounts.push_back(mount);
  }
  input.limits.memory_bytes = size.memory_bytes;
  input.limits.processes = kProcesses;
  input.limits.open_files = kOpenFiles;
  input.limits.file_bytes = state.runner.settings().max_disk_bytes;
  input.limits.cpu_shares = 1024;
  input.outbound = state.runner.outbound();
  input.host_name = "codebuild-" + state.uuid().substr(0, 8);
  if (state.runner.settings().serve_api) input.listeners = {state.runner.settings().api_port};
  sandbox::BoxEvents events;
  events.input = agent_end.get();
  events.output = write_end.get();
  events.on_ready = [this, &runner = state.runner](std::vector<int> listeners) {
    const std::lock_guard lock(mutex_);
    for (const int listener : listeners) stop_api_.push_back(runner.settings().serve_api(listener));
  };
  events.on_end = [&control = state.control](const sandbox::BoxOutcome& outcome) { control.boxEnded(outcome); };
  box_ = sandbox.start(input, std::move(events));
}

void BuildBox::end(BuildState& state) {
  if (box_ != 0) {
    state.runner.sandbox().kill(box_);
    state.control.awaitBox();
    box_ = 0;
  }
  // What was still in the pipe.
  char buffer[64 * 1024];
  for (ssize_t size = 0; output_.get() >= 0 && (size = read(output_.get(), buffer, sizeof buffer)) > 0;) {
    state.log.append({buffer, static_cast<std::size_t>(size)});
  }
  output_.reset();
  state.log.endLine();
  state.log.flush();
  {
    const std::lock_guard lock(mutex_);
    for (const std::function<void()>& stop : stop_api_) stop();
    stop_api_.clear();
  }
  if (!state.folder.empty()) state.runner.dropFolder(state.folder);
  state.folder.clear();
}

}  // namespace thimble::services::codebuild::runner
