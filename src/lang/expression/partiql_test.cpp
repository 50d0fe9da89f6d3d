// The tables in testdata/statements.json.
#include "lang/expression/partiql.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace thimble::lang::expression {
namespace {

using base::Json;

const Json& tables() {
  static const Json json = [] {
    std::ifstream file(std::string(THIMBLE_SOURCE_DIR) + "/src/lang/expression/testdata/statements.json");
    std::stringstream text;
    text << file.rdbuf();
    auto parsed = Json::parse(text.str());
    EXPECT_TRUE(parsed.ok());
    return parsed.ok() ? *parsed : Json();
  }();
  return json;
}

base::Result<Statement> parse(const Json& c) {
  std::vector<Value> parameters;
  for (const Json& parameter : c["parameters"].asArray()) parameters.push_back(*Value::fromJson(parameter));
  return parseStatement(c.stringAt("text"), parameters);
}

TEST(PartiQl, RefusesInAwssWords) {
  for (const Json& c : tables()["bad"].asArray()) {
    const auto statement = parse(c);
    ASSERT_FALSE(statement.ok()) << c.write();
    EXPECT_EQ(statement.error().message, c.stringAt("message")) << c.stringAt("text");
    EXPECT_EQ(statement.error().code, "ValidationException");
  }
}

TEST(PartiQl, StatementsDoWhatTheySay) {
  const Item item = *Item::fromJson(tables()["item"]);
  for (const Json& c : tables()["good"].asArray()) {
    const auto statement = parse(c);
    ASSERT_TRUE(statement.ok()) << c.write() << statement.error().message;
    EXPECT_EQ(statement->table, "tab");
    if (c.contains("shown")) {
      EXPECT_EQ(toJson(statement->select(item)), c["shown"]) << c.stringAt("text");
    } else if (c.contains("holds")) {
      EXPECT_EQ(statement->where.matches(item), c["holds"].asBool()) << c.stringAt("text");
    } else if (c.contains("item")) {
      EXPECT_EQ(toJson(statement->item), c["item"]) << c.stringAt("text");
    } else {
      const auto updated = statement->update.apply(item);
      ASSERT_TRUE(updated.ok()) << c.stringAt("text") << updated.error().message;
      EXPECT_EQ(toJson(*updated), c["new"]) << c.stringAt("text") << toJson(*updated).write();
      EXPECT_EQ(toJson(*wholeKey(statement->where, {"pk", Type::S}, nullptr)).write(), R"({"pk":{"S":"p"}})");
    }
  }
}

std::string describe(const KeyLookup& lookup) {
  std::string text(lookup.partition.view().text());
  if (!lookup.sort) return text;
  const auto op = lookup.sort->op;
  text += op == ConditionOperator::Equal     ? " Equal"
          : op == ConditionOperator::Greater ? " Greater"
          : op == ConditionOperator::Less    ? " Less"
                                             : " Between";
  for (const Value& value : lookup.sort->values) text += " " + value.view().number().text();
  return text;
}

TEST(PartiQl, PlansReadTheFewestRows) {
  const KeyAttribute sort{"sk", Type::N};
  for (const Json& c : tables()["plans"].asArray()) {
    const auto statement = parseStatement("SELECT * FROM tab WHERE " + c.stringAt("where"), {});
    ASSERT_TRUE(statement.ok()) << c.write();
    const auto lookups = planLookups(statement->where, {"pk", Type::S}, &sort);
    ASSERT_TRUE(lookups.ok()) << c.write();
    ASSERT_EQ(lookups->has_value(), !c["lookups"].isNull()) << c.write();
    if (!*lookups) continue;
    Json described = Json::array();
    for (const KeyLookup& lookup : **lookups) described.push(describe(lookup));
    EXPECT_EQ(described, c["lookups"]) << c.write() << described.write();
  }
}

TEST(PartiQl, WritesNameTheWholeKey) {
  const KeyAttribute partition{"pk", Type::S};
  const KeyAttribute sort{"sk", Type::N};
  for (const char* where :
       {"pk = 'a'", "sk = 1", "pk = 'a' AND sk > 1", "pk IN ['a', 'b'] AND sk = 1", "pk = 'a' OR sk = 1"}) {
    const auto statement = parseStatement(std::string("DELETE FROM tab WHERE ") + where, {});
    const auto key = wholeKey(statement->where, partition, &sort);
    ASSERT_FALSE(key.ok()) << where;
    EXPECT_EQ(key.error().message, "Where clause does not contain a mandatory equality on all key attributes");
  }
  const auto statement = parseStatement("DELETE FROM tab WHERE sk = 1 AND x = 2 AND pk = 'a'", {});
  EXPECT_EQ(toJson(*wholeKey(statement->where, partition, &sort)).write(), R"({"pk":{"S":"a"},"sk":{"N":"1"}})");
}

TEST(PartiQl, TooManyReadsAreRefused) {
  std::string where = "pk IN ['0'";
  for (int i = 1; i < 51; ++i) where += ", '" + std::to_string(i) + "'";
  const auto statement = parseStatement("SELECT * FROM tab WHERE " + where + "] OR pk = 'x'", {});
  ASSERT_TRUE(statement.ok());
  const auto lookups = planLookups(statement->where, {"pk", Type::S}, nullptr);
  ASSERT_FALSE(lookups.ok());
  EXPECT_EQ(lookups.error().message, "Too many decomposed read operations for a given query.");
}

}  // namespace
}  // namespace thimble::lang::expression
