// Queries of CloudWatch Logs Insights, pure: the commands fields, display, filter, sort, limit and stats.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace thimble::services::logs {

/// An event's fields by name; those of a message that is a JSON object with dots between their levels.
using InsightsRecord = std::map<std::string, std::string, std::less<>>;

/// The fields of an event: "@message", "@timestamp", those in its JSON.
InsightsRecord insightsRecord(std::int64_t timestamp, std::int64_t ingestion, const std::string& message,
                              const std::string& stream, const std::string& log, const std::string& pointer);

class InsightsQuery {
 public:
  /// Errors: MalformedQueryException; NotImplemented, which names the command or function.
  static base::Result<InsightsQuery> parse(std::string_view text);

  /// Whether the filters before any other command let the record through.
  bool admits(const InsightsRecord& record) const;

  /// Fields of rows in the order in which they are shown. `records` are those admitted, the newest first.
  using Row = std::vector<std::pair<std::string, std::string>>;
  std::vector<Row> run(std::vector<InsightsRecord> records, std::size_t limit) const;

  using Condition = std::function<bool(const InsightsRecord&)>;
  using Stage = std::function<void(std::vector<InsightsRecord>&)>;

 private:
  friend class InsightsParser;

  std::vector<Condition> admissions_;
  std::vector<Stage> stages_;
  std::vector<std::string> shown_;
  bool aggregated_ = false;
};

}  // namespace thimble::services::logs
