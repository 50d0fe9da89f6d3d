#include "lang/sam/transform.h"

#include <gtest/gtest.h>

#include "lang/sam/hashed_order.h"
#include "lang/sam/value.h"

namespace thimble::lang::sam {
namespace {

base::Json parse(std::string_view text) {
  return base::Json::parse(text).value();
}

base::Json transformed(std::string_view text) {
  auto result = transform({.document = parse(text), .region = "eu-west-1"});
  EXPECT_TRUE(result.ok()) << result.error().message;
  return result.ok() ? result.value() : base::Json();
}

std::string failure(std::string_view text) {
  auto result = transform({.document = parse(text), .region = "eu-west-1"});
  EXPECT_FALSE(result.ok());
  return result.ok() ? "" : result.error().message;
}

TEST(HashedOrder, FollowsPython27) {
  // Python 2.7: list({u'paths':0, u'swagger':0, u'info':0}) and the hash of a known string.
  EXPECT_EQ(python27Hash(""), 0U);
  EXPECT_EQ(static_cast<std::int64_t>(python27Hash("a")), 12416037344);
  HashedOrder order;
  for (const char* key : {"swagger", "info", "paths"}) order.add(key);
  EXPECT_EQ(order.keys(), (std::vector<std::string>{"info", "paths", "swagger"}));
  order.remove("info");
  order.add("info");
  EXPECT_EQ(order.keys().size(), 3U);
}

TEST(ValueText, MarksShowOnlyInHashes) {
  const Value value = Value::map({{Text("k", true), Value::list({Text("it's", true), 1, true, Value(), 1.5})}});
  EXPECT_EQ(pythonString(value), R"({'k': ["it's", 1, True, None, 1.5]})");
  EXPECT_EQ(markedPythonString(value), R"({u'k': [u"it's", 1, True, None, 1.5]})");
}

TEST(Transform, FunctionGetsRoleAndMark) {
  const base::Json made = transformed(R"({"Transform": "AWS::Serverless-2016-10-31", "Resources": {"F": {
      "Type": "AWS::Serverless::Function", "Properties": {"Runtime": "provided.al2023", "Handler": "h",
      "CodeUri": "s3://b/k", "Policies": [{"SQSPollerPolicy": {"QueueName": "q"}}]}}}})");
  EXPECT_FALSE(made.contains("Transform"));
  EXPECT_EQ(made["Resources"]["F"]["Type"], "AWS::Lambda::Function");
  EXPECT_EQ(made["Resources"]["F"]["Properties"]["Code"], parse(R"({"S3Bucket": "b", "S3Key": "k"})"));
  EXPECT_EQ(made["Resources"]["F"]["Properties"]["Role"], parse(R"({"Fn::GetAtt": ["FRole", "Arn"]})"));
  const base::Json& policy = made["Resources"]["FRole"]["Properties"]["Policies"][std::size_t{0}];
  EXPECT_EQ(policy["PolicyName"], "FRolePolicy0");
  EXPECT_EQ(policy["PolicyDocument"]["Statement"][std::size_t{0}]["Effect"], "Allow");
}

TEST(Transform, StateMachineTakesFunctionsOutOfItsDefinition) {
  const base::Json made = transformed(R"({"Resources": {"M": {"Type": "AWS::Serverless::StateMachine", "Properties": {
      "Role": "r", "Definition": {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": {"Ref": "F"}, "End": true}}}}}}})");
  const base::Json& properties = made["Resources"]["M"]["Properties"];
  EXPECT_EQ(properties["DefinitionSubstitutions"]["definition_substitution_1"], parse(R"({"Ref": "F"})"));
  EXPECT_NE(properties["DefinitionString"].write().find("${definition_substitution_1}"), std::string::npos);
}

TEST(Transform, FaultsAreListedInAwsWords) {
  EXPECT_EQ(failure(R"({"Resources": {}})"),
            "Invalid Serverless Application Specification document. Number of errors found: 1. Structure of the SAM "
            "template is invalid. 'Resources' section is required");
  EXPECT_EQ(
      failure(R"({"Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": {"Oops": 1}},
                                      "A": {"Type": "AWS::Serverless::Api", "Properties": {}}}})"),
      "Invalid Serverless Application Specification document. Number of errors found: 2. Resource with id [A] is "
      "invalid. Missing required property 'StageName'. Resource with id [F] is invalid. property Oops not defined for "
      "resource of type AWS::Serverless::Function");
}

/// Values of the wrong kind in every place give an answer, never a crash.
TEST(Transform, WrongKindsAreAnswered) {
  const char* const kProperties[] = {"Events",
                                     "Policies",
                                     "Auth",
                                     "DefinitionBody",
                                     "Tags",
                                     "Role",
                                     "Environment",
                                     "Layers",
                                     "DeploymentPreference",
                                     "EventInvokeConfig",
                                     "FunctionUrlConfig",
                                     "StageName",
                                     "Domain",
                                     "Cors",
                                     "Source",
                                     "Destination",
                                     "Permissions",
                                     "Routes",
                                     "VpcConfig",
                                     "Definition"};
  const char* const kTypes[] = {"Function",    "Api",          "HttpApi",         "StateMachine",
                                "SimpleTable", "LayerVersion", "Connector",       "GraphQLApi",
                                "Application", "WebSocketApi", "CapacityProvider"};
  const char* const kValues[] = {
      "null",
      "1",
      "\"x\"",
      "[]",
      "[null]",
      "{}",
      "{\"a\": null}",
      "{\"a\": {\"Type\": \"Api\"}}",
      "{\"Fn::If\": []}",
      "{\"paths\": {\"/\": null}, \"swagger\": 2}",
      "{\"Fn::Sub\": [1]}",
      "{\"a\": {\"Type\": \"S3\", \"Properties\": {\"Bucket\": {\"Ref\": 1}, \"Events\": 1}}}"};
  for (const char* type : kTypes) {
    for (const char* property : kProperties) {
      for (const char* value : kValues) {
        const std::string text =
            R"({"Resources": {"R": {"Type": "AWS::Serverless::)" + std::string(type) +
            R"(", "Properties": {"StageName": "s", "Runtime": "r", "Handler": "h", "CodeUri": "s3://b/k", ")" +
            property + "\": " + value + "}}}}";
        const auto result = transform({.document = parse(text), .region = "eu-west-1"});
        EXPECT_TRUE(result.ok() || !result.error().message.empty()) << text;
      }
    }
  }
}

TEST(Transform, ParameterThatHoldsItselfIsRefused) {
  EXPECT_NE(failure(R"({"Parameters": {"P": {"Default": {"a": {"Ref": "P"}}}}, "Resources": {"F": {
      "Type": "AWS::Serverless::Function", "Properties": {"Runtime": "r", "Handler": "h", "CodeUri": "s3://b/k",
      "AutoPublishAlias": {"Ref": "P"}}}}})")
                .find("nested too deeply"),
            std::string::npos);
}

}  // namespace
}  // namespace thimble::lang::sam
