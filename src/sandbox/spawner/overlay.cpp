// The root of a build: folders of its own, and over the host's programs and settings file systems that keep every
// change aside. What only root of the host may read stays unreadable: its owner is nobody the box knows. Only where
// packages are installed (/usr and the package manager's records) are the host's users shown as the box's own, by a
// mount that maps them, so that the box's root may change what the host's root owns.
#include <dirent.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <iterator>
#include <vector>

#include "sandbox/overlay_layout.h"
#include "sandbox/spawner/spawner.h"

namespace thimble::sandbox::spawner {
namespace {

constexpr const char* kBox = "/run/box";
/// Folders of an image that a box has of its own.
constexpr const char* kOwn[] = {".", "..", "codebuild", "dev", "proc", "run", "sys", "tmp"};
constexpr unsigned kHarmless = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
/// Folders of /etc that are made again; a machine has some hundred.
constexpr int kMostSkeletonFolders = 4000;

/// The same folders as below `from`, as far as every user may enter them.
bool copyFolders(const std::string& from, const std::string& to, int& left) {
  DIR* folder = opendir(from.c_str());
  if (folder == nullptr) return true;
  bool ok = true;
  while (const dirent* entry = readdir(folder)) {
    const std::string name = entry->d_name;
    struct stat status {};
    if (name == "." || name == ".." || lstat((from + "/" + name).c_str(), &status) != 0) continue;
    if (!S_ISDIR(status.st_mode) || (status.st_mode & 0005) != 0005) continue;
    if (--left < 0) break;
    ok = mkdir((to + "/" + name).c_str(), 0755) == 0 && copyFolders(from + "/" + name, to + "/" + name, left);
    if (!ok) break;
  }
  closedir(folder);
  return ok;
}

/// A user namespace whose users are `count` of ours from `first` on; -1 with errno.
int makeUserNamespace(uid_t first, uid_t count) {
  int go[2];
  if (pipe2(go, O_CLOEXEC) != 0) return -1;
  const long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (child == 0) {
    close(go[1]);
    char byte;
    [[maybe_unused]] const ssize_t got = read(go[0], &byte, 1);
    _exit(0);
  }
  close(go[0]);
  int descriptor = -1;
  if (child > 0) {
    const std::string folder = "/proc/" + std::to_string(child);
    const std::string map = "0 " + std::to_string(first) + " " + std::to_string(count);
    const auto write_map = [&](const char* name) {
      const int file = open((folder + name).c_str(), O_WRONLY | O_CLOEXEC);
      if (file < 0) return false;
      const bool ok = write(file, map.data(), map.size()) == static_cast<ssize_t>(map.size());
      close(file);
      return ok;
    };
    if (write_map("/uid_map") && write_map("/gid_map")) {
      descriptor = open((folder + "/ns/user").c_str(), O_RDONLY | O_CLOEXEC);
    }
  }
  const int error = errno;
  close(go[1]);
  if (child > 0) waitpid(static_cast<pid_t>(child), nullptr, 0);
  errno = error;
  return descriptor;
}

class Root {
 public:
  explicit Root(Plan& plan)
      : plan_(plan),
        changes_("/host" + plan.input.changes),
        owner_(plan.identity.range != 0 ? plan.identity.command : 0) {}

  Failure enter() {
    if (plan_.input.changes.empty() || plan_.input.changes[0] != '/') return "no folder for the changes of an overlay";
    // 1. A place to work in, and the users.
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
      return describeErrno("mounting /proc");
    }
    if (mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700,size=1m") != 0 || mkdir(kBox, 0755) != 0) {
      return describeErrno("a place for the overlay root");
    }
    if (plan_.identity.range != 0) {
      plan_.users = makeUserNamespace(plan_.identity.command, plan_.identity.range);
      if (plan_.users < 0) return describeErrno("a user namespace");
    }
    // 2. The box's own folders, which are also the places for all that is mounted.
    if (Failure failure = makeOwnFolders()) return failure;
    // 3. The host's, or an image's, each with its changes aside.
    if (Failure failure = plan_.input.image.empty() ? showHost() : showImage()) return failure;
    // 4. Devices, processes, and what the caller brings.
    if (Failure failure = mountDevices()) return failure;
    for (const Mount& mount_point : plan_.input.mounts) {
      if (Failure failure = mountFor(mount_point)) return failure;
    }
    if (mount("proc", inside("/proc").c_str(), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
      return describeErrno("mounting /proc");
    }
    // 5. The old root goes, and with it the host's.
    if (chdir(kBox) != 0 || syscall(SYS_pivot_root, ".", ".") != 0) return describeErrno("pivot_root");
    if (umount2(".", MNT_DETACH) != 0 || chdir("/") != 0) return describeErrno("leaving the host's root");
    return std::nullopt;
  }

 private:
  static std::string inside(const std::string& path) { return kBox + path; }

  bool own(const std::string& path, mode_t mode) const {
    return lchown(path.c_str(), owner_, owner_) == 0 && chmod(path.c_str(), mode) == 0;
  }

