// The spawner's loop. Its control socket is descriptor 3; when the server's end closes, everything ends.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <map>

#include "sandbox/message.h"
#include "sandbox/spawner/spawner.h"

namespace thimble::sandbox::spawner {
namespace {

constexpr int kControl = 3;
/// Namespaces kept ready, and how long the loop must have been quiet before more are made.
constexpr std::size_t kReadyNetworks = 3;
constexpr int kQuietMilliseconds = 20;
/// Users outside of the boxes: far above those of systems and of container tools' usual ranges.
constexpr uid_t kFirstUser = 0x70000000;
constexpr uid_t kUsers = 1 << 20;
/// A box with an overlay root has as many users as a machine.
constexpr uid_t kFirstRange = 0x71000000;
constexpr uid_t kRangeUsers = 65536;
constexpr uid_t kRanges = 3000;

bool writeText(const char* path, const std::string& text) {
  const int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool ok = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(file);
  return ok;
}

/// An ordinary user becomes root of a user namespace of his own, in which the boxes' other namespaces live.
Failure enterUserNamespace() {
  const uid_t user = geteuid();
  const gid_t group = getegid();
  if (unshare(CLONE_NEWUSER) != 0) {
    return describeErrno(
        "user namespaces (allow them: sysctl kernel.unprivileged_userns_clone=1, on Ubuntu "
        "kernel.apparmor_restrict_unprivileged_userns=0)");
  }
  if (!writeText("/proc/self/setgroups", "deny") ||
      !writeText("/proc/self/uid_map", "0 " + std::to_string(user) + " 1") ||
      !writeText("/proc/self/gid_map", "0 " + std::to_string(group) + " 1")) {
    return describeErrno("mapping the user");
  }
  return std::nullopt;
}

class Spawner {
 public:
  Failure open() {
    support_.privileged = geteuid() == 0;
    if (!support_.privileged) {
      if (Failure failure = enterUserNamespace()) return failure;
    }
    if (Failure failure = compileFilter(filter_)) return failure;
    if (Failure failure = enterBaseRoot()) return failure;
    Network network;
    if (Failure failure = makeNetwork(false, cgroups_, network)) return failure;
    plain_.push_back(network);
    if (support_.privileged) cgroups_.open();
    support_.memory_limit = cgroups_.memory();
    support_.process_limit = cgroups_.processes();
    support_.cpu_weight = cgroups_.cpu();
    support_.outbound = outboundAvailable();
    if (!support_.memory_limit) {
      support_.problems.push_back(
          "no memory cgroup: memory is limited for each process alone (run as root with cgroups)");
    }
    if (!support_.process_limit)
      support_.problems.push_back("no pids cgroup: processes are limited by RLIMIT_NPROC alone");
    if (!support_.outbound) {
      support_.problems.push_back(
          "functions cannot reach the outside: apt-get install slirp4netns, and /dev/net/tun must be open to this "
          "user");
    }
    return std::nullopt;
  }

  const Support& support() const { return support_; }

  void run() {
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGCHLD);
    sigprocmask(SIG_BLOCK, &blocked, nullptr);
    const int signals = signalfd(-1, &blocked, SFD_CLOEXEC | SFD_NONBLOCK);
    pollfd watched[2] = {{kControl, POLLIN, 0}, {signals, POLLIN, 0}};
    for (;;) {
      const bool more = wantsNetwork() || wantsGroup() || !leaving_.empty();
      const int ready = poll(watched, 2, more ? kQuietMilliseconds : -1);
      if (ready < 0 && errno != EINTR) return;
      if (ready == 0) {
        removeLeaving();
        if (wantsGroup() && !plain_.empty()) {
          enterNextGroup();
        } else if (wantsNetwork()) {
          fillPool();
        }
        continue;
      }
      if (watched[1].revents != 0) {
        signalfd_siginfo information;
        while (read(signals, &information, sizeof information) > 0) {
        }
        reap();
      }
      if (watched[0].revents != 0) {
        Packet packet;
        const ReceiveStatus status = receivePacket(kControl, packet, false);
        if (status == ReceiveStatus::Closed) return;
        if (status == ReceiveStatus::Packet) take(packet);
      }
    }
  }

  void close() {
    for (auto& [process, box] : boxes_) kill(process, SIGKILL);
    while (!boxes_.empty()) {
      // Other children are slirp4netns, which end with their box's network.
      const pid_t ended = waitpid(-1, nullptr, 0);
      if (ended < 0 && errno == EINTR) continue;
      if (ended < 0) break;
      forget(ended);
    }
    cgroups_.leave();
    if (entered_) leaving_.push_back(std::move(*entered_));
    removeLeaving();
    cgroups_.close();
  }

