// Commits of six small rows each, durable, by as many producers as the benchmark has threads.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "store/store.h"

namespace thimble::store {
namespace {

std::unique_ptr<Store> shared_store;
std::string folder;

void open(const benchmark::State&) {
  std::string pattern = "thimble-bench-XXXXXX";
  folder = mkdtemp(pattern.data());
  shared_store = std::make_unique<Store>(openRocksEngine(folder));
}

void close(const benchmark::State&) {
  shared_store.reset();
  std::filesystem::remove_all(folder);
}

void BM_Commit(benchmark::State& state) {
  std::int64_t n = 0;
  const std::string value(200, 'v');
  for (auto _ : state) {
    Transaction transaction = shared_store->begin();
    for (int row = 0; row < 6; ++row) {
      transaction.put(Key("bench").add(std::int64_t{state.thread_index()}).add(n).add(row).bytes(), value);
    }
    transaction.get(Key("bench").add(std::int64_t{state.thread_index()}).add(n).add(0).bytes());
    if (shared_store->commitAndWait(std::move(transaction)) != CommitOutcome::Committed) state.SkipWithError("commit");
    ++n;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Commit)->Setup(open)->Teardown(close)->Threads(1)->Threads(16)->Threads(64)->UseRealTime();

}  // namespace
}  // namespace thimble::store
