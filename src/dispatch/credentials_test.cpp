#include "dispatch/credentials.h"

#include <gtest/gtest.h>

#include "dispatch/testing/test_world.h"

namespace thimble::dispatch {
namespace {

class Credentials : public testing::Test {
 protected:
  base::Result<Signer> find(const std::string& id, const std::string& token = "", bool open_door = true) {
    store::Transaction transaction = world_.environment().store.begin();
    return findSigner(transaction, id, token, world_.clock().now(), open_door, nullptr);
  }
  std::string code(const std::string& id, const std::string& token = "", bool open_door = true) {
    const auto signer = find(id, token, open_door);
    return signer.ok() ? "" : signer.error().code;
  }

  TestWorld world_;
};

TEST_F(Credentials, UnknownIdsAreARootOnlyAtTheOpenDoor) {
  EXPECT_EQ(find("test")->identity.arn, "arn:aws:iam::000000000000:root");
  EXPECT_EQ(find("123456789012")->identity.arn, "arn:aws:iam::123456789012:root");
  EXPECT_FALSE(find("test")->verify);
  EXPECT_EQ(code("test", "", false), "InvalidClientTokenId");
}

TEST_F(Credentials, SessionsAreVerifiedAndEnd) {
  Environment& environment = world_.environment();
  Identity identity;
  identity.kind = Identity::Kind::AssumedRole;
  identity.account = "111122223333";
  identity.role_arn = "arn:aws:iam::111122223333:role/R";
  identity.session_policies = {"{}"};
  identity.session_tags = {{"team", "red"}};
  identity.transitive_tag_keys = {"team"};
  const SessionCredentials issued = environment.store.transact([&](store::Transaction& transaction) {
    return issueSession(transaction, environment.random, environment.clock.now(), identity, 900);
  });
  EXPECT_TRUE(issued.access_key_id.starts_with("ASIA"));
  EXPECT_EQ(issued.secret_access_key.size(), 40U);
  const auto signer = find(issued.access_key_id, issued.session_token, false);
  ASSERT_TRUE(signer.ok());
  EXPECT_TRUE(signer->verify);
  EXPECT_EQ(signer->secret_access_key, issued.secret_access_key);
  EXPECT_EQ(signer->identity.role_arn, identity.role_arn);
  EXPECT_EQ(signer->identity.session_policies, identity.session_policies);
  EXPECT_EQ(signer->identity.session_tags, identity.session_tags);
  EXPECT_EQ(signer->identity.transitive_tag_keys, identity.transitive_tag_keys);
  EXPECT_EQ(code(issued.access_key_id), "InvalidClientTokenId");
  EXPECT_EQ(code(issued.access_key_id, "another"), "InvalidClientTokenId");
  world_.clock().advance(900'000);
  EXPECT_EQ(code(issued.access_key_id, issued.session_token), "ExpiredToken");
  // A day later the next session removes the row; the id is still known for one of ours, and no root.
  world_.clock().advance(2 * 86'400'000);
  environment.store.transact([&](store::Transaction& transaction) {
    issueSession(transaction, environment.random, environment.clock.now(), identity, 900);
  });
  store::Transaction transaction = environment.store.begin();
  EXPECT_FALSE(findCredential(transaction, issued.access_key_id));
  EXPECT_EQ(code(issued.access_key_id, issued.session_token), "InvalidClientTokenId");
}

TEST_F(Credentials, DeletedAndInactiveKeysAreNoRoot) {
  Environment& environment = world_.environment();
  const std::string id = newAccessKeyId(environment.random, "AKIA");
  Credential credential;
  credential.secret_access_key = newSecretAccessKey(environment.random);
  const auto put = [&] {
    environment.store.transact([&](store::Transaction& transaction) { putCredential(transaction, id, credential); });
  };
  put();
  EXPECT_EQ(code(id), "");
  credential.active = false;
  put();
  EXPECT_EQ(code(id), "InvalidClientTokenId");
  environment.store.transact([&](store::Transaction& transaction) { eraseCredential(transaction, id); });
  EXPECT_EQ(code(id), "InvalidClientTokenId");
  EXPECT_FALSE(isOurAccessKeyId("AKIAIOSFODNN7EXAMPLE"));
}

}  // namespace
}  // namespace thimble::dispatch
