#include <benchmark/benchmark.h>

#include "lang/vtl/gateway.h"
#include "lang/vtl/template.h"

namespace thimble::lang::vtl {
namespace {

// The shape of a button's request mapping.
// clang-format off
constexpr char kStartExecution[] =
    R"json({"input": "$util.escapeJavaScript($input.json('$'))", "name": "$context.requestId",
        "stateMachineArn": "arn:aws:states:eu-west-1:000000000000:stateMachine:StartPipeline"})json";
// clang-format on
constexpr char kLoop[] = "#foreach($i in [1..1000])#if($i % 2 == 0)$i, #end#end";

void compileTemplate(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Template::compile(kStartExecution));
}
BENCHMARK(compileTemplate);

void renderStartExecution(benchmark::State& state) {
  const auto compiled = Template::compile(kStartExecution);
  const std::string body = R"({"pipeline_name":"RestaurantService_pipeline","notifier":"Slack","channel":"#ops",)"
                           R"("slack_token":"xoxb-1","message":"deploy, please"})";
  const base::Json none;
  const JsonPathQuery query = [](const base::Json&, std::string_view) {
    return base::Result<std::optional<base::Json>, std::string>(std::optional<base::Json>());
  };
  for (auto _ : state) {
    Input input(body, none, query);
    Util util;
    Rendering rendering(compiled.value());
    Map* context = rendering.heap().newMap();
    context->put("requestId", std::string("c6af9ac6-7b61-11e6-9a41-93e8deadbeef"));
    rendering.set("context", context);
    rendering.set("input", &input);
    rendering.set("util", &util);
    benchmark::DoNotOptimize(rendering.run());
  }
}
BENCHMARK(renderStartExecution);

void renderLoop(benchmark::State& state) {
  const auto compiled = Template::compile(kLoop);
  for (auto _ : state) {
    Rendering rendering(compiled.value());
    benchmark::DoNotOptimize(rendering.run());
  }
}
BENCHMARK(renderLoop);

}  // namespace
}  // namespace thimble::lang::vtl
