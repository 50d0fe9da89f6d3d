#include <gtest/gtest.h>

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

}  // namespace
}  // namespace thimble::services::sts
