#include <gtest/gtest.h>

#include "dispatch/testing/test_world.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/service.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

class DynamoDbTest : public testing::Test {
 protected:
  DynamoDbTest() {
    service_ = std::make_unique<Service>();
    service_->registerWith(world_.registry(), world_.kernel());
    world_.start();
  }
  /// The output, or the error as "Code: message".
  std::string call(const std::string& operation, const std::string& input, const std::string& service = "dynamodb") {
    auto answer = world_.call(service, operation, *Json::parse(input));
    if (!answer.ok()) return answer.error().code + ": " + answer.error().message;
    return answer->output.write();
  }
  Json output(const std::string& operation, const std::string& input, const std::string& service = "dynamodb") {
    return *Json::parse(call(operation, input, service));
  }
  /// A table "things" with partition key "p" and sort key "s", both texts, and `more` members of CreateTable.
  void createThings(const std::string& more = "", const std::string& attributes = "") {
    const std::string made =
        call("CreateTable", R"~({"TableName":"things","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[
          {"AttributeName":"p","AttributeType":"S"},{"AttributeName":"s","AttributeType":"S"})~" +
                                attributes + R"~(],
          "KeySchema":[{"AttributeName":"p","KeyType":"HASH"},{"AttributeName":"s","KeyType":"RANGE"}])~" +
                                more + "}");
    ASSERT_EQ(made.substr(0, 20), R"~({"TableDescription":)~") << made;
    world_.runFor(1000);
  }
  void put(const std::string& p, const std::string& s, const std::string& more = "") {
    EXPECT_EQ(call("PutItem", R"~({"TableName":"things","Item":{"p":{"S":")~" + p + R"~("},"s":{"S":")~" + s + "\"}" +
                                  more + "}}"),
              "{}");
  }
  /// The sort keys of a page's items.
  static std::string sortKeys(const Json& page) {
    std::string out;
    for (const Json& item : page["Items"].asArray()) out += item["s"].stringAt("S") + " ";
    return out;
  }

  dispatch::TestWorld world_;
  std::unique_ptr<Service> service_;
};

TEST_F(DynamoDbTest, ManyItemsAreCountedInTurns) {
  createThings();
  constexpr int kItems = 21'000;
  for (int first = 0; first < kItems; first += 25) {
    std::string requests;
    for (int i = first; i < first + 25; ++i) {
      requests += std::string(requests.empty() ? "" : ",") + R"~({"PutRequest":{"Item":{"p":{"S":"x"},"s":{"S":")~" +
                  std::to_string(100'000 + i) + "\"}}}}";
    }
    ASSERT_EQ(call("BatchWriteItem", R"~({"RequestItems":{"things":[)~" + requests + "]}}"),
              R"~({"UnprocessedItems":{}})~");
  }
  const auto counted = [&] {
    const Json table = output("DescribeTable", R"~({"TableName":"things"})~")["Table"];
    return std::pair(table["ItemCount"].asInt(), table["TableSizeBytes"].asInt());
  };
  EXPECT_LT(counted().first, kItems);  // Before the first whole count.
  world_.runFor(1);
  EXPECT_EQ(counted(), (std::pair<std::int64_t, std::int64_t>(kItems, kItems * 9)));
  put("y", "z");
  world_.runFor(60'000);
  counted();
  world_.runFor(1);
  EXPECT_EQ(counted(), (std::pair<std::int64_t, std::int64_t>(kItems + 1, kItems * 9 + 4)));
}

TEST_F(DynamoDbTest, TableBecomesActiveAndGoes) {
  EXPECT_EQ(call("CreateTable", R"~({"TableName":"ab"})~"),
            "ValidationException: TableName must be at least 3 characters long and at most 255 characters long");
  const std::string create =
      R"~({"TableName":"abc","AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}],
          "KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST"})~";
  EXPECT_EQ(output("CreateTable", create)["TableDescription"].stringAt("TableStatus"), "CREATING");
  EXPECT_EQ(call("CreateTable", create), "ResourceInUseException: Table already exists: abc");
  EXPECT_EQ(call("GetItem", R"~({"TableName":"abc","Key":{"a":{"S":"x"}}})~"),
            "ResourceNotFoundException: Requested resource not found");
  EXPECT_EQ(call("DeleteTable", R"~({"TableName":"abc"})~"),
            "ResourceInUseException: Attempt to change a resource which is still in use: Table is being created: abc");
  EXPECT_EQ(output("DescribeTable", R"~({"TableName":"abc"})~")["Table"].stringAt("TableStatus"), "ACTIVE");
  EXPECT_EQ(call("PutItem", R"~({"TableName":"abc","Item":{"a":{"S":"x"}}})~"), "{}");
  EXPECT_EQ(output("DeleteTable", R"~({"TableName":"abc"})~")["TableDescription"].stringAt("TableStatus"), "DELETING");
  world_.runFor(1000);
  EXPECT_EQ(call("DescribeTable", R"~({"TableName":"abc"})~"),
            "ResourceNotFoundException: Requested resource not found: Table: abc not found");
  // A table of the same name has none of the old one's items.
  call("CreateTable", create);
  world_.runFor(1000);
  // Nor has one that is created while the old one still goes.
  call("PutItem", R"({"TableName":"abc","Item":{"a":{"S":"x"}}})");
  call("DeleteTable", R"({"TableName":"abc"})");
  EXPECT_EQ(output("CreateTable", create)["TableDescription"].stringAt("TableStatus"), "CREATING");
  world_.runFor(1000);
  EXPECT_EQ(call("Scan", R"~({"TableName":"abc"})~"), R"~({"Items":[],"Count":0,"ScannedCount":0})~");
}

