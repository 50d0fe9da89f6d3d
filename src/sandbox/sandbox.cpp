#include "sandbox/sandbox.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "sandbox/embedded_spawner.h"
#include "sandbox/message.h"

namespace thimble::sandbox {
namespace {

constexpr int kHelloMilliseconds = 10000;
constexpr std::size_t kOutputChunk = 64 * 1024;

void closeIfOpen(int& descriptor) {
  if (descriptor >= 0) close(descriptor);
  descriptor = -1;
}

/// A file in memory with these bytes, at its beginning; -1 with errno.
int memoryFile(const char* name, std::string_view bytes) {
  int file = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0) return -1;
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t written = pwrite(file, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (written <= 0) {
      closeIfOpen(file);
      return -1;
    }
    done += static_cast<std::size_t>(written);
  }
  fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  return file;
}

struct Box {
  BoxEvents events;
  int channel = -1;
  int process = -1;  ///< A pidfd of the first process.
  int output = -1;
  int peak = -1;  ///< Reads the most memory that was held.
  bool kill_asked = false;
  bool outcome_known = false;
  BoxOutcome outcome;
  std::function<void(const std::string&)> on_completed;  ///< While a completion is awaited.
};

/// What an epoll event belongs to: the box's number and one of its descriptors.
enum class Source : std::uint64_t { Wake = 0, Channel = 1, Process = 2, Output = 3 };
std::uint64_t eventKey(BoxId id, Source source) {
  return id << 2 | static_cast<std::uint64_t>(source);
}

}  // namespace

class Sandbox::Machine {
 public:
  ~Machine() {
    if (thread_.joinable()) {
      stopping_ = true;
      wake();
      thread_.join();
    }
    // The spawner ends its boxes when its control socket closes.
    closeIfOpen(control_);
    if (spawner_ > 0) waitpid(spawner_, nullptr, 0);
    for (auto& [id, box] : boxes_) closeAll(*box);
    closeIfOpen(epoll_);
    closeIfOpen(wake_);
  }

  base::Result<void, SandboxRefusal> open() {
    const base::Result<void, SandboxRefusal> launched = launchSpawner();
    if (!launched.ok()) return launched;
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (epoll_ < 0 || wake_ < 0 || !watch(wake_, eventKey(0, Source::Wake))) {
      return SandboxRefusal{std::string("epoll: ") + std::strerror(errno)};
    }
    thread_ = std::thread([this] { run(); });
    return {};
  }

  const Support& support() const { return support_; }

  BoxId start(const BoxInput& input, BoxEvents events) {
    auto box = std::make_shared<Box>();
    box->events = std::move(events);
    const std::lock_guard lock(mutex_);
    const BoxId id = ++last_id_;
    boxes_[id] = box;
    std::string failure = send(input, id, *box);
    if (!failure.empty()) {
      box->outcome = {.kind = BoxOutcome::Kind::SetupFailed, .message = std::move(failure)};
      box->outcome_known = true;
      failed_.push_back(id);
      wake();
    }
    return id;
  }

  void prepareOutbound() {
    const std::lock_guard lock(mutex_);
    sendPacket(control_, MessageKind::Prepare, {});
  }

  void kill(BoxId id) {
    const std::lock_guard lock(mutex_);
    const auto found = boxes_.find(id);
    if (found == boxes_.end()) return;
    found->second->kill_asked = true;
    killNow(*found->second);
  }

  void complete(BoxId id, const Completion& completion, std::function<void(const std::string&)> done) {
    const std::lock_guard lock(mutex_);
    const auto found = boxes_.find(id);
    if (found == boxes_.end()) return;
    // Without a spawner the box ends, and its end answers.
    found->second->on_completed = std::move(done);
    sendPacket(control_, MessageKind::Complete, encodeCompletion(id, completion));
  }

  std::uint64_t peakMemory(BoxId id) {
    const std::lock_guard lock(mutex_);
    const auto found = boxes_.find(id);
    char text[32] = {};
    if (found == boxes_.end() || found->second->peak < 0) return 0;
    return pread(found->second->peak, text, sizeof text - 1, 0) > 0 ? std::strtoull(text, nullptr, 10) : 0;
  }

