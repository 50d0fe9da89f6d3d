#include "lang/expression/key_condition.h"

#include <gtest/gtest.h>

#include "lang/expression/request.h"

namespace thimble::lang::expression {
namespace {

using base::Json;

KeyCondition parse(const std::string& text) {
  // :s is text, :n a number.
  auto input = *Json::parse(R"({"ExpressionAttributeValues": {":s": {"S": "x"}, ":n": {"N": "1"}}})");
  input.set("KeyConditionExpression", text);
  input.set("FilterExpression", "size(unused) > :n OR unused = :s");
  auto read = readExpressions(input);
  EXPECT_TRUE(read.ok()) << text;
  return read.ok() ? std::move(*read->key_condition) : KeyCondition();
}

/// The first complaint about a condition, or nothing.
std::string complaint(const std::string& text, const KeySchema& keys) {
  const KeyCondition condition = parse(text);
  for (const auto& result : {condition.checkCount(keys), condition.checkPartition(keys), condition.checkSort(keys)}) {
    if (!result.ok()) return result.error().message;
  }
  return "";
}

const KeyAttribute p{"p", Type::S}, q{"q", Type::N}, a{"a", Type::S}, b{"b", Type::N}, c{"c", Type::S};

TEST(KeyConditions, OfOneAttributeOfEachKind) {
  const KeySchema keys{{p}, {a}};
  const std::pair<const char*, const char*> cases[] = {
      {"p = :s", ""},
      {":s = p AND a > :s", ""},
      {"a = :s", "Query condition missed key schema element: p"},
      {"p > :s", "Query key condition not supported"},
      {"p = :s AND b = :n", "Query condition missed key schema element: a"},
      {"p = :n", "One or more parameter values were invalid: Condition parameter type does not match schema type"},
      {"p = :s AND a = :s AND b = :n", "Conditions can be of length 1 or 2 only"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(complaint(text, keys), message) << text;
  EXPECT_EQ(complaint("p = :s AND a = :s", {{p}, {}}), "Query key condition not supported");
}

TEST(KeyConditions, OfSeveralAttributes) {
  const KeySchema keys{{p, q}, {a, b, c}};
  constexpr const char* kHash = " must have equality conditions specified in the query";
  const auto range = [](const std::string& missing, const std::string& present) {
    return "RANGE key attributes " + missing +
           " must have equality conditions specified in the query because a condition is present on key attribute " +
           present;
  };
  const std::pair<const char*, std::string> cases[] = {
      {"p = :s AND q = :n", ""},
      {"b = :n AND q = :n AND a = :s AND p = :s", ""},
      {"p = :s AND q = :n AND begins_with(a, :s)", ""},
      {"p = :s AND q = :n AND a = :s AND b BETWEEN :n AND :n", ""},
      {"p = :s AND q = :n AND a = :s AND b = :n AND c < :s", ""},
      {"p = :s", std::string("HASH key attributes q") + kHash},
      {"p = :s AND q > :n", std::string("HASH key attributes q") + kHash},
      {"a = :s", std::string("HASH key attributes p, q") + kHash},
      {"p = :s AND q = :s",
       "One or more parameter values were invalid: Condition parameter type does not match schema type"},
      {"p = :s AND q = :n AND b = :n", range("a", "b")},
      {"p = :s AND q = :n AND a = :s AND c = :s", range("b", "c")},
      {"p = :s AND q = :n AND a > :s AND b = :n", range("a", "b")},
      {"p = :s AND q = :n AND c = :s", range("a, b", "c")},
      {"p = :s AND q = :n AND a = :s AND d = :s", "Query condition missed key schema element: b"},
      {"p = :s AND q = :n AND a = :s AND b = :n AND c = :s AND d = :s",
       "The number of query conditions (6) exceeds the number of key attributes defined in the schema (5)"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(complaint(text, keys), message) << text;
}

}  // namespace
}  // namespace thimble::lang::expression
