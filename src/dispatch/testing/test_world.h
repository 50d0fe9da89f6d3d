// A whole world in memory for tests of services: one thread, a clock that the test moves, a seed, no files but blobs.
#pragma once

#include <memory>
#include <string>

#include "dispatch/doorway.h"
#include "dispatch/kernel.h"
#include "dispatch/registry.h"
#include "platform/executor.h"
#include "platform/files.h"

namespace thimble::dispatch {

class TestWorld {
 public:
  explicit TestWorld(std::uint64_t seed = 1);
  ~TestWorld();

  /// Call once services have registered.
  void start() { kernel_->start(*doorway_); }

  /// Lets another authorizer decide; before services register, and before start(). It is borrowed. Default: everything
  /// is allowed.
  void useAuthorizer(Authorizer& authorizer);

  Environment& environment() { return *environment_; }
  Registry& registry() { return registry_; }
  Kernel& kernel() { return *kernel_; }
  Doorway& doorway() { return *doorway_; }
  platform::FakeClock& clock() { return clock_; }
  platform::ManualExecutor& executor() { return executor_; }

  /// Makes a call as root of account 000000000000 in us-east-1 and runs until its answer is there; asserts that it
  /// comes.
  CallOutcome call(std::string service, std::string operation, base::Json input,
                   platform::ByteSourcePointer body = nullptr);
  /// Runs all that is ready.
  void run() { executor_.runUntilIdle(); }
  /// Runs all that is ready and, by moving the clock, all that waits for a time up to `milliseconds` from now.
  void runFor(std::int64_t milliseconds);

  /// Everything in memory but the rows is dropped and made anew, as by a kill -9: services register again with the new
  /// registry and kernel, then start() is called.
  void crash();

 private:
  void build();

  platform::FakeClock clock_;
  platform::ManualExecutor executor_{clock_};
  platform::SeededRandom random_;
  platform::RealFileSystem files_;
  std::string folder_;
  AllowEverything allow_everything_;
  Authorizer* authorizer_ = &allow_everything_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::BlobStore> blobs_;
  std::unique_ptr<Environment> environment_;
  Registry registry_;
  std::unique_ptr<Kernel> kernel_;
  std::unique_ptr<Doorway> doorway_;
};

}  // namespace thimble::dispatch
