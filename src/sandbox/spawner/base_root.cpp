// The read-only root that all boxes share.
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sandbox/box.h"
#include "sandbox/spawner/spawner.h"

namespace thimble::sandbox::spawner {
namespace {

constexpr unsigned kReadOnly = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

}  // namespace

bool writeFile(const std::string& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (file < 0) return false;
  const bool ok = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(file);
  return ok;
}

bool makeFolders(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    if (mkdir(path.substr(0, slash).c_str(), 0755) != 0 && errno != EEXIST) return false;
    if (slash == std::string::npos) return true;
  }
}

namespace {

/// Shows the host's `path` at the same place, read-only. A symbolic link stays one; what is missing is left out.
bool show(const std::string& path) {
  const std::string source = "/host" + path;
  struct stat status {};
  if (lstat(source.c_str(), &status) != 0) return true;
  if (!makeFolders(path.substr(0, path.rfind('/')).empty() ? "/" : path.substr(0, path.rfind('/')))) return false;
  if (S_ISLNK(status.st_mode)) {
    char target[4096];
    const ssize_t size = readlink(source.c_str(), target, sizeof target - 1);
    if (size < 0) return false;
    return symlink(std::string(target, static_cast<std::size_t>(size)).c_str(), path.c_str()) == 0;
  }
  if (S_ISDIR(status.st_mode) ? mkdir(path.c_str(), 0755) != 0 : !writeFile(path, "")) return false;
  if (mount(source.c_str(), path.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) return false;
  mount_attr attributes{};
  attributes.attr_set = kReadOnly;
  return syscall(SYS_mount_setattr, AT_FDCWD, path.c_str(), AT_RECURSIVE, &attributes, sizeof attributes) == 0;
}

bool showDevice(const std::string& name) {
  const std::string path = "/dev/" + name;
  return writeFile(path, "") && mount(("/host" + path).c_str(), path.c_str(), nullptr, MS_BIND, nullptr) == 0;
}

}  // namespace

std::string describeErrno(const std::string& step) {
  return step + ": " + std::strerror(errno);
}

Failure enterBaseRoot() {
  // 1. A mount namespace of our own, whose changes reach no one else.
  if (unshare(CLONE_NEWNS) != 0) return describeErrno("a mount namespace");
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return describeErrno("private mounts");

  // 2. An empty root; the machine's moves to /host.
  if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=4m") != 0) {
    return describeErrno("a tmpfs for the root");
  }
  if (mkdir("/tmp/host", 0755) != 0) return describeErrno("the folder of the old root");
  if (syscall(SYS_pivot_root, "/tmp", "/tmp/host") != 0) return describeErrno("pivot_root");
  if (chdir("/") != 0) return describeErrno("the new root");

  // 3. Programs and libraries, and of /etc only what programs need to start, name hosts and verify certificates.
  for (const char* path :
       {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/ld.so.cache", "/etc/ssl",
        "/etc/ca-certificates", "/etc/pki", "/etc/alternatives", "/etc/localtime", "/etc/mime.types"}) {
    if (!show(path)) return describeErrno(std::string("showing ") + path);
  }
  if (!makeFolders("/etc") ||
      !writeFile("/etc/passwd",
                 "root:x:0:0:root:/root:/sbin/nologin\nsbx_user1051:x:993:990::/home/sbx_user1051:/sbin/nologin\n") ||
      !writeFile("/etc/group", "root:x:0:\nsbx_user1051:x:990:\n") ||
      !writeFile("/etc/hosts", "127.0.0.1 localhost localhost.localdomain\n") ||
      !writeFile("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n") ||
      !writeFile("/etc/resolv.conf", "nameserver 10.0.2.3\noptions timeout:2 attempts:2\n")) {
    return describeErrno("writing /etc");
  }

  // 4. Devices that carry no power.
  if (!makeFolders("/dev")) return describeErrno("/dev");
  for (const char* name : {"null", "zero", "full", "random", "urandom"}) {
    if (!showDevice(name)) return describeErrno(std::string("showing /dev/") + name);
  }
  for (const auto& [name, target] : {std::pair{"/dev/fd", "/proc/self/fd"},
                                     {"/dev/stdin", "/proc/self/fd/0"},
                                     {"/dev/stdout", "/proc/self/fd/1"},
                                     {"/dev/stderr", "/proc/self/fd/2"}}) {
    if (symlink(target, name) != 0) return describeErrno(name);
  }

  // 5. The places over which each box mounts its own.
  for (const char* path : kMountTargets) {
    if (!makeFolders(path)) return describeErrno(path);
  }
  for (const char* path : {"/tmp", "/proc", "/home/sbx_user1051", "/root", "/run", "/var/tmp", "/skeleton"}) {
    if (!makeFolders(path)) return describeErrno(path);
  }

  // 6. From here on the root itself cannot change either.
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  if (syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &attributes, sizeof attributes) != 0) {
    return describeErrno("a read-only root");
  }
  return std::nullopt;
}

}  // namespace thimble::sandbox::spawner
