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
        "KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}]}],
      "LocalSecondaryIndexes": [{"IndexName": "by-local", "Projection": {"ProjectionType": "KEYS_ONLY"},
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "other", "KeyType": "RANGE"}]}]})");
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
  EXPECT_EQ(numbers(run("SELECT n FROM ranged WHERE pk = 'a' AND (sk < 2 OR sk > 2 OR sk = 2)")), "0 1 3 2 ");
  EXPECT_EQ(numbers(run("SELECT n FROM ranged WHERE pk = 'a' AND (sk > 0 AND sk < 2 OR sk = 2)")), "1 2 ");
  // No range for what the sort key is not.
  for (const char* negated : {"NOT sk = 1", "sk <> 1", "NOT sk IN [1]", "NOT (sk = 1)"}) {
    EXPECT_EQ(
        numbers(run(std::string("SELECT n FROM ranged WHERE pk = 'a' AND ") + negated + " OR pk = 'a' AND sk = 2")),
        "0 2 3 ");
  }
  EXPECT_EQ(numbers(run("SELECT n FROM ranged WHERE pk = 'a' OR pk = 'a' AND NOT sk = 1")), "0 1 2 3 ");
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

TEST_F(PartiQlTest, ReadsThatMeetAndKeysOfOtherTypesAreRefused) {
  const std::string overlapping =
      "ValidationException: Overlapping conditions with range keys are not supported in where clause";
  for (const char* where :
       {"pk IN ['a', 'a']", "pk = 'a' OR pk = 'a'", "pk = 'a' AND (sk > 0 OR sk < 5)", "pk = 'a' AND (sk = 1 OR n = 2)",
        "(pk = 'a' AND n = 1) OR (pk = 'a' AND n = 2)", "pk = 'a' AND n = 1 OR pk = 'a' AND sk = 2"}) {
    EXPECT_EQ(run(std::string("SELECT n FROM ranged WHERE ") + where), overlapping) << where;
  }
  for (const char* where : {"pk = 'a' OR sk = 1", "pk = 'a' AND (sk > 5 OR sk < 5)", "pk > 1", "pk = 'a' AND pk = 'b'",
                            "pk = 'a' AND sk > 5 AND sk < 3 OR pk = 'a'"}) {
    EXPECT_EQ(run(std::string("SELECT n FROM ranged WHERE ") + where), R"({"Items":[]})") << where;
  }
  EXPECT_EQ(run("SELECT n FROM ranged WHERE pk = 'a' AND sk IN [1, '2']"),
            "ValidationException: Key attribute's data type should match its data type in table's schema: Key sk");
  EXPECT_EQ(
      call("BatchExecuteStatement",
           R"({"Statements": [{"Statement": "SELECT * FROM ranged WHERE pk IN ['a', 'a'] AND sk = 1"}]})"),
      R"({"Responses":[{"Error":{"Code":"ValidationError","Message":"Overlapping conditions with range keys are not supported in where clause"}}]})");
}

TEST_F(PartiQlTest, OneItemIsNamedOnce) {
  run("INSERT INTO ranged VALUE {'pk': 'a', 'sk': 1, 'n': 1}");
  EXPECT_EQ(run("UPDATE ranged SET n = 2 WHERE pk = 'a' AND sk = 1 AND pk = 'b'"),
            "ValidationException: Multiple conditions on same key pk. Only single item Update/Insert/Delete are "
            "supported");
  EXPECT_EQ(run("UPDATE ranged SET n = 2 WHERE (pk = 'a' AND sk = 1) AND pk = 'a' RETURNING MODIFIED NEW *"),
            R"({"Items":[{"n":{"N":"2"}}]})");
  EXPECT_EQ(run("UPDATE ranged SET n = 2 WHERE pk = 'a' AND sk = '1'"),
            "ValidationException: The provided key element does not match the schema");
  const auto batch = [&](const std::string& where) {
    const Json answer = *Json::parse(callWith(
        "BatchExecuteStatement",
        Json::object(
            {{"Statements", Json::array({Json::object({{"Statement", "SELECT n FROM ranged WHERE " + where}})})}})));
    return answer["Responses"].asArray()[0].write();
  };
  const std::string refused =
      R"({"Error":{"Code":"ValidationError","Message":"Select statements within BatchExecuteStatement must specify the primary key in the where clause."}})";
  EXPECT_EQ(batch("pk IN ['a'] AND sk IN [1]"), R"({"Item":{"n":{"N":"2"}},"TableName":"ranged"})");
  for (const char* where : {"pk = 'a'", "pk = 'a' AND sk = 1 AND n = 2", "pk = 'a' AND sk = 1 AND pk = 'b'"}) {
    EXPECT_EQ(batch(where), refused) << where;
  }
  // What is wrong with an item that was found names its table.
  std::string deep = "1";
  for (int i = 0; i < 30; ++i) deep = "[" + deep + "]";
  run("UPDATE ranged SET m = {'x': {}} WHERE pk = 'a' AND sk = 1");
  EXPECT_EQ(
      callWith("BatchExecuteStatement",
               Json::object(
                   {{"Statements", Json::array({Json::object({{"Statement", "UPDATE ranged SET m.x.y = " + deep +
                                                                                " WHERE pk = 'a' AND sk = 1"}})})}})),
      R"({"Responses":[{"Error":{"Code":"ValidationError","Message":"Nesting Levels have exceeded supported limits"},"TableName":"ranged"}]})");
}

