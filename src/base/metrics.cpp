#include "base/metrics.h"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <type_traits>
#include <utility>

namespace thimble::base {
namespace {

void appendEscaped(std::string& out, std::string_view text, bool quotes) {
  for (char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

void appendHead(std::string& out, std::string_view name, std::string_view help, std::string_view type) {
  out.append("# HELP ").append(name).append(" ");
  appendEscaped(out, help, false);
  out.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

std::string seconds(std::int64_t microseconds) {
  return number(static_cast<double>(microseconds) / 1e6);
}

}  // namespace

void Histogram::observe(std::int64_t microseconds) {
  const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), microseconds) - kBounds.begin();
  buckets_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(microseconds, std::memory_order_relaxed);
}

std::uint64_t Histogram::count() const {
  return cumulative(kBounds.size());
}

std::uint64_t Histogram::cumulative(std::size_t i) const {
  std::uint64_t count = 0;
  for (std::size_t k = 0; k <= i; ++k) count += buckets_[k].load(std::memory_order_relaxed);
  return count;
}

template <class Metric>
MetricFamily<Metric>::~MetricFamily() {
  for (auto& slot : slots_) {
    for (Node* node = slot.load(); node != nullptr;) delete std::exchange(node, node->next);
  }
}

template <class Metric>
bool MetricFamily<Metric>::same(const Node& node, std::initializer_list<std::string_view> values) {
  return std::equal(node.values.begin(), node.values.end(), values.begin(), values.end());
}

template <class Metric>
Metric& MetricFamily<Metric>::rest() {
  const std::lock_guard lock(rest_mutex_);
  if (rest_ == nullptr) {
    rest_ = new Node;
    rest_->values.assign(labels_.size(), "other");
    rest_->next = slots_[0].load(std::memory_order_acquire);
    while (!slots_[0].compare_exchange_weak(rest_->next, rest_, std::memory_order_acq_rel)) {
    }
  }
  return rest_->metric;
}

template <class Metric>
Metric& MetricFamily<Metric>::at(std::initializer_list<std::string_view> values) {
  assert(values.size() == labels_.size());
  std::size_t hash = 0;
  for (std::string_view value : values) hash = hash * 31 + std::hash<std::string_view>()(value);
  std::atomic<Node*>& slot = slots_[hash % kSlots];
  Node* head = slot.load(std::memory_order_acquire);
  for (Node* node = head; node != nullptr; node = node->next) {
    if (same(*node, values)) return node->metric;
  }
  if (series_.load(std::memory_order_relaxed) >= kMaxSeries) {
    return rest();
  }
  auto* made = new Node;
  made->values.assign(values.begin(), values.end());
  made->next = head;
  while (!slot.compare_exchange_weak(made->next, made, std::memory_order_acq_rel)) {
    // Somebody else added to this slot: perhaps the same series.
    for (Node* node = made->next; node != nullptr; node = node->next) {
      if (same(*node, values)) {
        delete made;
        return node->metric;
      }
    }
  }
  series_.fetch_add(1, std::memory_order_relaxed);
  return made->metric;
}

template <class Metric>
std::string MetricFamily<Metric>::labelText(const Node& node, std::string_view more) const {
  if (labels_.empty() && more.empty()) return {};
  std::string out = "{";
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    if (i > 0) out += ',';
    out.append(labels_[i]).append("=\"");
    appendEscaped(out, node.values[i], true);
    out += '"';
  }
  if (!more.empty()) out.append(labels_.empty() ? "" : ",").append(more);
  return out + "}";
}

template <class Metric>
void MetricFamily<Metric>::write(std::string& out) const {
  constexpr bool kHistogram = std::is_same_v<Metric, Histogram>;
  appendHead(out, name_, help_, kHistogram ? "histogram" : std::is_same_v<Metric, Counter> ? "counter" : "gauge");
  std::vector<const Node*> nodes;
  for (const auto& slot : slots_) {
    for (const Node* node = slot.load(std::memory_order_acquire); node != nullptr; node = node->next) {
      nodes.push_back(node);
    }
  }
  std::sort(nodes.begin(), nodes.end(), [](const Node* a, const Node* b) { return a->values < b->values; });
  for (const Node* node : nodes) {
    if constexpr (kHistogram) {
      for (std::size_t i = 0; i < Histogram::kBounds.size(); ++i) {
        const std::string bound = "le=\"" + seconds(Histogram::kBounds[i]) + "\"";
        out.append(name_).append("_bucket").append(labelText(*node, bound)).append(" ");
        out.append(std::to_string(node->metric.cumulative(i))).append("\n");
      }
      const std::string count = std::to_string(node->metric.count());
      out.append(name_)
          .append("_bucket")
          .append(labelText(*node, "le=\"+Inf\""))
          .append(" ")
          .append(count)
          .append("\n");
      out.append(name_).append("_sum").append(labelText(*node)).append(" ");
      out.append(seconds(node->metric.sumMicroseconds())).append("\n");
      out.append(name_).append("_count").append(labelText(*node)).append(" ").append(count).append("\n");
    } else {
      out.append(name_).append(labelText(*node)).append(" ").append(std::to_string(node->metric.value())).append("\n");
    }
  }
}

template class MetricFamily<Counter>;
template class MetricFamily<Gauge>;
template class MetricFamily<Histogram>;

MetricFamily<Counter>& MetricRegistry::counters(std::string name, std::string help, std::vector<std::string> labels) {
  const std::lock_guard lock(mutex_);
  counters_.push_back(std::make_unique<MetricFamily<Counter>>(std::move(name), std::move(help), std::move(labels)));
  return *counters_.back();
}

MetricFamily<Gauge>& MetricRegistry::gauges(std::string name, std::string help, std::vector<std::string> labels) {
  const std::lock_guard lock(mutex_);
  gauges_.push_back(std::make_unique<MetricFamily<Gauge>>(std::move(name), std::move(help), std::move(labels)));
  return *gauges_.back();
}

MetricFamily<Histogram>& MetricRegistry::histograms(std::string name, std::string help,
                                                    std::vector<std::string> labels) {
  const std::lock_guard lock(mutex_);
  histograms_.push_back(std::make_unique<MetricFamily<Histogram>>(std::move(name), std::move(help), std::move(labels)));
  return *histograms_.back();
}

void MetricRegistry::observed(std::string name, std::string help, std::string type, std::function<double()> value) {
  const std::lock_guard lock(mutex_);
  observed_.push_back({std::move(name), std::move(help), std::move(type), std::move(value)});
}

std::string MetricRegistry::text() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& family : counters_) family->write(out);
  for (const auto& family : gauges_) family->write(out);
  for (const auto& family : histograms_) family->write(out);
  for (const Observed& each : observed_) {
    appendHead(out, each.name, each.help, each.type);
    out.append(each.name).append(" ").append(number(each.value())).append("\n");
  }
  return out;
}

}  // namespace thimble::base
