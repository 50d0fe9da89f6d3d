#include "services/cloudformation/dynamic_references.h"

#include <gtest/gtest.h>

namespace thimble::services::cloudformation {
namespace {

using base::Json;

TEST(DynamicReferences, AreRead) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"ssm:/a/b", R"({"Name":"/a/b","WithDecryption":false})", ""},
      {"ssm:/a/b:3", R"({"Name":"/a/b:3","WithDecryption":false})", ""},
      {"ssm-secure:s", R"({"Name":"s","WithDecryption":true})", ""},
      {"secretsmanager:app/db", R"({"SecretId":"app/db"})", ""},
      {"secretsmanager:s:SecretString:user", R"({"SecretId":"s"})", "user"},
      {"secretsmanager:s:SecretString::AWSPREVIOUS", R"({"SecretId":"s","VersionStage":"AWSPREVIOUS"})", ""},
      {"secretsmanager:s:SecretString:k::id", R"({"SecretId":"s","VersionId":"id"})", "k"},
      {"secretsmanager:arn:aws:secretsmanager:us-east-1:000000000000:secret:s-AbCdEf:SecretString:k",
       R"({"SecretId":"arn:aws:secretsmanager:us-east-1:000000000000:secret:s-AbCdEf"})", "k"},
      {"secretsmanager:arn:aws:secretsmanager:us-east-1:000000000000:secret:s-AbCdEf",
       R"({"SecretId":"arn:aws:secretsmanager:us-east-1:000000000000:secret:s-AbCdEf"})", ""},
  };
  for (const auto& [text, input, key] : cases) {
    const auto request = parseReference(text);
    ASSERT_TRUE(request.ok()) << text;
    EXPECT_EQ(request->input.write(), input) << text;
    EXPECT_EQ(request->json_key, key) << text;
  }
  for (const char* text :
       {"ssm", "ssm:", "vault:x", "secretsmanager:s:SecretBinary", "secretsmanager:s:SecretString:a:b:c:d"}) {
    EXPECT_FALSE(parseReference(text).ok()) << text;
  }
}

TEST(DynamicReferences, AreFoundAndReplaced) {
  const Json value =
      *Json::parse(R"({"a":"x{{resolve:ssm:p}}y{{resolve:ssm:q}}","b":["{{resolve:ssm:p}}",5,"{{resolve:"]})");
  EXPECT_EQ(findReferences(value), (std::vector<std::string>{"ssm:p", "ssm:q"}));
  EXPECT_EQ(substituteReferences(value, {{"ssm:p", "1"}, {"ssm:q", "\"2\""}}).write(),
            R"({"a":"x1y\"2\"","b":["1",5,"{{resolve:"]})");
}

TEST(DynamicReferences, ASecretsMemberIsTaken) {
  const ReferenceRequest request{"secretsmanager", "GetSecretValue", Json(), "k"};
  const auto value = [&](const char* secret) {
    return referenceValue(request, Json::object({{"SecretString", secret}}));
  };
  EXPECT_EQ(*value(R"({"k":"v"})"), "v");
  EXPECT_EQ(*value(R"({"k":5})"), "5");
  EXPECT_FALSE(value(R"({"j":5})").ok());
  EXPECT_FALSE(value("text").ok());
}

}  // namespace
}  // namespace thimble::services::cloudformation
