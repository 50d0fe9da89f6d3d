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
      EXPECT_EQ(toJson(wholeKey(statement->where, {"pk", Type::S}, {})->key).write(), R"({"pk":{"S":"p"}})");
    }
  }
}

std::string describe(const KeyLookup& lookup) {
  std::string text = attributeValueText(lookup.partition);
  text = text.substr(text.rfind(':') + 1);
  text.pop_back();
  for (const KeyPart& part : lookup.sort) {
    text += part.op == ConditionOperator::Equal     ? " Equal"
            : part.op == ConditionOperator::Greater ? " Greater"
            : part.op == ConditionOperator::Less    ? " Less"
                                                    : " Between";
    for (const Value& value : part.values) text += " " + value.view().number().text();
  }
  if (!lookup.filters.empty()) text += " by";
  for (const std::string& name : lookup.filters) text += " " + name;
  return text;
}

TEST(PartiQl, PlansReadTheFewestRows) {
  for (const Json& c : tables()["plans"].asArray()) {
    const auto statement = parseStatement("SELECT * FROM tab WHERE " + c.stringAt("where"), {});
    ASSERT_TRUE(statement.ok()) << c.write();
    const KeyAttribute sort{"sk", Type::N};
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
  struct Case {
    const char* where;
    const char* message;
  };
  constexpr const char* kIncomplete = "Where clause does not contain a mandatory equality on all key attributes";
  constexpr const char* kTwice =
      "Multiple conditions on same key pk. Only single item Update/Insert/Delete are supported";
  const Case cases[] = {
      {"pk = 'a'", kIncomplete},
      {"sk = 1", kIncomplete},
      {"pk = 'a' AND sk > 1", kIncomplete},
      {"pk IN ['a', 'b'] AND sk = 1", kIncomplete},
      {"pk IN ['a'] AND sk = 1", kIncomplete},
      {"pk = 'a' OR sk = 1", kIncomplete},
      {"pk = 'a' AND sk = 1 AND pk = 'b'", kTwice},
      {"pk = 'a' AND pk = 'b'", kTwice},
  };
  for (const Case& c : cases) {
    const auto statement = parseStatement(std::string("DELETE FROM tab WHERE ") + c.where, {});
    const auto key = wholeKey(statement->where, partition, &sort);
    ASSERT_FALSE(key.ok()) << c.where;
    EXPECT_EQ(key.error().message, c.message) << c.where;
  }
  for (const char* where : {"sk = 1 AND x = 2 AND pk = 'a'", "(pk = 'a' AND 1 = sk) AND x = 2 AND pk = 'a'"}) {
    const auto statement = parseStatement(std::string("DELETE FROM tab WHERE ") + where, {});
    EXPECT_EQ(toJson(wholeKey(statement->where, partition, &sort)->key).write(), R"({"pk":{"S":"a"},"sk":{"N":"1"}})");
  }
}

TEST(PartiQl, WhatElseAWhereSaysThanItsKey) {
  struct Case {
    const char* where;
    bool one_of_one, whole, more;
  };
  const Case cases[] = {
      {"pk = 'a' AND sk = 1", false, true, false},           {"(sk = 1) AND pk = 'a' AND pk = 'a'", false, true, false},
      {"pk = 'a' AND sk = 1 AND x = 1", false, true, true},  {"pk = 'a' AND sk = 1 AND pk = 'b'", false, true, true},
      {"pk IN ['a'] AND sk IN [1]", true, true, false},      {"pk IN ['a'] AND sk IN [1]", false, false, true},
      {"pk IN ['a', 'b'] AND sk IN [1]", true, false, true},
  };
  for (const Case& c : cases) {
    const auto statement = parseStatement(std::string("SELECT * FROM tab WHERE ") + c.where, {});
    const KeyAttribute sort{"sk", Type::N};
    const NamedKey named = namedKey(statement->where, {"pk", Type::S}, &sort, c.one_of_one);
    EXPECT_EQ(named.whole, c.whole) << c.where;
    EXPECT_EQ(named.more, c.more) << c.where;
  }
}

TEST(PartiQl, KeysAreComparedWithValuesOfTheirTypes) {
  struct Case {
    const char* where;
    const char* message;
  };
  constexpr const char* kSort = "Key attribute's data type should match its data type in table's schema: Key sk";
  const Case cases[] = {
      {"pk = 'a' AND sk IN [1, '2']", kSort},
      {"q = 1 OR sk < 'b'", kSort},
      {"pk = 1 OR pk = 'a'", "Key attribute's data type should match its data type in table's schema: Key pk"},
      {"pk = true", "Key value must be of type S, N, or B. Key name: pk, Key type: BOOL"},
      {"pk > 1", ""},
      {"NOT sk = 'a' AND sk <> 'b'", ""},
      {"pk.x = 1", ""},
  };
  for (const Case& c : cases) {
    const auto statement = parseStatement(std::string("SELECT * FROM tab WHERE ") + c.where, {});
    const KeyAttribute sort{"sk", Type::N};
    const auto checked = checkKeyTypes(statement->where, {"pk", Type::S}, &sort);
    EXPECT_EQ(checked.ok() ? "" : checked.error().message, c.message) << c.where;
  }
}

TEST(PartiQl, TooManyReadsAreRefused) {
  const auto in = [](const std::string& name, int count) {
    std::string text = name + " IN ['0'";
    for (int i = 1; i < count; ++i) text += ", '" + std::to_string(i) + "'";
    return text + "]";
  };
  const auto refused = [](const std::string& where) {
    const auto statement = parseStatement("SELECT * FROM tab WHERE " + where, {});
    EXPECT_TRUE(statement.ok()) << where;
    const KeyAttribute sort{"sk", Type::S};
    const auto lookups = planLookups(statement->where, {"pk", Type::S}, &sort);
    if (lookups.ok()) return false;
    EXPECT_EQ(lookups.error().message, "Too many decomposed read operations for a given query.");
    return true;
  };
  EXPECT_TRUE(refused(in("pk", 51)));
  EXPECT_TRUE(refused(in("pk", 50) + " OR pk = 'x'"));
  EXPECT_TRUE(refused("pk = 'a' AND " + in("sk", 51)));
  EXPECT_TRUE(refused(in("pk", 26) + " AND sk IN ['1', '2']"));
  EXPECT_TRUE(refused(in("pk", 100) + " AND " + in("sk", 100)));
  EXPECT_FALSE(refused(in("pk", 50) + " AND " + in("flag", 100)));
  EXPECT_FALSE(refused(in("pk", 51) + " OR flag = 'one'"));
}

}  // namespace
}  // namespace thimble::lang::expression