 private:
  base::Result<void, SandboxRefusal> launchSpawner() {
    closeIfOpen(control_);
    if (spawner_ > 0) waitpid(spawner_, nullptr, 0);
    spawner_ = -1;
    int program = memoryFile("thimble-sandbox", embeddedSpawner());
    int ends[2];
    if (program < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
      return SandboxRefusal{std::string("starting the spawner: ") + std::strerror(errno)};
    }
    control_ = ends[0];
    // Out of the way of the number that the control socket gets in the spawner.
    const int low = std::exchange(program, fcntl(program, F_DUPFD_CLOEXEC, 10));
    close(low);
    const std::string path = "/proc/self/fd/" + std::to_string(program);
    char name[] = "thimble-sandbox";
    char* arguments[] = {name, nullptr};
    char* environment[] = {nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    // dup2 to 3 clears close-on-exec, also when the number is 3 already.
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 3);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    const int error = posix_spawn(&spawner_, path.c_str(), &actions, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    close(ends[1]);
    close(program);
    if (error != 0) {
      spawner_ = -1;
      return SandboxRefusal{std::string("starting the spawner: ") + std::strerror(error)};
    }
    pollfd watched{control_, POLLIN, 0};
    Packet packet;
    if (poll(&watched, 1, kHelloMilliseconds) != 1 || receivePacket(control_, packet, true) != ReceiveStatus::Packet) {
      return SandboxRefusal{"the sandbox's spawner died at its start"};
    }
    if (packet.kind != MessageKind::Hello) {
      return SandboxRefusal{"this machine cannot isolate functions and builds: " + packet.payload};
    }
    const std::optional<Support> support = decodeSupport(packet.payload);
    assert(support.has_value());
    support_ = *support;
    return {};
  }

  /// Sends the request; the text of what failed, or empty.
  std::string send(const BoxInput& input, BoxId id, Box& box) {
    int memory = memoryFile("box", encodeInput(input));
    int channel[2] = {-1, -1};
    int output[2] = {-1, -1};
    const bool own_output = box.events.output < 0;
    int standard_input =
        box.events.input >= 0 ? fcntl(box.events.input, F_DUPFD_CLOEXEC, 3) : ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    std::string failure;
    if (memory < 0 || standard_input < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0 ||
        (own_output && pipe2(output, O_CLOEXEC) != 0)) {
      failure = std::string("descriptors for a box: ") + std::strerror(errno);
    } else {
      box.channel = channel[0];
      box.output = output[0];
      if (own_output) fcntl(box.output, F_SETFL, O_NONBLOCK);
      const int written_to = own_output ? output[1] : box.events.output;
      Writer number;
      number.number(id);
      const std::vector<int> sent = {memory, channel[1], standard_input, written_to, written_to};
      if (!sendPacket(control_, MessageKind::Start, number.bytes, sent)) {
        // A spawner that was killed is replaced; its boxes have ended with it.
        const base::Result<void, SandboxRefusal> launched = launchSpawner();
        if (!launched.ok()) {
          failure = launched.error().message;
        } else if (!sendPacket(control_, MessageKind::Start, number.bytes, sent)) {
          failure = "the sandbox's spawner does not answer";
        }
      }
    }
    for (int* descriptor : {&memory, &channel[1], &output[1], &standard_input}) closeIfOpen(*descriptor);
    if (failure.empty() && (!watch(box.channel, eventKey(id, Source::Channel)) ||
                            (own_output && !watch(box.output, eventKey(id, Source::Output))))) {
      failure = std::string("epoll: ") + std::strerror(errno);
    }
    return failure;
  }

  bool watch(int descriptor, std::uint64_t key) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = key;
    return epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0;
  }

