// Counters, gauges and histograms, and their text for Prometheus.
//
// Metrics are made once and then changed by atomics alone. A family is one name with label values; a series is found
// without a lock. Families hold a bounded number of series: label values that come from outside cannot fill the memory.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace thimble::base {

class Counter {
 public:
  void add(std::uint64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// Durations, in buckets from 100 microseconds to 100 seconds.
class Histogram {
 public:
  /// Upper bounds in microseconds; one more bucket holds all beyond.
  static constexpr std::array<std::int64_t, 13> kBounds = {
      100, 250, 500, 1'000, 2'500, 5'000, 10'000, 50'000, 100'000, 500'000, 1'000'000, 10'000'000, 100'000'000};

  void observe(std::int64_t microseconds);
  std::uint64_t count() const;
  std::int64_t sumMicroseconds() const { return sum_.load(std::memory_order_relaxed); }
  /// Observations at or below kBounds[i].
  std::uint64_t cumulative(std::size_t i) const;

 private:
  std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> buckets_{};
  std::atomic<std::int64_t> sum_{0};
};

/// The series of one metric name. Metric: Counter, Gauge or Histogram.
template <class Metric>
class MetricFamily {
 public:
  static constexpr std::size_t kMaxSeries = 4096;

  MetricFamily(std::string name, std::string help, std::vector<std::string> labels)
      : name_(std::move(name)), help_(std::move(help)), labels_(std::move(labels)) {}
  ~MetricFamily();
  MetricFamily(const MetricFamily&) = delete;
  MetricFamily& operator=(const MetricFamily&) = delete;

  /// The series of these label values, in the order of the labels; made when new. Once the family is full, new values
  /// share one series whose values are all "other". The reference stays valid as long as the family.
  Metric& at(std::initializer_list<std::string_view> values);

  void write(std::string& out) const;

 private:
  struct Node {
    std::vector<std::string> values;
    Metric metric;
    Node* next = nullptr;  // Never changes once the node can be seen.
  };
  static constexpr std::size_t kSlots = 512;

  Metric& rest();
  static bool same(const Node& node, std::initializer_list<std::string_view> values);
  std::string labelText(const Node& node, std::string_view more = {}) const;

  std::string name_;
  std::string help_;
  std::vector<std::string> labels_;
  std::array<std::atomic<Node*>, kSlots> slots_{};
  std::atomic<std::size_t> series_{0};
  std::mutex rest_mutex_;  // A family that is full is a mistake somewhere; it may be slow.
  Node* rest_ = nullptr;   // Guarded by rest_mutex_; in the first slot's chain, which owns it.
};

class MetricRegistry {
 public:
  // Names end in _total (counters) or _seconds (histograms) by Prometheus' custom. Each name is made once; the registry
  // must outlive what holds the reference.
  MetricFamily<Counter>& counters(std::string name, std::string help, std::vector<std::string> labels = {});
  MetricFamily<Gauge>& gauges(std::string name, std::string help, std::vector<std::string> labels = {});
  MetricFamily<Histogram>& histograms(std::string name, std::string help, std::vector<std::string> labels = {});
  /// A value that is asked for when the text is made. `type` is "gauge" or "counter".
  void observed(std::string name, std::string help, std::string type, std::function<double()> value);

  /// The text exposition format, version 0.0.4.
  /// https://prometheus.io/docs/instrumenting/exposition_formats/
  std::string text() const;
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  struct Observed {
    std::string name, help, type;
    std::function<double()> value;
  };

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<MetricFamily<Counter>>> counters_;
  std::vector<std::unique_ptr<MetricFamily<Gauge>>> gauges_;
  std::vector<std::unique_ptr<MetricFamily<Histogram>>> histograms_;
  std::vector<Observed> observed_;
};

}  // namespace thimble::base
