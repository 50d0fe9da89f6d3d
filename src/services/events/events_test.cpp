#include <gtest/gtest.h>

#include <fstream>

#include "dispatch/event_outbox.h"
#include "dispatch/kernel_tables.h"
#include "dispatch/testing/test_world.h"
#include "services/events/service.h"
#include "services/events/tables.h"
#include "services/events/target_input.h"
#include "wire/shapes/sns.h"

namespace thimble::services::events {
namespace {

using base::Json;

constexpr const char* kTopic = "arn:aws:sns:us-east-1:000000000000:t";

/// EventBridge with SNS played by the test: it notes what is published, or fails as it is told.
class EventsTest : public testing::Test {
 protected:
  EventsTest() { connect(); }

  void connect() {
    service_ = std::make_unique<Service>();
    service_->registerWith(world_.registry(), world_.kernel(), sealer_);
    world_.registry().add<shapes::sns::Publish>(
        [this](dispatch::Context& context,
               const shapes::sns::Publish::Input& input) -> base::Result<shapes::sns::Publish::Output> {
          ++tries_;
          principal_ = context.call().identity.arn;
          if (failures_ > 0) {
            --failures_;
            return failure_;
          }
          const std::string message = input.Message_;
          context.transaction().put("published/" + context.random().uuid(), message);
          context.transaction().onCommitted([this, message] { published_.push_back(message); });
          return shapes::sns::Publish::Output();
        });
    world_.start();
  }
  void crash() {
    world_.crash();
    connect();
  }

  Json call(const std::string& operation, const std::string& input) {
    const auto json = Json::parse(input);
    EXPECT_TRUE(json.ok()) << input;
    auto outcome = world_.call("events", operation, *json);
    if (!outcome.ok()) return Json::object({{"error", outcome.error().code}, {"message", outcome.error().message}});
    return outcome->output;
  }
  /// A rule with the topic as its target; `more` are further members of the target.
  void rule(const std::string& name, const std::string& members, const std::string& more = "",
            const std::string& bus = "default") {
    const Json put = call("PutRule", R"({"Name":")" + name + R"(","EventBusName":")" + bus + "\"," + members + "}");
    EXPECT_FALSE(put.contains("error")) << put.write();
    const Json targets = call("PutTargets", R"({"Rule":")" + name + R"(","EventBusName":")" + bus +
                                                R"(","Targets":[{"Id":"t","Arn":")" + kTopic + "\"" + more + "}]}");
    EXPECT_FALSE(targets.contains("error")) << targets.write();
  }
  Json put(const std::string& source, const std::string& detail, const std::string& more = "") {
    Json entry = *Json::parse(R"({"DetailType":"type"})");
    entry.set("Source", source);
    entry.set("Detail", detail);
    if (!more.empty()) entry.set("EventBusName", more);
    Json answer = call("PutEvents", Json::object({{"Entries", Json::array({entry})}}).write());
    world_.run();
    return answer;
  }

