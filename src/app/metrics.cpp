#include "app/metrics.h"

namespace thimble::app {

void measureCalls(base::MetricRegistry& metrics, dispatch::Doorway& doorway) {
  auto& calls =
      metrics.counters("thimble_calls_total", "API calls, from outside and inside.", {"service", "operation", "error"});
  auto& durations = metrics.histograms("thimble_call_duration_seconds", "From the call to its durable answer.",
                                       {"service", "operation"});
  doorway.setObserver([&](const dispatch::Call& call, const dispatch::CallOutcome& outcome, std::int64_t microseconds) {
    calls.at({call.service, call.operation, outcome.ok() ? std::string_view() : outcome.error().code}).add();
    durations.at({call.service, call.operation}).observe(microseconds);
  });
}

void measureProgram(base::MetricRegistry& metrics, store::Store& store, dispatch::Kernel& kernel,
                    wire::http::Server& http) {
  auto number = [](auto value) { return static_cast<double>(value); };
  metrics.observed("thimble_commits_total", "Transactions that were committed.", "counter",
                   [&store, number] { return number(store.statistics().commits); });
  metrics.observed("thimble_commit_groups_total", "Synced writes; commits share them.", "counter",
                   [&store, number] { return number(store.statistics().groups); });
  metrics.observed("thimble_commit_conflicts_total", "Transactions that were run again.", "counter",
                   [&store, number] { return number(store.statistics().conflicts); });
  metrics.observed("thimble_store_writable", "0 once a sync failed: a restart is needed.", "gauge",
                   [&store, number] { return number(store.writable() ? 1 : 0); });
  metrics.observed("thimble_process_work", "Inputs and tasks of durable processes in hand.", "gauge",
                   [&kernel, number] { return number(kernel.busy()); });
  metrics.observed("thimble_connections", "Open connections.", "gauge",
                   [&http, number] { return number(http.counters().connections_open); });
  metrics.observed("thimble_requests_total", "HTTP requests.", "counter",
                   [&http, number] { return number(http.counters().requests); });
  metrics.observed("thimble_protocol_errors_total", "Requests that were no proper HTTP.", "counter",
                   [&http, number] { return number(http.counters().protocol_errors); });
}

}  // namespace thimble::app
