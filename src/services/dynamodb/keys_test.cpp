#include "services/dynamodb/keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/encoding.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;
using lang::expression::Item;
using lang::expression::Value;

Item item(const std::string& json) {
  auto read = Item::fromJson(*Json::parse(json));
  EXPECT_TRUE(read.ok()) << json;
  return *std::move(read);
}

/// A table with the key "p" and one global index "i" of these attributes, each a name with its type: "aS".
std::shared_ptr<const TableInfo> tableWith(const std::vector<std::string>& partition,
                                           const std::vector<std::string>& sort) {
  rows::Table row;
  row.set_number(7);
  row.set_hash("p");
  rows::Index& index = *row.add_indexes();
  index.set_name("i");
  index.set_global(true);
  index.set_number(3);
  index.set_status("ACTIVE");
  index.set_projection("KEYS_ONLY");
  const auto define = [&](const std::string& attribute) {
    rows::Attribute& defined = *row.add_attributes();
    defined.set_name(attribute.substr(0, 1));
    defined.set_type(attribute.substr(1));
    return defined.name();
  };
  for (std::size_t i = 0; i < partition.size(); ++i) {
    i == 0 ? index.set_hash(define(partition[i])) : index.add_more_hash(define(partition[i]));
  }
  for (std::size_t i = 0; i < sort.size(); ++i) {
    i == 0 ? index.set_range(define(sort[i])) : index.add_more_range(define(sort[i]));
  }
  return makeTableInfo(row.SerializeAsString());
}

std::string entryKey(const TableInfo& table, const std::string& json) {
  return indexKey(table, table.indexes[0], item(json)).value_or("");
}

TEST(Keys, OfIndexEntriesWithOneAttributeOfEachKindStayAsTheyAreInStores) {
  const auto table = tableWith({"aS"}, {"bN"});
  EXPECT_EQ(base::encodeHex(entryKey(*table, R"({"p": {"S": "x"}, "a": {"S": "g"}, "b": {"N": "12"}})")),
            "6478000180000000000000078000000000000003e85f0b670002830d00545e267800");
}

TEST(Keys, OfSeveralAttributesKeepTuplesApart) {
  const auto table = tableWith({"aS", "bS", "cB", "dN"}, {});
  const auto key = [&](const char* a, const char* b, const char* c, const char* d) {
    Json json = Json::object({{"p", Json::object({{"S", "x"}})}});
    for (const auto& [name, type, value] :
         {std::tuple("a", "S", a), std::tuple("b", "S", b), std::tuple("c", "B", c), std::tuple("d", "N", d)}) {
      json.set(name, Json::object({{type, value}}));
    }
    return indexKey(*table, table->indexes[0], *Item::fromJson(json)).value_or("");
  };
  const std::string one = key("ab", "c", "d", "1");
  EXPECT_EQ(one, key("ab", "c", "d", "1.0"));
  EXPECT_NE(one, key("a", "bc", "d", "1"));
  EXPECT_NE(one, key("ab", "cd", "d", "1"));
  EXPECT_NE(one, key("c", "ab", "d", "1"));
  EXPECT_NE(one, key("ab", "c", "d", "11"));
  // Their hashes are those of the texts behind one another; what follows them tells these apart.
  EXPECT_EQ(one.substr(0, one.find("ab")), key("a", "bc", "d", "1").substr(0, one.find("ab")));
}

TEST(Keys, OfSeveralAttributesAreInTheOrderOfTheirValues) {
  const auto table = tableWith({"aS"}, {"bS", "cN", "dB", "eS"});
  std::mt19937 random(1);
  const auto text = [&random] {
    std::string out(1 + random() % 3, ' ');
    for (char& c : out) c = static_cast<char>(random() % 3);
    return out;
  };
  using Tuple = std::tuple<std::string, int, std::string, std::string>;
  std::vector<std::pair<Tuple, std::string>> entries;
  for (int i = 0; i < 2000; ++i) {
    const Tuple tuple(text(), static_cast<int>(random() % 5) - 2, text(), text());
    const Json json = Json::object({{"p", Json::object({{"S", "x"}})},
                                    {"a", Json::object({{"S", "g"}})},
                                    {"b", Json::object({{"S", std::get<0>(tuple)}})},
                                    {"c", Json::object({{"N", std::to_string(std::get<1>(tuple))}})},
                                    {"d", Json::object({{"B", std::get<2>(tuple)}})},
                                    {"e", Json::object({{"S", std::get<3>(tuple)}})}});
    entries.emplace_back(tuple, *indexKey(*table, table->indexes[0], *Item::fromJson(json)));
  }
  std::sort(entries.begin(), entries.end());
  for (std::size_t i = 1; i < entries.size(); ++i) {
    ASSERT_EQ(entries[i - 1].first < entries[i].first, entries[i - 1].second < entries[i].second) << i;
  }
}

TEST(Keys, AnItemIsInAnIndexWithAllItsKeyAttributesOnly) {
  const auto table = tableWith({"aS", "bN"}, {"cS", "dB"});
  const auto has = [&](const std::string& attributes) {
    return !entryKey(*table, R"({"p": {"S": "x"})" + attributes + "}").empty();
  };
  const std::string a = R"(, "a": {"S": "1"})", b = R"(, "b": {"N": "1"})", c = R"(, "c": {"S": "1"})",
                    d = R"(, "d": {"B": "1"})";
  EXPECT_TRUE(has(a + b + c + d));
  EXPECT_FALSE(has(b + c + d));
  EXPECT_FALSE(has(a + c + d));
  EXPECT_FALSE(has(a + b + d));
  EXPECT_FALSE(has(a + b + c));
  EXPECT_FALSE(has(a + R"(, "b": {"S": "1"})" + c + d));
  EXPECT_FALSE(has(a + b + c + R"(, "d": {"B": ""})"));
  // Their sizes add up.
  const auto sized = [&](std::size_t first, std::size_t second) {
    return has(a + b + R"(, "c": {"S": ")" + std::string(first, 'x') + R"("}, "d": {"B": ")" +
               std::string(second, 'x') + R"("})");
  };
  EXPECT_TRUE(sized(512, 512));
  EXPECT_FALSE(sized(512, 513));
  EXPECT_EQ(table->indexes[0].projected, (std::vector<std::string>{"a", "b", "c", "d", "p"}));
  EXPECT_EQ(
      keyAttributes(*table, item(R"({"p": {"S": "x"}, "z": {"S": "z"})" + a + b + c + d + "}"), &table->indexes[0])
          .view()
          .size(),
      5u);
}

}  // namespace
}  // namespace thimble::services::dynamodb
