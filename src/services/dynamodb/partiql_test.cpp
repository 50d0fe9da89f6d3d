// PartiQL through the operations that run it.
#include <gtest/gtest.h>

#include "dispatch/testing/test_world.h"
#include "services/dynamodb/service.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

class PartiQlTest : public testing::Test {
 protected:
  PartiQlTest() {
    service_.registerWith(world_.registry(), world_.kernel());
    world_.start();
    call("CreateTable", R"({"TableName": "hashed", "BillingMode": "PAY_PER_REQUEST",
      "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
      "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]})");
    call("CreateTable", R"({"TableName": "ranged", "BillingMode": "PAY_PER_REQUEST",
      "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "N"},
                               {"AttributeName": "other", "AttributeType": "S"}],
      "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
      "GlobalSecondaryIndexes": [{"IndexName": "by-other", "Projection": {"ProjectionType": "KEYS_ONLY"},
        "KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}]}]})");
    world_.runFor(60000);
  }

  /// The output, or the error as "Code: message".
  std::string callWith(const std::string& operation, const Json& input) {
    auto answer = world_.call("dynamodb", operation, input);
    if (!answer.ok()) return answer.error().code + ": " + answer.error().message;
    return answer->output.write();
  }
  std::string call(const std::string& operation, const std::string& input) {
    return callWith(operation, *Json::parse(input));
  }
  std::string run(const std::string& statement, const std::string& parameters = {}) {
    Json input = Json::object({{"Statement", statement}});
    if (!parameters.empty()) input.set("Parameters", *Json::parse(parameters));
    return callWith("ExecuteStatement", input);
  }
  /// The "n" of each item, in order.
  static std::string numbers(const std::string& output) {
    std::string out;
    const Json items = (*Json::parse(output))["Items"];
    for (const Json& item : items.asArray()) out += item["n"].stringAt("N") + " ";
    return out;
  }

  dispatch::TestWorld world_;
  Service service_;
};

TEST_F(PartiQlTest, OneItemFromInsertToDelete) {
  EXPECT_EQ(run("INSERT INTO hashed VALUE {'pk': 'a', 'n': 1, 'm': {'x': [1, 'two']}}"), R"({"Items":[]})");
  EXPECT_EQ(run("INSERT INTO hashed VALUE {'pk': 'a'}"),
            "DuplicateItemException: Duplicate primary key exists in table");
  EXPECT_EQ(run("SELECT n, m.x[1] FROM hashed WHERE pk = 'a'"), R"({"Items":[{"n":{"N":"1"},"x[1]":{"S":"two"}}]})");
  EXPECT_EQ(run("SELECT * FROM hashed WHERE pk = ? AND n > ?", R"([{"S": "a"}, {"N": "1"}])"), R"({"Items":[]})");
  EXPECT_EQ(run("UPDATE hashed SET n = n + 4 SET l = [true] WHERE pk = 'a' AND n = 1 RETURNING MODIFIED NEW *"),
            R"({"Items":[{"l":{"L":[{"BOOL":true}]},"n":{"N":"5"}}]})");
  EXPECT_EQ(run("UPDATE hashed SET n = 9 WHERE pk = 'a' AND n = 1"),
            "ConditionalCheckFailedException: The conditional request failed");
  EXPECT_EQ(run("UPDATE hashed SET n = 9 WHERE pk = 'none'"),
            "ConditionalCheckFailedException: The conditional request failed");
  EXPECT_EQ(run("UPDATE hashed REMOVE l, m WHERE pk = 'a' RETURNING ALL NEW *"),
            R"({"Items":[{"n":{"N":"5"},"pk":{"S":"a"}}]})");
  EXPECT_EQ(
      run("UPDATE hashed SET pk = 'b' WHERE pk = 'a'"),
      "ValidationException: One or more parameter values were invalid: Cannot update attribute pk. This attribute is "
      "part of the key");
  EXPECT_EQ(run("DELETE FROM hashed WHERE pk = 'a' AND n = 4"),
            "ConditionalCheckFailedException: The conditional request failed");
  EXPECT_EQ(run("DELETE FROM hashed WHERE pk = 'a' RETURNING ALL OLD *"),
            R"({"Items":[{"n":{"N":"5"},"pk":{"S":"a"}}]})");
  EXPECT_EQ(run("DELETE FROM hashed WHERE pk = 'a'"), R"({"Items":[]})");
  EXPECT_EQ(call("GetItem", R"({"TableName": "hashed", "Key": {"pk": {"S": "a"}}})"), "{}");
}

TEST_F(PartiQlTest, SelectsReadRangesOrdersAndPages) {
  for (int i = 0; i < 6; ++i) {
    const std::string n = std::to_string(i);
    run("INSERT INTO ranged VALUE {'pk': '" + std::string(i < 4 ? "a" : "b") + "', 'sk': " + n + ", 'n': " + n +
        ", 'other': 'o'}");
  }
  EXPECT_EQ(numbers(run("SELECT n FROM ranged WHERE pk = 'a'")), "0 1 2 3 ");
  EXPECT_EQ(numbers(run("SELECT n FROM ranged WHERE pk = 'a' ORDER BY sk DESC")), "3 2 1 0 ");
  EXPECT_EQ(numbers(run("SELECT n FROM ranged WHERE pk = 'a' AND sk BETWEEN 1 AND 2")), "1 2 ");
  EXPECT_EQ(numbers(run("SELECT n FROM ranged WHERE pk = 'a' AND sk > 1 AND n <> 2")), "3 ");
  EXPECT_EQ(numbers(run("SELECT n FROM ranged WHERE pk IN ['a', 'b'] AND sk IN [0, 5]")), "0 5 ");
  EXPECT_EQ(numbers(run("SELECT n FROM ranged WHERE pk IN ['a', 'b'] ORDER BY pk DESC, sk DESC")), "5 4 3 2 1 0 ");
  EXPECT_EQ(numbers(run("SELECT n FROM ranged WHERE pk = 'a' AND (sk < 2 OR sk > 0)")), "0 1 2 3 ");
  EXPECT_EQ(numbers(run("SELECT n FROM ranged WHERE n = 4")), "4 ");
  EXPECT_EQ(
      run("SELECT pk FROM ranged WHERE n = 4 ORDER BY pk"),
      "ValidationException: Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY "
      "clause.");
  EXPECT_EQ(run("SELECT pk FROM ranged WHERE pk = 'a' ORDER BY n"),
            "ValidationException: Variable reference n in ORDER BY clause must be part of the primary key");

  // Pages across both partitions, two items each.
  std::string seen, token;
  for (int pages = 0; pages < 6; ++pages) {
    Json input = Json::object({{"Statement", "SELECT n FROM ranged WHERE pk IN ['a', 'b']"}, {"Limit", 2}});
    if (!token.empty()) input.set("NextToken", token);
    const std::string output = callWith("ExecuteStatement", input);
    seen += numbers(output);
    token = (*Json::parse(output)).stringAt("NextToken");
    if (token.empty()) break;
  }
  EXPECT_EQ(seen, "0 1 2 3 4 5 ");
  EXPECT_EQ(call("ExecuteStatement", R"({"Statement": "SELECT * FROM ranged", "NextToken": "bm90aGluZw=="})"),
            "ValidationException: Invalid NextToken");
  const Json page = *Json::parse(call("ExecuteStatement", R"({"Statement": "SELECT * FROM ranged", "Limit": 1})"));
  EXPECT_EQ(callWith("ExecuteStatement",
                     Json::object({{"Statement", "SELECT * FROM hashed"}, {"NextToken", page.stringAt("NextToken")}})),
            "ValidationException: NextToken does not match request");
}

TEST_F(PartiQlTest, IndexesShowWhatTheyProject) {
  run("INSERT INTO ranged VALUE {'pk': 'a', 'sk': 1, 'n': 7, 'other': 'o'}");
  EXPECT_EQ(run("SELECT * FROM ranged.\"by-other\" WHERE other = 'o'"),
            R"({"Items":[{"other":{"S":"o"},"pk":{"S":"a"},"sk":{"N":"1"}}]})");
  EXPECT_EQ(
      run("SELECT pk FROM ranged.\"by-other\" WHERE other = 'o' AND n = 7"),
      "ValidationException: One or more parameter values were invalid: Secondary index by-other does not project one "
      "or more filter attributes: [n]");
  EXPECT_EQ(run("SELECT n FROM ranged.\"by-other\" WHERE other = 'o'"),
            "ValidationException: One or more parameter values were invalid: Global secondary index by-other does not "
            "project [n]");
  EXPECT_EQ(run("SELECT * FROM ranged.\"no-such\" WHERE pk = 'a'"),
            "ValidationException: The table does not have the specified index");
  EXPECT_EQ(call("ExecuteStatement",
                 R"({"Statement": "SELECT * FROM ranged.\"by-other\" WHERE other = 'o'", "ConsistentRead": true})"),
            "ValidationException: Strongly consistent read is not supported on Global Secondary Indexes");
  EXPECT_EQ(run("SELECT * FROM nowhere"), "ResourceNotFoundException: Requested resource not found");
}

