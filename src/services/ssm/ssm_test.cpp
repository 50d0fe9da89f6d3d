#include <gtest/gtest.h>

#include "dispatch/testing/test_world.h"
#include "platform/sealer.h"
#include "services/ssm/service.h"

namespace thimble::services::ssm {
namespace {

using base::Json;

class SsmTest : public testing::Test {
 protected:
  SsmTest() {
    registerOperations(world_.registry(), sealer_);
    world_.start();
  }
  /// The output, or the error as "Code: message".
  std::string call(const std::string& operation, const std::string& input) {
    auto answer = world_.call("ssm", operation, *Json::parse(input));
    if (!answer.ok()) return answer.error().code + ": " + answer.error().message;
    return answer->output.write();
  }
  dispatch::TestWorld world_;
  platform::Sealer sealer_{std::string(32, 'k'), world_.environment().random};
};

TEST_F(SsmTest, VersionsAreKeptAndSelected) {
  EXPECT_EQ(call("PutParameter", R"({"Name":"/a/b","Type":"String","Value":"one"})"),
            R"({"Version":1,"Tier":"Standard"})");
  EXPECT_EQ(call("PutParameter", R"({"Name":"/a/b","Value":"two"})").substr(0, 23), "ParameterAlreadyExists:");
  EXPECT_EQ(call("PutParameter", R"({"Name":"/a/b","Value":"two","Overwrite":true})"),
            R"({"Version":2,"Tier":"Standard"})");
  EXPECT_NE(call("GetParameter", R"({"Name":"/a/b"})").find(R"("Value":"two")"), std::string::npos);
  EXPECT_NE(call("GetParameter", R"({"Name":"/a/b:1"})").find(R"("Value":"one")"), std::string::npos);
  EXPECT_EQ(call("GetParameter", R"({"Name":"/a/b:7"})").substr(0, 24), "ParameterVersionNotFound");
  EXPECT_NE(call("GetParameter", R"({"Name":"arn:aws:ssm:us-east-1:000000000000:parameter/a/b"})").find("two"),
            std::string::npos);
  EXPECT_EQ(call("DeleteParameter", R"({"Name":"/a/b"})"), "{}");
  EXPECT_EQ(call("GetParameter", R"({"Name":"/a/b"})"), "ParameterNotFound: ");
}

TEST_F(SsmTest, PathsAreWalked) {
  for (const char* name : {"/p/a", "/p/b", "/p/q/c", "/other"}) {
    call("PutParameter", R"({"Type":"String","Value":"v","Name":")" + std::string(name) + "\"}");
  }
  const auto names = [&](const std::string& input) {
    std::string out;
    const Json parameters = (*Json::parse(call("GetParametersByPath", input)))["Parameters"];
    for (const Json& parameter : parameters.asArray()) out += parameter.stringAt("Name") + " ";
    return out;
  };
  EXPECT_EQ(names(R"({"Path":"/p"})"), "/p/a /p/b ");
  EXPECT_EQ(names(R"({"Path":"/p","Recursive":true})"), "/p/a /p/b /p/q/c ");
  EXPECT_EQ(names(R"({"Path":"/p","Recursive":true,"MaxResults":1})"), "/p/a ");
}

TEST_F(SsmTest, WhatIsNotSupportedIsRefusedByName) {
  EXPECT_EQ(call("GetParameter", R"({"Name":"/aws/service/ami"})"),
            "NotImplemented: Thimble has none of AWS's public parameters (/aws/service/ami).");
  EXPECT_EQ(call("PutParameter", R"({"Name":"s","Type":"String","Value":"v","AllowedPattern":"[0-9]+"})"),
            "ParameterPatternMismatchException: Parameter value, cannot be validated against allowedPattern: [0-9]+");
}

TEST_F(SsmTest, ASecureStringIsNotInTheRows) {
  call("PutParameter", R"({"Name":"s","Type":"SecureString","Value":"in the clear"})");
  call("PutParameter", R"({"Name":"s","Value":"in the clear too","Overwrite":true})");
  store::Transaction transaction = world_.environment().store.begin();
  for (const auto& row : transaction.scanPrefix("ssm")) EXPECT_EQ(row.value.find("clear"), std::string::npos);
  EXPECT_EQ(call("GetParameter", R"({"Name":"s"})").find("clear"), std::string::npos);
  EXPECT_NE(call("GetParameter", R"({"Name":"s","WithDecryption":true})").find(R"("in the clear too")"),
            std::string::npos);
  EXPECT_NE(call("GetParameter", R"({"Name":"s:1","WithDecryption":true})").find(R"("in the clear")"),
            std::string::npos);
  EXPECT_NE(call("GetParameterHistory", R"({"Name":"s","WithDecryption":true})").find(R"("in the clear")"),
            std::string::npos);
  EXPECT_NE(call("DescribeParameters", "{}").find(R"("KeyId":"alias/aws/ssm")"), std::string::npos);
}

TEST_F(SsmTest, LabelsMoveBetweenVersions) {
  call("PutParameter", R"({"Name":"p","Type":"String","Value":"one"})");
  call("PutParameter", R"({"Name":"p","Value":"two","Overwrite":true})");
  EXPECT_EQ(call("LabelParameterVersion", R"({"Name":"p","ParameterVersion":1,"Labels":["live","aws-x","1st"]})"),
            R"({"InvalidLabels":["aws-x","1st"],"ParameterVersion":1})");
  EXPECT_NE(call("GetParameter", R"({"Name":"p:live"})").find(R"("Value":"one")"), std::string::npos);
  call("LabelParameterVersion", R"({"Name":"p","Labels":["live"]})");
  EXPECT_NE(call("GetParameter", R"({"Name":"p:live"})").find(R"("Value":"two")"), std::string::npos);
  EXPECT_EQ(call("UnlabelParameterVersion", R"({"Name":"p","ParameterVersion":2,"Labels":["live","none"]})"),
            R"({"RemovedLabels":["live"],"InvalidLabels":["none"]})");
  EXPECT_EQ(
      call("GetParameter", R"({"Name":"p:live"})"),
      "ParameterVersionNotFound: Systems Manager could not find label live of p. Verify the label and try again.");
}

TEST_F(SsmTest, AParameterExpires) {
  const std::string time = base::formatIso8601Seconds(world_.environment().clock.now().plusMilliseconds(3'600'000));
  const std::string policy =
      R"([{\"Type\":\"Expiration\",\"Version\":\"1.0\",\"Attributes\":{\"Timestamp\":\")" + time + R"(\"}}])";
  EXPECT_EQ(call("PutParameter",
                 R"({"Name":"e","Type":"String","Value":"v","Tier":"Advanced","Policies":")" + policy + "\"}"),
            R"({"Version":1,"Tier":"Advanced"})");
  EXPECT_NE(call("GetParameter", R"({"Name":"e"})").find(R"("Value":"v")"), std::string::npos);
  world_.runFor(3'601'000);
  EXPECT_EQ(call("GetParameter", R"({"Name":"e"})"), "ParameterNotFound: ");
}

}  // namespace
}  // namespace thimble::services::ssm