  bool makeOwn(const std::string& path, mode_t mode) const {
    return (mkdir(path.c_str(), mode) == 0 || errno == EEXIST) && own(path, mode);
  }

  bool writeOwn(const std::string& path, const std::string& text, mode_t mode) const {
    return writeFile(path, text) && own(path, mode);
  }

  Failure makeOwnFolders() {
    const std::string root = changes_ + "/root";
    for (const std::string& path : {root, changes_ + "/upper", changes_ + "/work"}) {
      if (!makeOwn(path, 0755)) return describeErrno("making " + path.substr(5));
    }
    for (const char* path : kOverlayFolders) {
      if (!makeOwn(root + path, 0755)) return describeErrno(std::string("making ") + path);
    }
    for (const char* path : kOverlayTemporaryFolders) {
      if (!makeOwn(root + path, 01777)) return describeErrno(std::string("making ") + path);
    }
    if (!makeOwn(root + "/root", 0700)) return describeErrno("making /root");
    if (symlink("/run", (root + "/var/run").c_str()) != 0 && errno != EEXIST) return describeErrno("/var/run");
    if (mount(root.c_str(), kBox, nullptr, MS_BIND, nullptr) != 0) return describeErrno("mounting the overlay root");
    mount_attr attributes{};
    attributes.attr_set = kHarmless;
    if (syscall(SYS_mount_setattr, AT_FDCWD, kBox, 0, &attributes, sizeof attributes) != 0) {
      return describeErrno("protecting the overlay root");
    }
    return std::nullopt;
  }

  Failure showHost() {
    for (const char* path : kOverlayPrograms) {
      if (Failure failure = showWritable("/host", path, true)) return failure;
    }
    for (const char* path : kOverlaySettings) {
      if (Failure failure = showWritable("/host", path, false)) return failure;
    }
    return std::nullopt;
  }

  /// All that the image has at its top, but what every box has of its own.
  Failure showImage() {
    const std::string root = "/host" + plan_.input.image;
    DIR* folder = opendir(root.c_str());
    if (folder == nullptr) return describeErrno("opening the image");
    std::vector<std::string> names;
    while (const dirent* entry = readdir(folder)) names.emplace_back(entry->d_name);
    closedir(folder);
    for (const std::string& name : names) {
      const bool own = std::any_of(std::begin(kOwn), std::end(kOwn), [&](const char* each) { return name == each; });
      if (own) continue;
      if (Failure failure = showWritable(root, "/" + name, true)) return failure;
    }
    return std::nullopt;
  }

  /// `root`'s `path` with changes kept aside. A symbolic link stays one; what `root` has not is left out.
  Failure showWritable(const std::string& root, const std::string& path, bool map_users) {
    const std::string source = root + path;
    struct stat status {};
    if (lstat(source.c_str(), &status) != 0) return std::nullopt;
    if (S_ISLNK(status.st_mode)) {
      char target[4096];
      const ssize_t size = readlink(source.c_str(), target, sizeof target - 1);
      if (size < 0 ||
          (symlink(std::string(target, static_cast<std::size_t>(size)).c_str(), inside(path).c_str()) != 0 &&
           errno != EEXIST)) {
        return describeErrno("linking " + path);
      }
      return std::nullopt;
    }
    if (!S_ISDIR(status.st_mode)) return std::nullopt;
    const std::string part = overlayPart(path);
    const std::string upper = changes_ + "/upper/" + part;
    const std::string work = changes_ + "/work/" + part;
    if (!makeOwn(upper, status.st_mode & 07777) || (mkdir(work.c_str(), 0700) != 0 && errno != EEXIST) ||
        !makeOwn(inside(path), 0755)) {
      return describeErrno("a folder for the changes of " + path);
    }
    std::string lower = map_users ? mapped(source, part) : std::string();
    if (lower.empty()) lower = source;
    if (path == "/etc") {
      // An image's are the box's own; of the host's the folders are made once more, so that files can be added.
      if (plan_.input.image.empty()) {
        const std::string skeleton = mapped("/skeleton", "skeleton");
        lower = (skeleton.empty() ? "/skeleton" : skeleton) + ":" + lower;
      }
      if (Failure failure = writeSettings(upper)) return failure;
    }
    return mountOverlay(path, lower, upper, work);
  }

  /// Where the host's `source` is seen with its users mapped to the box's; empty when this machine cannot.
  std::string mapped(const std::string& source, const std::string& name) const {
    if (plan_.users < 0) return {};
    const int tree = static_cast<int>(
        syscall(SYS_open_tree, AT_FDCWD, source.c_str(), OPEN_TREE_CLONE | static_cast<unsigned>(OPEN_TREE_CLOEXEC)));
    if (tree < 0) return {};
    mount_attr attributes{};
    attributes.attr_set = MOUNT_ATTR_IDMAP | MOUNT_ATTR_RDONLY | kHarmless;
    attributes.userns_fd = static_cast<__u64>(plan_.users);
    std::string place = "/run/lower-" + name;
    const bool ok = syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) == 0 &&
                    mkdir(place.c_str(), 0755) == 0 &&
                    syscall(SYS_move_mount, tree, "", AT_FDCWD, place.c_str(), MOVE_MOUNT_F_EMPTY_PATH) == 0;
    close(tree);
    return ok ? place : std::string();
  }