  dispatch::TestWorld world_;
  platform::Sealer sealer_{std::string(32, 'k'), world_.environment().random};
  std::unique_ptr<Service> service_;
  std::vector<std::string> published_;
  std::string principal_;
  int tries_ = 0;
  int failures_ = 0;
  base::ApiError failure_{"InternalError", "not now", 500};
};

TEST_F(EventsTest, AnEventReachesTheTargetsOfTheRulesThatMatch) {
  rule("one", R"("EventPattern":"{\"source\":[\"shop\"]}")", R"(,"InputPath":"$.detail")");
  rule("two", R"("EventPattern":"{\"detail\":{\"n\":[{\"numeric\":[\">\",5]}]}}")", R"(,"Input":"\"big\"")");
  rule("off", R"("EventPattern":"{\"source\":[\"shop\"]}","State":"DISABLED")");
  EXPECT_EQ(put("shop", R"({"n":1})")["FailedEntryCount"].asInt(), 0);
  EXPECT_EQ(published_, (std::vector<std::string>{R"({"n":1})"}));
  EXPECT_EQ(principal_, "events.amazonaws.com");
  put("other", R"({"n":6})");
  EXPECT_EQ(published_.back(), "\"big\"");
  EXPECT_EQ(published_.size(), 2u);
  put("none", R"({"n":1})");
  EXPECT_EQ(published_.size(), 2u);
}

TEST_F(EventsTest, EntriesFailOneByOne) {
  const Json answer = call("PutEvents", R"({"Entries":[{"DetailType":"t","Detail":"{}"},{"Source":"s","Detail":"{}"},
    {"Source":"s","DetailType":"t"},{"Source":"s","DetailType":"t","Detail":"[]"},
    {"Source":"aws.s3","DetailType":"t","Detail":"{}"},{"Source":"s","DetailType":"t","Detail":"{}"}]})");
  EXPECT_EQ(answer["FailedEntryCount"].asInt(), 5);
  EXPECT_EQ(answer["Entries"][std::size_t{0}].stringAt("ErrorMessage"),
            "Parameter Source is not valid. Reason: Source is a required argument.");
  EXPECT_EQ(answer["Entries"][std::size_t{3}].stringAt("ErrorCode"), "MalformedDetail");
  EXPECT_EQ(answer["Entries"][std::size_t{4}].stringAt("ErrorCode"), "NotAuthorizedForSourceException");
  EXPECT_EQ(answer["Entries"][std::size_t{5}].stringAt("EventId").size(), 36u);
}

TEST_F(EventsTest, WhatServicesEmitIsMatchedAfterItsCommitAndOutlivesACrash) {
  rule("pushes", R"("EventPattern":"{\"source\":[\"aws.codecommit\"]}")", R"(,"InputPath":"$.detail.event")");
  const dispatch::Event event{"000000000000",
                              "us-east-1",
                              "aws.codecommit",
                              "CodeCommit Repository State Change",
                              {},
                              Json::object({{"event", "referenceUpdated"}})};
  store::Transaction transaction = world_.environment().store.begin();
  const dispatch::Call call;
  dispatch::Context context(world_.environment(), world_.kernel(), transaction, call);
  dispatch::emitEvent(context, event);
  world_.environment().store.commitAndWait(std::move(transaction));
  crash();
  world_.run();
  EXPECT_EQ(published_, std::vector<std::string>{"\"referenceUpdated\""});

  const auto wanted = [&](const std::string& source) {
    store::Transaction reading = world_.environment().store.begin();
    return dispatch::eventIsWanted(reading, "000000000000", "us-east-1", source);
  };
  EXPECT_TRUE(wanted("aws.codecommit"));
  EXPECT_FALSE(wanted("aws.s3"));
  this->call("DisableRule", R"({"Name":"pushes"})");
  EXPECT_FALSE(wanted("aws.codecommit"));
}

TEST_F(EventsTest, ADeliveryIsTriedAgainAndGivenUpWhenItCannotSucceed) {
  rule("r", R"("EventPattern":"{\"source\":[\"s\"]}")",
       R"(,"InputPath":"$.source","RetryPolicy":{"MaximumRetryAttempts":3,"MaximumEventAgeInSeconds":3600})");
  failures_ = 2;
  put("s", "{}");
  EXPECT_TRUE(published_.empty());
  crash();  // The timer of the next try is a row.
  world_.runFor(60'000);
  EXPECT_EQ(published_.size(), 1u);
  EXPECT_EQ(tries_, 3);

  tries_ = 0;
  failures_ = 100;
  put("s", "{}");
  world_.runFor(3'600'000);
  EXPECT_EQ(tries_, 4);

  tries_ = 0;
  failure_ = {"AuthorizationError", "no", 403};
  put("s", "{}");
  world_.runFor(3'600'000);
  EXPECT_EQ(tries_, 1);
  store::Transaction reading = world_.environment().store.begin();
  EXPECT_TRUE(kDeliveries.scan(reading, {}).empty());
  EXPECT_TRUE(dispatch::kTimers.scan(reading, {}).empty());
}

TEST_F(EventsTest, ScheduledRulesRunUntilTheyAreDisabled) {
  rule("beat", R"_("ScheduleExpression":"rate(1 minute)")_", R"(,"InputPath":"$.detail-type")");
  world_.runFor(59'999);
  EXPECT_TRUE(published_.empty());
  world_.runFor(60'001);
  EXPECT_EQ(published_, (std::vector<std::string>{"\"Scheduled Event\"", "\"Scheduled Event\""}));
  crash();
  world_.clock().set(world_.clock().now().plusMilliseconds(600'000));  // The server was down.
  world_.runFor(1);
  EXPECT_EQ(published_.size(), 3u);
  call("DisableRule", R"({"Name":"beat"})");
  world_.runFor(600'000);
  EXPECT_EQ(published_.size(), 3u);
  call("EnableRule", R"({"Name":"beat"})");
  world_.runFor(60'000);
  EXPECT_EQ(published_.size(), 4u);
  call("RemoveTargets", R"({"Rule":"beat","Ids":["t"]})");
  call("DeleteRule", R"({"Name":"beat"})");
  store::Transaction reading = world_.environment().store.begin();
  EXPECT_TRUE(dispatch::kTimers.scan(reading, {}).empty());
}

TEST_F(EventsTest, ABusSendsOnToAnother) {
  call("CreateEventBus", R"({"Name":"second"})");
  rule("there", R"("EventPattern":"{\"source\":[\"s\"]}")", R"(,"InputPath":"$.id")", "second");
  call("PutRule", R"({"Name":"here","EventPattern":"{\"source\":[\"s\"]}"})");
  call("PutTargets", R"({"Rule":"here","Targets":[{"Id":"b","RoleArn":"arn:aws:iam::000000000000:role/R",
    "Arn":"arn:aws:events:us-east-1:000000000000:event-bus/second"}]})");
  const Json answer = put("s", "{}");
  EXPECT_EQ(published_, std::vector<std::string>{"\"" + answer["Entries"][std::size_t{0}].stringAt("EventId") + "\""});
}

TEST_F(EventsTest, NothingFromOutsideCanForward) {
  rule("r", R"("EventPattern":"{\"source\":[\"aws.s3\"]}")");
  call("PutEvents", R"({"Entries":[{}],"ForwardedEvent":{"source":"aws.s3","id":"x","region":"us-east-1"}})");
  world_.run();
  EXPECT_TRUE(published_.empty());
}

TEST_F(EventsTest, AnArchiveIsReplayed) {
  call("CreateEventBus", R"({"Name":"b"})");
  const std::string bus = "arn:aws:events:us-east-1:000000000000:event-bus/b";
  call("CreateArchive", R"({"ArchiveName":"a","EventSourceArn":")" + bus +
                            R"(","RetentionDays":1,"EventPattern":"{\"source\":[\"s\"]}"})");
  for (int i = 0; i < 120; ++i) put("s", R"({"n":)" + std::to_string(i) + "}", "b");
  put("other", "{}", "b");
  EXPECT_EQ(call("DescribeArchive", R"({"ArchiveName":"a"})")["EventCount"].asInt(), 120);
  rule("r", R"("EventPattern":"{\"replay-name\":[\"again\"]}")", R"(,"InputPath":"$.detail.n")", "b");
  const std::int64_t now = world_.clock().now().milliseconds;
  const std::string start = R"({"ReplayName":"again","EventSourceArn":"arn:aws:events:us-east-1:000000000000:archive/a",
    "EventStartTime":)" + std::to_string(now - 60'000) +
                            R"(,"EventEndTime":)" + std::to_string(now + 60'000) + R"(,"Destination":{"Arn":")" + bus +
                            R"("}})";
  EXPECT_EQ(call("StartReplay", start).stringAt("State"), "STARTING");
  crash();
  world_.runFor(5'000);
  EXPECT_EQ(published_.size(), 120u);
  EXPECT_EQ(call("DescribeReplay", R"({"ReplayName":"again"})").stringAt("State"), "COMPLETED");
  EXPECT_EQ(call("StartReplay", start).stringAt("error"), "ResourceAlreadyExistsException");
  EXPECT_EQ(call("DescribeArchive", R"({"ArchiveName":"a"})")["EventCount"].asInt(), 120);  // Not archived again.
  world_.runFor(25LL * 3'600'000);
  EXPECT_EQ(call("DescribeArchive", R"({"ArchiveName":"a"})")["EventCount"].asInt(), 0);
}

TEST_F(EventsTest, RefusesWithAwsWords) {
  struct Case {
    const char* operation;
    const char* input;
    const char* code;
    const char* message;
  };
  call("PutRule", R"({"Name":"r","EventPattern":"{\"source\":[\"s\"]}"})");
  rule("busy", R"("EventPattern":"{\"source\":[\"s\"]}")");
  call("CreateEventBus", R"({"Name":"b"})");
  const Case cases[] = {
      {"PutRule", R"({"Name":"x"})", "ValidationException",
       "Parameter(s) EventPattern or ScheduleExpression must be specified."},
      {"PutRule", R"_({"Name":"x","ScheduleExpression":"rate(1 minutes)"})_", "ValidationException",
       "Parameter ScheduleExpression is not valid."},
      {"PutRule", R"_({"Name":"x","EventBusName":"b","ScheduleExpression":"rate(1 minute)"})_", "ValidationException",
       "ScheduleExpression is supported only on the default event bus."},
      {"PutRule", R"({"Name":"x","EventBusName":"none","EventPattern":"{\"source\":[\"s\"]}"})",
       "ResourceNotFoundException", "Event bus none does not exist."},
      {"PutRule", R"({"Name":"x","EventPattern":"{\"a\":[]}"})", "InvalidEventPatternException",
       "Event pattern is not valid. Reason: Empty arrays are not allowed\n at [Source: (String)\"{\"a\":[]}\"; line: "
       "1, column: 8]"},
      {"DescribeRule", R"({"Name":"x"})", "ResourceNotFoundException", "Rule x does not exist on EventBus default."},
      {"DeleteRule", R"({"Name":"busy"})", "ValidationException", "Rule can't be deleted since it has targets."},
      {"CreateEventBus", R"({"Name":"b"})", "ResourceAlreadyExistsException", "Event bus b already exists."},
      {"DeleteEventBus", R"({"Name":"default"})", "ValidationException", "Cannot delete event bus default."},
      {"PutTargets", R"({"Rule":"r","Targets":[{"Id":"t","Arn":"no arn"}]})", "ValidationException",
       "Parameter no arn is not valid. Reason: Provided Arn is not in correct format."},
      {"PutTargets", R"({"Rule":"r","Targets":[{"Id":"t","Arn":"arn:aws:kinesis:us-east-1:000000000000:stream/s"}]})",
       "NotImplemented",
       "Thimble does not implement targets of kinesis (arn:aws:kinesis:us-east-1:000000000000:stream/s) of Amazon "
       "EventBridge yet."},
      {"PutTargets",
       R"({"Rule":"r","Targets":[{"Id":"t","Arn":"arn:aws:states:us-east-1:000000000000:stateMachine:m"}]})",
       "ValidationException", "RoleArn is required for target arn:aws:states:us-east-1:000000000000:stateMachine:m."},
      {"PutTargets",
       R"({"Rule":"r","Targets":[{"Id":"t","Arn":"arn:aws:sns:us-east-1:000000000000:t","Input":"{}",
           "InputPath":"$"}]})",
       "ValidationException", "Only one of Input, InputPath, or InputTransformer must be provided for target t."},
      {"PutTargets",
       R"({"Rule":"r","Targets":[{"Id":"t","Arn":"arn:aws:sns:us-east-1:000000000000:t",
           "InputTransformer":{"InputTemplate":"{\"a\": <b>}"}}]})",
       "ValidationException", "InputTemplate for target t contains invalid placeholder b."},
      {"TestEventPattern", R"({"Event":"[]","EventPattern":"{\"source\":[\"s\"]}"})", "ValidationException",
       "Parameter Event is not valid."},
  };
  for (const Case& each : cases) {
    const Json answer = call(each.operation, each.input);
    EXPECT_EQ(answer.stringAt("error"), each.code) << each.input;
    EXPECT_EQ(answer.stringAt("message"), each.message) << each.input;
  }
}

