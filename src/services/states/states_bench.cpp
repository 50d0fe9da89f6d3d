// Durable executions over RocksDB: starts, and Pass transitions over many executions, as calls through the doorway.
#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <future>

#include "dispatch/doorway.h"
#include "dispatch/kernel.h"
#include "platform/executor.h"
#include "platform/files.h"
#include "services/states/service.h"
#include "services/states/tables.h"

namespace thimble::services::states {
namespace {

using base::Json;

constexpr const char* kAccount = "000000000000";

/// A server without a front door, on a folder of its own.
class World {
 public:
  World() {
    std::string pattern = (std::filesystem::temp_directory_path() / "thimble-bench-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    store_ = std::make_unique<store::Store>(store::openRocksEngine(folder_ + "/rows"));
    blobs_ = std::make_unique<store::BlobStore>(files_, random_, folder_ + "/blobs");
    executor_ = std::make_unique<platform::ThreadPool>(clock_, 2);
    environment_ = std::make_unique<dispatch::Environment>(
        dispatch::Environment{*store_, *blobs_, clock_, random_, *executor_, authorizer_});
    kernel_ = std::make_unique<dispatch::Kernel>(*environment_);
    doorway_ = std::make_unique<dispatch::Doorway>(*environment_, registry_, *kernel_);
    states_.registerOperations(registry_);
    states_.registerProcesses(*kernel_);
    kernel_->start(*doorway_);
  }
  ~World() {
    executor_->stop();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  Json call(const char* operation, Json input) {
    dispatch::Call call;
    call.identity = dispatch::Identity::root(kAccount);
    call.account = kAccount;
    call.region = "us-east-1";
    call.service = "states";
    call.operation = operation;
    call.input = std::move(input);
    std::promise<dispatch::CallOutcome> answer;
    doorway_->call(std::move(call), [&answer](dispatch::CallOutcome outcome) { answer.set_value(std::move(outcome)); });
    dispatch::CallOutcome outcome = answer.get_future().get();
    if (!outcome.ok()) std::abort();
    return outcome.value().output;
  }
  std::string machine(const std::string& name, int states) {
    Json chain = Json::object();
    for (int i = 0; i < states; ++i) {
      Json state = Json::object({{"Type", "Pass"}});
      if (i + 1 < states) {
        state.set("Next", Json("S" + std::to_string(i + 1)));
      } else {
        state.set("End", Json(true));
      }
      chain.set("S" + std::to_string(i), state);
    }
    const std::string definition = Json::object({{"StartAt", "S0"}, {"States", chain}}).write();
    return call("CreateStateMachine",
                Json::object(
                    {{"name", name}, {"definition", definition}, {"roleArn", "arn:aws:iam::000000000000:role/r"}}))
        .stringAt("stateMachineArn");
  }
  /// Starts an execution and waits until it has ended.
  void runToEnd(const std::string& machine_arn, const std::string& machine_name) {
    const std::string name = "e" + std::to_string(++last_);
    const std::string arn =
        std::string("arn:aws:states:us-east-1:") + kAccount + ":execution:" + machine_name + ":" + name;
    std::promise<void> ended;
    kernel_->await({kExecutionKind, arn}, [&ended](const Json&) { ended.set_value(); });
    call("StartExecution",
         Json::object({{"stateMachineArn", machine_arn}, {"name", name}, {"input", R"({"order":{"id":"o-1"}})"}}));
    ended.get_future().get();
  }

 private:
  std::string folder_;
  platform::SystemClock clock_;
  platform::SystemRandom random_;
  platform::RealFileSystem files_;
  dispatch::AllowEverything authorizer_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::BlobStore> blobs_;
  std::unique_ptr<platform::ThreadPool> executor_;
  std::unique_ptr<dispatch::Environment> environment_;
  dispatch::Registry registry_;
  std::unique_ptr<dispatch::Kernel> kernel_;
  std::unique_ptr<dispatch::Doorway> doorway_;
  StepFunctions states_;
  std::atomic<std::uint64_t> last_{0};
};

World& world() {
  static World world;
  return world;
}

void startExecution(benchmark::State& state) {
  static const std::string machine = world().machine("pass", 1);
  for (auto _ : state)
    world().call("StartExecution",
                 Json::object({{"stateMachineArn", machine}, {"input", R"({"order":{"id":"o-1"}})"}}));
  state.SetItemsProcessed(state.iterations());
}

void passMachineToItsEnd(benchmark::State& state) {
  static const std::string machine = world().machine("single", 1);
  for (auto _ : state) world().runToEnd(machine, "single");
  state.SetItemsProcessed(state.iterations());
}

/// Items are transitions.
void passTransitions(benchmark::State& state) {
  static const std::string machine = world().machine("chain", 100);
  for (auto _ : state) world().runToEnd(machine, "chain");
  state.SetItemsProcessed(state.iterations() * 100);
}

BENCHMARK(startExecution)->UseRealTime()->Threads(1)->Threads(64);
BENCHMARK(passMachineToItsEnd)->UseRealTime()->Threads(1)->Threads(64);
BENCHMARK(passTransitions)->UseRealTime()->Threads(1)->Threads(64);

}  // namespace
}  // namespace thimble::services::states
