// The system call filter. Everything is allowed but what reaches beyond the box or has been a way out of boxes.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "sandbox/spawner/spawner.h"

namespace thimble::sandbox::spawner {
namespace {

/// Refused with EPERM whatever their arguments. Names that this libseccomp does not know are left out.
constexpr const char* kDenied[] = {
    // Mounts and roots.
    "mount",
    "umount",
    "umount2",
    "pivot_root",
    "chroot",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsmount",
    "fsconfig",
    "fspick",
    "mount_setattr",
    "swapon",
    "swapoff",
    "quotactl",
    "quotactl_fd",
    "acct",
    // Namespaces.
    "setns",
    "unshare",
    // Other processes' memory and descriptors.
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "kcmp",
    "pidfd_getfd",
    "process_madvise",
    // The kernel's programmable parts.
    "bpf",
    "perf_event_open",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "userfaultfd",
    "fanotify_init",
    "memfd_secret",
    // The kernel itself.
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "create_module",
    "reboot",
    "syslog",
    "iopl",
    "ioperm",
    "modify_ldt",
    "vm86",
    "vm86old",
    "lookup_dcookie",
    "nfsservctl",
    "uselib",
    "ustat",
    "sysfs",
    "vhangup",
    "_sysctl",
    // Keys.
    "keyctl",
    "add_key",
    "request_key",
    // Files by handle.
    "open_by_handle_at",
    "name_to_handle_at",
    // Clocks and names.
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "stime",
    "sethostname",
    "setdomainname",
    // NUMA placement of others.
    "move_pages",
    "migrate_pages",
};

constexpr std::uint64_t kNamespaceFlags = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                          CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME;

bool addRules(scmp_filter_ctx context) {
  for (const char* name : kDenied) {
    const int call = seccomp_syscall_resolve_name(name);
    if (call == __NR_SCMP_ERROR || call < 0) continue;
    if (seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), call, 0) != 0) return false;
  }
  // clone3's flags lie in memory, where a filter cannot see them: without it the C library uses clone.
  if (seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) != 0) return false;
  for (std::uint64_t bit = 1; bit <= kNamespaceFlags; bit <<= 1) {
    if ((kNamespaceFlags & bit) == 0) continue;
    if (seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, bit, bit)) !=
        0) {
      return false;
    }
  }
  // Terminals: no characters pushed into another's input.
  for (const std::uint64_t request : {std::uint64_t{TIOCSTI}, std::uint64_t{TIOCLINUX}}) {
    if (seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
                         SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffffu, request)) != 0) {
      return false;
    }
  }
  // Sockets: the file system's, the internet's, and the routing table's read by getifaddrs.
  if (seccomp_rule_add(context, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_GT, AF_NETLINK)) !=
      0) {
    return false;
  }
  for (int family = 0; family < AF_NETLINK; ++family) {
    if (family == AF_UNIX || family == AF_INET || family == AF_INET6) continue;
    if (seccomp_rule_add(context, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
                         SCMP_A0(SCMP_CMP_EQ, static_cast<std::uint64_t>(family))) != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace

Failure compileFilter(Filter& filter) {
  scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
  if (context == nullptr) return "seccomp: no memory";
  Failure failure;
  const int memory = memfd_create("filter", MFD_CLOEXEC);
  struct stat status {};
  if (!addRules(context)) {
    failure = "seccomp: a rule was refused";
  } else if (memory < 0 || seccomp_export_bpf(context, memory) != 0 || fstat(memory, &status) != 0) {
    failure = describeErrno("seccomp: exporting the filter");
  } else {
    filter.instructions.resize(static_cast<std::size_t>(status.st_size) / sizeof(sock_filter));
    if (pread(memory, filter.instructions.data(), static_cast<std::size_t>(status.st_size), 0) != status.st_size) {
      failure = describeErrno("seccomp: reading the filter");
    }
  }
  if (memory >= 0) close(memory);
  seccomp_release(context);
  return failure;
}

bool applyFilter(const Filter& filter) {
  const sock_fprog program{static_cast<unsigned short>(filter.instructions.size()),
                           const_cast<sock_filter*>(filter.instructions.data())};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

}  // namespace thimble::sandbox::spawner