TEST_F(PartiQlTest, EachStatementOfABatchStandsAlone) {
  EXPECT_EQ(
      call("BatchExecuteStatement", R"({"Statements": [
                 {"Statement": "INSERT INTO hashed VALUE {'pk': 'a', 'n': 1}"},
                 {"Statement": "INSERT INTO hashed VALUE {'pk': 'a', 'n': 2}"},
                 {"Statement": "SLECT"},
                 {"Statement": "UPDATE nowhere SET n = 1 WHERE pk = 'a'"},
                 {"Statement": "UPDATE hashed SET n = 3 WHERE pk = 'a' RETURNING ALL NEW *"}]})"),
      R"({"Responses":[{"TableName":"hashed"},)"
      R"({"Error":{"Code":"DuplicateItem","Message":"Duplicate primary key exists in table"},"TableName":"hashed"},)"
      R"({"Error":{"Code":"ValidationError","Message":"Statement wasn't well formed, can't be processed: Expected data manipulation"}},)"
      R"({"Error":{"Code":"ResourceNotFound","Message":"Requested resource not found"}},)"
      R"({"Item":{"n":{"N":"3"},"pk":{"S":"a"}},"TableName":"hashed"}]})");
  EXPECT_EQ(
      call("BatchExecuteStatement", R"({"Statements": [
                 {"Statement": "SELECT * FROM hashed WHERE pk = ?", "Parameters": [{"S": "a"}]},
                 {"Statement": "SELECT * FROM hashed WHERE n = 3"}]})"),
      R"({"Responses":[{"Item":{"n":{"N":"3"},"pk":{"S":"a"}},"TableName":"hashed"},)"
      R"({"Error":{"Code":"ValidationError","Message":"Select statements within BatchExecuteStatement must specify the primary key in the where clause."}}]})");
}