TEST_F(DynamoDbTest, ItemsAreWrittenConditionally) {
  createThings();
  put("a", "1", R"~(,"n":{"N":"5"})~");
  EXPECT_EQ(call("GetItem", R"~({"TableName":"things","Key":{"p":{"S":"a"},"s":{"S":"1"}}})~"),
            R"~({"Item":{"n":{"N":"5"},"p":{"S":"a"},"s":{"S":"1"}}})~");
  EXPECT_EQ(call("PutItem", R"~({"TableName":"things","Item":{"p":{"S":"a"},"s":{"S":"1"}},
                               "ConditionExpression":"attribute_not_exists(p)"})~"),
            "ConditionalCheckFailedException: The conditional request failed");
  EXPECT_EQ(call("UpdateItem", R"~({"TableName":"things","Key":{"p":{"S":"a"},"s":{"S":"1"}},
                   "UpdateExpression":"SET n = n + :one","ConditionExpression":"n = :five",
                   "ExpressionAttributeValues":{":one":{"N":"1"},":five":{"N":"5"}},"ReturnValues":"UPDATED_NEW"})~"),
            R"~({"Attributes":{"n":{"N":"6"}}})~");
  EXPECT_EQ(
      call("DeleteItem", R"~({"TableName":"things","Key":{"p":{"S":"a"},"s":{"S":"1"}},"ReturnValues":"ALL_OLD"})~"),
      R"~({"Attributes":{"n":{"N":"6"},"p":{"S":"a"},"s":{"S":"1"}}})~");
  EXPECT_EQ(call("GetItem", R"~({"TableName":"things","Key":{"p":{"S":"a"},"s":{"S":"1"}}})~"), "{}");
  EXPECT_EQ(call("GetItem", R"~({"TableName":"things","Key":{"p":{"S":"a"}}})~"),
            "ValidationException: The provided key element does not match the schema");
}

TEST_F(DynamoDbTest, QueriesPage) {
  createThings();
  for (const char* s : {"1", "2", "3", "31", "4"}) put("a", s);
  put("b", "1");
  const auto query = [&](const std::string& more) {
    return output("Query", R"~({"TableName":"things","ExpressionAttributeValues":{":p":{"S":"a"})~" + more);
  };
  EXPECT_EQ(sortKeys(query(R"~(},"KeyConditionExpression":"p = :p"})~")), "1 2 3 31 4 ");
  EXPECT_EQ(sortKeys(query(R"~(},"KeyConditionExpression":"p = :p","ScanIndexForward":false})~")), "4 31 3 2 1 ");
  EXPECT_EQ(sortKeys(query(R"~(,":s":{"S":"3"}},"KeyConditionExpression":"p = :p AND begins_with(s, :s)"})~")),
            "3 31 ");
  EXPECT_EQ(sortKeys(query(R"~(,":s":{"S":"3"}},"KeyConditionExpression":"p = :p AND s > :s"})~")), "31 4 ");
  EXPECT_EQ(sortKeys(query(R"~(,":s":{"S":"3"}},"KeyConditionExpression":"p = :p AND s <= :s"})~")), "1 2 3 ");
  EXPECT_EQ(sortKeys(query(
                R"~(,":s":{"S":"2"},":t":{"S":"31"}},"KeyConditionExpression":"p = :p AND s BETWEEN :s AND :t"})~")),
            "2 3 31 ");
  const Json first = query(R"~(},"KeyConditionExpression":"p = :p","Limit":2})~");
  EXPECT_EQ(sortKeys(first), "1 2 ");
  EXPECT_EQ(first["LastEvaluatedKey"].write(), R"~({"p":{"S":"a"},"s":{"S":"2"}})~");
  EXPECT_EQ(
      sortKeys(query(R"~(},"KeyConditionExpression":"p = :p","ExclusiveStartKey":{"p":{"S":"a"},"s":{"S":"2"}}})~")),
      "3 31 4 ");
  EXPECT_EQ(sortKeys(query(R"~(},"KeyConditionExpression":"p = :p","ScanIndexForward":false,
                              "ExclusiveStartKey":{"p":{"S":"a"},"s":{"S":"3"}}})~")),
            "2 1 ");
}

