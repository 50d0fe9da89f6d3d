#include "platform/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace thimble::platform {
namespace {

constexpr std::size_t kInputHigh = std::size_t{1} << 20;     // More is not wanted.
constexpr std::size_t kInputLow = std::size_t{256} << 10;    // Then it is again.
constexpr std::size_t kOutputHigh = std::size_t{512} << 10;  // A reader that is slower stops the process.
constexpr std::size_t kErrorKept = 4096;
constexpr std::size_t kPipeSize = 1 << 20;

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  int get() const { return number_; }
  bool open() const { return number_ >= 0; }
  void reset() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }

 private:
  int number_ = -1;
};

struct Pipe {
  Descriptor read_end, write_end;
};

Pipe makePipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

void setNonBlocking(int descriptor) {
  ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
  ::fcntl(descriptor, F_SETPIPE_SZ, kPipeSize);  // Fewer wake-ups; refused beyond the user's share, which is fine.
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

}  // namespace

/// One child. Its loop and its handle share it.
struct ChildState {
  std::mutex mutex;
  ProcessInput input;
  bool started = false;
  bool killed = false;
  bool ended = false;
  pid_t pid = -1;
  Descriptor process, to_child, from_child, errors;

  std::deque<std::string> queued;
  std::size_t queued_bytes = 0;
  std::size_t front_written = 0;
  bool input_closed = false;
  std::function<void()> resume;

  std::string output;
  ProcessOutcome outcome;
  std::size_t wanted = 0;
  std::function<void(Process::Output)> ready;
};

