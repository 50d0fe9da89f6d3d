// Cold starts and warm invocations, over the real Runtime API and sandbox.
//
// THIMBLE_FUNCTION_ECHO names a static C++ function that answers its event (functions/function_echo_static of the
// build).
#include <benchmark/benchmark.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <set>

#include "services/lambda/bootstrap/embedded_bootstrap.h"
#include "services/lambda/runtime/pool.h"

namespace thimble::services::lambda::runtime {
namespace {

/// One pool for all benchmarks, with a folder of code a language.
class World {
 public:
  World() {
    char pattern[] = "/tmp/thimble-bench-XXXXXX";
    folder_ = mkdtemp(pattern);
    chmod(folder_.c_str(), 0755);
    for (const char* name : {"/runtime", "/python", "/boto3", "/node", "/native"})
      std::filesystem::create_directory(folder_ + name);
    writeBootstraps(folder_ + "/runtime");
    std::ofstream(folder_ + "/python/index.py") << "def handler(event, context): return event\n";
    std::ofstream(folder_ + "/boto3/index.py") << "import boto3\ndef handler(event, context): return event\n";
    std::ofstream(folder_ + "/node/index.js") << "exports.handler = async (event) => event;\n";
    if (const char* echo = std::getenv("THIMBLE_FUNCTION_ECHO")) {
      std::filesystem::copy_file(echo, folder_ + "/native/bootstrap");
    }
    auto opened = sandbox::Sandbox::open();
    if (!opened.ok()) throw std::runtime_error(opened.error().message);
    sandbox_ = std::move(opened).value();
    pool_ = std::make_unique<Pool>(*sandbox_, clock_, random_, nullptr, nullptr, PoolOptions{});
  }
  ~World() {
    pool_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::shared_ptr<Image> image(const std::string& language, bool spare = false) {
    auto made = std::make_shared<Image>();
    made->key = language + std::to_string(++images_);
    made->group = made->key;
    made->version = "$LATEST";
    made->timeout_seconds = 30;
    made->outbound = false;
    made->environment = {"AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001", "_HANDLER=index.handler",
                         "LAMBDA_TASK_ROOT=/var/task"};
    made->mounts = {{folder_ + "/" + language, "/var/task"}, {folder_ + "/runtime", "/var/runtime"}};
    if (language == "native") {
      made->command = {"/var/task/bootstrap"};
    } else if (language == "node") {
      made->command = {"/usr/bin/node", "/var/runtime/bootstrap.mjs"};
    } else {
      made->command = {"/usr/bin/python3", "-S", "-B", "/var/runtime/bootstrap.py"};
    }
    if (spare) {
      made->spare = SpareStart{{}, {{folder_ + "/runtime", "/var/runtime"}}};
      if (language == "boto3") made->spare->environment.push_back("THIMBLE_PRELOAD=boto3");
      spare_kinds_.insert(language);
    }
    return made;
  }

  InvocationResult invoke(const std::shared_ptr<Image>& image) {
    std::promise<InvocationResult> promise;
    Invocation invocation;
    invocation.request_id = "r";
    invocation.payload = R"({"hello":"world"})";
    pool_->invoke(image, std::move(invocation), 1000,
                  [&](InvocationResult result) { promise.set_value(std::move(result)); });
    return promise.get_future().get();
  }

  void retire(const std::string& key) { pool_->retire(key); }

  /// Until a spare of each kind that has been used waits; false when none comes.
  bool awaitSpares() {
    for (int i = 0; i < 2000; ++i) {
      if (pool_->counters().spares == spare_kinds_.size()) return true;
      usleep(1000);
    }
    return false;
  }

 private:
  std::string folder_;
  platform::SystemClock clock_;
  platform::SystemRandom random_;
  std::unique_ptr<sandbox::Sandbox> sandbox_;
  std::unique_ptr<Pool> pool_;
  int images_ = 0;
  std::set<std::string> spare_kinds_;
};

World& world() {
  static World made;
  return made;
}

bool unavailable(benchmark::State& state, const std::string& language) {
  if (language != "native" || std::getenv("THIMBLE_FUNCTION_ECHO") != nullptr) return false;
  state.SkipWithError("THIMBLE_FUNCTION_ECHO is not set");
  return true;
}

void coldStart(benchmark::State& state, const std::string& language, bool spare) {
  if (unavailable(state, language)) return;
  // The first start makes the kind known.
  if (spare) world().invoke(world().image(language, true));
  if (spare && !world().awaitSpares()) state.SkipWithError("no spare");
  for (auto _ : state) {
    const std::shared_ptr<Image> image = world().image(language, spare);
    const InvocationResult result = world().invoke(image);
    if (result.kind != InvocationResult::Kind::Succeeded) state.SkipWithError(result.payload.c_str());
    state.PauseTiming();
    world().retire(image->key);
    // The spawner makes the next network while nothing is asked of it.
    usleep(60'000);
    if (spare && !world().awaitSpares()) state.SkipWithError("no spare");
    state.ResumeTiming();
  }
}

void warmInvoke(benchmark::State& state, const std::string& language) {
  if (unavailable(state, language)) return;
  const std::shared_ptr<Image> image = world().image(language);
  world().invoke(image);
  for (auto _ : state) world().invoke(image);
}

BENCHMARK_CAPTURE(coldStart, cpp, "native", false)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(30);
BENCHMARK_CAPTURE(coldStart, python, "python", false)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(20);
BENCHMARK_CAPTURE(coldStart, python_spare, "python", true)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Iterations(20);
BENCHMARK_CAPTURE(coldStart, boto3, "boto3", false)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(5);
BENCHMARK_CAPTURE(coldStart, boto3_spare, "boto3", true)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(5);
BENCHMARK_CAPTURE(coldStart, node, "node", false)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(10);
BENCHMARK_CAPTURE(coldStart, node_spare, "node", true)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(10);
BENCHMARK_CAPTURE(warmInvoke, cpp, "native")->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK_CAPTURE(warmInvoke, python, "python")->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK_CAPTURE(warmInvoke, node, "node")->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace thimble::services::lambda::runtime