  Failure writeSettings(const std::string& upper) const {
    const std::string hosts = "127.0.0.1 localhost localhost.localdomain " + plan_.input.host_name + "\n";
    if (!writeOwn(upper + "/hosts", hosts, 0644) ||
        !writeOwn(upper + "/hostname", plan_.input.host_name + "\n", 0644) ||
        !writeOwn(upper + "/resolv.conf", "nameserver 10.0.2.3\noptions timeout:2 attempts:2\n", 0644)) {
      return describeErrno("writing /etc");
    }
    // The host's are not shown.
    if (!plan_.input.image.empty()) return std::nullopt;
    if (!writeOwn(upper + "/shadow", "root:*:19000:0:99999:7:::\n", 0640) ||
        !writeOwn(upper + "/gshadow", "root:*::\n", 0640)) {
      return describeErrno("writing /etc");
    }
    return std::nullopt;
  }

  Failure mountOverlay(const std::string& path, const std::string& lower, const std::string& upper,
                       const std::string& work) const {
    const int context = static_cast<int>(syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC));
    if (context < 0) return describeErrno("an overlay over " + path);
    const auto set = [&](const char* key, const char* value) {
      return syscall(SYS_fsconfig, context, value == nullptr ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING, key, value,
                     0) == 0;
    };
    bool ok = set("lowerdir", lower.c_str()) && set("upperdir", upper.c_str()) && set("workdir", work.c_str());
    if (!plan_.identity.privileged) ok = ok && set("userxattr", nullptr);
    // Nothing of a build's root outlives it, so nothing of it need be synced. An older kernel does not know the word.
    set("volatile", nullptr);
    ok = ok && syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0;
    int made = -1;
    if (ok) made = static_cast<int>(syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, kHarmless));
    ok = made >= 0 && syscall(SYS_move_mount, made, "", AT_FDCWD, inside(path).c_str(), MOVE_MOUNT_F_EMPTY_PATH) == 0;
    const int error = errno;
    if (made >= 0) close(made);
    close(context);
    if (ok) return std::nullopt;
    errno = error;
    return describeErrno(
        "an overlay over " + path +
        " (the kernel must be 5.11 or newer, and the server's data folder on a file system such as ext4, "
        "xfs or tmpfs)");
  }

  Failure mountDevices() const {
    const std::string dev = inside("/dev");
    if (mount("tmpfs", dev.c_str(), "tmpfs", MS_NOSUID, "mode=0755,size=64k") != 0)
      return describeErrno("mounting /dev");
    for (const char* name : {"/null", "/zero", "/full", "/random", "/urandom"}) {
      if (!writeFile(dev + name, "") ||
          mount((std::string("/dev") + name).c_str(), (dev + name).c_str(), nullptr, MS_BIND, nullptr) != 0) {
        return describeErrno(std::string("showing /dev") + name);
      }
    }
    for (const auto& [name, target] : {std::pair{"/fd", "/proc/self/fd"},
                                       {"/stdin", "/proc/self/fd/0"},
                                       {"/stdout", "/proc/self/fd/1"},
                                       {"/stderr", "/proc/self/fd/2"}}) {
      if (symlink(target, (dev + name).c_str()) != 0) return describeErrno(name);
    }
    const std::string size = "mode=1777,size=" + std::to_string(plan_.input.limits.tmp_bytes);
    if (mkdir((dev + "/shm").c_str(), 0755) != 0 ||
        mount("tmpfs", (dev + "/shm").c_str(), "tmpfs", MS_NOSUID | MS_NODEV, size.c_str()) != 0) {
      return describeErrno("mounting /dev/shm");
    }
    return std::nullopt;
  }

  Failure mountFor(const Mount& mount_point) const {
    const std::string& target = mount_point.target;
    if (target.empty() || target[0] != '/' || (target + "/").find("/../") != std::string::npos) {
      return "no place for a mount: " + target;
    }
    struct stat status {};
    if (stat(("/host" + mount_point.source).c_str(), &status) != 0)
      return describeErrno("looking at " + mount_point.source);
    const std::string place = inside(target);
    const bool ok = S_ISDIR(status.st_mode) ? makeFolders(place)
                                            : makeFolders(place.substr(0, place.rfind('/'))) && writeFile(place, "");
    if (!ok) return describeErrno("a place for " + target);
    return bindMount(mount_point, place);
  }

  Plan& plan_;
  std::string changes_;  ///< The folder of all changes, as seen before the root is entered.
  uid_t owner_;
};

}  // namespace

Failure makeSkeleton() {
  if (mount("tmpfs", "/skeleton", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=4m") != 0) {
    return describeErrno("a tmpfs for the folders of /etc");
  }
  int left = kMostSkeletonFolders;
  if (!copyFolders("/host/etc", "/skeleton", left)) return describeErrno("the folders of /etc");
  return std::nullopt;
}

Failure enterOverlayRoot(Plan& plan) {
  return Root(plan).enter();
}

}  // namespace thimble::sandbox::spawner