class ProcessRunner::Loop : public std::enable_shared_from_this<ProcessRunner::Loop> {
 public:
  explicit Loop(std::size_t most)
      : most_(most), epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!epoll_.open() || !wake_.open()) throw std::system_error(errno, std::generic_category(), "epoll");
    watch(wake_.get(), EPOLLIN, 0);
  }

  void begin() {
    thread_ = std::thread([this] { run(); });
  }

  void end() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake();
    if (thread_.joinable()) thread_.join();
  }

  void add(const std::shared_ptr<ChildState>& child) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(child);
    }
    wake();
  }

  /// The child's pipes are to be looked at again.
  void poke(const std::shared_ptr<ChildState>& child) {
    {
      const std::lock_guard lock(mutex_);
      poked_.push_back(child);
    }
    wake();
  }

 private:
  struct Running {
    std::shared_ptr<ChildState> state;
    bool output_watched = false;
    bool input_watched = false;
  };

  void wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
  }

  void watch(int descriptor, std::uint32_t events, std::uint64_t id) {
    epoll_event event{.events = events, .data = {.u64 = id}};
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event);
  }
  void unwatch(int descriptor) { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr); }

  // Ids: child number times four, plus which descriptor.
  enum Which : std::uint64_t { kProcess = 0, kInput = 1, kOutput = 2, kErrors = 3 };

  void run() {
    for (;;) {
      epoll_event events[64];
      const int count = ::epoll_wait(epoll_.get(), events, 64, -1);
      for (int i = 0; i < count; ++i) {
        const std::uint64_t id = events[i].data.u64;
        if (id == 0) {
          std::uint64_t drained;
          while (::read(wake_.get(), &drained, sizeof drained) > 0) {
          }
          continue;
        }
        const auto found = running_.find(id / 4);
        if (found != running_.end()) onEvent(found->first, found->second, static_cast<Which>(id % 4));
      }
      if (!takeRequests()) return;
    }
  }

  bool takeRequests() {
    std::vector<std::shared_ptr<ChildState>> poked, starting;
    bool stopping = false;
    {
      const std::lock_guard lock(mutex_);
      poked.swap(poked_);
      stopping = stopping_;
      while (!stopping && !waiting_.empty() && running_.size() + starting.size() < most_) {
        starting.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
      }
    }
    for (const auto& child : starting) start(child);
    for (const auto& child : poked) {
      for (auto& [number, running] : running_) {
        if (running.state != child) continue;
        onEvent(number, running, kInput);
        onEvent(number, running, kOutput);
        break;
      }
    }
    if (!stopping) return true;
    // What runs is killed and reaped; nobody is told, because the owners are going too.
    for (auto& [number, running] : running_) {
      const std::lock_guard lock(running.state->mutex);
      ::kill(-running.state->pid, SIGKILL);
      int status;
      ::waitpid(running.state->pid, &status, 0);
      running.state->ended = true;
      running.state->pid = -1;
    }
    running_.clear();
    return false;
  }

  void start(const std::shared_ptr<ChildState>& child) {
    bool killed;
    {
      const std::lock_guard lock(child->mutex);
      killed = child->killed;
    }
    std::string failure = killed ? "It was no longer wanted." : spawn(*child);
    if (!failure.empty()) {
      finish(child, -1, std::move(failure));
      return;
    }
    const std::uint64_t number = next_++;
    Running& running = running_[number];
    running.state = child;
    watch(child->process.get(), EPOLLIN, number * 4 + kProcess);
    watch(child->errors.get(), EPOLLIN, number * 4 + kErrors);
    onEvent(number, running, kInput);
    onEvent(number, running, kOutput);
  }

  /// Empty when it runs.
  static std::string spawn(ChildState& child) {
    try {
      Pipe in = makePipe(), out = makePipe(), error = makePipe();
      std::vector<std::string> arguments = {"setpriv", "--pdeathsig", "KILL", "--"};
      arguments.insert(arguments.end(), child.input.arguments.begin(), child.input.arguments.end());
      posix_spawn_file_actions_t actions;
      posix_spawn_file_actions_init(&actions);
      posix_spawn_file_actions_adddup2(&actions, in.read_end.get(), 0);
      posix_spawn_file_actions_adddup2(&actions, out.write_end.get(), 1);
      posix_spawn_file_actions_adddup2(&actions, error.write_end.get(), 2);
      if (child.input.keep_open >= 0) posix_spawn_file_actions_adddup2(&actions, child.input.keep_open, 3);
      // Whatever else is open here, also what this process was started with and nobody marked, stays here.
      posix_spawn_file_actions_addclosefrom_np(&actions, child.input.keep_open >= 0 ? 4 : 3);
      posix_spawn_file_actions_addchdir_np(&actions, child.input.working_directory.c_str());
      posix_spawnattr_t attributes;
      posix_spawnattr_init(&attributes);
      sigset_t none, defaults;
      sigemptyset(&none);
      sigemptyset(&defaults);
      for (int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&defaults, signal);
      posix_spawnattr_setsigmask(&attributes, &none);
      posix_spawnattr_setsigdefault(&attributes, &defaults);
      posix_spawnattr_setpgroup(&attributes, 0);
      posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
      const std::vector<char*> argument_pointers = pointers(arguments);
      const std::vector<char*> environment_pointers = pointers(child.input.environment);
      pid_t pid = -1;
      const int failed =
          ::posix_spawnp(&pid, "setpriv", &actions, &attributes, argument_pointers.data(), environment_pointers.data());
      posix_spawn_file_actions_destroy(&actions);
      posix_spawnattr_destroy(&attributes);
      if (failed != 0) return std::string("setpriv cannot be started: ") + std::strerror(failed);
      const std::lock_guard lock(child.mutex);
      child.pid = pid;
      child.started = true;
      child.process = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
      child.to_child = std::move(in.write_end);
      child.from_child = std::move(out.read_end);
      child.errors = std::move(error.read_end);
      for (int each : {child.to_child.get(), child.from_child.get(), child.errors.get()}) setNonBlocking(each);
      if (child.killed) ::kill(-pid, SIGKILL);
      return {};
    } catch (const std::system_error& error) {
      return error.what();
    }
  }

  void onEvent(std::uint64_t number, Running& running, Which which) {
    const std::shared_ptr<ChildState> child = running.state;
    switch (which) {
      case kInput:
        return feed(number, running);
      case kOutput:
        return drain(number, running, false);
      case kErrors: {
        const std::lock_guard lock(child->mutex);
        if (!readErrors(*child)) unwatch(child->errors.get());
        return;
      }
      case kProcess:
        break;
    }
    // It has ended: what it left behind goes too, and its last words are in the pipes.
    int status = 0;
    {
      const std::lock_guard lock(child->mutex);
      ::kill(-child->pid, SIGKILL);
      ::waitpid(std::exchange(child->pid, -1), &status, 0);
    }
    drain(number, running, true);
    {
      const std::lock_guard lock(child->mutex);
      readErrors(*child);
      for (Descriptor* each : {&child->process, &child->errors, &child->from_child, &child->to_child}) {
        if (each->open()) unwatch(each->get());
        each->reset();
      }
    }
    running_.erase(number);
    finish(child, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), {});
  }

  /// False at the end of standard error.
  static bool readErrors(ChildState& child) {
    char buffer[4096];
    for (;;) {
      const ssize_t count = ::read(child.errors.get(), buffer, sizeof buffer);
      if (count == 0) return false;
      if (count < 0) return errno == EAGAIN || errno == EINTR;
      child.outcome.error.append(buffer, static_cast<std::size_t>(count));
      if (child.outcome.error.size() > 2 * kErrorKept) {
        child.outcome.error.erase(0, child.outcome.error.size() - kErrorKept);
      }
    }
  }

  void feed(std::uint64_t number, Running& running) {
    const std::shared_ptr<ChildState> child = running.state;
    std::function<void()> resume;
    {
      const std::lock_guard lock(child->mutex);
      bool full = false;
      while (child->to_child.open() && !child->queued.empty() && !full) {
        const std::string& front = child->queued.front();
        const ssize_t count =
            ::write(child->to_child.get(), front.data() + child->front_written, front.size() - child->front_written);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) {
          full = true;
        } else if (count < 0) {
          closeInputOf(*child, running);
        } else {
          child->front_written += static_cast<std::size_t>(count);
          child->queued_bytes -= static_cast<std::size_t>(count);
          if (child->front_written == front.size()) {
            child->queued.pop_front();
            child->front_written = 0;
          }
        }
      }
      if (child->to_child.open() && child->queued.empty() && child->input_closed) closeInputOf(*child, running);
      if (child->to_child.open() && full != running.input_watched) {
        running.input_watched = full;
        if (full) {
          watch(child->to_child.get(), EPOLLOUT, number * 4 + kInput);
        } else {
          unwatch(child->to_child.get());
        }
      }
      if (child->queued_bytes <= kInputLow) resume = std::exchange(child->resume, nullptr);
    }
    if (resume) resume();
  }

  void closeInputOf(ChildState& child, Running& running) {
    if (running.input_watched) unwatch(child.to_child.get());
    running.input_watched = false;
    child.to_child.reset();
    child.queued.clear();
    child.queued_bytes = 0;
  }

  void drain(std::uint64_t number, Running& running, bool all) {
    const std::shared_ptr<ChildState> child = running.state;
    std::function<void(Process::Output)> ready;
    Process::Output piece;
    {
      const std::lock_guard lock(child->mutex);
      bool at_end = !child->from_child.open();
      char buffer[1 << 16];
      while (!at_end && (all || child->output.size() < kOutputHigh)) {
        const ssize_t count = ::read(child->from_child.get(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) break;
        if (count == 0) {
          at_end = true;
        } else {
          child->output.append(buffer, static_cast<std::size_t>(count));
        }
      }
      const bool watched = child->from_child.open() && !at_end && child->output.size() < kOutputHigh;
      if (watched != running.output_watched) {
        running.output_watched = watched;
        if (watched) {
          watch(child->from_child.get(), EPOLLIN, number * 4 + kOutput);
        } else {
          unwatch(child->from_child.get());
        }
      }
      ready = takeReady(*child, piece);
    }
    if (ready) ready(std::move(piece));
  }

  void finish(const std::shared_ptr<ChildState>& child, int status, std::string failure) {
    std::function<void()> resume;
    std::function<void(Process::Output)> ready;
    Process::Output piece;
    {
      const std::lock_guard lock(child->mutex);
      child->ended = true;
      child->outcome.status = status;
      if (!failure.empty()) child->outcome.error = std::move(failure);
      child->queued.clear();
      child->queued_bytes = 0;
      resume = std::exchange(child->resume, nullptr);
      ready = takeReady(*child, piece);
    }
    if (resume) resume();
    if (ready) ready(std::move(piece));
  }

 public:
  /// What a reader that waits gets now; the mutex is held.
  static std::function<void(Process::Output)> takeReady(ChildState& child, Process::Output& piece) {
    if (!child.ready || (child.output.empty() && !child.ended)) return nullptr;
    if (child.output.size() <= child.wanted) {
      piece.bytes = std::exchange(child.output, {});
    } else {
      piece.bytes = child.output.substr(0, child.wanted);
      child.output.erase(0, child.wanted);
    }
    piece.end = child.ended && child.output.empty();
    if (piece.end) piece.outcome = child.outcome;
    return std::exchange(child.ready, nullptr);
  }

 private:
  const std::size_t most_;
  Descriptor epoll_, wake_;
  std::uint64_t next_ = 1;
  std::map<std::uint64_t, Running> running_;  // The thread's own.
  std::mutex mutex_;
  std::deque<std::shared_ptr<ChildState>> waiting_;
  std::vector<std::shared_ptr<ChildState>> poked_;
  bool stopping_ = false;
  std::thread thread_;
};

