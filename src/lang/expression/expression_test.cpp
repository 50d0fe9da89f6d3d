// The tables in testdata/ against values, expressions and updates.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "lang/expression/request.h"
#include "lang/expression/wire_value.h"

namespace thimble::lang::expression {
namespace {

using base::Json;

Json load(const std::string& name) {
  std::ifstream file(std::string(THIMBLE_SOURCE_DIR) + "/src/lang/expression/testdata/" + name);
  std::stringstream text;
  text << file.rdbuf();
  auto json = Json::parse(text.str());
  EXPECT_TRUE(json.ok()) << name;
  return json.ok() ? *json : Json();
}

Item item(const Json& json) {
  auto read = Item::fromJson(json);
  EXPECT_TRUE(read.ok()) << json.write();
  return read.ok() ? *read : Item();
}

TEST(Values, RefuseWhatDynamoDbRefuses) {
  const Json table = load("values.json");
  for (const Json& c : table.asArray()) {
    const auto value = Value::fromJson(c["value"]);
    ASSERT_FALSE(value.ok()) << c.write();
    EXPECT_EQ(value.error().message, c.stringAt("message")) << c["value"].write();
    EXPECT_EQ(value.error().code, "ValidationException");
  }
}

TEST(Values, ReadBackAsWritten) {
  const Json json = *Json::parse(R"({"a": {"S": ""}, "b": {"N": "-0.00120"}, "c": {"BOOL": false}, "d": {"NULL": true},
    "e": {"SS": ["z", "a", ""]}, "f": {"NS": ["10", "-2", "9"]}, "g": {"BS": ["q", "p"]},
    "h": {"L": [{"S": "x"}, {"L": []}, {"M": {}}]}, "i": {"M": {"z": {"B": "bytes"}, "y": {"N": "1e3"}}}})");
  const Item read = item(json);
  const Json expected = *Json::parse(R"({"a": {"S": ""}, "b": {"N": "-0.0012"}, "c": {"BOOL": false},
    "d": {"NULL": true}, "e": {"SS": ["", "a", "z"]}, "f": {"NS": ["-2", "9", "10"]}, "g": {"BS": ["p", "q"]},
    "h": {"L": [{"S": "x"}, {"L": []}, {"M": {}}]}, "i": {"M": {"z": {"B": "bytes"}, "y": {"N": "1000"}}}})");
  EXPECT_EQ(toJson(read).write({.sort_keys = true}), expected.write({.sort_keys = true}));
  EXPECT_EQ(toJson(*read.find("i")), expected["i"]);
  const auto again = Item::decode(read.bytes());
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(*again, read);
  for (std::size_t cut = 0; cut < read.bytes().size(); ++cut) {
    EXPECT_FALSE(Item::decode(read.bytes().substr(0, cut)).has_value()) << cut;
  }
}

TEST(Values, AreBase64Outside) {
  const auto parse = [](const char* text) { return *Json::parse(text); };
  const Json outside = parse(R"({"b":{"B":"/wA="},"s":{"BS":["AA==","AQ=="]},"t":{"S":"AA=="},"z":{"NULL":true},
      "l":{"L":[{"B":"AA=="},{"M":{"n":{"N":"1"},"b":{"B":""}}}]}})");
  const auto inside = fromWire(outside);
  ASSERT_TRUE(inside.has_value());
  EXPECT_EQ((*inside)["b"].stringAt("B"), std::string("\xff\0", 2));
  EXPECT_EQ((*inside)["l"]["L"][std::size_t{0}].stringAt("B"), std::string(1, '\0'));
  EXPECT_EQ(toWire(*inside), outside);
  EXPECT_EQ(toWire(toJson(item(*inside))), outside);
  for (const char* text :
       {"null", "[]", R"({"a":"b"})", R"({"a":{}})", R"({"a":{"S":1}})", R"({"a":{"X":"1"}})",
        R"({"a":{"S":"1","N":"1"}})", R"({"a":{"B":"?"}})", R"({"a":{"SS":"1"}})", R"({"a":{"NS":[1]}})",
        R"({"a":{"L":[1]}})", R"({"a":{"M":[]}})", R"({"a":{"BOOL":"true"}})"}) {
    EXPECT_EQ(fromWire(parse(text)), std::nullopt) << text;
  }
}

TEST(Values, CountAsDynamoDbCounts) {
  struct Case {
    const char* item;
    std::size_t size;
  };
  const Case cases[] = {
      {R"({"a": {"S": "hello"}})", 6},
      {R"({"name": {"S": "é"}})", 6},
      {R"({"a": {"N": "0"}})", 2},
      {R"({"a": {"N": "1"}})", 3},
      {R"({"a": {"N": "-1"}})", 4},
      {R"({"a": {"N": "12.3456"}})", 5},
      {R"({"a": {"N": "100"}})", 3},
      {R"({"a": {"NULL": true}, "b": {"BOOL": true}})", 4},
      {R"({"a": {"SS": ["ab", "c"]}})", 4},
      {R"({"a": {"L": []}})", 4},
      {R"({"a": {"M": {}}})", 4},
      {R"({"a": {"L": [{"S": "x"}, {"S": "y"}]}})", 8},
      {R"({"a": {"M": {"k": {"S": "v"}}}})", 7},
  };
  for (const Case& c : cases) EXPECT_EQ(itemSize(item(*Json::parse(c.item))), c.size) << c.item;
}

