#include <gtest/gtest.h>

#include <algorithm>

#include "dispatch/testing/test_world.h"
#include "platform/sealer.h"
#include "services/secretsmanager/service.h"

namespace thimble::services::secretsmanager {
namespace {

using base::Json;

class SecretsTest : public testing::Test {
 protected:
  SecretsTest() {
    registerOperations(world_.registry(), sealer_);
    world_.start();
  }
  Json call(const std::string& operation, const std::string& input) {
    auto answer = world_.call("secretsmanager", operation, *Json::parse(input));
    if (!answer.ok()) return Json::object({{"error", answer.error().code + ": " + answer.error().message}});
    return answer->output;
  }
  std::string value(const std::string& more = "") {
    const Json got = call("GetSecretValue", R"({"SecretId":"s")" + more + "}");
    return got.contains("error") ? got.stringAt("error") : got.stringAt("SecretString");
  }
  dispatch::TestWorld world_;
  platform::Sealer sealer_{std::string(32, 'k'), world_.environment().random};
};

TEST_F(SecretsTest, VersionsHaveStages) {
  const Json made = call("CreateSecret", R"({"Name":"s","SecretString":"one"})");
  const std::string first = made.stringAt("VersionId");
  EXPECT_EQ(made.stringAt("ARN").size(),
            std::string("arn:aws:secretsmanager:us-east-1:000000000000:secret:s-AbCdEf").size());
  EXPECT_EQ(value(), "one");
  call("PutSecretValue", R"({"SecretId":"s","SecretString":"two"})");
  EXPECT_EQ(value(), "two");
  EXPECT_EQ(value(R"(,"VersionStage":"AWSPREVIOUS")"), "one");
  EXPECT_EQ(value(R"(,"VersionId":")" + first + "\""), "one");
  const std::string pending = std::string(32, 'p');
  call("PutSecretValue",
       R"({"SecretId":"s","SecretString":"three","VersionStages":["AWSPENDING"],"ClientRequestToken":")" + pending +
           "\"}");
  EXPECT_EQ(value(), "two");
  EXPECT_EQ(value(R"(,"VersionStage":"AWSPENDING")"), "three");
  const std::string current = call("GetSecretValue", R"({"SecretId":"s"})").stringAt("VersionId");
  call("UpdateSecretVersionStage", R"({"SecretId":"s","VersionStage":"AWSCURRENT","MoveToVersionId":")" + pending +
                                       R"(","RemoveFromVersionId":")" + current + "\"}");
  EXPECT_EQ(value(), "three");
  EXPECT_EQ(value(R"(,"VersionStage":"AWSPREVIOUS")"), "two");
  EXPECT_EQ(call("ListSecretVersionIds", R"({"SecretId":"s"})")["Versions"].size(), 2u);
  EXPECT_EQ(call("ListSecretVersionIds", R"({"SecretId":"s","IncludeDeprecated":true})")["Versions"].size(), 3u);
  // By ARN, and by ARN without its last characters.
  const std::string arn = made.stringAt("ARN");
  EXPECT_EQ(call("GetSecretValue", R"({"SecretId":")" + arn + "\"}").stringAt("SecretString"), "three");
  EXPECT_EQ(call("GetSecretValue", R"({"SecretId":")" + arn.substr(0, arn.size() - 7) + "\"}").stringAt("SecretString"),
            "three");
}

TEST_F(SecretsTest, ValuesAreNotInTheRows) {
  call("CreateSecret", R"({"Name":"s","SecretString":"in the clear"})");
  store::Transaction transaction = world_.environment().store.begin();
  const auto rows = transaction.scanPrefix("secretsmanager");
  ASSERT_FALSE(rows.empty());
  for (const auto& row : rows) EXPECT_EQ(row.value.find("in the clear"), std::string::npos);
}

TEST_F(SecretsTest, ATokenIsGoodForOneValue) {
  const std::string token = R"(,"ClientRequestToken":")" + std::string(32, 't') + "\"}";
  const Json first = call("CreateSecret", R"({"Name":"s","SecretString":"one")" + token);
  EXPECT_EQ(call("CreateSecret", R"({"Name":"s","SecretString":"one")" + token).write(), first.write());
  EXPECT_EQ(call("CreateSecret", R"({"Name":"s","SecretString":"two")" + token).stringAt("error"),
            "ResourceExistsException: The operation failed because the secret s already exists.");
  EXPECT_FALSE(call("PutSecretValue", R"({"SecretId":"s","SecretString":"one")" + token).contains("error"));
  EXPECT_EQ(call("PutSecretValue", R"({"SecretId":"s","SecretString":"two")" + token).stringAt("error"),
            "ResourceExistsException: You can't use ClientRequestToken " + std::string(32, 't') +
                " because that value is already in use for a version of secret " + first.stringAt("ARN") + ".");
}

