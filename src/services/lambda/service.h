// AWS Lambda: functions as zip archives, run in boxes behind the real Runtime API.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "dispatch/doorway.h"
#include "dispatch/kernel.h"
#include "dispatch/registry.h"
#include "services/lambda/runtime/pool.h"

namespace thimble::services::lambda {

struct Settings {
  /// Is false for everything but invocations, so that a server that runs none has no spawner. Otherwise the sandbox is
  /// opened soon after start(); a machine that cannot have one refuses invocations with the reason.
  bool run_functions = true;
  /// An absolute path for unpacked code. What an earlier run left there is removed.
  std::string folder;
  /// Serves AWS's API to a box, as callers whose credentials count; empty: functions find no API.
  runtime::ServeApi serve_api;
  /// May functions open connections to the outside? Needs slirp4netns.
  bool outbound = true;
  runtime::PoolOptions pool;
};

class EventSources;
class Functions;

class Service {
 public:
  /// `environment` is borrowed and outlives the service.
  Service(const dispatch::Environment& environment, Settings settings);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  void registerOperations(dispatch::Registry& registry, dispatch::Kernel& kernel);
  /// Call before the first call: logs are delivered through the doorway.
  /// `port`: where the server listens on this machine's loopback.
  void start(dispatch::Doorway& doorway, std::uint16_t port);
  /// Ends all instances. Idempotent.
  void stop();

  /// The archive behind GetFunction's location `http://localhost:PORT/_thimble/lambda/code/NAME`; null when there is
  /// none.
  platform::ByteSourcePointer openCode(const std::string& name) const;
  runtime::Pool::Counters counters() const;

 private:
  std::unique_ptr<Functions> functions_;
  std::unique_ptr<EventSources> event_sources_;
};

}  // namespace thimble::services::lambda