ExpressionKind kindOf(const std::string& name) {
  for (const auto kind : {ExpressionKind::Update, ExpressionKind::Condition, ExpressionKind::KeyCondition,
                          ExpressionKind::Filter, ExpressionKind::Projection}) {
    if (expressionName(kind) == name + "Expression") return kind;
  }
  ADD_FAILURE() << name;
  return ExpressionKind::Condition;
}

TEST(Expressions, RefuseInAwssWords) {
  const Json table = load("errors.json");
  for (const Json& c : table.asArray()) {
    Json input;
    input.set(c.stringAt("kind") + "Expression", c["text"]);
    input.set("ExpressionAttributeNames", c["names"]);
    input.set("ExpressionAttributeValues", c["values"]);
    const auto read = readExpressions(input);
    ASSERT_FALSE(read.ok()) << input.write();
    std::string expected = c.stringAt("whole");
    if (expected.empty()) {
      expected = "Invalid " + std::string(expressionName(kindOf(c.stringAt("kind")))) + ": " + c.stringAt("message");
    }
    EXPECT_EQ(read.error().message, expected) << input.write();
  }
}

TEST(Expressions, ConditionsHoldAsOnAws) {
  const Json table = load("conditions.json");
  const Item subject = item(table["item"]);
  for (const Json& c : table["cases"].asArray()) {
    Json input;
    input.set("ConditionExpression", c["text"]);
    input.set("ExpressionAttributeNames", c["names"]);
    input.set("ExpressionAttributeValues", c["values"]);
    const auto read = readExpressions(input);
    ASSERT_TRUE(read.ok()) << input.write() << read.error().message;
    EXPECT_EQ(read->condition->matches(subject), c["holds"].asBool()) << input.write();
  }
}

TEST(Expressions, UpdatesChangeItemsAsOnAws) {
  const Json table = load("updates.json");
  for (const Json& c : table.asArray()) {
    Json input;
    input.set("UpdateExpression", c["text"]);
    input.set("ExpressionAttributeNames", c["names"]);
    input.set("ExpressionAttributeValues", c["values"]);
    const auto read = readExpressions(input);
    ASSERT_TRUE(read.ok()) << input.write() << read.error().message;
    const auto updated = read->update->apply(item(c["old"]));
    if (c.contains("error")) {
      ASSERT_FALSE(updated.ok()) << input.write();
      EXPECT_EQ(updated.error().message, c.stringAt("error")) << input.write();
      continue;
    }
    ASSERT_TRUE(updated.ok()) << input.write() << updated.error().message;
    EXPECT_EQ(toJson(*updated), toJson(item(c["new"]))) << input.write() << toJson(*updated).write();
    EXPECT_TRUE(Item::decode(updated->bytes()).has_value());
    if (c.contains("touched")) {
      EXPECT_EQ(toJson(read->update->touched(*updated)), c["touched"]) << input.write();
    }
  }
}

TEST(Expressions, ProjectionsShowParts) {
  const Json table = load("projections.json");
  const Item subject = item(table["item"]);
  for (const Json& c : table["cases"].asArray()) {
    Json input;
    input.set("ProjectionExpression", c["text"]);
    const auto read = readExpressions(input);
    ASSERT_TRUE(read.ok()) << input.write() << read.error().message;
    const Item shown = read->projection->apply(subject);
    EXPECT_EQ(toJson(shown), toJson(item(c["result"]))) << input.write() << toJson(shown).write();
    EXPECT_TRUE(Item::decode(shown.bytes()).has_value());
  }
}

TEST(Expressions, UnusedPlaceholdersAreRefused) {
  Json input = *Json::parse(R"({"UpdateExpression": "remove a", "ConditionExpression": "a = :b",
    "ExpressionAttributeValues": {":a": {"S": "a"}, ":b": {"S": "a"}, ":c": {"S": "a"}}})");
  EXPECT_EQ(readExpressions(input).error().message,
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:a, :c}");
  input.set("ExpressionAttributeNames", *Json::parse(R"({"#a": "a", "#b": "b"})"));
  EXPECT_EQ(readExpressions(input).error().message,
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}");
}

TEST(Expressions, ParametersThatDoNotGoTogether) {
  struct Case {
    const char* input;
    const char* message;
  };
  const Case cases[] = {
      {R"({"Expected": {}, "AttributeUpdates": {}, "ConditionExpression": "", "UpdateExpression": ""})",
       "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "
       "{AttributeUpdates, Expected} Expression parameters: {UpdateExpression, ConditionExpression}"},
      {R"({"ExpressionAttributeNames": {}, "ExpressionAttributeValues": {}})",
       "ExpressionAttributeNames can only be specified when using expressions"},
      {R"({"ExpressionAttributeValues": {}})",
       "ExpressionAttributeValues can only be specified when using expressions: UpdateExpression and "
       "ConditionExpression are null"},
  };
  for (const Case& c : cases) {
    const auto checked = checkParameters(*Json::parse(c.input), {"UpdateExpression", "ConditionExpression"},
                                         {"AttributeUpdates", "Expected"});
    ASSERT_FALSE(checked.ok()) << c.input;
    EXPECT_EQ(checked.error().message, c.message);
  }
}

}  // namespace
}  // namespace thimble::lang::expression
