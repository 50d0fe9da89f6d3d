#include "services/iam/service_users.h"

#include <gtest/gtest.h>

#include "dispatch/testing/test_world.h"
#include "services/iam/principals.h"
#include "services/iam/service.h"

namespace thimble::services::iam {
namespace {

using base::Json;

constexpr const char* kGit = "codecommit.amazonaws.com";

class ServiceUsers : public testing::Test {
 protected:
  ServiceUsers() {
    registerOperations(world_.registry());
    world_.start();
    EXPECT_TRUE(world_.call("iam", "CreateUser", Json::object({{"UserName", "mary"}})).ok());
    made_ =
        world_
            .call("iam", "CreateServiceSpecificCredential", Json::object({{"UserName", "mary"}, {"ServiceName", kGit}}))
            ->output["ServiceSpecificCredential"];
    name_ = made_.stringAt("ServiceUserName");
  }

  bool isAdmitted(const std::string& password) {
    store::Transaction transaction = world_.environment().store.begin();
    const auto found = findServiceUser(transaction, kGit, name_, password);
    return found && found->user_name == "mary";
  }

  rows::UserRecord row() {
    store::Transaction transaction = world_.environment().store.begin();
    return kUsers.scan(transaction, {}).front().record;
  }

  dispatch::TestWorld world_;
  Json made_;
  std::string name_;
};

TEST_F(ServiceUsers, APasswordIsShownOnceAndKeptByNobody) {
  const std::string first = made_.stringAt("ServicePassword");
  EXPECT_EQ(first.size(), 44U);
  EXPECT_TRUE(isAdmitted(first));
  EXPECT_FALSE(isAdmitted(first + " "));
  EXPECT_FALSE(isAdmitted(""));
  EXPECT_EQ(row().SerializeAsString().find(first), std::string::npos);
  const Json reset = world_
                         .call("iam", "ResetServiceSpecificCredential",
                               Json::object({{"UserName", "mary"},
                                             {"ServiceSpecificCredentialId", made_["ServiceSpecificCredentialId"]}}))
                         ->output["ServiceSpecificCredential"];
  const std::string second = reset.stringAt("ServicePassword");
  EXPECT_NE(first, second);
  EXPECT_FALSE(isAdmitted(first));
  EXPECT_TRUE(isAdmitted(second));
}

TEST_F(ServiceUsers, ARowOfAnOlderBuildIsReadable) {
  rows::UserRecord user = row();
  rows::ServiceSpecificCredential& credential = *user.mutable_service_credentials(0);
  credential.clear_password_hash();
  credential.clear_salt();
  credential.set_password("as it was");
  store::Transaction transaction = world_.environment().store.begin();
  kUsers.put(transaction, user, std::string("000000000000"), keyName("mary"));
  bool committed = false;
  world_.environment().store.commit(std::move(transaction), [&](store::CommitOutcome outcome) {
    committed = outcome == store::CommitOutcome::Committed;
  });
  world_.run();
  EXPECT_TRUE(committed);
  EXPECT_TRUE(isAdmitted("as it was"));
  EXPECT_FALSE(isAdmitted("as it is"));
  EXPECT_FALSE(isAdmitted(""));
}

}  // namespace
}  // namespace thimble::services::iam
