// A box's first process: process 1 of its process namespace, so that its end is the end of everything in the box.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "sandbox/message.h"
#include "sandbox/spawner/spawner.h"

namespace thimble::sandbox::spawner {
namespace {

[[noreturn]] void fail(int channel, const std::string& text) {
  sendPacket(channel, MessageKind::SetupError, text);
  _exit(1);
}

Failure listenAll(const BoxInput& input, std::vector<int>& listeners) {
  for (const std::uint16_t port : input.listeners) {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0) return describeErrno("a listener");
    const int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener, 128) != 0) {
      return describeErrno("listening on port " + std::to_string(port));
    }
    listeners.push_back(listener);
  }
  return std::nullopt;
}

/// Keeps the plan's descriptors, closes all others. The standard ones get their places.
void closeOthers(Plan& plan) {
  std::vector<int*> kept = {&plan.channel, &plan.network, &plan.peak_descriptor, &plan.completion};
  for (int& descriptor : plan.attach) kept.push_back(&descriptor);
  // First above anything in use, so that no number is both source and target.
  constexpr int kAbove = 400;
  int highest = kAbove;
  for (int* descriptor : kept) {
    if (*descriptor >= 0) *descriptor = fcntl(*descriptor, F_DUPFD_CLOEXEC, kAbove);
    highest = std::max(highest, *descriptor);
  }
  for (int i = 0; i < 3; ++i) {
    if (plan.standard[i] != i) dup2(plan.standard[i], i);
  }
  close_range(3, kAbove - 1, 0);
  close_range(static_cast<unsigned>(highest) + 1, ~0u, 0);
}

std::uint64_t readNumber(int descriptor) {
  char text[32] = {};
  return descriptor >= 0 && pread(descriptor, text, sizeof text - 1, 0) > 0 ? std::strtoull(text, nullptr, 10) : 0;
}

void sendDone(const Plan& plan, int status, const rusage& usage) {
  BoxOutcome outcome;
  outcome.kind = WIFSIGNALED(status) ? BoxOutcome::Kind::Signalled : BoxOutcome::Kind::Exited;
  outcome.status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
  outcome.peak_memory_bytes = readNumber(plan.peak_descriptor);
  if (outcome.peak_memory_bytes == 0) outcome.peak_memory_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  outcome.cpu_microseconds = static_cast<std::uint64_t>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
                             static_cast<std::uint64_t>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  sendPacket(plan.channel, MessageKind::Done, encodeOutcome(outcome));
}

/// Reaps until the command itself has ended, or the server is gone.
[[noreturn]] void supervise(const Plan& plan, pid_t command, int signals) {
  pollfd watched[2] = {{plan.channel, POLLIN, 0}, {signals, POLLIN, 0}};
  for (;;) {
    for (;;) {
      int status = 0;
      rusage usage{};
      const pid_t ended = wait4(-1, &status, WNOHANG, &usage);
      if (ended <= 0) break;
      if (ended != command) continue;
      sendDone(plan, status, usage);
      _exit(0);
    }
    if (poll(watched, 2, -1) < 0 && errno != EINTR) _exit(1);
    if (watched[0].revents != 0) _exit(1);  // The server sends nothing here: its end is closed.
    signalfd_siginfo information;
    while (read(signals, &information, sizeof information) > 0) {
    }
  }
}

}  // namespace

void runInit(Plan& plan) {
  closeOthers(plan);
  const int channel = plan.channel;
  // The spawner's end is ours, whatever happens to the server's other descriptors.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  const int signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) fail(channel, describeErrno("signals"));

  // Only a process itself may always open its namespaces.
  if (plan.completion >= 0) {
    const int mounts = open("/host/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    if (mounts < 0 || !sendPacket(plan.completion, MessageKind::Ready, {}, {mounts})) {
      fail(channel, describeErrno("the box's mounts"));
    }
    close(mounts);
    close(plan.completion);
  }

  // 1. What it sees: network, name, files.
  if (setns(plan.network, CLONE_NEWNET) != 0) fail(channel, describeErrno("entering the network namespace"));
  close(plan.network);
  if (sethostname(plan.input.host_name.c_str(), plan.input.host_name.size()) != 0)
    fail(channel, describeErrno("the host name"));
  if (Failure failure = plan.input.root == RootKind::Overlay ? enterOverlayRoot(plan) : mountAll(plan.input)) {
    fail(channel, *failure);
  }

  // 2. The listeners, made in the box's network and served outside of it.
  std::vector<int> listeners;
  if (Failure failure = listenAll(plan.input, listeners)) fail(channel, *failure);
  if (!listeners.empty() && !sendPacket(channel, MessageKind::Listeners, {}, listeners)) _exit(1);
  for (const int listener : listeners) close(listener);

  // 3. The command, which waits until this process has given up its own power.
  int report[2];
  int go[2];
  if (pipe2(report, O_CLOEXEC) != 0 || pipe2(go, O_CLOEXEC) != 0) fail(channel, describeErrno("pipes"));
  const pid_t command = fork();
  if (command < 0) fail(channel, describeErrno("fork"));
  if (command == 0) {
    close(report[0]);
    close(go[1]);
    runCommand(plan, report[1], go[0]);
  }
  close(report[1]);
  close(go[0]);
  for (int i = 0; i < 3; ++i) close(i);
  for (const int descriptor : plan.attach) close(descriptor);
  if (plan.users >= 0) close(plan.users);
  if (plan.identity.privileged && (syscall(SYS_setgroups, 0, nullptr) != 0 ||
                                   setresgid(plan.identity.init, plan.identity.init, plan.identity.init) != 0 ||
                                   setresuid(plan.identity.init, plan.identity.init, plan.identity.init) != 0)) {
    fail(channel, describeErrno("the first process's user"));
  }
  prctl(PR_SET_DUMPABLE, 0);
  // Changing the user cleared it.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !dropCapabilities() || !applyFilter(*plan.filter)) {
    fail(channel, describeErrno("the first process's capabilities"));
  }
  if (write(go[1], "g", 1) != 1) fail(channel, describeErrno("the command"));
  close(go[1]);

  // 4. "r" once everything is set up, then nothing if the program runs, or why it could not be executed.
  char text[512];
  const ssize_t first = read(report[0], text, 1);
  if (first != 1 || text[0] != 'r') {
    const ssize_t size = read(report[0], text, sizeof text);
    fail(channel, size > 0 ? std::string(text, static_cast<std::size_t>(size)) : "the command died during its set-up");
  }
  const ssize_t size = read(report[0], text, sizeof text);
  if (size > 0) {
    sendPacket(channel, MessageKind::ExecError, std::string_view(text, static_cast<std::size_t>(size)));
    _exit(1);
  }
  close(report[0]);
  sendPacket(channel, MessageKind::Ready, {});
  supervise(plan, command, signals);
}

}  // namespace thimble::sandbox::spawner