namespace {

/// The owner's handle.
template <class Loop>
class Handle final : public Process {
 public:
  Handle(std::shared_ptr<Loop> loop, std::shared_ptr<ChildState> child)
      : loop_(std::move(loop)), child_(std::move(child)) {}
  ~Handle() override {
    {
      const std::lock_guard lock(child_->mutex);
      child_->ready = nullptr;
      child_->resume = nullptr;
    }
    kill();
  }

  void write(std::string bytes) override {
    if (bytes.empty()) return;
    {
      const std::lock_guard lock(child_->mutex);
      if (child_->ended || child_->input_closed) return;
      if (child_->to_child.open() && child_->queued.empty()) {
        // A pipe with room takes it at once, without waking the loop.
        const ssize_t count = ::write(child_->to_child.get(), bytes.data(), bytes.size());
        if (count == static_cast<ssize_t>(bytes.size())) return;
        if (count > 0) bytes.erase(0, static_cast<std::size_t>(count));
      }
      child_->queued_bytes += bytes.size();
      child_->queued.push_back(std::move(bytes));
    }
    loop_->poke(child_);
  }

  void closeInput() override {
    {
      const std::lock_guard lock(child_->mutex);
      child_->input_closed = true;
    }
    loop_->poke(child_);
  }

  bool wantsInput(std::function<void()> resume) override {
    const std::lock_guard lock(child_->mutex);
    if (child_->ended || child_->queued_bytes < kInputHigh) return true;
    child_->resume = std::move(resume);
    return false;
  }

