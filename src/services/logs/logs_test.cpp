// The service through the doorway, in a world in memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dispatch/testing/test_world.h"
#include "services/logs/groups.h"
#include "services/logs/service.h"

namespace thimble::services::logs {
namespace {

using base::Json;
using testing::ElementsAre;
using testing::IsEmpty;

class Logs : public testing::Test {
 protected:
  Logs() {
    registerOperations(world_.registry(), world_.kernel());
    world_.start();
  }

  dispatch::CallOutcome call(const std::string& operation, Json input) {
    return world_.call("logs", operation, std::move(input));
  }
  Json ok(const std::string& operation, Json input) {
    auto outcome = call(operation, std::move(input));
    if (!outcome.ok()) ADD_FAILURE() << operation << ": " << outcome.error().code << " " << outcome.error().message;
    return outcome.ok() ? outcome->output : Json();
  }
  std::string error(const std::string& operation, Json input) {
    const auto outcome = call(operation, std::move(input));
    return outcome.ok() ? "" : outcome.error().code + ": " + outcome.error().message;
  }
  void makeStream(const std::string& stream) {
    (void)call("CreateLogGroup", Json::object({{"logGroupName", "g"}}));  // It may be there.
    ok("CreateLogStream", Json::object({{"logGroupName", "g"}, {"logStreamName", stream}}));
  }
  /// Puts events named by `messages` one millisecond apart, `offset` from now on.
  void put(const std::string& stream, const std::vector<std::string>& messages, std::int64_t offset = 0) {
    Json events = Json::array();
    for (const std::string& message : messages) {
      events.push(Json::object({{"timestamp", now() + offset++}, {"message", message}}));
    }
    ok("PutLogEvents", Json::object({{"logGroupName", "g"}, {"logStreamName", stream}, {"logEvents", events}}));
  }
  std::int64_t now() { return world_.clock().now().milliseconds; }
  static std::vector<std::string> messages(const Json& output) {
    std::vector<std::string> texts;
    for (const Json& event : output["events"].asArray()) texts.push_back(event.stringAt("message"));
    return texts;
  }
  Json get(Json more) {
    Json input = Json::object({{"logGroupName", "g"}, {"logStreamName", "s"}});
    for (const auto& [name, value] : more.asObject()) input.set(name, value);
    return ok("GetLogEvents", std::move(input));
  }
  Json filter(Json more) {
    Json input = Json::object({{"logGroupName", "g"}});
    for (const auto& [name, value] : more.asObject()) input.set(name, value);
    return ok("FilterLogEvents", std::move(input));
  }

