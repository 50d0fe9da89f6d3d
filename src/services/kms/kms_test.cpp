#include <gtest/gtest.h>

#include "base/encoding.h"
#include "dispatch/testing/test_world.h"
#include "platform/sealer.h"
#include "services/kms/service.h"

namespace thimble::services::kms {
namespace {

using base::Json;

class KmsTest : public testing::Test {
 protected:
  KmsTest() {
    registerOperations(world_.registry(), sealer_);
    world_.start();
  }
  Json call(const std::string& operation, const Json& input) {
    auto answer = world_.call("kms", operation, input);
    if (!answer.ok()) return Json::object({{"error", answer.error().code + ": " + answer.error().message}});
    return answer->output;
  }
  std::string makeKey() { return call("CreateKey", Json::object())["KeyMetadata"].stringAt("KeyId"); }
  dispatch::TestWorld world_;
  platform::Sealer sealer_{std::string(32, 'k'), world_.environment().random};
};

TEST_F(KmsTest, DecryptsWhatItEncrypted) {
  const std::string key = makeKey();
  const Json pairs = Json::object({{"purpose", "test"}});
  const Json sealed =
      call("Encrypt", Json::object({{"KeyId", key}, {"Plaintext", "text"}, {"EncryptionContext", pairs}}));
  const std::string blob = sealed.stringAt("CiphertextBlob");
  EXPECT_EQ(blob.find("text"), std::string::npos);
  EXPECT_EQ(sealed.stringAt("KeyId"), "arn:aws:kms:us-east-1:000000000000:key/" + key);
  const Json input = Json::object({{"CiphertextBlob", blob}, {"EncryptionContext", pairs}});
  EXPECT_EQ(call("Decrypt", input).stringAt("Plaintext"), "text");
  EXPECT_EQ(call("Decrypt", Json::object({{"CiphertextBlob", blob}})).stringAt("error"),
            "InvalidCiphertextException: ");
  EXPECT_EQ(call("Decrypt", Json::object({{"CiphertextBlob", "no ciphertext"}})).stringAt("error"),
            "InvalidCiphertextException: ");
  Json other = input;
  other.set("KeyId", makeKey());
  EXPECT_EQ(call("Decrypt", other).stringAt("error").substr(0, 21), "IncorrectKeyException");
  call("DisableKey", Json::object({{"KeyId", key}}));
  EXPECT_EQ(call("Decrypt", input).stringAt("error"),
            "DisabledException: arn:aws:kms:us-east-1:000000000000:key/" + key + " is disabled.");
}

TEST_F(KmsTest, DataKeysAreReadWithTheirKey) {
  const std::string key = makeKey();
  const Json made = call("GenerateDataKey", Json::object({{"KeyId", key}, {"KeySpec", "AES_256"}}));
  EXPECT_EQ(made.stringAt("Plaintext").size(), 32u);
  EXPECT_EQ(call("Decrypt", Json::object({{"CiphertextBlob", made["CiphertextBlob"]}}))["Plaintext"],
            made["Plaintext"]);
  EXPECT_TRUE(call("GenerateDataKey", Json::object({{"KeyId", key}})).contains("error"));
}

TEST_F(KmsTest, AliasesNameKeys) {
  const std::string key = makeKey();
  call("CreateAlias", Json::object({{"AliasName", "alias/mine"}, {"TargetKeyId", key}}));
  EXPECT_EQ(call("DescribeKey", Json::object({{"KeyId", "alias/mine"}}))["KeyMetadata"].stringAt("KeyId"), key);
  EXPECT_EQ(
      call("CreateAlias", Json::object({{"AliasName", "alias/mine"}, {"TargetKeyId", key}})).stringAt("error"),
      "AlreadyExistsException: An alias with the name arn:aws:kms:us-east-1:000000000000:alias/mine already exists");
  EXPECT_EQ(call("DescribeKey", Json::object({{"KeyId", "alias/none"}})).stringAt("error"),
            "NotFoundException: Alias arn:aws:kms:us-east-1:000000000000:alias/none is not found.");
  // AWS's own are there when they are asked for, and stay the same.
  const Json own = call("DescribeKey", Json::object({{"KeyId", "alias/aws/ssm"}}))["KeyMetadata"];
  EXPECT_EQ(own.stringAt("KeyManager"), "AWS");
  EXPECT_EQ(call("DescribeKey", Json::object({{"KeyId", "alias/aws/ssm"}}))["KeyMetadata"]["KeyId"], own["KeyId"]);
  EXPECT_EQ(call("ListAliases", Json::object())["Aliases"].size(), 2u);
  EXPECT_TRUE(call("ScheduleKeyDeletion", Json::object({{"KeyId", own["KeyId"]}})).contains("error"));
}

TEST_F(KmsTest, AKeyGoesWhenItsTimeHasCome) {
  const std::string key = makeKey();
  call("ScheduleKeyDeletion", Json::object({{"KeyId", key}, {"PendingWindowInDays", 7}}));
  EXPECT_EQ(call("Encrypt", Json::object({{"KeyId", key}, {"Plaintext", "x"}})).stringAt("error").substr(0, 24),
            "KMSInvalidStateException");
  call("CancelKeyDeletion", Json::object({{"KeyId", key}}));
  call("EnableKey", Json::object({{"KeyId", key}}));
  EXPECT_FALSE(call("Encrypt", Json::object({{"KeyId", key}, {"Plaintext", "x"}})).contains("error"));
  call("ScheduleKeyDeletion", Json::object({{"KeyId", key}, {"PendingWindowInDays", 7}}));
  world_.clock().set(world_.clock().now().plusMilliseconds(7LL * 86'400'000));
  EXPECT_EQ(call("DescribeKey", Json::object({{"KeyId", key}})).stringAt("error"),
            "NotFoundException: Key 'arn:aws:kms:us-east-1:000000000000:key/" + key + "' does not exist");
}

TEST_F(KmsTest, WhatIsNotImplementedIsRefusedByName) {
  EXPECT_EQ(call("CreateKey", Json::object({{"KeySpec", "RSA_2048"}})).stringAt("error"),
            "NotImplemented: Thimble does not implement keys of the specification RSA_2048 of AWS KMS yet.");
}

}  // namespace
}  // namespace thimble::services::kms