TEST_F(SecretsTest, ADeletedSecretCanBeRestoredUntilItsTimeHasCome) {
  call("CreateSecret", R"({"Name":"s","SecretString":"one"})");
  call("DeleteSecret", R"({"SecretId":"s","RecoveryWindowInDays":7})");
  EXPECT_EQ(value(),
            "InvalidRequestException: You can't perform this operation on the secret because it was marked for "
            "deletion.");
  EXPECT_EQ(call("ListSecrets", "{}")["SecretList"].size(), 0u);
  EXPECT_EQ(call("ListSecrets", R"({"IncludePlannedDeletion":true})")["SecretList"].size(), 1u);
  EXPECT_EQ(
      call("CreateSecret", R"({"Name":"s"})").stringAt("error"),
      "InvalidRequestException: You can't create this secret because a secret with this name is already scheduled "
      "for deletion.");
  call("RestoreSecret", R"({"SecretId":"s"})");
  EXPECT_EQ(value(), "one");
  call("DeleteSecret", R"({"SecretId":"s","RecoveryWindowInDays":7})");
  world_.clock().set(world_.clock().now().plusMilliseconds(7LL * 86'400'000));
  EXPECT_EQ(value(), "ResourceNotFoundException: Secrets Manager can't find the specified secret.");
  call("CreateSecret", R"({"Name":"s","SecretString":"new"})");
  EXPECT_EQ(value(), "new");
  call("DeleteSecret", R"({"SecretId":"s","ForceDeleteWithoutRecovery":true})");
  EXPECT_EQ(value(), "ResourceNotFoundException: Secrets Manager can't find the specified secret.");
}

TEST_F(SecretsTest, PasswordsHaveWhatTheyAreToHave) {
  const auto password = [&](const std::string& input) {
    return call("GetRandomPassword", input).stringAt("RandomPassword");
  };
  EXPECT_EQ(password("{}").size(), 32u);
  for (int i = 0; i < 50; ++i) {
    const std::string made = password(R"({"PasswordLength":4,"ExcludeCharacters":"\"@/\\"})");
    ASSERT_EQ(made.size(), 4u);
    const auto has = [&](auto test) { return std::any_of(made.begin(), made.end(), test); };
    EXPECT_TRUE(has([](unsigned char c) { return std::isupper(c) != 0; })) << made;
    EXPECT_TRUE(has([](unsigned char c) { return std::islower(c) != 0; })) << made;
    EXPECT_TRUE(has([](unsigned char c) { return std::isdigit(c) != 0; })) << made;
    EXPECT_TRUE(has([](unsigned char c) { return std::ispunct(c) != 0; })) << made;
    EXPECT_EQ(made.find_first_of("\"@/\\"), std::string::npos);
  }
  EXPECT_TRUE(call("GetRandomPassword", R"({"PasswordLength":3})").contains("error"));
  EXPECT_TRUE(call("GetRandomPassword", R"({"PasswordLength":5000})").contains("error"));
}

TEST_F(SecretsTest, SecretsAreListedAndFiltered) {
  for (const char* name : {"app/one", "app/two", "other"}) {
    call("CreateSecret", R"({"Name":")" + std::string(name) + R"(","Tags":[{"Key":"k","Value":")" + name + "\"}]}");
    world_.runFor(10);
  }
  const auto names = [&](const std::string& input) {
    std::string out;
    const Json list = call("ListSecrets", input)["SecretList"];
    for (std::size_t i = 0; i < list.size(); ++i) out += list[i].stringAt("Name") + " ";
    return out;
  };
  EXPECT_EQ(names("{}"), "other app/two app/one ");
  EXPECT_EQ(names(R"({"SortOrder":"asc"})"), "app/one app/two other ");
  EXPECT_EQ(names(R"({"Filters":[{"Key":"name","Values":["app/"]}]})"), "app/two app/one ");
  EXPECT_EQ(names(R"({"Filters":[{"Key":"name","Values":["!app/"]}]})"), "other ");
  EXPECT_EQ(names(R"({"Filters":[{"Key":"tag-value","Values":["app/two"]}]})"), "app/two ");
  const Json page = call("ListSecrets", R"({"MaxResults":2})");
  EXPECT_EQ(page["SecretList"].size(), 2u);
  EXPECT_EQ(names(R"({"NextToken":")" + page.stringAt("NextToken") + "\"}"), "app/one ");
}

}  // namespace
}  // namespace thimble::services::secretsmanager
