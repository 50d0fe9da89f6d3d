#include "dispatch/authorization_row.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace thimble::dispatch {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(AuthorizationRow, FillsTemplates) {
  Call call;
  call.account = "111122223333";
  call.region = "eu-west-1";
  call.input = *base::Json::parse(R"({"name": "M", "arn": "arn:aws:states:x:y:z", "empty": "", "number": 5,
    "pipeline": {"roleArn": "arn:aws:iam::111122223333:role/R"}, "names": ["a", "arn:aws:sns:::b"],
    "targets": [{"role": "one"}, {}, {"role": "two"}]})");
  EXPECT_THAT(fillTemplate("*", call), ElementsAre("*"));
  EXPECT_THAT(fillTemplate("arn:aws:states:{Region}:{Account}:stateMachine:{name}", call),
              ElementsAre("arn:aws:states:eu-west-1:111122223333:stateMachine:M"));
  EXPECT_THAT(fillTemplate("arn:aws:states:{Region}:{Account}:stateMachine:{arn}", call),
              ElementsAre("arn:aws:states:x:y:z"));
  EXPECT_THAT(fillTemplate("arn:aws:cloudformation:{Region}:{Account}:stack/{arn}/*", call),
              ElementsAre("arn:aws:states:x:y:z"));
  EXPECT_THAT(fillTemplate("arn:aws:cloudformation:{Region}:{Account}:stack/{name}/*", call),
              ElementsAre("arn:aws:cloudformation:eu-west-1:111122223333:stack/M/*"));
  EXPECT_THAT(fillTemplate("arn:aws:dynamodb:{Region}:{Account}:table/{arn}/index/{name}", call),
              ElementsAre("arn:aws:states:x:y:z/index/M"));
  EXPECT_THAT(fillTemplate("arn:aws:s3:::{name}/{arn}", call), ElementsAre("arn:aws:s3:::M/arn:aws:states:x:y:z"));
  EXPECT_THAT(fillTemplate("{pipeline.roleArn}", call), ElementsAre("arn:aws:iam::111122223333:role/R"));
  EXPECT_THAT(fillTemplate("x/{names}", call), ElementsAre("x/a", "arn:aws:sns:::b"));
  EXPECT_THAT(fillTemplateIfPresent("{targets.role}", call), ElementsAre("one", "two"));
  EXPECT_THAT(fillTemplateIfPresent("{targets.absent}", call), IsEmpty());
  EXPECT_THAT(fillTemplate("x/{empty}/{number}/{absent}", call), ElementsAre("x/*/5/*"));
  EXPECT_THAT(fillTemplateIfPresent("{absent.deeper}", call), IsEmpty());
  EXPECT_THAT(fillTemplateIfPresent("{name}", call), ElementsAre("M"));
  EXPECT_THAT(fillTemplate("{unclosed", call), ElementsAre("{unclosed"));
}

}  // namespace
}  // namespace thimble::dispatch
