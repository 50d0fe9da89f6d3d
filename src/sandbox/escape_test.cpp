// Attempts to leave a box, and to take more than its share. Each attempt prints "refused" or what it got.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "sandbox/test_box.h"

namespace thimble::sandbox {
namespace {

/// Names that the attempts use: a raw system call, and a list of files that must not open.
constexpr const char* kPrologue = R"(
import ctypes, os, sys, socket, errno
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    if libc.syscall(number, *arguments) >= 0: return 'succeeded'
    return 'refused'
def opens(path, flags=os.O_RDONLY):
    try: os.close(os.open(path, flags)); return 'succeeded'
    except OSError: return 'refused'
def attempt(function):
    try: function(); return 'succeeded'
    except (OSError, ValueError): return 'refused'
)";

struct Attempt {
  const char* name;
  const char* expression;
};

constexpr Attempt kAttempts[] = {
    {"the host's passwords", "opens('/etc/shadow')"},
    {"the host's root folder", "opens('/root/.bashrc')"},
    {"the host's root by process 1", "opens('/proc/1/root/etc/shadow')"},
    {"the root of process 1", "opens('/proc/1/root')"},
    {"the working directory of process 1", "opens('/proc/1/cwd')"},
    {"the environment of process 1", "opens('/proc/1/environ')"},
    {"the memory of process 1", "opens('/proc/1/mem', os.O_RDWR)"},
    {"the descriptors of process 1", "attempt(lambda: os.listdir('/proc/1/fd'))"},
    {"the old root", "attempt(lambda: os.listdir('/host/etc'))"},
    {"ptrace", "call(101, 16, 1, 0, 0)"},
    {"mount", "call(165, b'none', b'/tmp', b'tmpfs', 0, 0)"},
    {"umount", "call(166, b'/proc', 2)"},
    {"a mount namespace", "call(272, 0x00020000)"},
    {"a user namespace by unshare", "call(272, 0x10000000)"},
    {"a user namespace by clone", "call(56, 0x10000000 | 17, 0, 0, 0, 0)"},
    {"clone3", "call(435, 0, 0)"},
    {"setns", "call(308, 0, 0)"},
    {"pivot_root", "call(155, b'/tmp', b'/tmp')"},
    {"chroot", "call(161, b'/tmp')"},
    {"bpf", "call(321, 0, 0, 0)"},
    {"perf_event_open", "call(298, 0, 0, -1, -1, 0)"},
    {"keyctl", "call(250, 0, -3, 1)"},
    {"add_key", "call(248, b'user', b'x', b'y', 1, -3)"},
    {"io_uring", "call(425, 8, 0)"},
    {"userfaultfd", "call(323, 1)"},
    {"kexec_load", "call(246, 0, 0, 0, 0)"},
    {"a kernel module", "call(175, 0, 0, b'')"},
    {"process_vm_readv", "call(310, 1, 0, 0, 0, 0, 0)"},
    {"pidfd_getfd", "call(438, 0, 0, 0)"},
    {"open_by_handle_at", "call(304, -100, 0, 0)"},
    {"syslog", "call(103, 2, 0, 0)"},
    {"the clock", "call(227, 0, 0)"},
    {"the host name", "call(170, b'x', 1)"},
    {"terminal input", "call(16, 0, 0x5412, b'x')"},
    {"a raw socket", "attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))"},
    {"a packet socket", "attempt(lambda: socket.socket(17, socket.SOCK_RAW, 0))"},
    {"an AF_ALG socket", "attempt(lambda: socket.socket(38, socket.SOCK_SEQPACKET, 0))"},
    {"an AF_VSOCK socket", "attempt(lambda: socket.socket(40, socket.SOCK_STREAM, 0))"},
    {"/dev/kvm", "opens('/dev/kvm', os.O_RDWR)"},
    {"/dev/net/tun", "opens('/dev/net/tun', os.O_RDWR)"},
    {"/dev/mem", "opens('/dev/mem')"},
    {"a device node", "attempt(lambda: os.mknod('/tmp/sda', 0o660 | 0o060000, os.makedev(8, 0)))"},
    {"release_agent", "attempt(lambda: open('/sys/fs/cgroup/memory/release_agent', 'w').write('/tmp/x'))"},
    {"core_pattern", "attempt(lambda: open('/proc/sys/kernel/core_pattern', 'w').write('|/tmp/x'))"},
    {"sysrq", "attempt(lambda: open('/proc/sysrq-trigger', 'w').write('h'))"},
    {"the program file of the sandbox", "opens('/proc/1/exe', os.O_RDWR)"},
    {"writing to /usr", "attempt(lambda: open('/usr/bin/thimble-test', 'w'))"},
    {"writing to the root", "attempt(lambda: os.mkdir('/newfolder'))"},
    {"writing to /etc", "attempt(lambda: open('/etc/passwd', 'a'))"},
    {"writing to the code", "attempt(lambda: open('/var/task/new', 'w'))"},
    {"a device or a set-user program among the code",
     "'refused' if all(flag in os.popen('grep -E \" /(var/task|opt)? \" /proc/self/mounts').read() for flag in "
     "('ro', 'nosuid', 'nodev')) else 'succeeded'"},
    {"becoming root", "attempt(lambda: os.setuid(0))"},
    {"a higher limit", "attempt(lambda: __import__('resource').setrlimit(7, (65536, 65536)))"},
    {"killing process 1", "(os.kill(1, 9), 'refused')[1] if os.getpid() != 1 else 'succeeded'"},
    {"reaching another network", "attempt(lambda: socket.create_connection(('10.0.2.2', 80), timeout=1))"},
};

/// Plainly, or started before its script was known and then completed.
class Escape : public testing::TestWithParam<bool> {
 protected:
  static BoxRun runPython(const std::string& script) {
    if (!GetParam()) return run(sharedSandbox(), python(script));
    Completion completion;
    completion.mounts = {{"/usr/share", "/var/task"}, {"/usr/share", "/opt"}};
    completion.memory_bytes = 200u << 20;
    completion.tmp_bytes = 16u << 20;
    BoxInput input = python("");
    // What is completed later is not what it was started with.
    input.limits.memory_bytes = sharedSandbox().support().memory_limit ? 100u << 20 : 0;
    input.limits.tmp_bytes = 4u << 20;
    std::string failure;
    const BoxRun result = runCompleted(sharedSandbox(), input, completion, script, &failure);
    EXPECT_EQ(failure, "");
    return result;
  }
};
INSTANTIATE_TEST_SUITE_P(Start, Escape, testing::Bool(),
                         [](const auto& info) { return info.param ? "Completed" : "Plain"; });

TEST_P(Escape, EveryAttemptIsRefused) {
  std::string script = kPrologue;
  for (const Attempt& each : kAttempts) {
    script += "try: result = " + std::string(each.expression) +
              "\nexcept PermissionError: result = 'refused'\nprint(result, '-', \"" + each.name + "\", flush=True)\n";
  }
  const BoxRun result = runPython(script);
  EXPECT_EQ(result.outcome.kind, BoxOutcome::Kind::Exited) << result.outcome.message;
  EXPECT_EQ(result.outcome.status, 0) << result.output;
  for (const Attempt& each : kAttempts) {
    EXPECT_NE(result.output.find(std::string("refused - ") + each.name + "\n"), std::string::npos) << result.output;
  }
}

TEST_P(Escape, NothingIsInherited) {
  setenv("THIMBLE_CANARY", "secret", 1);
  const BoxRun result = runPython(R"(
import os
names = ('CapPrm', 'CapEff', 'CapBnd', 'NoNewPrivs', 'Seccomp')
status = dict(line.split(':\t', 1) for line in open('/proc/self/status') if ':\t' in line)
# The last descriptor is that of the folder that is read.
print(sorted(int(each) for each in os.listdir('/proc/self/fd')), sorted(os.environ))
print([status[name].strip() for name in names], sum(each.isdigit() for each in os.listdir('/proc')))
)");
  EXPECT_EQ(result.output,
            "[0, 1, 2, 3] ['LC_CTYPE', 'PATH']\n"
            "['0000000000000000', '0000000000000000', '0000000000000000', '1', '2'] 1\n");
}

/// A TCP listener on the host's loopback, which a box must not reach.
class HostListener {
 public:
  HostListener() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(socket_, 8), 0);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~HostListener() { close(socket_); }
  std::string port() const { return std::to_string(port_); }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

TEST(EscapeByNetwork, TheHostsLoopbackIsOutOfReach) {
  const HostListener listener;
  const std::string script = std::string(kPrologue) +
                             "for host in ('127.0.0.1', '10.0.2.2', '::1'):\n"
                             "    print(attempt(lambda: socket.create_connection((host, " +
                             listener.port() + "), timeout=1)))\n";
  EXPECT_EQ(run(sharedSandbox(), python(script)).output, "refused\nrefused\nrefused\n");
  if (!sharedSandbox().support().outbound) GTEST_SKIP() << "slirp4netns cannot be used here";
  BoxInput outbound = python(script + "print('tap0' in open('/proc/net/dev').read())\n");
  outbound.outbound = true;
  const BoxRun result = run(sharedSandbox(), outbound);
  EXPECT_EQ(result.output, "refused\nrefused\nrefused\nTrue\n") << result.outcome.message;
}

TEST(Bomb, ForkBombIsContained) {
  BoxInput input = python(R"(
import os, errno, time
children = 0
while True:
    try: child = os.fork()
    except OSError as error:
        print(error.errno == errno.EAGAIN, children < 64, flush=True)
        os._exit(0)
    if child == 0:
        time.sleep(1000)
    children += 1
)");
  input.limits.processes = 64;
  EXPECT_EQ(run(sharedSandbox(), input).output, "True True\n");
}

TEST(Bomb, MemoryIsBounded) {
  BoxInput input = python("x = bytearray(8 << 30)\nprint('got it')");
  input.limits.memory_bytes = 128u << 20;
  const BoxRun result = run(sharedSandbox(), input);
  EXPECT_EQ(result.output.find("got it"), std::string::npos);
  if (sharedSandbox().support().memory_limit) {
    EXPECT_EQ(result.outcome.kind, BoxOutcome::Kind::Signalled);
    EXPECT_EQ(result.outcome.status, 9);
  }
}

TEST(Bomb, MemoryIsBoundedByACompletion) {
  BoxInput input = python("");
  const bool grouped = sharedSandbox().support().memory_limit;
  if (grouped) input.limits.memory_bytes = 64u << 20;
  const auto got = [&](std::uint64_t limit) {
    const BoxRun result = runCompleted(sharedSandbox(), input, {.memory_bytes = limit},
                                       "x = bytearray(100 << 20)\nprint('got it', flush=True)\nx = bytearray(8 << 30)\n"
                                       "print('and this')");
    EXPECT_EQ(result.outcome.kind, grouped ? BoxOutcome::Kind::Signalled : BoxOutcome::Kind::Exited);
    return result.output.substr(0, result.output.find('\n'));
  };
  EXPECT_EQ(got(256u << 20), "got it");
  EXPECT_EQ(got(32u << 20).find("got it"), std::string::npos);
}

TEST_P(Escape, DescriptorsAndTmpAreBounded) {
  const BoxRun result = runPython(R"(
import os, errno
opened = 0
try:
    while True: os.open('/dev/null', 0); opened += 1
except OSError as error: print(error.errno == errno.EMFILE, opened < 1024)
os.closerange(3, 1024)
written = 0
try:
    with open('/tmp/flood', 'wb', buffering=0) as file:
        while True: written += file.write(bytes(1 << 20))
except OSError as error: print(error.errno == errno.ENOSPC, 8 << 20 < written <= 16 << 20)
)");
  EXPECT_EQ(result.output, "True True\nTrue True\n");
}

TEST(Bomb, OutputFloodIsReadInBoundedPieces) {
  std::promise<BoxOutcome> ended;
  std::size_t total = 0;
  std::size_t largest = 0;
  BoxEvents events;
  events.on_output = [&](std::string_view bytes) {
    total += bytes.size();
    largest = std::max(largest, bytes.size());
  };
  events.on_end = [&](const BoxOutcome& outcome) { ended.set_value(outcome); };
  sharedSandbox().start(shell("head -c 64000000 /dev/zero"), std::move(events));
  EXPECT_EQ(ended.get_future().get().status, 0);
  EXPECT_EQ(total, 64000000u);
  EXPECT_LE(largest, 65536u);
}

}  // namespace
}  // namespace thimble::sandbox
