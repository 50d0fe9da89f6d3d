#include "lang/jsonpath/path.h"

#include <gtest/gtest.h>

#include <string>

namespace thimble::lang::jsonpath {
namespace {

using base::Json;

Json json(std::string_view text) {
  return Json::parse(text).value();
}

const char* const kStore = R"({"store":{"book":[
  {"category":"reference","author":"Rees","price":8.95},
  {"category":"fiction","author":"Waugh","price":12.99},
  {"category":"fiction","author":"Melville","isbn":"0-553","price":8.99},
  {"category":"fiction","author":"Tolkien","isbn":"0-395","price":22.99}],
  "bicycle":{"color":"red","price":19.95}},"max":10,"a b":1,"it's":2,"nested":[[1,2],[3]]})";

struct ReadCase {
  const char* path;
  const char* expected;  ///< JSON; or "!" and the error's message.
};

class ReadTest : public testing::TestWithParam<ReadCase> {};

TEST_P(ReadTest, GivesTheValueOrJaywaysMessage) {
  const auto path = Path::parse(GetParam().path);
  ASSERT_TRUE(path.ok()) << path.error().message;
  const auto value = path.value().read(json(kStore));
  const std::string expected = GetParam().expected;
  if (expected[0] == '!') {
    ASSERT_FALSE(value.ok()) << value.value().write();
    EXPECT_EQ(value.error().message, expected.substr(1));
  } else {
    ASSERT_TRUE(value.ok()) << value.error().message;
    EXPECT_EQ(value.value().write(), json(expected).write());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Paths, ReadTest,
    testing::Values(ReadCase{"$.max", "10"}, ReadCase{"$['a b']", "1"}, ReadCase{"$['it\\'s']", "2"},
                    ReadCase{"$[\"max\"]", "10"}, ReadCase{"$.store.book[0].author", "\"Rees\""},
                    ReadCase{"$.store.book[-1].author", "\"Tolkien\""},
                    ReadCase{"$.store.book[*].author", R"(["Rees","Waugh","Melville","Tolkien"])"},
                    ReadCase{"$..author", R"(["Rees","Waugh","Melville","Tolkien"])"},
                    ReadCase{"$.store.book[1:3].price", "[12.99,8.99]"}, ReadCase{"$.store.book[:1].price", "[8.95]"},
                    ReadCase{"$.store.book[-2:].price", "[8.99,22.99]"},
                    ReadCase{"$.store.book[0,3].price", "[8.95,22.99]"},
                    ReadCase{"$.store.bicycle['color','price']", R"({"color":"red","price":19.95})"},
                    ReadCase{"$.store.book[?(@.isbn)].author", R"(["Melville","Tolkien"])"},
                    ReadCase{"$.store.book[?(@.price < $.max)].author", R"(["Rees","Melville"])"},
                    ReadCase{"$.store.book[?(@.category=='fiction' && @.price>20)].author", R"(["Tolkien"])"},
                    ReadCase{"$.store.book[?(!(@.isbn) || @.price == 22.99)].author", R"(["Rees","Waugh","Tolkien"])"},
                    ReadCase{"$.store.book[?(@.author =~ /.*VILLE/i)].price", "[8.99]"},
                    ReadCase{"$.store.book[?(@.author in ['Rees','Waugh'])].price", "[8.95,12.99]"},
                    ReadCase{"$..book[2].author", R"(["Melville"])"}, ReadCase{"$.nested[*][0]", "[1,3]"},
                    ReadCase{"$.none[*]", "!Missing property in path $['none']"}, ReadCase{"$..none", "[]"},
                    ReadCase{"$.none", "!No results for path: $['none']"},
                    ReadCase{"$.no.such.path", "!Missing property in path $['no']"},
                    ReadCase{"$.store.none.x", "!Missing property in path $['store']['none']"},
                    ReadCase{"$.nested[7]", "!No results for path: $['nested'][7]"},
                    ReadCase{"$.nested.length()",
                             "!Expected to find an object with property ['length()'] in path $['nested'] but found "
                             "'java.util.ArrayList'. This is not a json object according to the JsonProvider: "
                             "'com.jayway.jsonpath.spi.json.JsonSmartJsonProvider'."},
                    ReadCase{"$['max','a b'].x", "!Multi properties can only be used as path leafs: $['max','a b']"}));

TEST(PathTest, RefusesWhatIsNoPath) {
  for (const char* text : {"", "a", "$.", "$..", "$[", "$[]", "$['a", "$[1", "$[:]", "$.a b", "$[?(@.a]", "$[?(@.a==)]",
                           "@.a", "$.a..", "$[99999999999999999999]", "$[?(@.a =~ /(/)]"}) {
    EXPECT_FALSE(Path::parse(text).ok()) << text;
  }
  EXPECT_FALSE(Path::parse("$" + std::string(kMaxPathBytes, 'a')).ok());
  std::string nested = "$";
  for (int i = 0; i < 2000; ++i) nested += "[?(@";
  EXPECT_FALSE(Path::parse(nested).ok());
}

TEST(PathTest, KnowsReferencePaths) {
  EXPECT_TRUE(Path::parse("$.a['b'][3]").value().isReference());
  EXPECT_TRUE(Path::parse("$").value().isReference());
  for (const char* text : {"$.a[*]", "$..a", "$.a[1:]", "$.a[-1]", "$.a[?(@.b)]", "$['a','b']"}) {
    EXPECT_FALSE(Path::parse(text).value().isReference()) << text;
  }
}

TEST(PathTest, WritesMakeObjectsOnTheWay) {
  const auto write = [](const char* path, const char* root, const char* value) {
    const auto result = Path::parse(path).value().write(json(root), json(value));
    return result.ok() ? result.value().write() : "!" + result.error().message;
  };
  EXPECT_EQ(write("$", "{}", "1"), "1");
  EXPECT_EQ(write("$.a.b", R"({"x":1})", "2"), R"({"x":1,"a":{"b":2}})");
  EXPECT_EQ(write("$.a[1]", R"({"a":[1,2,3]})", "9"), R"({"a":[1,9,3]})");
  EXPECT_EQ(write("$.a[3]", R"({"a":[1]})", "9"), R"(!Unable to apply ReferencePath $.a[3] to input {"a":[1]})");
  EXPECT_EQ(write("$.a.b", R"({"a":"text"})", "9"), R"(!Unable to apply ReferencePath $.a.b to input {"a":"text"})");
}

TEST(PathTest, WritingLeavesTheOriginalAlone) {
  const Json original = json(R"({"a":{"b":1}})");
  ASSERT_TRUE(Path::parse("$.a.b").value().write(original, Json(2)).ok());
  EXPECT_EQ(original.write(), R"({"a":{"b":1}})");
}

TEST(PathTest, DeepScansAreBounded) {
  Json nest = json("{}");
  for (int i = 0; i < 400; ++i) nest = Json::object({{"a", nest}, {"b", Json(i)}});
  const auto result = Path::parse("$..*..*..*").value().read(nest);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message, "The path visits too many nodes");
}

}  // namespace
}  // namespace thimble::lang::jsonpath
