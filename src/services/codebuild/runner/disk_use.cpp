#include "services/codebuild/runner/disk_use.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace thimble::services::codebuild::runner {
namespace {

constexpr std::uint64_t kBlock = 512;  // Of st_blocks, whatever the file system.
// When less than this is left for all, a build that has more than this ends.
constexpr std::uint64_t kReserve = std::uint64_t{512} << 20;

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string(bytes >> 20) + " MiB";
}

std::uint64_t bytesLeft(const std::string& folder) {
  struct statvfs status {};
  if (statvfs(folder.c_str(), &status) != 0) return UINT64_MAX;
  return std::uint64_t{status.f_bavail} * status.f_frsize;
}

}  // namespace

std::uint64_t bytesOnDisk(const std::string& folder) {
  std::uint64_t bytes = 0;
  std::vector<std::string> folders = {folder};
  while (!folders.empty()) {
    const std::string path = std::move(folders.back());
    folders.pop_back();
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir(path.c_str()), closedir);
    if (entries == nullptr) continue;
    while (const dirent* entry = readdir(entries.get())) {
      const std::string_view name = entry->d_name;
      struct stat status {};
      if (name == "." || name == ".." ||
          fstatat(dirfd(entries.get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        continue;
      bytes += static_cast<std::uint64_t>(status.st_blocks) * kBlock;
      if (S_ISDIR(status.st_mode)) folders.push_back(path + "/" + entry->d_name);
    }
  }
  return bytes;
}

std::optional<std::string> DiskUse::exceeded(Steady::time_point now) {
  if (folder_.empty() || now < next_) return std::nullopt;
  const std::uint64_t bytes = bytesOnDisk(folder_);
  const Steady::duration took = Steady::now() - now;
  next_ = now + std::max<Steady::duration>(std::chrono::seconds(1), 10 * took);
  if (bytes > limit_)
    return "The build has written more than the " + mebibytes(limit_) + " that it may have on the disk";
  if (bytes > kReserve && bytesLeft(folder_) < kReserve) {
    return "The disk is almost full, and the build has " + mebibytes(bytes) + " of it";
  }
  return std::nullopt;
}

}  // namespace thimble::services::codebuild::runner