TEST_F(PartiQlTest, IndexesShowWhatTheyProject) {
  run("INSERT INTO ranged VALUE {'pk': 'a', 'sk': 1, 'n': 7, 'other': 'o'}");
  EXPECT_EQ(run("SELECT * FROM ranged.\"by-other\" WHERE other = 'o'"),
            R"({"Items":[{"other":{"S":"o"},"pk":{"S":"a"},"sk":{"N":"1"}}]})");
  EXPECT_EQ(
      run("SELECT pk FROM ranged.\"by-other\" WHERE other = 'o' AND n = 7"),
      "ValidationException: One or more parameter values were invalid: Secondary index by-other does not project one "
      "or more filter attributes: [n]");
  const std::string refused =
      "ValidationException: One or more parameter values were invalid: Secondary index by-other does not project one "
      "or more filter attributes: ";
  struct Case {
    const char* where;
    const char* missing;
  };
  const Case cases[] = {
      {"other = 'o' AND NOT (n = 7 OR pk = 'x')", "[n]"},
      {"other = 'o' AND b = 1 AND (a = 2 OR pk = '3')", "[a, b]"},
      {"other = 'o' AND (zz = 1 OR aa = 2 OR mm = 3)", "[zz, aa, mm]"},
      {"(other = 'o' OR other = 'p') AND zz = 1", "[zz]"},
      {"(other = 'b' AND u1 = 1) OR (other = 'q' AND u2 = 1)", "[u2]"},
      {"(other = 'q' AND u1 = 1) OR (other = 'b' AND u2 = 1)", "[u1]"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(run(std::string("SELECT pk FROM ranged.\"by-other\" WHERE ") + c.where), refused + c.missing) << c.where;
  }
  // One read of them all that asks for nothing else, or a scan: what the index has not is missing.
  for (const char* where : {"(other = 'o' AND pk = 'x') OR (other = 'p' AND aa = 1)", "other > 'a' AND n = 7",
                            "other = 'o' AND (other = 'p' OR n = 7)", "(other = 'o' AND n = 7) OR aa = 1", "n = 7"}) {
    EXPECT_EQ(run(std::string("SELECT pk FROM ranged.\"by-other\" WHERE ") + where), R"({"Items":[]})") << where;
  }
  EXPECT_EQ(run("SELECT pk FROM ranged.\"by-other\" WHERE NOT n = 7"), R"({"Items":[{"pk":{"S":"a"}}]})");
  EXPECT_EQ(run("SELECT n FROM ranged.\"by-local\" WHERE n = 7"), R"({"Items":[]})");
  EXPECT_EQ(run("SELECT n FROM ranged.\"by-local\" WHERE pk = 'a'"), R"({"Items":[{"n":{"N":"7"}}]})");
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

TEST_F(PartiQlTest, WhatIsWrongWithItemsCancelsTransactions) {
  run("INSERT INTO ranged VALUE {'pk': 'a', 'sk': 1, 'n': 1}");
  /// The reasons' codes and messages, or the error.
  const auto transact = [&](const std::vector<std::string>& statements) {
    Json list = Json::array();
    for (const std::string& statement : statements) list.push(Json::object({{"Statement", statement}}));
    const auto answer = world_.call("dynamodb", "ExecuteTransaction", Json::object({{"TransactStatements", list}}));
    if (answer.ok()) return std::string("done");
    const Json& reasons = answer.error().details["CancellationReasons"];
    if (!reasons.isArray()) return answer.error().message;
    std::string out;
    for (const Json& reason : reasons.asArray()) {
      out += (out.empty() ? "" : "; ") + reason.stringAt("Code");
      if (reason.contains("Message")) out += ": " + reason.stringAt("Message");
    }
    return out;
  };
  const std::string read = "SELECT * FROM ranged WHERE pk = 'a' AND sk = 1";
  const std::string update = "UPDATE ranged SET x = 1 WHERE ";
  const std::string mismatch = "ValidationError: The provided key element does not match the schema";
  const std::string missing = "ResourceNotFound: Requested resource not found";
  const std::string only_key =
      "Validation failed in TransactStatements[0]: Select statements within ExecuteTransaction must specify the "
      "primary "
      "key in the where clause.";
  EXPECT_EQ(
      transact({"UPDATE nowhere SET a = 1 WHERE pk = 'x' RETURNING ALL NEW *", "DELETE FROM nowhere WHERE pk = 'x'"}),
      missing + "; " + missing);
  EXPECT_EQ(transact({read, "SELECT * FROM nowhere.idx WHERE pk = 'x'"}), "None; " + missing);
  EXPECT_EQ(transact({"UPDATE nowhere SET a = 1 WHERE pk = 'x'", update + "pk = 'a' AND sk = 1 RETURNING ALL NEW *"}),
            "Validation failed in TransactStatements[1]: RETURNING clause is not supported in ExecuteTransaction.");
  EXPECT_EQ(
      transact({update + "pk = 'a'", update + "pk IN ['a'] AND sk = 1", update + "pk = 'a' AND sk = 1 AND pk = 'b'",
                update + "pk = 'a' AND sk = '1'", update + "pk = 'a' AND sk = 1"}),
      mismatch + "; " + mismatch + "; " + mismatch + "; " + mismatch + "; None");
  EXPECT_EQ(transact({"INSERT INTO ranged VALUE {'pk': 'b'}"}),
            "ValidationError: One or more parameter values were invalid: Missing the key sk in the item");
  EXPECT_EQ(transact({read, read}), "Transaction request cannot include multiple operations on one item");
  EXPECT_EQ(transact({read, read, "SELECT * FROM ranged WHERE pk = 1 AND sk = 1"}), "None; None; " + mismatch);
  EXPECT_EQ(transact({read + " AND n = 1"}), only_key);
  EXPECT_EQ(transact({"SELECT * FROM ranged WHERE pk IN ['b'] AND pk = 'a' AND sk = 1"}), only_key);
  EXPECT_EQ(transact({"SELECT * FROM ranged WHERE pk IN ['a', 'a'] AND sk = 1"}),
            "Validation failed in TransactStatements[0]: Overlapping conditions with range keys are not supported in "
            "where clause");
  EXPECT_EQ(transact({"SELECT * FROM ranged WHERE (sk IN [1]) AND pk = 'a' AND pk = 'a'"}), "done");
  for (const char* where : {"pk = 'a' AND sk = 1", "pk IN ['a'] AND sk = 1 AND n = 1", "pk = 'a' AND n = 1"}) {
    EXPECT_EQ(transact({std::string("EXISTS(SELECT * FROM ranged WHERE ") + where + ")"}),
              "Validation failed in TransactStatements[0]: EXISTS() must contain a single item read with additional "
              "condition");
  }
  EXPECT_EQ(transact({"EXISTS(SELECT * FROM ranged WHERE pk = 'a' AND sk = 1 AND pk = 'b' AND n = 1)"}),
            "ConditionalCheckFailed: The conditional request failed");
  EXPECT_EQ(transact({"EXISTS(SELECT * FROM ranged WHERE (pk = 'a' AND sk = 1) AND x IS MISSING)"}), "done");
}

}  // namespace
}  // namespace thimble::services::dynamodb
