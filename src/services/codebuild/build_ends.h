// Who waits for builds to end: an internal operation, so that nobody has to ask again and again.
//
// AwaitBuild: {"id"}; answers with {} once the build is at its end, at once for one that is, or that is not there.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "dispatch/registry.h"

namespace thimble::services::codebuild {

class BuildEnds {
 public:
  /// Calls `told`, which must not block, when that build's process has ended.
  void await(const std::string& process_id, std::function<void()> told);
  /// Its end is durable.
  void ended(const std::string& process_id);

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<std::function<void()>>> waiting_;
};

/// Registers the operation. `ends` is borrowed.
void registerAwaitBuild(dispatch::Registry& registry, BuildEnds& ends);

}  // namespace thimble::services::codebuild
