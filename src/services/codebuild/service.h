// AWS CodeBuild: projects, and builds that really run, each in a box of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "dispatch/doorway.h"
#include "dispatch/kernel.h"
#include "dispatch/registry.h"
#include "platform/sealer.h"

namespace thimble::services::codebuild {

struct Settings {
  /// An absolute path for the boxes' changes. What an earlier run left there is removed.
  std::string folder;
  std::string cache_folder;  ///< An absolute path for local caches, which stay.
  std::string image_folder;  ///< An absolute path for the files of container images, which stay.
  /// Serves AWS's API to a box, as callers whose credentials count; returns how to stop. Empty: builds find no API.
  std::function<std::function<void()>(int listener)> serve_api;
  platform::Sealer* sealer = nullptr;  ///< For the credentials of git servers; borrowed.
  std::uint16_t api_port = 4566;       ///< Where a box finds AWS's API on its loopback: at the server's own port.
  std::size_t max_builds = 16;         ///< That run at the same time; the others are in their queue.
  std::uint64_t max_source_bytes = std::uint64_t{10} << 30;  ///< Of a source's archive, once unpacked.
  std::uint64_t max_disk_bytes = std::uint64_t{20} << 30;    ///< That a build may write.
};

class Service {
 public:
  /// `environment` is borrowed and outlives the service.
  Service(const dispatch::Environment& environment, Settings settings);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  void registerOperations(dispatch::Registry& registry, dispatch::Kernel& kernel);
  /// Call before the first call. `port`: where the server listens.
  void start(dispatch::Doorway& doorway, std::uint16_t port);
  /// Ends all builds. Idempotent.
  void stop();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace thimble::services::codebuild
