#include "services/logs/insights_query.h"

#include <gtest/gtest.h>

namespace thimble::services::logs {
namespace {

/// What a query gives of some events, newest first: rows as "field=value field=value;".
std::string ask(const std::string& text) {
  const auto query = InsightsQuery::parse(text);
  if (!query.ok()) return query.error().code;
  std::vector<InsightsRecord> records;
  const char* messages[] = {R"({"level":"error","took":7,"user":{"name":"a"}})", R"({"level":"info","took":12})",
                            "ERROR plain, code 500", R"({"level":"error","took":100})"};
  std::int64_t time = 1'800'000'000'000;
  for (const char* message : messages) {
    InsightsRecord record = insightsRecord(time -= 60'000, 0, message, "s", "1:g", "p");
    if (query->admits(record)) records.push_back(std::move(record));
  }
  std::string out;
  for (const InsightsQuery::Row& row : query->run(std::move(records), 100)) {
    for (const auto& [field, value] : row) {
      if (field != "@ptr") out += field + "=" + value + " ";
    }
    if (out.ends_with(' ')) out.pop_back();
    out += ';';
  }
  return out;
}

TEST(InsightsQuery, Answers) {
  const std::pair<const char*, const char*> cases[] = {
      {"fields took | filter level = \"error\"", "took=7;took=100;"},
      {"filter level = 'error' and took > 50 | display level, took", "level=error took=100;"},
      {"fields user.name | filter ispresent(user.name)", "user.name=a;"},
      {"filter @message like /(?i)ERROR/ | fields took as t | sort t desc", "t=100;t=7;;"},
      {"filter @message like 'code' or took in [12, 13] | display took | sort took asc", "took=12;;"},
      {"filter not (level = 'error') | display level | limit 1", "level=info;"},
      {"stats count(*) as n, avg(took), max(took) by level | sort n desc",
       "level=error n=2 avg(took)=53.5 max(took)=100;n=1 avg(took)= max(took)=;level=info n=1 avg(took)=12 "
       "max(took)=12;"},
      {"stats count() by bin(1h) as hour | sort hour", "hour=2027-01-15 07:00:00.000 count(*)=4;"},
      {"filter level = \"error\" | stats sum(took), count_distinct(level)", "sum(took)=107 count_distinct(level)=1;"},
      {"stats count(*) | filter `count(*)` > 3", "count(*)=4;"},
      {"parse @message '*' as x", "NotImplemented"},
      {"fields strlen(@message)", "NotImplemented"},
      {"filter level >", "MalformedQueryException"},
      {"filter (level = 1", "MalformedQueryException"},
      {"filter @message like /(/", "MalformedQueryException"},
      {"fields a, | limit 1", "MalformedQueryException"},
      {"nonsense", "MalformedQueryException"},
      {"", "MalformedQueryException"},
  };
  for (const auto& [query, answer] : cases) EXPECT_EQ(ask(query), answer) << query;
}

}  // namespace
}  // namespace thimble::services::logs
