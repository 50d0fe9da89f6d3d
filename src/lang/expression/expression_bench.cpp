// What a request pays once (reading), and what it pays for each item.
#include <benchmark/benchmark.h>

#include "lang/expression/request.h"

namespace thimble::lang::expression {
namespace {

using base::Json;

/// About 1 kB in twelve attributes.
Json itemJson() {
  Json item = *Json::parse(R"({"pk": {"S": "customer#00042"}, "sk": {"S": "order#2026-11-28"}, "count": {"N": "17"},
    "price": {"N": "129.95"}, "open": {"BOOL": true}, "tags": {"SS": ["new", "paid", "urgent"]},
    "address": {"M": {"city": {"S": "Utrecht"}, "street": {"S": "Oudegracht"}, "number": {"N": "231"}}},
    "parts": {"L": [{"M": {"id": {"S": "a"}, "n": {"N": "1"}}}, {"M": {"id": {"S": "b"}, "n": {"N": "2"}}}]},
    "created": {"S": "2026-11-28T20:00:00Z"}, "version": {"N": "3"}, "note": {"NULL": true}})");
  item.set("body", Json::object({{"S", std::string(600, 'x')}}));
  return item;
}

Json input(const char* parameter, const char* text) {
  Json input = *Json::parse(R"({"ExpressionAttributeNames": {"#n": "count"},
    "ExpressionAttributeValues": {":n": {"N": "10"}, ":s": {"S": "order#"}}})");
  input.set(parameter, text);
  return input;
}

constexpr const char* kCondition = "#n > :n AND begins_with(sk, :s)";

void evaluateCondition(benchmark::State& state) {
  const Item item = *Item::fromJson(itemJson());
  const auto read = readExpressions(input("ConditionExpression", kCondition));
  for (auto _ : state) {
    bool holds = read->condition->matches(item);
    if (!holds) state.SkipWithError("does not hold");
    benchmark::DoNotOptimize(holds);
  }
}
BENCHMARK(evaluateCondition);

void readCondition(benchmark::State& state) {
  const Json request = input("ConditionExpression", kCondition);
  for (auto _ : state) benchmark::DoNotOptimize(readExpressions(request));
}
BENCHMARK(readCondition);

void applyUpdate(benchmark::State& state) {
  const Item item = *Item::fromJson(itemJson());
  const auto read = readExpressions(input("UpdateExpression", "SET #n = #n + :n, address.city = :s"));
  for (auto _ : state) benchmark::DoNotOptimize(read->update->apply(item));
}
BENCHMARK(applyUpdate);

void project(benchmark::State& state) {
  const Item item = *Item::fromJson(itemJson());
  Placeholders none;
  const auto projection = Projection::parse("pk, sk, address.city, parts[1].id", none);
  for (auto _ : state) benchmark::DoNotOptimize(projection->apply(item));
}
BENCHMARK(project);

void itemFromJson(benchmark::State& state) {
  const Json json = itemJson();
  for (auto _ : state) benchmark::DoNotOptimize(Item::fromJson(json));
}
BENCHMARK(itemFromJson);

void itemToJson(benchmark::State& state) {
  const Item item = *Item::fromJson(itemJson());
  for (auto _ : state) benchmark::DoNotOptimize(toJson(item));
}
BENCHMARK(itemToJson);

void sizeOfItem(benchmark::State& state) {
  const Item item = *Item::fromJson(itemJson());
  for (auto _ : state) benchmark::DoNotOptimize(itemSize(item));
}
BENCHMARK(sizeOfItem);

}  // namespace
}  // namespace thimble::lang::expression
