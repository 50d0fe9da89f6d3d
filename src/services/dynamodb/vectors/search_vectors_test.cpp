#include <gtest/gtest.h>

#include "dispatch/testing/test_world.h"
#include "services/dynamodb/service.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

constexpr int kItems = 400;
constexpr int kDimensions = 1000;

class SearchVectorsTest : public testing::Test {
 protected:
  SearchVectorsTest() { serve(); }
  void serve() {
    service_ = std::make_unique<Service>();
    service_->registerWith(world_.registry(), world_.kernel());
    world_.start();
  }
  Json output(const std::string& operation, const Json& input) {
    auto answer = world_.call("dynamodb", operation, input);
    EXPECT_TRUE(answer.ok()) << operation << ": " << answer.error().message;
    return answer.ok() ? answer->output : Json();
  }
  /// Begins a call, of which nothing is run that waits for its turn.
  std::shared_ptr<std::optional<dispatch::CallOutcome>> begin(const std::string& operation, const Json& input) {
    dispatch::Call call;
    call.identity = dispatch::Identity::root("000000000000");
    call.account = "000000000000";
    call.region = "us-east-1";
    call.service = "dynamodb";
    call.operation = operation;
    call.input = input;
    auto answer = std::make_shared<std::optional<dispatch::CallOutcome>>();
    world_.doorway().call(std::move(call), [answer](dispatch::CallOutcome outcome) { *answer = std::move(outcome); });
    return answer;
  }

  static Json key(int number) { return Json::object({{"p", Json::object({{"S", "item" + std::to_string(number)}})}}); }
  /// A vector whose distance from zero is `length`.
  static Json vector(double length) {
    Json numbers = Json::array();
    for (int i = 0; i < kDimensions; ++i) {
      numbers.push(Json::object({{"N", i == 7 ? std::to_string(length) : std::string("0")}}));
    }
    return numbers;
  }
  void put(int number, double length) {
    Json item = key(number);
    item.set("v", Json::object({{"L", vector(length)}}));
    output("PutItem", Json::object({{"TableName", "things"}, {"Item", std::move(item)}}));
  }
  void createThings() {
    output("CreateTable", *Json::parse(R"~({"TableName":"things","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}],
      "VectorIndexes":[{"IndexName":"nearest","VectorAttribute":{"AttributeName":"v"},"Dimensions":1000,
        "DistanceFunction":"EUCLIDEAN","Projection":{"ProjectionType":"KEYS_ONLY"}}]})~"));
    world_.runFor(1000);
  }
  static Json search(int most) {
    return Json::object({{"TableName", "things"},
                         {"IndexName", "nearest"},
                         {"SearchVector", vector(0)},
                         {"TopK", most},
                         {"ReturnConsumedCapacity", "TOTAL"}});
  }
  static std::string found(const Json& answer) {
    std::string out;
    for (const Json& result : answer["SearchResults"].asArray()) out += result["Item"]["p"].stringAt("S") + " ";
    return out;
  }

  dispatch::TestWorld world_;
  std::unique_ptr<Service> service_;
};

TEST_F(SearchVectorsTest, OthersGetTheirTurnInALargeSearchThatSeesOneMoment) {
  createThings();
  // The nearest stand apart in the rows.
  for (int i = 0; i < kItems; ++i) put(i, 1 + (i * 37) % kItems);
  const auto answer = begin("SearchVectors", search(3));
  int turns = 1;
  int answered = 0;
  for (; !*answer; ++turns) {
    const auto got = begin("GetItem", Json::object({{"TableName", "things"}, {"Key", key(turns)}}));
    answered += *got && (*got)->ok() ? 1 : 0;
    // What is written meanwhile would be the nearest.
    begin("DeleteItem", Json::object({{"TableName", "things"}, {"Key", key(0)}}));
    begin("UpdateItem",
          Json::object({{"TableName", "things"},
                        {"Key", key(kItems + turns)},
                        {"UpdateExpression", "SET v = :v"},
                        {"ExpressionAttributeValues", Json::object({{":v", Json::object({{"L", vector(0)}})}})}}));
    ASSERT_TRUE(world_.executor().runOne());
  }
  // 400 vectors of 4,000 bytes.
  EXPECT_GE(turns, 5);
  EXPECT_LE(turns, 10);
  EXPECT_EQ(answered, turns - 1);
  ASSERT_TRUE((*answer)->ok());
  // Of lengths 1, 2 and 3: 37 times 173 is 1 more than a multiple of 400.
  EXPECT_EQ(found((**answer)->output), "item0 item173 item346 ");
  // Each vector, its attribute's name and the key.
  std::size_t names = 0;
  for (int i = 0; i < kItems; ++i) names += 1 + 1 + ("item" + std::to_string(i)).size();
  EXPECT_EQ((**answer)->output["ConsumedCapacity"]["VectorSearchRequestBytes"].asDouble(),
            static_cast<double>(kItems * kDimensions * 4 + names));
  EXPECT_EQ(output("SearchVectors", search(100))["SearchResults"].size(), 100U);
}

TEST_F(SearchVectorsTest, ASmallSearchIsAnsweredAtOnce) {
  createThings();
  for (int i = 0; i < 20; ++i) put(i, 1 + i);
  const auto answer = begin("SearchVectors", search(2));
  ASSERT_TRUE(*answer && (*answer)->ok());
  EXPECT_EQ(found((**answer)->output), "item0 item1 ");
}

TEST_F(SearchVectorsTest, ASearchEndsWithTheWorldItIsIn) {
  createThings();
  for (int i = 0; i < kItems; ++i) put(i, 1 + i);
  const auto lost = begin("SearchVectors", search(2));
  EXPECT_FALSE(*lost);
  world_.crash();
  serve();
  world_.runFor(1000);
  EXPECT_FALSE(*lost);
  EXPECT_EQ(lost.use_count(), 1);
  EXPECT_EQ(found(output("SearchVectors", search(2))), "item0 item1 ");
}

TEST_F(SearchVectorsTest, WhatCanBeCheckedIsCheckedAtOnceAndInOrder) {
  createThings();
  const struct {
    const char* member;
    Json value;
    const char* message;
  } cases[] = {
      {"TableName", nullptr, "missing field `TableName`"},
      {"TopK", 101, "Provided TopK value '101' is out of valid range. The value must be between 1 and 100 inclusive"},
      {"IndexName", "other", "The table does not have the specified index: other"},
      {"ProjectionExpression", "p,p",
       "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these "
       "paths; path one: [p], path two: [p]"},
  };
  for (const auto& each : cases) {
    Json input = search(2);
    input.set(each.member, each.value);
    const auto answer = begin("SearchVectors", input);
    ASSERT_TRUE(*answer) << each.member;
    ASSERT_FALSE((*answer)->ok()) << each.member;
    EXPECT_EQ((*answer)->error().message, each.message);
  }
}

}  // namespace
}  // namespace thimble::services::dynamodb
