// Bulk operations out of an S3 of a few lines: crashes at each of their steps, and days that a test need not wait.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/gzip.h"
#include "dispatch/testing/test_world.h"
#include "services/dynamodb/service.h"
#include "services/dynamodb/transfer/bulk_rows.h"
#include "wire/shapes/s3.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kDay = 24 * kHour;

class BulkWorld {
 public:
  BulkWorld() {
    begin();
    call("CreateTable", R"({"TableName":"things","BillingMode":"PAY_PER_REQUEST",
        "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"},
        "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"}],
        "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}]})");
    world_.runFor(1000);
  }

  void crash() {
    world_.crash();
    begin();
  }
  /// The output, or the error as a text "Code: message".
  Json callWith(const std::string& operation, Json input, const std::string& service = "dynamodb") {
    auto answer = world_.call(service, operation, std::move(input));
    if (!answer.ok()) return Json(answer.error().code + ": " + answer.error().message);
    return answer->output;
  }
  Json call(const std::string& operation, const std::string& input, const std::string& service = "dynamodb") {
    return callWith(operation, *Json::parse(input), service);
  }
  static Json request(const std::string& token) {
    return *Json::parse(R"({"TableName":"things","ClientToken":")" + token + R"(",
        "InputS3Configuration":{"S3Bucket":"bucket","S3KeyPrefix":"in/","InputFormat":"DYNAMODB_JSON"},
        "OutputS3Configuration":{"S3Bucket":"bucket","OutputType":["ERROR","CONDITION_CHECK_FAILURE"]}})");
  }
  /// Starts an operation, which runs to its end, and gives its ARN.
  std::string start(const std::string& token) {
    const Json started = callWith("StartBulkPutItems", request(token));
    EXPECT_TRUE(started.isObject()) << started.write();
    return started["BulkOperationDescription"].stringAt("BulkOperationArn");
  }
  /// Sends a request and does nothing of what it asks for. The error of an answer that came at once, as "Code:
  /// message".
  std::string send(const std::string& operation, Json input) {
    dispatch::Call call;
    call.identity = dispatch::Identity::root("000000000000");
    call.account = "000000000000";
    call.region = "us-east-1";
    call.service = "dynamodb";
    call.operation = operation;
    call.input = std::move(input);
    const auto error = std::make_shared<std::string>();
    world_.doorway().call(std::move(call), [error](const dispatch::CallOutcome& outcome) {
      if (!outcome.ok()) *error = outcome.error().code + ": " + outcome.error().message;
    });
    return *error;
  }
  /// The only operation, if there is one.
  std::optional<rows::BulkOperation> only() {
    store::Transaction reading = world_.environment().store.begin();
    const auto found = kBulkOperations.scan(reading, {});
    return found.empty() ? std::nullopt : std::optional(found[0].record);
  }
  Json describe(const std::string& arn) {
    return callWith("DescribeBulkOperation", Json::object({{"BulkOperationArn", arn}}));
  }
  /// How many records the table's stream has.
  std::size_t changes() {
    const Json table = call("DescribeTable", R"({"TableName":"things"})")["Table"];
    Json stream = Json::object({{"StreamArn", table["LatestStreamArn"]}});
    const Json shards = callWith("DescribeStream", stream, "dynamodbstreams")["StreamDescription"]["Shards"];
    stream.set("ShardId", shards[std::size_t{0}]["ShardId"]);
    stream.set("ShardIteratorType", "TRIM_HORIZON");
    const Json iterator = callWith("GetShardIterator", stream, "dynamodbstreams");
    return callWith("GetRecords", iterator, "dynamodbstreams")["Records"].size();
  }
  /// The lines of the only file with this in its name; nothing when there is none.
  std::vector<Json> fileWith(std::string_view name) {
    std::vector<Json> lines;
    for (const auto& [key, content] : objects) {
      if (key.find(name) == std::string::npos) continue;
      EXPECT_TRUE(lines.empty()) << key;
      base::GzipReader reader;
      std::string text;
      EXPECT_TRUE(reader.feed(content, text, 1 << 20));
      for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
        lines.push_back(*Json::parse(text.substr(at, end - at)));
      }
    }
    return lines;
  }
  dispatch::TestWorld& world() { return world_; }

  std::map<std::string, std::string> objects;

 private:
  void begin() {
    namespace s3 = shapes::s3;
    service_ = std::make_unique<Service>();
    service_->registerWith(world_.registry(), world_.kernel());
    dispatch::Registry& registry = world_.registry();
    registry.add<s3::PutObject>(
        [this](dispatch::Context& context, const s3::PutObject::Input& input) -> base::Result<s3::PutObject::Output> {
          objects[input.Key_] = context.call().body->readAll();
          return s3::PutObject::Output();
        });
    registry.add<s3::ListObjectsV2>(
        [this](dispatch::Context&, const s3::ListObjectsV2::Input& input) -> base::Result<s3::ListObjectsV2::Output> {
          s3::ListObjectsV2::Output out;
          out.Contents_.emplace();
          for (const auto& [key, content] : objects) {
            if (!key.starts_with(*input.Prefix_)) continue;
            auto& object = out.Contents_->emplace_back();
            object.Key_ = key;
            object.Size_ = static_cast<std::int64_t>(content.size());
            object.ETag_ = "\"etag\"";
          }
          return out;
        });
    registry.add<s3::GetObject>(
        [this](dispatch::Context&,
               const s3::GetObject::Input& input) -> base::Result<dispatch::Reply<s3::GetObject::Output>> {
          return dispatch::Reply<s3::GetObject::Output>(s3::GetObject::Output(),
                                                        std::make_shared<platform::MemoryBytes>(objects[input.Key_]));
        });
    world_.start();
  }

  dispatch::TestWorld world_;
  std::unique_ptr<Service> service_;
};