TEST_F(PartiQlTest, TransactionsAreWhole) {
  run("INSERT INTO hashed VALUE {'pk': 'a', 'n': 1}");
  EXPECT_EQ(
      call("ExecuteTransaction", R"({"TransactStatements": [
                 {"Statement": "INSERT INTO hashed VALUE {'pk': 'b'}"},
                 {"Statement": "INSERT INTO hashed VALUE {'pk': 'a'}"}]})"),
      "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons "
      "[None, DuplicateItem]");
  EXPECT_EQ(run("SELECT * FROM hashed WHERE pk = 'b'"), R"({"Items":[]})");
  // What more a DELETE says is a condition here, and nothing outside when there is no such item.
  EXPECT_EQ(run("DELETE FROM hashed WHERE pk = 'b' AND n = 1"), R"({"Items":[]})");
  EXPECT_EQ(
      call("ExecuteTransaction",
           R"({"TransactStatements": [{"Statement": "DELETE FROM hashed WHERE pk = 'b' AND n = 1"}]})"),
      "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons "
      "[ConditionalCheckFailed]");
  EXPECT_EQ(call("ExecuteTransaction", R"x({"TransactStatements": [
                 {"Statement": "EXISTS(SELECT * FROM hashed WHERE pk = 'a' AND n = 1)"}]})x"),
            R"({"Responses":[]})");
  const char* twice = R"({"ClientRequestToken": "more", "TransactStatements": [
      {"Statement": "UPDATE hashed SET n = n + 1 WHERE pk = 'a'"}]})";
  call("ExecuteTransaction", twice);
  call("ExecuteTransaction", twice);
  EXPECT_EQ(call("ExecuteTransaction", R"({"TransactStatements": [
                 {"Statement": "SELECT n FROM hashed WHERE pk = 'a'"}, {"Statement": "SELECT n FROM hashed WHERE pk = 'b'"}]})"),
            R"({"Responses":[{"Item":{"n":{"N":"2"}}},{}]})");
  EXPECT_EQ(call("ExecuteTransaction", R"({"TransactStatements": [
                 {"Statement": "UPDATE hashed SET n = 1 WHERE pk = 'a' RETURNING ALL NEW *"}]})"),
            "ValidationException: Validation failed in TransactStatements[0]: RETURNING clause is not supported in "
            "ExecuteTransaction.");
  EXPECT_EQ(
      call("ExecuteTransaction", R"({"TransactStatements": [
                 {"Statement": "SELECT * FROM ranged.\"by-other\" WHERE other = 'x'"}]})"),
      "ValidationException: Validation failed in TransactStatements[0]: Reads on indices are not supported within "
      "transactions.");
}

}  // namespace
}  // namespace thimble::services::dynamodb
