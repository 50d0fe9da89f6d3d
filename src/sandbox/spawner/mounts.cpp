// The folders of the host that a box sees besides its root, and its temporary folder.
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "sandbox/spawner/spawner.h"

namespace thimble::sandbox::spawner {
namespace {

/// The mount options of a box's /tmp.
std::string temporaryOptions(std::uint64_t bytes) {
  return "mode=1777,size=" + std::to_string(std::max<std::uint64_t>(bytes, 4096)) + ",nr_inodes=200000";
}

constexpr unsigned long kTemporaryFlags = MS_NOSUID | MS_NODEV;

}  // namespace

Failure copyMount(const Mount& mount_point, int& tree) {
  if (mount_point.source.empty() || mount_point.source[0] != '/') return "no absolute path: " + mount_point.source;
  const std::string source = "/host" + mount_point.source;
  tree = static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, source.c_str(),
                                  static_cast<unsigned>(OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE)));
  if (tree < 0) return describeErrno("mounting " + mount_point.source);
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (mount_point.writable ? 0 : MOUNT_ATTR_RDONLY);
  if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes) != 0) {
    return describeErrno("protecting " + mount_point.target);
  }
  return std::nullopt;
}

Failure placeMount(int tree, const std::string& target) {
  if (syscall(SYS_move_mount, tree, "", AT_FDCWD, target.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0) {
    return describeErrno("mounting over " + target);
  }
  return std::nullopt;
}

Failure bindMount(const Mount& mount_point, const std::string& target) {
  int tree = -1;
  Failure failure = copyMount(mount_point, tree);
  if (!failure) failure = placeMount(tree, target);
  if (tree >= 0) close(tree);
  return failure;
}

Failure checkTarget(const Mount& mount_point) {
  if (std::find(std::begin(kMountTargets), std::end(kMountTargets), mount_point.target) == std::end(kMountTargets)) {
    return "no place for a mount: " + mount_point.target;
  }
  return std::nullopt;
}

Failure mountTemporary(std::uint64_t bytes) {
  if (mount("tmpfs", "/tmp", "tmpfs", kTemporaryFlags, temporaryOptions(bytes).c_str()) != 0) {
    return describeErrno("mounting /tmp");
  }
  return std::nullopt;
}

Failure resizeTemporary(std::uint64_t bytes) {
  if (mount("tmpfs", "/tmp", "tmpfs", MS_REMOUNT | kTemporaryFlags, temporaryOptions(bytes).c_str()) != 0) {
    return describeErrno("the size of /tmp");
  }
  return std::nullopt;
}

Failure mountAll(const BoxInput& input) {
  for (const Mount& mount_point : input.mounts) {
    if (Failure failure = checkTarget(mount_point)) return failure;
    if (Failure failure = bindMount(mount_point, mount_point.target)) return failure;
  }
  if (Failure failure = mountTemporary(input.limits.tmp_bytes)) return failure;
  if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "hidepid=invisible") != 0) {
    return describeErrno("mounting /proc");
  }
  if (umount2("/host", MNT_DETACH) != 0) return describeErrno("leaving the host's root");
  return std::nullopt;
}

}  // namespace thimble::sandbox::spawner