TEST(BulkOperations, NothingIsLostOrPutTwiceWhereverTheServerEnds) {
  constexpr int kItems = 900;  // More than one commit has.
  bool ended = false;
  int crashes = 0;
  int gone_on = 0;
  for (; !ended; ++crashes) {
    BulkWorld bulk;
    for (int i = 0; i < kItems; ++i) {
      // A condition that fails would tell of an item that is put twice.
      bulk.objects[i < kItems - 10 ? "in/1" : "in/2"] += R"~({"Item":{"p":{"S":")~" + std::to_string(i) +
                                                         R"~("}},"ConditionExpression":"attribute_not_exists(p)"})~" +
                                                         "\n" + (i % 300 == 0 ? "no JSON\n" : "");
    }
    bulk.send("StartBulkPutItems", BulkWorld::request("token"));
    // The server ends before the next step of all that it does.
    for (int step = 0; step < crashes && !ended; ++step) {
      if (!bulk.world().executor().runOne()) bulk.world().executor().advanceToNext();
      const auto row = bulk.only();
      ended = row && row->ended() != 0;
    }
    bulk.crash();
    bulk.world().runFor(5000);
    const auto row = bulk.only();
    if (!row) {
      // Nobody was told that it had begun.
      EXPECT_EQ(bulk.changes(), 0u);
      continue;
    }
    ++gone_on;
    const Json done = describeBulk(*row);
    ASSERT_EQ(done.stringAt("BulkOperationStatus"), "COMPLETED_WITH_ERRORS") << crashes << done.write();
    EXPECT_EQ(done["ProcessedItemCount"].asInt(), kItems + 3) << crashes;
    EXPECT_EQ(done["FailedItemCount"].asInt(), 3) << crashes;
    EXPECT_EQ(done["ProcessedInputBytes"].asInt(), done["TotalInputBytes"].asInt()) << crashes;
    EXPECT_EQ(bulk.changes(), static_cast<std::size_t>(kItems)) << crashes;
    EXPECT_TRUE(bulk.fileWith("CONDITION_CHECK_FAILURE").empty()) << crashes;
    const std::vector<Json> errors = bulk.fileWith("ERROR");
    ASSERT_EQ(errors.size(), 3u) << crashes;
    EXPECT_EQ(errors[2]["itemS3Pointer"]["itemIndex"].asInt(), 603) << crashes;
  }
  EXPECT_GT(gone_on, 10);
}

TEST(BulkOperations, NoneIsStartedWhileAnIndexIsMade) {
  BulkWorld bulk;
  EXPECT_EQ(bulk.send("UpdateTable", *Json::parse(R"({"TableName":"things",
      "AttributeDefinitions":[{"AttributeName":"g","AttributeType":"S"}],
      "GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"new","Projection":{"ProjectionType":"ALL"},
        "KeySchema":[{"AttributeName":"g","KeyType":"HASH"}]}}]})")),
            "");
  EXPECT_EQ(bulk.send("StartBulkPutItems", BulkWorld::request("token")),
            "ResourceInUseException: Attempt to change a resource which is still in use: Index is being created: new");
  bulk.world().runFor(kHour);
  EXPECT_EQ(bulk.send("StartBulkPutItems", BulkWorld::request("token")), "");
}

TEST(BulkOperations, TheyAreForgottenAfterNinetyDays) {
  BulkWorld bulk;
  const std::string first = bulk.start("token");
  bulk.world().runFor(kHour);
  EXPECT_EQ(bulk.start("token"), first);
  bulk.world().runFor(7 * kHour);
  // The token is as good as new.
  const std::string second = bulk.start("token");
  EXPECT_NE(second, first);
  bulk.world().runFor(90 * kDay - kHour);
  EXPECT_EQ(bulk.describe(first).write().substr(0, 26), "\"ResourceNotFoundException");
  const Json listed = bulk.call("ListBulkOperations", "{}")["BulkOperationsSummaryList"];
  ASSERT_EQ(listed.size(), 1u) << listed.write();
  EXPECT_EQ(listed[std::size_t{0}].stringAt("BulkOperationArn"), second);
  bulk.world().runFor(kHour);
  EXPECT_EQ(bulk.call("ListBulkOperations", "{}")["BulkOperationsSummaryList"].size(), 0u);
}

}  // namespace
}  // namespace thimble::services::dynamodb