  dispatch::TestWorld world_;
};

TEST_F(Logs, PagesForwardsAndBackwards) {
  makeStream("s");
  put("s", {"1", "2", "3", "4", "5"});
  // From the end, as by default.
  Json page = get(Json::object({{"limit", 2}}));
  EXPECT_THAT(messages(page), ElementsAre("4", "5"));
  page = get(Json::object({{"limit", 2}, {"nextToken", page.stringAt("nextBackwardToken")}}));
  EXPECT_THAT(messages(page), ElementsAre("2", "3"));
  page = get(Json::object({{"limit", 2}, {"nextToken", page.stringAt("nextBackwardToken")}}));
  EXPECT_THAT(messages(page), ElementsAre("1"));
  const std::string begin = page.stringAt("nextBackwardToken");
  page = get(Json::object({{"nextToken", begin}}));
  EXPECT_THAT(messages(page), IsEmpty());
  EXPECT_EQ(page.stringAt("nextBackwardToken"), begin);
  // From the head, to the end, and on when more has come.
  page = get(Json::object({{"limit", 4}, {"startFromHead", true}}));
  EXPECT_THAT(messages(page), ElementsAre("1", "2", "3", "4"));
  page = get(Json::object({{"nextToken", page.stringAt("nextForwardToken")}}));
  EXPECT_THAT(messages(page), ElementsAre("5"));
  const std::string end = page.stringAt("nextForwardToken");
  page = get(Json::object({{"nextToken", end}}));
  EXPECT_THAT(messages(page), IsEmpty());
  EXPECT_EQ(page.stringAt("nextForwardToken"), end);
  put("s", {"6"}, 10);
  EXPECT_THAT(messages(get(Json::object({{"nextToken", end}}))), ElementsAre("6"));
}

TEST_F(Logs, AnEmptyStreamCanBeFollowed) {
  makeStream("s");
  const Json page = get(Json::object());
  EXPECT_THAT(messages(page), IsEmpty());
  put("s", {"first"});
  EXPECT_THAT(messages(get(Json::object({{"nextToken", page.stringAt("nextForwardToken")}}))), ElementsAre("first"));
}

TEST_F(Logs, TimesBoundWhatIsGiven) {
  makeStream("s");
  put("s", {"1", "2", "3", "4"});
  const std::int64_t t = now();
  EXPECT_THAT(messages(get(Json::object({{"startTime", t + 1}, {"endTime", t + 3}}))), ElementsAre("2", "3"));
  // FilterLogEvents includes its end.
  EXPECT_THAT(messages(filter(Json::object({{"startTime", t + 1}, {"endTime", t + 3}}))), ElementsAre("2", "3", "4"));
}

TEST_F(Logs, FiltersOverStreamsInOrderOfTime) {
  makeStream("a");
  makeStream("b");
  put("a", {"a0 ERROR", "a1", "a2 ERROR"}, 0);
  put("b", {"b0 ERROR", "b1 ERROR", "b2"}, 1);
  const Json all = filter(Json::object({{"filterPattern", "ERROR"}}));
  EXPECT_THAT(messages(all), ElementsAre("a0 ERROR", "b0 ERROR", "a2 ERROR", "b1 ERROR"));
  EXPECT_FALSE(all.contains("nextToken"));
  // Page by page gives the same.
  std::vector<std::string> paged;
  Json more = Json::object({{"filterPattern", "ERROR"}, {"limit", 1}});
  for (int i = 0; i < 10; ++i) {
    const Json page = filter(more);
    for (const std::string& message : messages(page)) paged.push_back(message);
    if (!page.contains("nextToken")) break;
    more.set("nextToken", page.stringAt("nextToken"));
  }
  EXPECT_EQ(paged, messages(all));
  EXPECT_THAT(messages(filter(Json::object({{"logStreamNames", Json::array({"b"})}}))),
              ElementsAre("b0 ERROR", "b1 ERROR", "b2"));
  EXPECT_EQ(error("FilterLogEvents", Json::object({{"logGroupName", "g"}, {"filterPattern", "{ x"}})),
            "InvalidParameterException: Invalid filter pattern");
}

TEST_F(Logs, EventsHaveIdsOfTheirOwn) {
  makeStream("a");
  makeStream("b");
  put("a", {"x", "y"});
  put("b", {"x", "y"});
  std::set<std::string> ids;
  const Json all = filter(Json::object());
  for (const Json& event : all["events"].asArray()) {
    EXPECT_EQ(event.stringAt("eventId").size(), 56U);
    ids.insert(event.stringAt("eventId"));
  }
  EXPECT_EQ(ids.size(), 4U);
}

TEST_F(Logs, RefusesWhatAwsRefuses) {
  const Json stream = Json::object({{"logGroupName", "g"}, {"logStreamName", "s"}});
  EXPECT_EQ(error("GetLogEvents", stream), "ResourceNotFoundException: The specified log group does not exist.");
  ok("CreateLogGroup", Json::object({{"logGroupName", "g"}}));
  EXPECT_EQ(error("CreateLogGroup", Json::object({{"logGroupName", "g"}})),
            "ResourceAlreadyExistsException: The specified log group already exists");
  EXPECT_EQ(error("GetLogEvents", stream), "ResourceNotFoundException: The specified log stream does not exist.");
  ok("CreateLogStream", stream);
  EXPECT_EQ(error("CreateLogStream", stream),
            "ResourceAlreadyExistsException: The specified log stream already exists");
  Json bad = stream;
  bad.set("nextToken", "f/1/s");
  EXPECT_EQ(error("GetLogEvents", bad), "InvalidParameterException: The specified nextToken is invalid.");
  const auto event = [&](std::int64_t offset) {
    return Json::object({{"timestamp", now() + offset}, {"message", "m"}});
  };
  Json put = stream;
  put.set("logEvents", Json::array({event(0), event(-1)}));
  EXPECT_EQ(error("PutLogEvents", put),
            "InvalidParameterException: Log events in a single PutLogEvents request must be in chronological order.");
  put.set("logEvents", Json::array({event(-15 * 86'400'000LL)}));
  EXPECT_EQ(ok("PutLogEvents", put)["rejectedLogEventsInfo"]["tooOldLogEventEndIndex"], Json(1));
  put.set("logEvents", Json::array({event(0), event(3 * 3'600'000)}));
  EXPECT_EQ(ok("PutLogEvents", put)["rejectedLogEventsInfo"]["tooNewLogEventStartIndex"], Json(1));
  EXPECT_THAT(messages(get(Json::object())), ElementsAre("m"));
}

TEST_F(Logs, AStreamMadeAnewIsEmptyAndOldRowsGo) {
  makeStream("s");
  put("s", {"old"});
  ok("DeleteLogGroup", Json::object({{"logGroupName", "g"}}));
  store::Transaction transaction = world_.environment().store.begin();
  EXPECT_TRUE(kEvents.scan(transaction, {}).empty());
  EXPECT_TRUE(kGarbage.scan(transaction, {}).empty());
  makeStream("s");
  EXPECT_THAT(messages(get(Json::object())), IsEmpty());
}

TEST_F(Logs, RetentionDropsOldEvents) {
  makeStream("s");
  ok("PutRetentionPolicy", Json::object({{"logGroupName", "g"}, {"retentionInDays", 1}}));
  put("s", {"old"});
  world_.clock().advance(2 * 86'400'000LL);
  put("s", {"new"});
  EXPECT_THAT(messages(get(Json::object())), ElementsAre("new"));
  EXPECT_NE(error("PutRetentionPolicy", Json::object({{"logGroupName", "g"}, {"retentionInDays", 2}})).find("enum"),
            std::string::npos);
}

}  // namespace
}  // namespace thimble::services::logs
