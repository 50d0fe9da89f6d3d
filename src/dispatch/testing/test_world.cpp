#include "dispatch/testing/test_world.h"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>

namespace thimble::dispatch {

TestWorld::TestWorld(std::uint64_t seed) : random_(seed) {
  std::string pattern = (std::filesystem::temp_directory_path() / "thimble-world-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot create a temporary folder");
  folder_ = pattern;
  store_ = std::make_unique<store::Store>(store::makeMemoryEngine(), store::CommitMode::CallersThread);
  blobs_ = std::make_unique<store::BlobStore>(files_, random_, folder_ + "/blobs");
  environment_ = std::make_unique<Environment>(Environment{*store_, *blobs_, clock_, random_, executor_, *authorizer_});
  build();
}

void TestWorld::useAuthorizer(Authorizer& authorizer) {
  authorizer_ = &authorizer;
  doorway_.reset();
  kernel_.reset();
  environment_ = std::make_unique<Environment>(Environment{*store_, *blobs_, clock_, random_, executor_, *authorizer_});
  build();
}

TestWorld::~TestWorld() {
  files_.removeTree(folder_);
}

void TestWorld::build() {
  registry_ = Registry();
  kernel_ = std::make_unique<Kernel>(*environment_);
  doorway_ = std::make_unique<Doorway>(*environment_, registry_, *kernel_);
}

void TestWorld::crash() {
  executor_.clear();
  build();
}

CallOutcome TestWorld::call(std::string service, std::string operation, base::Json input,
                            platform::ByteSourcePointer body) {
  Call call;
  call.identity = Identity::root("000000000000");
  call.account = "000000000000";
  call.region = "us-east-1";
  call.service = std::move(service);
  call.operation = std::move(operation);
  call.input = std::move(input);
  call.body = std::move(body);
  // Held by the responder too, which may outlive a call that is given up here.
  auto answer = std::make_shared<std::optional<CallOutcome>>();
  doorway_->call(std::move(call), [answer](CallOutcome outcome) { *answer = std::move(outcome); });
  do {
    executor_.runUntilIdle();
  } while (!answer->has_value() && executor_.advanceToNext());
  if (!answer->has_value()) throw std::runtime_error("the call got no answer");
  return std::move(**answer);
}

void TestWorld::runFor(std::int64_t milliseconds) {
  const base::Timestamp end = clock_.now().plusMilliseconds(milliseconds);
  executor_.runUntilIdle();
  while (executor_.advanceToNext(end)) {
  }
  clock_.set(end);
  executor_.runUntilIdle();
}

}  // namespace thimble::dispatch
