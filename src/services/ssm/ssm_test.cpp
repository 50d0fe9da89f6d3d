#include <gtest/gtest.h>

#include "dispatch/testing/test_world.h"
#include "services/ssm/service.h"

namespace thimble::services::ssm {
namespace {

using base::Json;

class SsmTest : public testing::Test {
 protected:
  SsmTest() {
    registerOperations(world_.registry());
    world_.start();
  }
  /// The output, or the error as "Code: message".
  std::string call(const std::string& operation, const std::string& input) {
    auto answer = world_.call("ssm", operation, *Json::parse(input));
    if (!answer.ok()) return answer.error().code + ": " + answer.error().message;
    return answer->output.write();
  }
  dispatch::TestWorld world_;
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
  EXPECT_EQ(call("PutParameter", R"({"Name":"s","Type":"SecureString","Value":"v"})"),
            "UnsupportedParameterType: The parameter type SecureString is not supported.");
  EXPECT_EQ(call("PutParameter", R"({"Name":"s","Type":"String","Value":"v","AllowedPattern":"[0-9]+"})"),
            "ParameterPatternMismatchException: Parameter value, cannot be validated against allowedPattern: [0-9]+");
}

}  // namespace
}  // namespace thimble::services::ssm
