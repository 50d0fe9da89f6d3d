#include <gtest/gtest.h>

#include "dispatch/testing/test_world.h"
#include "services/sns/filter_policy.h"
#include "services/sns/service.h"

namespace thimble::services::sns {
namespace {

using base::Json;

class SnsTest : public testing::Test {
 protected:
  SnsTest() : service_(world_.environment()) {
    service_.registerWith(world_.registry(), world_.kernel());
    // Stands for the network: notes what is sent and answers with the next status.
    world_.registry().addInternal("thimble.http", "Send",
                                  [this](std::shared_ptr<dispatch::AsyncContext> context, dispatch::CallDone done) {
                                    sent_.push_back(context->call().input);
                                    const int status = statuses_.empty() ? 200 : statuses_.front();
                                    if (!statuses_.empty()) statuses_.erase(statuses_.begin());
                                    dispatch::Answer answer;
                                    answer.output = Json::object({{"Status", status}});
                                    done(std::move(answer));
                                  });
    world_.start();
    topic_ = call("CreateTopic", Json::object({{"Name", "news"}})).stringAt("TopicArn");
  }

  Json call(const std::string& operation, const Json& input) {
    auto outcome = world_.call("sns", operation, input);
    if (!outcome.ok()) return Json::object({{"error", outcome.error().code + ": " + outcome.error().message}});
    return outcome->output;
  }
  /// Subscribes a web endpoint and confirms it with the token that it was sent.
  std::string subscribe(const Json& attributes = Json::object()) {
    call("Subscribe", Json::object({{"TopicArn", topic_},
                                    {"Protocol", "http"},
                                    {"Endpoint", "http://example.com/hook"},
                                    {"Attributes", attributes}}));
    world_.run();
    const Json body = *Json::parse(sent_.back().stringAt("Body"));
    EXPECT_EQ(body.stringAt("Type"), "SubscriptionConfirmation");
    sent_.clear();
    return call("ConfirmSubscription", Json::object({{"TopicArn", topic_}, {"Token", body["Token"]}}))
        .stringAt("SubscriptionArn");
  }

  dispatch::TestWorld world_;
  Service service_;
  std::vector<Json> sent_;
  std::vector<int> statuses_;
  std::string topic_;
};

TEST_F(SnsTest, AConfirmedEndpointGetsWhatIsPublished) {
  subscribe();
  call("Publish", Json::object({{"TopicArn", topic_}, {"Message", "hello"}, {"Subject", "s"}}));
  world_.run();
  ASSERT_EQ(sent_.size(), 1u);
  const Json body = *Json::parse(sent_[0].stringAt("Body"));
  EXPECT_EQ(body.stringAt("Message"), "hello");
  EXPECT_EQ(body.stringAt("Subject"), "s");
  EXPECT_FALSE(body.stringAt("Signature").empty());
}

TEST_F(SnsTest, AnUnconfirmedEndpointGetsNothing) {
  call("Subscribe",
       Json::object({{"TopicArn", topic_}, {"Protocol", "http"}, {"Endpoint", "http://example.com/hook"}}));
  world_.run();
  sent_.clear();
  call("Publish", Json::object({{"TopicArn", topic_}, {"Message", "hello"}}));
  world_.run();
  EXPECT_TRUE(sent_.empty());
}

TEST_F(SnsTest, AFailedDeliveryIsTriedThreeTimesMore) {
  subscribe();
  statuses_ = {500, 500, 500, 500, 500};
  call("Publish", Json::object({{"TopicArn", topic_}, {"Message", "hello"}}));
  world_.runFor(19'000);
  EXPECT_EQ(sent_.size(), 1u);
  world_.runFor(300'000);
  EXPECT_EQ(sent_.size(), 4u);
}

TEST_F(SnsTest, RefusesInAwssWords) {
  const std::string other = "arn:aws:sns:eu-west-3:000000000000:news";
  const std::pair<std::pair<const char*, Json>, const char*> cases[] = {
      {{"Publish", Json::object({{"TopicArn", topic_}, {"Message", ""}})},
       "InvalidParameter: Invalid parameter: Empty message"},
      {{"Publish", Json::object({{"TopicArn", topic_}, {"Message", "m"}, {"Subject", ""}})},
       "InvalidParameter: Invalid parameter: Subject"},
      {{"Publish", Json::object({{"TopicArn", other}, {"Message", "m"}})},
       "InvalidParameter: Invalid parameter: TopicArn"},
      {{"Publish", Json::object({{"TopicArn", topic_ + "x"}, {"Message", "m"}})}, "NotFound: Topic does not exist"},
      {{"Publish", Json::object({{"TopicArn", topic_}, {"Message", "{}"}, {"MessageStructure", "json"}})},
       "InvalidParameter: Invalid parameter: Message Structure - No default entry in JSON message body"},
      {{"CreateTopic", Json::object({{"Name", "bad name"}})}, "InvalidParameter: Invalid parameter: Topic Name"},
      {{"Unsubscribe", Json::object({{"SubscriptionArn", "x"}})},
       "InvalidParameter: Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"},
      {{"Subscribe", Json::object({{"TopicArn", topic_}, {"Protocol", "sms"}, {"Endpoint", "+15--5"}})},
       "InvalidParameter: Invalid SMS endpoint: +15--5"},
      {{"ConfirmSubscription", Json::object({{"TopicArn", topic_}, {"Token", "forged"}})},
       "InvalidParameter: Invalid parameter: Token"},
  };
  for (const auto& [request, expected] : cases)
    EXPECT_EQ(call(request.first, request.second).stringAt("error"), expected);
}

TEST(FilterPolicy, Matches) {
  struct Case {
    const char* policy;
    const char* body;
    bool matches;
  };
  const Case cases[] = {
      {R"({"a":["x"]})", R"({"a":"x"})", true},
      {R"({"a":["x"]})", R"({"a":"y"})", false},
      {R"({"a":["x"]})", R"({"a":["y","x"]})", true},
      {R"({"a":[{"prefix":"x"}]})", R"({"a":"xy"})", true},
      {R"({"a":[{"suffix":"y"}]})", R"({"a":"xy"})", true},
      {R"({"a":[{"anything-but":["x"]}]})", R"({"a":"x"})", false},
      {R"({"a":[{"anything-but":["x"]}]})", R"({"a":"z"})", true},
      {R"({"a":[{"numeric":[">",1,"<=",5]}]})", R"({"a":5})", true},
      {R"({"a":[{"numeric":[">",1,"<=",5]}]})", R"({"a":1})", false},
      {R"({"a":[{"exists":false}]})", R"({"b":1})", true},
      {R"({"a":[{"exists":true}]})", R"({"b":1})", false},
      {R"({"a":{"b":[1]}})", R"({"a":{"b":1}})", true},
      {R"({"a":[{"cidr":"10.0.0.0/8"}]})", R"({"a":"10.1.2.3"})", true},
      {R"({"a":[{"cidr":"10.0.0.0/8"}]})", R"({"a":"11.1.2.3"})", false},
      {R"({"$or":[{"a":[1]},{"b":[2]}]})", R"({"b":2})", true},
      {R"({"a":[null]})", R"({"a":null})", true},
  };
  for (const Case& each : cases) {
    const auto policy = parseFilterPolicy(each.policy, true);
    ASSERT_TRUE(policy.ok()) << each.policy << policy.error().message;
    EXPECT_EQ(bodyMatches(*policy, each.body), each.matches) << each.policy << " " << each.body;
  }
}

}  // namespace
}  // namespace thimble::services::sns
