// Network namespaces: a loopback of its own, and where asked for user-mode NAT by slirp4netns.
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "sandbox/message.h"
#include "sandbox/spawner/spawner.h"

namespace thimble::sandbox::spawner {
namespace {

constexpr const char* kSlirpPaths[] = {"/usr/bin/slirp4netns", "/usr/local/bin/slirp4netns"};
constexpr int kSlirpReadyMilliseconds = 3000;

const char* slirpPath() {
  for (const char* path : kSlirpPaths) {
    if (access((std::string("/host") + path).c_str(), X_OK) == 0) return path;
  }
  return nullptr;
}

/// In a child: a process of an ordinary user could not come back to the machine's own network namespace.
[[noreturn]] void makeInChild(int answer) {
  if (unshare(CLONE_NEWNET) != 0) {
    sendPacket(answer, MessageKind::SetupError, describeErrno("a network namespace"));
    _exit(1);
  }
  const int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  request.ifr_name[0] = 'l';
  request.ifr_name[1] = 'o';
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (control < 0 || ioctl(control, SIOCSIFFLAGS, &request) != 0) {
    sendPacket(answer, MessageKind::SetupError, describeErrno("bringing up the loopback"));
    _exit(1);
  }
  const int descriptor = open("/host/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    sendPacket(answer, MessageKind::SetupError, describeErrno("opening the network namespace"));
    _exit(1);
  }
  sendPacket(answer, MessageKind::Ready, {}, {descriptor});
  _exit(0);
}

[[noreturn]] void runSlirp(const Cgroups& cgroups, int network, int ready, int exit_end) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  // The spawner is in those of the box to come.
  cgroups.leave();
  if (chroot("/host") != 0 || chdir("/") != 0) _exit(1);
  const int null = open("/dev/null", O_RDWR);
  for (int i = 0; i < 3; ++i) dup2(null, i);
  // Only these three pass the exec, under numbers that are free.
  const int kept[3] = {fcntl(network, F_DUPFD, 500), fcntl(ready, F_DUPFD, 500), fcntl(exit_end, F_DUPFD, 500)};
  close_range(3, 499, 0);
  close_range(static_cast<unsigned>(kept[2]) + 1, ~0u, 0);
  const std::string path = "/proc/self/fd/" + std::to_string(kept[0]);
  const std::string ready_option = "--ready-fd=" + std::to_string(kept[1]);
  const std::string exit_option = "--exit-fd=" + std::to_string(kept[2]);
  execl(slirpPath() == nullptr ? kSlirpPaths[0] : slirpPath(), "slirp4netns", "--configure", "--mtu=65520",
        "--disable-host-loopback", "--netns-type=path", ready_option.c_str(), exit_option.c_str(), path.c_str(), "tap0",
        static_cast<char*>(nullptr));
  _exit(1);
}

Failure startSlirp(const Cgroups& cgroups, Network& network) {
  const char* missing = "slirp4netns is not installed";
  if (slirpPath() == nullptr) return missing;
  int ready[2];
  int exit_pipe[2];
  if (pipe2(ready, O_CLOEXEC) != 0) return describeErrno("a pipe");
  if (pipe2(exit_pipe, O_CLOEXEC) != 0) return describeErrno("a pipe");
  const pid_t process = fork();
  if (process == 0) runSlirp(cgroups, network.namespace_descriptor, ready[1], exit_pipe[0]);
  close(ready[1]);
  close(exit_pipe[0]);
  network.exit_descriptor = exit_pipe[1];
  Failure failure;
  char byte = 0;
  pollfd watched{ready[0], POLLIN, 0};
  if (process < 0 || poll(&watched, 1, kSlirpReadyMilliseconds) != 1 || read(ready[0], &byte, 1) != 1) {
    failure = "slirp4netns did not start";
  }
  close(ready[0]);
  return failure;
}

}  // namespace

bool outboundAvailable() {
  return slirpPath() != nullptr && access("/host/dev/net/tun", R_OK | W_OK) == 0;
}

Failure makeNetwork(bool outbound, const Cgroups& cgroups, Network& network) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return describeErrno("a socket pair");
  const pid_t child = fork();
  if (child == 0) makeInChild(ends[1]);
  close(ends[1]);
  Packet packet;
  const ReceiveStatus status = child < 0 ? ReceiveStatus::Closed : receivePacket(ends[0], packet, true);
  close(ends[0]);
  if (status != ReceiveStatus::Packet) return "a network namespace: its maker died";
  if (packet.kind != MessageKind::Ready || packet.descriptors.size() != 1) return packet.payload;
  network.namespace_descriptor = packet.descriptors[0];
  if (!outbound) return std::nullopt;
  Failure failure = startSlirp(cgroups, network);
  if (failure) closeNetwork(network);
  return failure;
}

void closeNetwork(Network& network) {
  if (network.namespace_descriptor >= 0) close(network.namespace_descriptor);
  if (network.exit_descriptor >= 0) close(network.exit_descriptor);
  network = Network{};
}

}  // namespace thimble::sandbox::spawner
