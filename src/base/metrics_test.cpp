#include "base/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace thimble::base {
namespace {

TEST(Metrics, TextForPrometheus) {
  MetricRegistry registry;
  auto& calls = registry.counters("thimble_calls_total", "Calls.", {"service", "operation"});
  calls.at({"states", "StartExecution"}).add(2);
  calls.at({"s3", "Put\"Object\\"}).add();
  registry.gauges("thimble_open", "Open\nthings.").at({}).set(-3);
  registry.observed("thimble_asked", "Asked.", "gauge", [] { return 0.5; });
  EXPECT_EQ(registry.text(),
            "# HELP thimble_calls_total Calls.\n# TYPE thimble_calls_total counter\n"
            "thimble_calls_total{service=\"s3\",operation=\"Put\\\"Object\\\\\"} 1\n"
            "thimble_calls_total{service=\"states\",operation=\"StartExecution\"} 2\n"
            "# HELP thimble_open Open\\nthings.\n# TYPE thimble_open gauge\nthimble_open -3\n"
            "# HELP thimble_asked Asked.\n# TYPE thimble_asked gauge\nthimble_asked 0.5\n");
}

TEST(Metrics, Histograms) {
  MetricRegistry registry;
  Histogram& histogram = registry.histograms("t_seconds", "T.", {"a"}).at({"b"});
  for (std::int64_t each : {0, 100, 101, 1'000'000, 200'000'000}) histogram.observe(each);
  EXPECT_EQ(histogram.count(), 5u);
  const std::string text = registry.text();
  for (const char* line :
       {"t_seconds_bucket{a=\"b\",le=\"0.0001\"} 2\n", "t_seconds_bucket{a=\"b\",le=\"0.00025\"} 3\n",
        "t_seconds_bucket{a=\"b\",le=\"1\"} 4\n", "t_seconds_bucket{a=\"b\",le=\"+Inf\"} 5\n",
        "t_seconds_sum{a=\"b\"} 201.000201\n", "t_seconds_count{a=\"b\"} 5\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

TEST(Metrics, SeriesAreFoundByManyThreadsAndBounded) {
  MetricFamily<Counter> family("n", "N.", {"a"});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) family.at({std::to_string(i)}).add();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(family.at({"7"}).value(), 4u);
  std::string text;
  family.write(text);
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  // Threads that add at the same moment may each go one beyond the bound.
  EXPECT_LE(lines, MetricFamily<Counter>::kMaxSeries + 2 + 1 + 4);
  EXPECT_GE(family.at({"other"}).value(), 4u * (5000 - MetricFamily<Counter>::kMaxSeries - 4));
}

}  // namespace
}  // namespace thimble::base