TEST_F(DynamoDbTest, LargeItemsMakePages) {
  createThings();
  const std::string large(100'000, 'x');
  for (int i = 10; i < 30; ++i) put("a", std::to_string(i), R"~(,"d":{"S":")~" + large + "\"}");
  std::string key;
  std::string seen;
  int pages = 0;
  do {
    const Json page = output("Scan", R"~({"TableName":"things")~" + key + "}");
    seen += sortKeys(page);
    ++pages;
    const Json& last = page["LastEvaluatedKey"];
    key = last.isNull() ? std::string() : ",\"ExclusiveStartKey\":" + last.write();
  } while (!key.empty());
  EXPECT_EQ(pages, 2);
  EXPECT_EQ(seen, "10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 ");
}

TEST_F(DynamoDbTest, IndexesFollowItemsAndAreBuiltOnline) {
  createThings();
  for (int i = 100; i < 350; ++i) put("a", std::to_string(i), R"~(,"g":{"S":")~" + std::to_string(i % 2) + "\"}");
  const Json update = output("UpdateTable", R"~({"TableName":"things",
      "AttributeDefinitions":[{"AttributeName":"g","AttributeType":"S"},{"AttributeName":"s","AttributeType":"S"}],
      "GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"by-g","Projection":{"ProjectionType":"KEYS_ONLY"},
      "KeySchema":[{"AttributeName":"g","KeyType":"HASH"},{"AttributeName":"s","KeyType":"RANGE"}]}}]})~");
  EXPECT_EQ(update["TableDescription"]["GlobalSecondaryIndexes"][std::size_t{0}].stringAt("IndexStatus"), "CREATING");
  put("a", "999", R"~(,"g":{"S":"1"})~");
  world_.run();
  const auto count = [&](const std::string& g) {
    return output("Query", R"~({"TableName":"things","IndexName":"by-g","KeyConditionExpression":"g = :g",
                              "ExpressionAttributeValues":{":g":{"S":")~" +
                               g + "\"}}}")["Count"]
        .asInt();
  };
  EXPECT_EQ(count("0"), 125);
  EXPECT_EQ(count("1"), 126);
  put("a", "999", R"~(,"g":{"S":"0"})~");
  EXPECT_EQ(count("0"), 126);
  EXPECT_EQ(count("1"), 125);
  EXPECT_EQ(call("DeleteItem", R"~({"TableName":"things","Key":{"p":{"S":"a"},"s":{"S":"999"}}})~"), "{}");
  EXPECT_EQ(count("0"), 125);
  EXPECT_EQ(call("Query", R"~({"TableName":"things","IndexName":"by-g","ConsistentRead":true,
                 "KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":"0"}}})~"),
            "ValidationException: Consistent reads are not supported on global secondary indexes");
}

