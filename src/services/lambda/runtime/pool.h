// Instances of functions: started in boxes, kept warm, each with at most one invocation at a time, ended when idle.
//
// One thread at a time owns all instances, serves their Runtime API and reads what they write, so that an answer never
// overtakes the log lines before it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/clock.h"
#include "platform/random.h"
#include "sandbox/sandbox.h"
#include "services/lambda/runtime/image.h"

namespace thimble::services::lambda::runtime {

/// Serves AWS's API to a box: takes over the listener, returns how to stop. Called on the sandbox's thread.
using ServeApi = std::function<std::function<void()>(int listener)>;

/// Where an instance finds its Runtime API on its loopback.
constexpr std::uint16_t kRuntimePort = 9001;

struct PoolOptions {
  std::size_t max_instances = 256;           ///< Of all functions; the idle make room first.
  std::int64_t idle_milliseconds = 600'000;  ///< How long an instance is kept without work.
  std::int64_t init_milliseconds = 10'000;   ///< How long an instance may take to ask for its first invocation.
  /// How long a spare instance is kept after the last start of its kind; 0: none is made.
  std::int64_t spare_milliseconds = 3'600'000;
  /// How long after a start of its kind, and after that while any instance is being started, no spare is made: so that
  /// it takes nobody's processor.
  std::int64_t spare_quiet_milliseconds = 5;
  /// Where a box finds AWS's API and the deployed ones on its loopback: under the port that they have outside, so that
  /// their addresses hold inside too. Never kRuntimePort.
  std::uint16_t api_port = 4566;
  /// Ports of the host's loopback that boxes reach under the same number on theirs.
  std::vector<std::uint16_t> host_ports;
};

class Pool {
 public:
  /// All are borrowed and outlive the pool. `serve_api` may be empty: no API inside of the boxes.
  Pool(sandbox::Sandbox& sandbox, const platform::Clock& clock, platform::Random& random, LogSink log,
       ServeApi serve_api, PoolOptions options);
  /// Stops.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// From any thread. `limit`: instances of this image's key at most; 0 throttles. `done` is called on the pool's
  /// thread, or inside of this or another call of invoke.
  void invoke(std::shared_ptr<const Image> image, Invocation invocation, std::size_t limit, InvocationDone done);
  /// Ends all instances; invocations under way and later ones get CannotStart. Idempotent.
  void stop();
  /// An instance of such an image may be needed soon: its spare is made, where it may have one.
  void expect(std::shared_ptr<const Image> image);
  /// Ends idle instances whose key begins with `prefix`, and lets busy ones finish their invocation first.
  void retire(const std::string& prefix);

  struct Counters {
    std::uint64_t instances = 0;  ///< Without the spares.
    std::uint64_t spares = 0;     ///< Those that wait for a function.
    std::uint64_t failed_spares = 0;
    std::uint64_t cold_starts = 0;
    std::uint64_t invocations = 0;
  };
  Counters counters() const;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace thimble::services::lambda::runtime
