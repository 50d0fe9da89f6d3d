// The decision core by itself: transitions a second on one core. Items are states entered and left.
#include <benchmark/benchmark.h>

#include "lang/asl/memory_run.h"

namespace thimble::lang::asl {
namespace {

using base::Json;

constexpr int kStates = 1000;

/// A chain of states, each made by `state` but for its Next.
DefinitionPtr chain(const Json& state) {
  Json states = Json::object();
  for (int i = 0; i < kStates; ++i) {
    Json next = state;
    if (i + 1 < kStates) {
      next.set("Next", Json("S" + std::to_string(i + 1)));
    } else {
      next.set("End", Json(true));
    }
    states.set("S" + std::to_string(i), next);
  }
  return parseDefinition(Json::object({{"StartAt", "S0"}, {"States", states}}).write(), MachineType::Standard)
      .definition;
}

void run(benchmark::State& bench, const DefinitionPtr& definition, bool express) {
  const std::string input = R"({"order":{"id":"o-1","items":[1,2,3],"total":42.5},"customer":"c-9","stage":"new"})";
  const Json value = Json::parse(input).value();
  for (auto _ : bench) {
    const MemoryRun result = runInMemory(definition, Payload(value, input), {}, express, 100);
    if (result.header.status != ExecutionStatus::Succeeded) bench.SkipWithError("the execution did not succeed");
  }
  bench.SetItemsProcessed(bench.iterations() * kStates);
}

void expressPass(benchmark::State& bench) {
  run(bench, chain(Json::object({{"Type", "Pass"}})), true);
}
void standardPass(benchmark::State& bench) {
  run(bench, chain(Json::object({{"Type", "Pass"}})), false);
}
void expressResultPath(benchmark::State& bench) {
  run(bench, chain(Json::object({{"Type", "Pass"}, {"Result", "x"}, {"ResultPath", "$.stage"}})), true);
}
void expressParameters(benchmark::State& bench) {
  run(bench,
      chain(Json::object({{"Type", "Pass"},
                          {"Parameters", Json::object({{"order.$", "$.order"},
                                                       {"customer.$", "$.customer"},
                                                       {"n.$", "States.MathAdd($.order.items[0], 1)"}})}})),
      true);
}
void expressChoice(benchmark::State& bench) {
  Json states = Json::object();
  for (int i = 0; i < kStates; ++i) {
    const std::string next = "S" + std::to_string(i + 1);
    states.set("S" + std::to_string(i),
               Json::object({{"Type", "Choice"},
                             {"Choices", Json::array({Json::object(
                                             {{"Variable", "$.stage"}, {"StringEquals", "new"}, {"Next", next}})})}}));
  }
  states.set("S" + std::to_string(kStates), Json::object({{"Type", "Succeed"}}));
  run(bench,
      parseDefinition(Json::object({{"StartAt", "S0"}, {"States", states}}).write(), MachineType::Standard).definition,
      true);
}
void parse(benchmark::State& bench) {
  const std::string text = chain(Json::object({{"Type", "Pass"}, {"InputPath", "$.a.b"}}))->source.write();
  for (auto _ : bench) benchmark::DoNotOptimize(parseDefinition(text, MachineType::Standard));
  bench.SetBytesProcessed(static_cast<std::int64_t>(bench.iterations() * text.size()));
}

BENCHMARK(expressPass);
BENCHMARK(standardPass);
BENCHMARK(expressResultPath);
BENCHMARK(expressParameters);
BENCHMARK(expressChoice);
BENCHMARK(parse);

}  // namespace
}  // namespace thimble::lang::asl