TEST_F(DynamoDbTest, TransactionsAreAllOrNothing) {
  createThings();
  put("a", "1", R"~(,"n":{"N":"5"})~");
  const std::string failing = R"~({"TransactItems":[
      {"Put":{"TableName":"things","Item":{"p":{"S":"a"},"s":{"S":"2"}}}},
      {"Update":{"TableName":"things","Key":{"p":{"S":"a"},"s":{"S":"1"}},"UpdateExpression":"SET n = n - :x",
        "ConditionExpression":"n >= :x","ExpressionAttributeValues":{":x":{"N":"6"}}}}]})~";
  EXPECT_EQ(
      call("TransactWriteItems", failing),
      "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons "
      "[None, ConditionalCheckFailed]");
  EXPECT_EQ(output("Scan", R"~({"TableName":"things"})~")["Count"].asInt(), 1);
  const std::string token = R"~({"ClientRequestToken":"t","TransactItems":[
      {"Update":{"TableName":"things","Key":{"p":{"S":"a"},"s":{"S":"1"}},"UpdateExpression":"SET n = n - :x",
        "ExpressionAttributeValues":{":x":{"N":"1"}}}}]})~";
  EXPECT_EQ(call("TransactWriteItems", token), "{}");
  EXPECT_EQ(call("TransactWriteItems", token), "{}");
  // The repeated call costs what reading costs.
  EXPECT_EQ(call("TransactWriteItems", R"~({"ReturnConsumedCapacity":"TOTAL",)~" + token.substr(1)),
            R"~({"ConsumedCapacity":[{"CapacityUnits":2.0,"ReadCapacityUnits":2.0,"TableName":"things"}]})~");
  EXPECT_EQ(call("TransactGetItems",
                 R"~({"TransactItems":[{"Get":{"TableName":"things","Key":{"p":{"S":"a"},"s":{"S":"1"}}}}]})~"),
            R"~({"Responses":[{"Item":{"n":{"N":"4"},"p":{"S":"a"},"s":{"S":"1"}}}]})~");
  EXPECT_EQ(call("TransactWriteItems", R"~({"ClientRequestToken":"t","TransactItems":[
      {"Delete":{"TableName":"things","Key":{"p":{"S":"a"},"s":{"S":"1"}}}}]})~")
                .substr(0, 36),
            "IdempotentParameterMismatchException");
}

TEST_F(DynamoDbTest, StreamsHaveEveryChangeAndExpiredItemsGo) {
  createThings(R"~(,"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"})~");
  const std::string arn = output("DescribeTable", R"~({"TableName":"things"})~")["Table"].stringAt("LatestStreamArn");
  put("a", "1");
  put("a", "1");
  put("a", "1", R"~(,"e":{"N":"1000"})~");
  call("UpdateTimeToLive",
       R"~({"TableName":"things","TimeToLiveSpecification":{"Enabled":true,"AttributeName":"e"}})~");
  const std::string soon = std::to_string(world_.environment().clock.now().milliseconds / 1000 + 5);
  put("a", "2", R"~(,"e":{"N":")~" + soon + "\"}");
  world_.runFor(60'000);
  // Nothing of five years ago expires; the attribute may mean something else.
  EXPECT_EQ(sortKeys(output("Scan", R"~({"TableName":"things"})~")), "1 ");
  EXPECT_EQ(output("UpdateTimeToLive",
                   R"~({"TableName":"things","TimeToLiveSpecification":{"Enabled":false,"AttributeName":"e"}})~"),
            *Json::parse(R"~({"TimeToLiveSpecification":{"Enabled":false}})~"));
  const Json stream = output("DescribeStream", R"~({"StreamArn":")~" + arn + "\"}", "dynamodbstreams");
  const std::string shard = stream["StreamDescription"]["Shards"][std::size_t{0}].stringAt("ShardId");
  const std::string iterator =
      output("GetShardIterator",
             R"~({"StreamArn":")~" + arn + R"~(","ShardId":")~" + shard + R"~(","ShardIteratorType":"TRIM_HORIZON"})~",
             "dynamodbstreams")
          .stringAt("ShardIterator");
  const Json records = output("GetRecords", R"~({"ShardIterator":")~" + iterator + "\"}", "dynamodbstreams")["Records"];
  std::string events;
  for (const Json& record : records.asArray()) events += record.stringAt("eventName") + " ";
  EXPECT_EQ(events, "INSERT MODIFY INSERT REMOVE ");
  EXPECT_EQ(records[3]["userIdentity"].stringAt("PrincipalId"), "dynamodb.amazonaws.com");
  EXPECT_EQ(records[std::size_t{0}]["dynamodb"]["SizeBytes"].asInt(), 8);
}

