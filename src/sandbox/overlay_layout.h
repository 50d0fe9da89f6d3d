// What a box with an overlay root has in its folder of changes: `root`, its own folders; `upper` and `work`, a folder
// each for every part of the host's that it may change. The spawner makes what is missing; on a file system that is
// slow to make files it pays to have it made ahead.
#pragma once

#include <algorithm>
#include <string>

namespace thimble::sandbox {

inline constexpr const char* kOverlayFolders[] = {
    "/dev", "/etc", "/home", "/media",     "/mnt",     "/opt",     "/proc",      "/run",      "/srv",
    "/sys", "/usr", "/var",  "/var/cache", "/var/lib", "/var/log", "/var/spool", "/codebuild"};
/// Where everybody may write.
inline constexpr const char* kOverlayTemporaryFolders[] = {"/tmp", "/var/tmp"};

/// The host's programs, as the box's own; and its settings, as far as every user may read them.
inline constexpr const char* kOverlayPrograms[] = {
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/var/lib/dpkg", "/var/lib/apt", "/var/cache/apt"};
inline constexpr const char* kOverlaySettings[] = {"/etc", "/opt"};

/// The files of /etc that a box has of its own.
inline constexpr const char* kOverlayOwnSettings[] = {"/hosts", "/hostname", "/resolv.conf", "/shadow", "/gshadow"};

/// The name under `upper` and `work` for a part of the host's: "var-lib-apt" for "/var/lib/apt".
inline std::string overlayPart(const std::string& path) {
  std::string name = path.substr(1);
  std::replace(name.begin(), name.end(), '/', '-');
  return name;
}

/// Makes ahead what a box whose root is the host's will have in `folder`, which is there and empty. Only the spawner
/// gives it its owner and its content. Throws std::filesystem::filesystem_error.
void prepareOverlay(const std::string& folder);

}  // namespace thimble::sandbox
