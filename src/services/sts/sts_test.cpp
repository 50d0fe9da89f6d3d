#include <gtest/gtest.h>

#include "dispatch/credentials.h"
#include "dispatch/testing/test_world.h"
#include "services/sts/service.h"

namespace thimble::services::sts {
namespace {

TEST(Sts, TellsWhoCalls) {
  dispatch::TestWorld world;
  registerOperations(world.registry());
  world.start();
  auto answer = world.call("sts", "GetCallerIdentity", base::Json::object());
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->output["Arn"], base::Json("arn:aws:iam::000000000000:root"));
  EXPECT_EQ(answer->output["Account"], base::Json("000000000000"));
}

TEST(Sts, RefusesAKnownOperationThatIsNotThereByName) {
  dispatch::TestWorld world;
  world.start();
  auto answer = world.call("sts", "AssumeRoleWithSAML", base::Json::object());
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().http_status, 501);
  EXPECT_NE(answer.error().message.find("AssumeRoleWithSAML"), std::string::npos);
}

class Sessions : public testing::Test {
 protected:
  Sessions() {
    registerOperations(world_.registry());
    world_.start();
  }

  /// The session that credentials of an answer stand for.
  dispatch::Identity identityOf(const base::Json& credentials) {
    store::Transaction transaction = world_.environment().store.begin();
    const auto signer =
        dispatch::findSigner(transaction, credentials.stringAt("AccessKeyId"), credentials.stringAt("SessionToken"),
                             world_.clock().now(), false, nullptr);
    EXPECT_TRUE(signer.ok());
    return signer.ok() ? signer->identity : dispatch::Identity();
  }
  base::Json assumeRole(const std::string& more) {
    base::Json input = *base::Json::parse(more);
    input.set("RoleArn", "arn:aws:iam::000000000000:role/R").set("RoleSessionName", "sess");
    auto outcome = world_.call("sts", "AssumeRole", input);
    if (!outcome.ok()) return base::Json(outcome.error().code + ": " + outcome.error().message);
    return outcome->output;
  }

  dispatch::TestWorld world_;
};

TEST_F(Sessions, AssumeRoleGivesCredentialsOfTheSession) {
  const base::Json answer = assumeRole(
      R"({"DurationSeconds": 900, "Policy": "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}",
          "Tags": [{"Key": "team", "Value": "red"}], "TransitiveTagKeys": ["Team"]})");
  EXPECT_EQ(answer["AssumedRoleUser"].stringAt("Arn"), "arn:aws:sts::000000000000:assumed-role/R/sess");
  const dispatch::Identity identity = identityOf(answer["Credentials"]);
  EXPECT_EQ(identity.kind, dispatch::Identity::Kind::AssumedRole);
  EXPECT_EQ(identity.session_policies.size(), 1U);
  EXPECT_GT(answer["PackedPolicySize"].asInt(), 0);
  world_.clock().advance(901'000);
  store::Transaction transaction = world_.environment().store.begin();
  EXPECT_EQ(dispatch::findSigner(transaction, answer["Credentials"].stringAt("AccessKeyId"),
                                 answer["Credentials"].stringAt("SessionToken"), world_.clock().now(), false, nullptr)
                .error()
                .code,
            "ExpiredToken");
}

TEST_F(Sessions, AssumeRoleRefusesWhatAwsRefuses) {
  struct Case {
    const char* input;
    const char* error;
  };
  const Case cases[] = {
      {R"({"Tags": [{"Key": "a", "Value": "1"}], "TransitiveTagKeys": ["b"]})",
       "InvalidParameterValue: The specified transitive tag key must be included in the requested tags."},
      {R"({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]})",
       "InvalidParameterValue: Duplicate tag keys found. Please note that Tag keys are case insensitive."},
      {R"({"Policy": "{}"})", "MalformedPolicyDocument: Syntax errors in policy."},
      {R"({"DurationSeconds": 60})",
       "ValidationError: 1 validation error detected: Value '60' at 'durationSeconds' failed to satisfy constraint: "
       "Member must have value greater than or equal to 900"},
  };
  for (const Case& c : cases) EXPECT_EQ(assumeRole(c.input), base::Json(c.error)) << c.input;
}

TEST_F(Sessions, FederatedUsersAndSessionTokens) {
  auto federated = world_.call("sts", "GetFederationToken", base::Json::object({{"Name", "fed"}}));
  ASSERT_TRUE(federated.ok());
  EXPECT_EQ(federated->output["FederatedUser"].stringAt("Arn"), "arn:aws:sts::000000000000:federated-user/fed");
  // Without a policy of its own it is limited to nothing.
  EXPECT_EQ(identityOf(federated->output["Credentials"]).session_policies.size(), 1U);
  auto token = world_.call("sts", "GetSessionToken", base::Json::object());
  ASSERT_TRUE(token.ok());
  EXPECT_EQ(identityOf(token->output["Credentials"]).arn, "arn:aws:iam::000000000000:root");
}

}  // namespace
}  // namespace thimble::services::sts