TEST_F(DynamoDbTest, ADeletedTableThatWasRecoverableIsBackedUpForThirtyFiveDays) {
  constexpr std::int64_t kDay = 24LL * 3600 * 1000;
  createThings();
  put("a", "1");
  call("UpdateContinuousBackups",
       R"~({"TableName":"things","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}})~");
  put("a", "2");
  output("DeleteTable", R"~({"TableName":"things"})~");
  world_.runFor(1000);
  const auto backups = [&] {
    return output("ListBackups", R"~({"TableName":"things","BackupType":"SYSTEM"})~")["BackupSummaries"];
  };
  EXPECT_EQ(output("ListBackups", R"~({"TableName":"things"})~")["BackupSummaries"].size(), 0);
  ASSERT_EQ(backups().size(), 1);
  const Json backup = backups()[std::size_t{0}];
  EXPECT_EQ(backup.stringAt("BackupName"), "things$DeletedTableBackup");
  EXPECT_EQ(backup.stringAt("BackupType"), "SYSTEM");
  EXPECT_EQ(backup.stringAt("BackupStatus"), "AVAILABLE");
  EXPECT_EQ(backup["BackupExpiryDateTime"].asInt() - backup["BackupCreationDateTime"].asInt(), 35 * kDay);
  EXPECT_EQ(call("DescribeTable", R"~({"TableName":"things"})~").substr(0, 25), "ResourceNotFoundException");
  // Nothing of the table's rows is left.
  store::Transaction transaction = world_.environment().store.begin();
  EXPECT_TRUE(transaction.scanPrefix(itemPrefix(1), {.limit = 1}).empty());
  const std::string restore = R"~(,"BackupArn":")~" + backup.stringAt("BackupArn") + "\"}";
  output("RestoreTableFromBackup", R"~({"TargetTableName":"things")~" + restore);
  world_.runFor(1000);
  EXPECT_EQ(sortKeys(output("Scan", R"~({"TableName":"things"})~")), "1 2 ");
  world_.runFor(34 * kDay);
  EXPECT_EQ(backups().size(), 1);
  world_.runFor(kDay);
  EXPECT_EQ(backups().size(), 0);
  EXPECT_EQ(call("RestoreTableFromBackup", R"~({"TargetTableName":"more")~" + restore).substr(0, 23),
            "BackupNotFoundException");
}

TEST_F(DynamoDbTest, StreamsForgetAfterADay) {
  constexpr std::int64_t kHour = 3600 * 1000;
  createThings(R"~(,"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"})~");
  const std::string arn = output("DescribeTable", R"~({"TableName":"things"})~")["Table"].stringAt("LatestStreamArn");
  const auto iterator = [&](const std::string& more) {
    const Json stream = output("DescribeStream", R"~({"StreamArn":")~" + arn + "\"}", "dynamodbstreams");
    const std::string shard = stream["StreamDescription"]["Shards"][std::size_t{0}].stringAt("ShardId");
    return call("GetShardIterator", R"~({"StreamArn":")~" + arn + R"~(","ShardId":")~" + shard + "\"," + more + "}",
                "dynamodbstreams");
  };
  const auto records = [&] {
    const std::string place =
        Json::parse(iterator(R"~("ShardIteratorType":"TRIM_HORIZON")~"))->stringAt("ShardIterator");
    return output("GetRecords", R"~({"ShardIterator":")~" + place + "\"}", "dynamodbstreams")["Records"];
  };
  put("old", "1");
  world_.runFor(20 * kHour);
  put("new", "1");
  world_.runFor(3 * kHour);
  ASSERT_EQ(records().size(), 2u);
  const std::string first = records()[std::size_t{0}]["dynamodb"].stringAt("SequenceNumber");
  world_.runFor(3 * kHour);
  ASSERT_EQ(records().size(), 1u);
  EXPECT_EQ(records()[std::size_t{0}]["dynamodb"]["Keys"]["p"].stringAt("S"), "new");
  EXPECT_EQ(iterator(R"~("ShardIteratorType":"AT_SEQUENCE_NUMBER","SequenceNumber":")~" + first + "\"").substr(0, 27),
            "TrimmedDataAccessException:");
  // A stream that was turned off goes with its last record.
  call("UpdateTable", R"~({"TableName":"things","StreamSpecification":{"StreamEnabled":false}})~");
  EXPECT_EQ(output("ListStreams", "{}", "dynamodbstreams")["Streams"].size(), 1u);
  world_.runFor(26 * kHour);
  EXPECT_EQ(output("ListStreams", "{}", "dynamodbstreams")["Streams"].size(), 0u);
}

}  // namespace
}  // namespace thimble::services::dynamodb