TEST(TargetInputTest, TemplatesAreFilledIn) {
  const Json event = *Json::parse(R"({"version":"0","id":"i","detail-type":"T","source":"s","detail":
    {"text":"a \"b\"","n":5,"list":["x","y"],"object":{"k":"v","m":[1]},"null":null}})");
  const auto transform = [&](const std::string& text) {
    Json paths = Json::object({{"text", "$.detail.text"},
                               {"n", "$.detail.n"},
                               {"list", "$.detail.list"},
                               {"object", "$.detail.object"},
                               {"none", "$.detail.none"},
                               {"type", "$.detail-type"}});
    const Json target =
        Json::object({{"InputTransformer", Json::object({{"InputPathsMap", paths}, {"InputTemplate", text}})}});
    return targetInput(target, event, {"arn:rule", "r", {1'700'000'000'000}});
  };
  const std::pair<const char*, const char*> cases[] = {
      {R"("<type> is <n>")", R"("T is 5")"},
      {R"({"a": "<text>", "b": <text>})", R"({"a":"a \"b\"","b":"a \"b\""})"},
      {R"({"a": <list>, "b": "<list>!"})", R"({"a":["x","y"],"b":"[x,y]!"})"},
      {R"({"a": <object>, "b": "<object>"})", R"({"a":{"k":"v","m":[1]},"b":"{k:v,m:[1]}"})"},
      {R"({"a": <none>, "b": "<none>"})", R"({"a":"","b":""})"},
      {"{\n  \"a\": <n>\n}", R"({"a":5})"},
      {R"("a < b <unknown>")", R"("a < b <unknown>")"},
      {"plain <n>", "plain 5"},
      {R"("<aws.events.rule-name> <aws.events.rule-arn> <aws.events.event.ingestion-time>")",
       R"("r arn:rule 2023-11-14T22:13:20Z")"},
      {R"({"e": <aws.events.event>})", R"({"e":{"version":"0","id":"i","detailType":"T","source":"s"}})"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(transform(text), expected) << text;
  EXPECT_EQ(targetInput(Json::object({{"InputPath", "$.detail.none"}}), event, {}), "null");
}

}  // namespace
}  // namespace thimble::services::events
