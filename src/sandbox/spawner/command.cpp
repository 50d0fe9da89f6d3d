// What the command gives up between the fork and the exec, in this order: limits, user, capabilities, system calls.
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "sandbox/spawner/spawner.h"

namespace thimble::sandbox::spawner {
namespace {

/// The numbers that the command sees as its own; AWS's functions have the same.
constexpr unsigned kInsideUser = 993;
constexpr unsigned kInsideGroup = 990;

[[noreturn]] void fail(int report, const std::string& step) {
  const std::string text = "e" + describeErrno(step);
  [[maybe_unused]] const ssize_t written = write(report, text.data(), text.size());
  _exit(1);
}

/// Never above what we have ourselves.
bool limit(int resource, std::uint64_t value) {
  rlimit own{};
  if (getrlimit(static_cast<__rlimit_resource>(resource), &own) == 0)
    value = std::min<std::uint64_t>(value, own.rlim_max);
  const rlimit bound{value, value};
  return setrlimit(static_cast<__rlimit_resource>(resource), &bound) == 0;
}

bool setLimits(const Plan& plan) {
  const Limits& limits = plan.input.limits;
  bool ok = limit(RLIMIT_CORE, 0) && limit(RLIMIT_MEMLOCK, 64 * 1024) && limit(RLIMIT_MSGQUEUE, 0);
  if (limits.open_files != 0) ok = ok && limit(RLIMIT_NOFILE, limits.open_files);
  if (limits.file_bytes != 0) ok = ok && limit(RLIMIT_FSIZE, limits.file_bytes);
  if (limits.processes != 0) ok = ok && limit(RLIMIT_NPROC, limits.processes);
  if (limits.memory_bytes != 0 && !plan.memory_by_cgroup) ok = ok && limit(RLIMIT_DATA, limits.memory_bytes);
  return ok;
}

bool writeText(const char* path, const std::string& text) {
  const int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool ok = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int error = errno;
  close(file);
  errno = error;
  return ok;
}

/// Keeps the capabilities of these bits, through an exec by root too, and none else: the bounding set is emptied first,
/// while we still may.
bool keepCapabilities(std::uint64_t kept) {
  for (int capability = 0; capability <= 63; ++capability) {
    if ((kept >> capability & 1) != 0) continue;
    if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  for (int half = 0; half < 2; ++half) {
    data[half].permitted = data[half].effective = static_cast<__u32>(kept >> (32 * half));
  }
  return syscall(SYS_capset, &header, data) == 0;
}

/// A user namespace with this one user.
void makeUsers(const Plan& plan, int report, unsigned user, unsigned group) {
  unsigned outside = 0;
  if (plan.identity.privileged) {
    outside = plan.identity.command;
    if (syscall(SYS_setgroups, 0, nullptr) != 0 || setresgid(outside, outside, outside) != 0 ||
        setresuid(outside, outside, outside) != 0) {
      fail(report, "the command's user");
    }
  }
  if (unshare(CLONE_NEWUSER) != 0) fail(report, "a user namespace");
  prctl(PR_SET_DUMPABLE, 1);
  if (!writeText("/proc/self/setgroups", "deny") ||
      !writeText("/proc/self/uid_map", std::to_string(user) + " " + std::to_string(outside) + " 1") ||
      !writeText("/proc/self/gid_map", std::to_string(group) + " " + std::to_string(outside) + " 1")) {
    fail(report, "the user namespace's maps");
  }
}

/// Enters the prepared user namespace as its root.
void enterUsers(const Plan& plan, int report) {
  if (setns(plan.users, CLONE_NEWUSER) != 0) fail(report, "entering the user namespace");
  if (syscall(SYS_setgroups, 0, nullptr) != 0 || setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0) {
    fail(report, "the command's user");
  }
  prctl(PR_SET_DUMPABLE, 1);
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

}  // namespace

bool dropCapabilities() {
  return keepCapabilities(0);
}

bool keepFileCapabilities() {
  std::uint64_t kept = 0;
  for (const int capability :
       {CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_AUDIT_WRITE}) {
    kept |= std::uint64_t{1} << capability;
  }
  return keepCapabilities(kept);
}

void runCommand(const Plan& plan, int report, int go) {
  // 1. Groups and limits, before the power to set them is gone.
  if (setsid() < 0) fail(report, "a session");
  for (const int group : plan.attach) {
    if (write(group, "0", 1) != 1) fail(report, "entering a cgroup");
  }
  if (!setLimits(plan)) fail(report, "resource limits");

  // 2. The user. A user namespace that owns nothing is entered last: the other namespaces belong to its parent, so that
  // even
  //    a capability inside of it would reach none of them.
  const bool build = plan.input.root == RootKind::Overlay;
  if (plan.users >= 0) {
    enterUsers(plan, report);
  } else {
    makeUsers(plan, report, build ? 0 : kInsideUser, build ? 0 : kInsideGroup);
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);

  // 3. Wait for the first process to be powerless as well, then capabilities and system calls.
  char byte;
  if (read(go, &byte, 1) != 1) _exit(1);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail(report, "no_new_privs");
  if (!(build ? keepFileCapabilities() : dropCapabilities())) fail(report, "dropping capabilities");
  if (chdir(plan.input.working_directory.c_str()) != 0) fail(report, "entering " + plan.input.working_directory);
  std::vector<char*> arguments = pointers(plan.input.arguments);
  std::vector<char*> environment = pointers(plan.input.environment);
  if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) != 0) fail(report, "closing descriptors");
  if (!applyFilter(*plan.filter)) fail(report, "the system call filter");
  if (write(report, "r", 1) != 1) _exit(1);

  // 4. From here on a failure is the program's own.
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execve(arguments[0], arguments.data(), environment.data());
  const std::string error = std::to_string(errno);
  [[maybe_unused]] const ssize_t written = write(report, error.data(), error.size());
  _exit(127);
}

}  // namespace thimble::sandbox::spawner