 private:
  struct Box {
    Network network;
    Cgroups::Group group;
    std::uint64_t number = 0;
    // Of one that may be completed; -1 otherwise, and when it has been.
    int channel = -1;
    int completion = -1;  ///< Holds the packet with its mount namespace.
  };

  static void closeCompletion(Box& box) {
    for (int* descriptor : {&box.channel, &box.completion}) {
      if (*descriptor >= 0) ::close(*descriptor);
      *descriptor = -1;
    }
  }

  void take(Packet& packet) {
    if (packet.kind == MessageKind::Prepare) outbound_wanted_ = support_.outbound;
    if (packet.kind == MessageKind::Complete) complete(packet.payload);
    if (packet.kind == MessageKind::Start && packet.descriptors.size() == 5) return start(packet);
    for (const int descriptor : packet.descriptors) ::close(descriptor);
  }

  void complete(const std::string& payload) {
    std::uint64_t number = 0;
    const std::optional<Completion> completion = decodeCompletion(payload, number);
    const auto found = std::find_if(boxes_.begin(), boxes_.end(), [number](const auto& each) {
      return each.second.channel >= 0 && each.second.number == number;
    });
    // One that has ended meanwhile is told by its end.
    if (found == boxes_.end()) return;
    auto& [process, box] = *found;
    Failure failure;
    if (!completion) {
      failure = "the completion is not whole";
    } else {
      const Limits limits{
          .memory_bytes = completion->memory_bytes, .processes = 0, .cpu_shares = completion->cpu_shares};
      failure = cgroups_.limit(limits, box.group);
      Cgroups::closeDescriptors(box.group);
      if (!failure) failure = mountInto(*completion, process, box.completion);
    }
    sendPacket(box.channel, MessageKind::Completed, failure.value_or(""));
    closeCompletion(box);
  }

  Failure mountInto(const Completion& completion, pid_t process, int from) {
    Packet mounts;
    // It was sent before the box was ready.
    if (receivePacket(from, mounts, false) != ReceiveStatus::Packet || mounts.descriptors.size() != 1) {
      return "the box's mounts are not known";
    }
    Failure failure = completeBox(completion, process, mounts.descriptors[0], cgroups_.memory());
    ::close(mounts.descriptors[0]);
    return failure;
  }

  void start(Packet& packet) {
    Plan plan;
    plan.channel = packet.descriptors[1];
    for (int i = 0; i < 3; ++i) plan.standard[i] = packet.descriptors[static_cast<std::size_t>(i) + 2];
    Box box;
    box.number = Reader(packet.payload).number();
    if (Failure failure = launch(packet.descriptors[0], plan, box)) {
      sendPacket(plan.channel, MessageKind::SetupError, *failure);
      closeNetwork(box.network);
      Cgroups::closeDescriptors(box.group);
      if (!box.group.folders.empty()) leaving_.push_back(std::move(box.group));
    }
    for (const int descriptor : packet.descriptors) ::close(descriptor);
  }