  void wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);
  }

  static void killNow(Box& box) {
    if (box.process >= 0) syscall(SYS_pidfd_send_signal, box.process, SIGKILL, nullptr, 0);
  }

  static void closeAll(Box& box) {
    closeIfOpen(box.channel);
    closeIfOpen(box.process);
    closeIfOpen(box.output);
    closeIfOpen(box.peak);
  }

  void run() {
    epoll_event events[64];
    while (!stopping_) {
      const int count = epoll_wait(epoll_, events, 64, -1);
      for (int i = 0; i < count && !stopping_; ++i) {
        const BoxId id = events[i].data.u64 >> 2;
        const Source source = static_cast<Source>(events[i].data.u64 & 3);
        if (source == Source::Wake) {
          std::uint64_t value;
          [[maybe_unused]] const ssize_t got = read(wake_, &value, sizeof value);
          endFailed();
          continue;
        }
        std::shared_ptr<Box> box;
        {
          const std::lock_guard lock(mutex_);
          const auto found = boxes_.find(id);
          if (found == boxes_.end()) continue;
          box = found->second;
        }
        if (source == Source::Channel) readChannel(id, *box);
        if (source == Source::Output) readOutput(*box, 1);
        if (source == Source::Process) finish(id, *box);
      }
    }
  }

  void endFailed() {
    std::vector<BoxId> failed;
    {
      const std::lock_guard lock(mutex_);
      failed.swap(failed_);
    }
    for (const BoxId id : failed) {
      std::shared_ptr<Box> box;
      {
        const std::lock_guard lock(mutex_);
        const auto found = boxes_.find(id);
        if (found == boxes_.end()) continue;
        box = found->second;
      }
      finish(id, *box);
    }
  }

  void readChannel(BoxId id, Box& box) {
    for (;;) {
      Packet packet;
      const ReceiveStatus status = receivePacket(box.channel, packet, false);
      if (status == ReceiveStatus::Empty) return;
      if (status == ReceiveStatus::Closed) {
        epoll_ctl(epoll_, EPOLL_CTL_DEL, box.channel, nullptr);
        // Without a process nothing else will tell of the end.
        if (box.process < 0) finish(id, box);
        return;
      }
      handle(id, box, packet);
    }
  }

  void handle(BoxId id, Box& box, Packet& packet) {
    switch (packet.kind) {
      case MessageKind::Process: {
        const std::lock_guard lock(mutex_);
        if (packet.descriptors.empty()) return;
        box.process = packet.descriptors[0];
        if (packet.descriptors.size() > 1) box.peak = packet.descriptors[1];
        watch(box.process, eventKey(id, Source::Process));
        if (box.kill_asked) killNow(box);
        return;
      }
      case MessageKind::Listeners:
        listeners_[id] = std::move(packet.descriptors);
        return;
      case MessageKind::Ready: {
        std::vector<int> listeners = std::move(listeners_[id]);
        listeners_.erase(id);
        if (box.events.on_ready) {
          box.events.on_ready(std::move(listeners));
        } else {
          for (const int listener : listeners) close(listener);
        }
        return;
      }
      case MessageKind::Completed:
        tellCompleted(box, packet.payload);
        return;
      case MessageKind::SetupError:
        box.outcome = {.kind = BoxOutcome::Kind::SetupFailed, .message = packet.payload};
        box.outcome_known = true;
        return;
      case MessageKind::ExecError:
        box.outcome = {.kind = BoxOutcome::Kind::ExecFailed, .status = std::atoi(packet.payload.c_str())};
        box.outcome.message = std::strerror(box.outcome.status);
        box.outcome_known = true;
        return;
      case MessageKind::Done:
        if (const std::optional<BoxOutcome> outcome = decodeOutcome(packet.payload)) {
          box.outcome = *outcome;
          box.outcome_known = true;
        }
        return;
      default:
        return;
    }
  }

  void tellCompleted(Box& box, const std::string& failure) {
    std::function<void(const std::string&)> done;
    {
      const std::lock_guard lock(mutex_);
      done.swap(box.on_completed);
    }
    if (done) done(failure);
  }

  /// Reads at most `chunks` chunks of output, so that one loud box does not hold up the others.
  void readOutput(Box& box, int chunks) {
    static thread_local char buffer[kOutputChunk];
    for (int i = 0; i < chunks; ++i) {
      const ssize_t size = read(box.output, buffer, sizeof buffer);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return;
      if (size == 0) {
        epoll_ctl(epoll_, EPOLL_CTL_DEL, box.output, nullptr);
        return;
      }
      if (box.events.on_output) box.events.on_output({buffer, static_cast<std::size_t>(size)});
    }
  }

  /// The box is dead. In this order: what it still said, what it still wrote, then its end.
  void finish(BoxId id, Box& box) {
    if (box.channel >= 0) {
      Packet packet;
      while (receivePacket(box.channel, packet, false) == ReceiveStatus::Packet) handle(id, box, packet);
    }
    // A pipe holds at most 1 MiB.
    if (box.output >= 0) readOutput(box, (1 << 20) / static_cast<int>(kOutputChunk) + 1);
    if (!box.outcome_known) {
      box.outcome.kind = BoxOutcome::Kind::Killed;
      box.outcome.message = box.kill_asked ? "killed" : "the box's first process was killed";
    }
    const auto unclaimed = listeners_.find(id);
    if (unclaimed != listeners_.end()) {
      for (const int listener : unclaimed->second) close(listener);
      listeners_.erase(unclaimed);
    }
    {
      const std::lock_guard lock(mutex_);
      closeAll(box);
      boxes_.erase(id);
    }
    tellCompleted(box, "the box has ended");
    if (box.events.on_end) box.events.on_end(box.outcome);
  }

  Support support_;
  int control_ = -1;
  pid_t spawner_ = -1;
  int epoll_ = -1;
  int wake_ = -1;
  std::thread thread_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;  ///< Guards all below that is used by other threads, and each box's `process`, `kill_asked` and
                      ///< `on_completed`.
  BoxId last_id_ = 0;
  std::map<BoxId, std::shared_ptr<Box>> boxes_;
  std::vector<BoxId> failed_;
  std::map<BoxId, std::vector<int>> listeners_;  ///< The sandbox's thread only.
};

Sandbox::Sandbox(std::unique_ptr<Machine> machine) : machine_(std::move(machine)) {}
Sandbox::~Sandbox() = default;

base::Result<std::unique_ptr<Sandbox>, SandboxRefusal> Sandbox::open() {
  auto machine = std::make_unique<Machine>();
  base::Result<void, SandboxRefusal> opened = machine->open();
  if (!opened.ok()) return std::move(opened).error();
  return std::unique_ptr<Sandbox>(new Sandbox(std::move(machine)));
}

const Support& Sandbox::support() const {
  return machine_->support();
}
BoxId Sandbox::start(const BoxInput& input, BoxEvents events) {
  return machine_->start(input, std::move(events));
}
void Sandbox::kill(BoxId id) {
  machine_->kill(id);
}

void Sandbox::prepareOutbound() {
  machine_->prepareOutbound();
}
void Sandbox::complete(BoxId id, const Completion& completion, std::function<void(const std::string& failure)> done) {
  machine_->complete(id, completion, std::move(done));
}
std::uint64_t Sandbox::peakMemory(BoxId id) const {
  return machine_->peakMemory(id);
}

}  // namespace thimble::sandbox
