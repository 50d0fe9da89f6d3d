#include "services/dynamodb/streams/streams.h"

#include <gtest/gtest.h>

#include <memory>

#include "dispatch/testing/test_world.h"
#include "services/dynamodb/service.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

constexpr std::int64_t kHour = 3'600'000;

class StreamWorld {
 public:
  StreamWorld() {
    begin();
    call("dynamodb", "CreateTable", *Json::parse(R"({"TableName":"things","BillingMode":"PAY_PER_REQUEST",
        "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"},
        "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"}],
        "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}]})"));
    world_.runFor(1000);
  }

  /// A kill, and a clock that is set back until the next start.
  void restartAnHourEarlier() {
    world_.crash();
    world_.clock().set(world_.clock().now().plusMilliseconds(-kHour));
    begin();
  }
  void put(const std::string& key) {
    call("dynamodb", "PutItem", *Json::parse(R"({"TableName":"things","Item":{"p":{"S":")" + key + R"("}}})"));
  }
  std::string iterator(const std::string& type) {
    const Json table = call("dynamodb", "DescribeTable", Json::object({{"TableName", "things"}}))["Table"];
    Json stream = Json::object({{"StreamArn", table["LatestStreamArn"]}});
    const Json shards = call("dynamodbstreams", "DescribeStream", stream)["StreamDescription"]["Shards"];
    stream.set("ShardId", shards[std::size_t{0}]["ShardId"]);
    stream.set("ShardIteratorType", type);
    return call("dynamodbstreams", "GetShardIterator", stream).stringAt("ShardIterator");
  }
  /// The keys of the records from a place on, which becomes the place behind them.
  std::string read(std::string& place) {
    const Json answer = call("dynamodbstreams", "GetRecords", Json::object({{"ShardIterator", place}}));
    place = answer.stringAt("NextShardIterator");
    std::string keys;
    for (const Json& record : answer["Records"].asArray()) keys += record["dynamodb"]["Keys"]["p"].stringAt("S");
    return keys;
  }

 private:
  void begin() {
    service_ = std::make_unique<Service>();
    service_->registerWith(world_.registry(), world_.kernel());
    world_.start();
  }
  Json call(const std::string& service, const std::string& operation, Json input) {
    auto answer = world_.call(service, operation, std::move(input));
    EXPECT_TRUE(answer.ok()) << operation << (answer.ok() ? "" : answer.error().message);
    return answer.ok() ? answer->output : Json();
  }

  dispatch::TestWorld world_;
  std::unique_ptr<Service> service_;
};

TEST(Streams, RecordsOfAnEarlierRunAreReadWhenTheClockWasSetBack) {
  StreamWorld streams;
  streams.put("a");
  streams.put("b");
  streams.restartAnHourEarlier();
  std::string place = streams.iterator("TRIM_HORIZON");
  EXPECT_EQ(streams.read(place), "ab");
}

TEST(Streams, RecordsGoOnAfterThoseOfAnEarlierRunWhenTheClockWasSetBack) {
  StreamWorld streams;
  streams.put("a");
  std::string place = streams.iterator("LATEST");
  streams.put("b");
  EXPECT_EQ(streams.read(place), "b");
  streams.restartAnHourEarlier();
  streams.put("c");
  EXPECT_EQ(streams.read(place), "c");
  std::string all = streams.iterator("TRIM_HORIZON");
  EXPECT_EQ(streams.read(all), "abc");
}

}  // namespace
}  // namespace thimble::services::dynamodb