  Failure launch(int input, Plan& plan, Box& box) {
    struct stat status {};
    if (fstat(input, &status) != 0) return describeErrno("reading the input");
    std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
    if (pread(input, bytes.data(), bytes.size(), 0) != status.st_size) return describeErrno("reading the input");
    std::optional<BoxInput> decoded = decodeInput(bytes);
    if (!decoded || decoded->arguments.empty()) return "the input is not whole";
    plan.input = std::move(*decoded);
    const bool overlay = plan.input.root == RootKind::Overlay;
    if (overlay && !skeleton_made_) {
      if (Failure failure = makeSkeleton()) return failure;
      skeleton_made_ = true;
    }

    if (Failure failure = takeNetwork(plan.input.outbound, box.network)) return failure;
    plan.network = box.network.namespace_descriptor;
    const bool inside = entered_.has_value();
    if (inside) {
      box.group = std::move(*entered_);
      entered_.reset();
    } else if (Failure failure = cgroups_.make(box.group)) {
      return failure;
    }
    if (Failure failure = cgroups_.limit(plan.input.limits, box.group)) return failure;
    if (!inside) plan.attach = box.group.attach;
    plan.peak_descriptor = box.group.peak_descriptor;
    plan.memory_by_cgroup = cgroups_.memory();
    plan.processes_by_cgroup = cgroups_.processes();
    plan.filter = &filter_;
    plan.identity.privileged = support_.privileged;
    plan.identity.init = kFirstUser + 2 * next_user_;
    plan.identity.command = plan.identity.init + 1;
    next_user_ = (next_user_ + 1) % kUsers;
    if (overlay && support_.privileged) {
      plan.identity.command = kFirstRange + kRangeUsers * next_range_;
      plan.identity.range = kRangeUsers;
      next_range_ = (next_range_ + 1) % kRanges;
    }

    int completion[2] = {-1, -1};
    if (plan.input.completable && !overlay) {
      if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, completion) != 0) return describeErrno("a socket pair");
      plan.completion = completion[1];
    }
    int process_descriptor = -1;
    const unsigned long flags =
        CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_PIDFD | SIGCHLD;
    const long process = syscall(SYS_clone, flags, nullptr, &process_descriptor, nullptr, nullptr);
    if (process < 0) {
      const Failure failure = describeErrno("clone");
      for (const int end : completion) ::close(end);
      return failure;
    }
    if (process == 0) runInit(plan);
    std::vector<int> descriptors = {process_descriptor};
    if (box.group.peak_descriptor >= 0) descriptors.push_back(box.group.peak_descriptor);
    sendPacket(plan.channel, MessageKind::Process, {}, descriptors);
    if (completion[0] >= 0) {
      ::close(completion[1]);
      box.completion = completion[0];
      box.channel = fcntl(plan.channel, F_DUPFD_CLOEXEC, 4);
    }
    ::close(process_descriptor);
    if (inside) enterNextGroup();
    cgroups_.endTogether(box.group);
    Cgroups::closeDescriptors(box.group);
    boxes_.emplace(static_cast<pid_t>(process), std::move(box));
    return std::nullopt;
  }

  Failure takeNetwork(bool outbound, Network& network) {
    if (outbound && !support_.outbound) return "no connections to the outside: slirp4netns is not installed";
    if (outbound) outbound_wanted_ = true;
    std::deque<Network>& pool = outbound ? outbound_ : plain_;
    if (pool.empty()) return makeNetwork(outbound, cgroups_, network);
    network = pool.front();
    pool.pop_front();
    return std::nullopt;
  }

  bool wantsGroup() const { return !entered_ && !groups_broken_ && (cgroups_.memory() || cgroups_.processes()); }

  /// The spawner itself waits in the groups of the box to come, so that the box is born inside of them.
  void enterNextGroup() {
    Cgroups::Group group;
    if (!cgroups_.make(group) && Cgroups::enter(group)) {
      entered_ = std::move(group);
      return;
    }
    // Boxes then enter theirs themselves.
    groups_broken_ = true;
    cgroups_.leave();
    Cgroups::closeDescriptors(group);
    leaving_.push_back(std::move(group));
  }

  bool wantsNetwork() const {
    if (pool_broken_) return false;
    return plain_.size() < kReadyNetworks || (outbound_wanted_ && outbound_.size() < kReadyNetworks);
  }

  void fillPool() {
    Network network;
    const bool outbound = outbound_wanted_ && outbound_.size() <= plain_.size() && outbound_.size() < kReadyNetworks;
    // A failure shows, with its reason, when the next box needs a namespace.
    if (makeNetwork(outbound, cgroups_, network)) {
      pool_broken_ = true;
      return;
    }
    (outbound ? outbound_ : plain_).push_back(network);
  }

  void reap() {
    for (;;) {
      const pid_t ended = waitpid(-1, nullptr, WNOHANG);
      if (ended <= 0) return;
      forget(ended);
    }
  }

  /// Gives back what a box had whose first process was reaped.
  void forget(pid_t ended) {
    const auto found = boxes_.find(ended);
    if (found == boxes_.end()) return;
    closeNetwork(found->second.network);
    closeCompletion(found->second);
    if (!Cgroups::remove(found->second.group)) leaving_.push_back(std::move(found->second.group));
    boxes_.erase(found);
  }

  void removeLeaving() {
    for (std::size_t i = leaving_.size(); i-- > 0;) {
      if (Cgroups::remove(leaving_[i])) leaving_.erase(leaving_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  Support support_;
  Filter filter_;
  Cgroups cgroups_;
  std::optional<Cgroups::Group> entered_;  ///< Of the next box; the spawner is in them.
  bool groups_broken_ = false;
  std::deque<Network> plain_, outbound_;
  bool outbound_wanted_ = false;
  bool pool_broken_ = false;
  std::map<pid_t, Box> boxes_;
  std::vector<Cgroups::Group> leaving_;
  uid_t next_user_ = 0;
  uid_t next_range_ = 0;
  bool skeleton_made_ = false;
};

}  // namespace
}  // namespace thimble::sandbox::spawner

int main() {
  using namespace thimble::sandbox;
  prctl(PR_SET_NAME, "thimble-sandbox");
  signal(SIGPIPE, SIG_IGN);
  // A terminal's interrupt is for the server, which ends us in its own order.
  setsid();
  close_range(4, ~0u, 0);
  fcntl(3, F_SETFD, FD_CLOEXEC);
  spawner::Spawner spawner;
  if (const spawner::Failure failure = spawner.open()) {
    sendPacket(3, MessageKind::Refusal, *failure);
    return 1;
  }
  if (!sendPacket(3, MessageKind::Hello, encodeSupport(spawner.support()))) return 1;
  spawner.run();
  spawner.close();
  return 0;
}
