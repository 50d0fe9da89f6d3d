#include "lang/template/prepare.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "lang/template/document.h"
#include "lang/template/yaml.h"

namespace thimble::lang::template_ {
namespace {

using base::Json;

/// Every resource is known, under a name that shows which it is.
class NamedReferences final : public References {
 public:
  Outcome<std::optional<Json>> ref(const std::string& resource) const override {
    return std::optional(Json("<" + resource + ">"));
  }
  Outcome<std::optional<Json>> getAtt(const std::string& resource, const std::string& attribute) const override {
    return std::optional(Json("<" + resource + "." + attribute + ">"));
  }
  Outcome<std::optional<Json>> importValue(const std::string& name) const override {
    return std::optional(Json("<export:" + name + ">"));
  }
};

Json readCases() {
  std::ifstream file(std::string(THIMBLE_SOURCE_DIR) + "/src/lang/template/template_cases.yaml");
  std::stringstream text;
  text << file.rdbuf();
  auto cases = readYaml(text.str());
  if (!cases.ok()) ADD_FAILURE() << cases.error().message;
  return cases.ok() ? *cases : Json::array();
}

Pseudo testPseudo() {
  return {.account = "111122223333", .region = "eu-west-1", .stack_id = "arn:stack", .stack_name = "test"};
}

void checkProperties(const Prepared& prepared, const Json& expected, const std::string& error) {
  const NamedReferences references;
  std::string seen;
  for (const std::string& name : prepared.order) {
    auto value = evaluate(prepared.resource(name)["Properties"], prepared.scope, references);
    if (!value.ok()) {
      seen = value.error().message;
    } else if (expected.contains(name)) {
      EXPECT_EQ((*value)->write({.sort_keys = true}), expected[name].write({.sort_keys = true}));
    }
  }
  EXPECT_EQ(seen, error);
}

TEST(PrepareTest, Cases) {
  const Json cases = readCases();
  ASSERT_GT(cases.size(), 40u);
  for (const Json& test : cases.asArray()) {
    SCOPED_TRACE(test.stringAt("name"));
    std::vector<GivenParameter> given;
    if (test["parameters"].isObject()) {
      for (const auto& [key, value] : test["parameters"].asObject()) given.push_back({key, scalarText(value), false});
    }
    auto document = readDocument(test.stringAt("template"));
    auto prepared =
        document.ok() ? prepare(*document, given, {}, testPseudo(), {}) : Outcome<Prepared>(document.error());
    EXPECT_EQ(prepared.ok() ? "" : prepared.error().message, test.stringAt("error"));
    if (!prepared.ok()) continue;
    if (test.contains("order")) {
      Json order = Json::array();
      for (const std::string& name : prepared->order) order.push(Json(name));
      EXPECT_EQ(order, test["order"]);
    }
    if (test.contains("conditions")) {
      Json conditions = Json::object();
      for (const auto& [name, value] : prepared->scope.conditions) conditions.set(name, Json(value));
      EXPECT_EQ(conditions, test["conditions"]);
    }
    checkProperties(*prepared, test["properties"], test.stringAt("evaluation_error"));
  }
}

TEST(PrepareTest, UnknownReferencesAreKnownAfterApply) {
  auto document = readDocument(
      "Resources: {A: {Type: 'AWS::SNS::Topic'}, B: {Type: 'AWS::SNS::Topic', Properties: {X: !Join ['-', [p, !Ref "
      "A]], "
      "Y: z, V: !ImportValue e}}}");
  ASSERT_TRUE(document.ok());
  auto prepared = prepare(*document, {}, {}, testPseudo(), {});
  ASSERT_TRUE(prepared.ok()) << prepared.error().message;
  auto value = evaluate(prepared->resource("B")["Properties"], prepared->scope, UnknownReferences());
  ASSERT_TRUE(value.ok());
  EXPECT_EQ((*value)->write(),
            R"({"X":"{{changeSet:KNOWN_AFTER_APPLY}}","Y":"z","V":"{{changeSet:KNOWN_AFTER_APPLY}}"})");
}

TEST(PrepareTest, TransformRewritesBeforeReferencesAreChecked) {
  auto document = readDocument("Transform: Add\nResources: {B: {Type: 'AWS::SNS::Topic', Properties: {X: !Ref Made}}}");
  ASSERT_TRUE(document.ok());
  Transforms transforms;
  transforms["Add"] = [](const Json& input, const Scope&) -> Outcome<Json> {
    Json out = input;
    Json resources = input["Resources"];
    resources.set("Made", Json::object({{"Type", Json("AWS::SNS::Topic")}}));
    out.set("Resources", resources);
    return out;
  };
  auto prepared = prepare(*document, {}, {}, testPseudo(), transforms);
  ASSERT_TRUE(prepared.ok()) << prepared.error().message;
  EXPECT_EQ(prepared->order, (std::vector<std::string>{"Made", "B"}));
}

TEST(PrepareTest, UsePreviousValueTakesTheStacksValue) {
  auto document = readDocument("Parameters: {P: {Type: String}}\nResources: {A: {Type: 'AWS::SNS::Topic'}}");
  ASSERT_TRUE(document.ok());
  auto values =
      resolveParameters((*document)["Parameters"], {{"P", std::nullopt, true}}, {{"P", "old", Json("old"), false}});
  ASSERT_TRUE(values.ok());
  EXPECT_EQ((*values)[0].text, "old");
  auto refused = resolveParameters((*document)["Parameters"], {{"P", std::nullopt, true}}, {});
  ASSERT_FALSE(refused.ok());
}

TEST(YamlTest, DepthAndSizeAreBounded) {
  EXPECT_FALSE(readYaml(std::string(100'000, '[')).ok());
  EXPECT_FALSE(readYaml("a: [1, 2, 3]", {.max_bytes = 5}).ok());
  EXPECT_FALSE(readYaml("a: [1, 2, 3]", {.max_values = 3}).ok());
  EXPECT_FALSE(readYaml("a: {b: {c: 1}}", {.max_depth = 2}).ok());
}

}  // namespace
}  // namespace thimble::lang::template_