  void read(std::size_t max, std::function<void(Output)> ready) override {
    Output piece;
    std::function<void(Output)> now;
    {
      const std::lock_guard lock(child_->mutex);
      child_->wanted = max;
      child_->ready = std::move(ready);
      now = Loop::takeReady(*child_, piece);
    }
    loop_->poke(child_);  // There is room for more.
    if (now) now(std::move(piece));
  }

  void kill() override {
    const std::lock_guard lock(child_->mutex);
    child_->killed = true;
    if (!child_->ended && child_->pid > 0) ::kill(-child_->pid, SIGKILL);
  }

 private:
  std::shared_ptr<Loop> loop_;
  std::shared_ptr<ChildState> child_;
};

/// Reads on until the end.
struct Gathering : std::enable_shared_from_this<Gathering> {
  std::shared_ptr<Process> process;
  std::size_t most = 0;
  std::string output;
  std::function<void(std::string, ProcessOutcome)> done;

  void next() {
    process->read(most + 1, [self = shared_from_this()](Process::Output piece) {
      if (self->output.size() + piece.bytes.size() > self->most) {
        self->process->kill();
      } else {
        self->output += piece.bytes;
      }
      if (!piece.end) return self->next();
      const auto held = std::exchange(self->process, nullptr);
      self->done(std::move(self->output), std::move(piece.outcome));
    });
  }
};

}  // namespace

ProcessRunner::ProcessRunner(std::size_t most) : loop_(std::make_shared<Loop>(most)) {
  loop_->begin();
}

ProcessRunner::~ProcessRunner() {
  loop_->end();
}

std::shared_ptr<Process> ProcessRunner::start(ProcessInput input) {
  auto child = std::make_shared<ChildState>();
  child->input = std::move(input);
  auto handle = std::make_shared<Handle<Loop>>(loop_, child);
  loop_->add(child);
  return handle;
}

void readAll(const std::shared_ptr<Process>& process, std::size_t most,
             std::function<void(std::string output, ProcessOutcome outcome)> done) {
  auto gathering = std::make_shared<Gathering>();
  gathering->process = process;
  gathering->most = most;
  gathering->done = std::move(done);
  gathering->next();
}

}  // namespace thimble::platform
