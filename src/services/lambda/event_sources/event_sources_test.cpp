#include <gtest/gtest.h>

#include "services/lambda/event_sources/batch_response.h"
#include "services/lambda/event_sources/event_records.h"
#include "services/lambda/event_sources/filter.h"
#include "services/lambda/event_sources/lane.h"

namespace thimble::services::lambda::event_sources {
namespace {

using base::Json;

Json record(int sequence, std::int64_t second = 1000) {
  return Json::object({{"dynamodb", Json::object({{"SequenceNumber", std::to_string(sequence)},
                                                  {"ApproximateCreationDateTime", second}})}});
}

/// Sequence numbers of records, one after another.
std::string names(const std::vector<Json>& records) {
  std::string out;
  for (const Json& each : records) out += identifierOf(each);
  return out;
}

Lane laneOf(int count) {
  std::vector<Json> records;
  for (int i = 1; i <= count; ++i) records.push_back(record(i));
  return {records, 100};
}

TEST(BatchResponse, SaysWhichRecordsFailed) {
  const std::vector<std::string> batch = {"a", "b"};
  const std::string one = R"({"batchItemFailures": [{"itemIdentifier": "b"}]})";
  EXPECT_EQ(readBatchResponse(one, batch).failed, std::set<std::string>{"b"});
  for (const char* none : {"", "null", "{}", R"({"batchItemFailures": null})", R"({"batchItemFailures": []})"}) {
    EXPECT_FALSE(readBatchResponse(none, batch).all_failed) << none;
    EXPECT_TRUE(readBatchResponse(none, batch).failed.empty()) << none;
  }
  for (const char* all :
       {"\"ok\"", "[]", "{", R"({"batchItemFailures": {}})", R"({"batchItemFailures": ["a"]})",
        R"({"batchItemFailures": [{"itemIdentifier": ""}]})", R"({"batchItemFailures": [{"itemIdentifier": null}]})",
        R"({"batchItemFailures": [{"itemIdentifier": "c"}]})"}) {
    EXPECT_TRUE(readBatchResponse(all, batch).all_failed) << all;
  }
}

TEST(Lane, SplitsUntilOneRecordIsAloneAndGivesItUp) {
  Lane lane = laneOf(4);
  const RetryRules rules{.most_retries = 1, .bisect = true};
  std::string invoked;
  std::string given_up;
  while (!lane.empty()) {
    const std::string batch = names(lane.batch());
    invoked += batch + " ";
    // The third record always fails.
    if (batch.find('3') == std::string::npos) {
      lane.succeed();
      continue;
    }
    const Lane::Failure failure = lane.fail(0, rules);
    if (!failure.given_up.empty()) {
      given_up = names(failure.given_up);
      EXPECT_EQ(failure.invocations, 2);
    }
    lane = Lane::fromJson(lane.toJson());
  }
  EXPECT_EQ(invoked, "1234 12 34 3 3 4 ");
  EXPECT_EQ(given_up, "3");
}

TEST(Lane, KeepsOnlyWhatDidNotSucceed) {
  Lane lane = laneOf(3);
  EXPECT_EQ(lane.fail(1, {}).wait_milliseconds, 100);
  EXPECT_EQ(names(lane.batch()), "23");
  EXPECT_EQ(lane.fail(0, {}).wait_milliseconds, 200);
  EXPECT_EQ(lane.attempts(), 2);
  EXPECT_EQ(lane.postpone(), 500);
  EXPECT_EQ(lane.postpone(), 1000);
  EXPECT_EQ(lane.attempts(), 2);
  lane.succeed();
  EXPECT_TRUE(lane.empty());
}

TEST(Lane, DropsWhatIsTooOld) {
  Lane lane({record(1, 100), record(2, 200), record(3, 300)}, 2);
  EXPECT_EQ(names(lane.takeExpired({.most_age_seconds = 60}, 270'000)), "12");
  EXPECT_EQ(names(lane.batch()), "3");
  EXPECT_TRUE(lane.takeExpired({}, 9'999'999'000).empty());
}

TEST(Filter, LooksIntoAMessagesBody) {
  const auto criteria = [](const char* pattern) {
    return Json::object({{"Filters", Json::array({Json::object({{"Pattern", pattern}})})}});
  };
  const auto filter = Filter::parse(criteria(R"({"body": {"kind": ["order"]}})"));
  ASSERT_TRUE(filter.ok());
  EXPECT_TRUE(filter->passes(Json::object({{"body", R"({"kind": "order"})"}})));
  EXPECT_FALSE(filter->passes(Json::object({{"body", R"({"kind": "other"})"}})));
  EXPECT_FALSE(filter->passes(Json::object({{"body", "order"}})));
  EXPECT_FALSE(Filter::parse(criteria("{\"body\": 1}")).ok());
  EXPECT_TRUE(Filter::parse(Json())->passes(Json::object()));
}

TEST(EventRecords, HaveBytesInBase64AndTheSourcesArn) {
  const Json made = streamRecord(
      Json::object({{"eventID", "1"},
                    {"eventName", "REMOVE"},
                    {"eventVersion", "1.1"},
                    {"eventSource", "aws:dynamodb"},
                    {"awsRegion", "eu-west-1"},
                    {"userIdentity", Json::object({{"PrincipalId", "dynamodb.amazonaws.com"}, {"Type", "Service"}})},
                    {"dynamodb", Json::object({{"ApproximateCreationDateTime", 5000},
                                               {"Keys", Json::object({{"p", Json::object({{"B", "a\xff"}})}})},
                                               {"SequenceNumber", "7"},
                                               {"SizeBytes", 3},
                                               {"StreamViewType", "KEYS_ONLY"}})}}),
      "arn:x");
  EXPECT_EQ(made["dynamodb"]["Keys"]["p"].stringAt("B"), "Yf8=");
  EXPECT_EQ(made["dynamodb"]["ApproximateCreationDateTime"].asInt(), 5);
  EXPECT_EQ(made.stringAt("eventSourceARN"), "arn:x");
  EXPECT_EQ(made["userIdentity"].stringAt("type"), "Service");
}

}  // namespace
}  // namespace thimble::services::lambda::event_sources
