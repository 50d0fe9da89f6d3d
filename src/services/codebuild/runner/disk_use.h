// What a build has written, looked at now and then: a full disk would stop everyone.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace thimble::services::codebuild::runner {

class DiskUse {
 public:
  using Steady = std::chrono::steady_clock;

  /// `limit`: bytes that the build may have on the disk at any time.
  explicit DiskUse(std::uint64_t limit) : limit_(limit) {}

  /// From now on the box's changes are in this folder.
  void watch(std::string folder) { folder_ = std::move(folder); }

  /// Why the build must end, or nothing. Looks at most once a second, and for at most a tenth of the time.
  std::optional<std::string> exceeded(Steady::time_point now);

 private:
  std::string folder_;  ///< Empty: there is no box yet.
  std::uint64_t limit_;
  Steady::time_point next_{};
};

/// The bytes that a folder and all in it take on the disk. What goes away meanwhile, or lies deeper than a path can
/// name, does not count.
std::uint64_t bytesOnDisk(const std::string& folder);

}  // namespace thimble::services::codebuild::runner
