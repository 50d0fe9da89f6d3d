// Decisions, with the policies that IAM's own operations made.
#include "services/iam/authorizer.h"

#include <gtest/gtest.h>

#include "dispatch/credentials.h"
#include "dispatch/testing/test_world.h"
#include "services/iam/service.h"

namespace thimble::services::iam {
namespace {

using base::Json;
using dispatch::Identity;

std::string document(const std::string& statement) {
  return R"({"Version":"2012-10-17","Statement":[)" + statement + "]}";
}

class Decisions : public testing::Test {
 protected:
  explicit Decisions(Mode mode = Mode::Enforce)
      : denials_(world_.environment().store), authorizer_(world_.registry(), world_.clock(), denials_, mode) {
    world_.useAuthorizer(authorizer_);
    registerOperations(world_.registry());
    world_.start();
  }

  Json root(const std::string& operation, const std::string& input) {
    const auto json = Json::parse(input);
    if (!json.ok()) {
      ADD_FAILURE() << input;
      return Json();
    }
    auto outcome = world_.call("iam", operation, *json);
    if (!outcome.ok()) ADD_FAILURE() << operation << ": " << outcome.error().message;
    return outcome.ok() ? outcome->output : Json();
  }
  void makeRole(const std::string& name, const std::string& trust_statement) {
    Json input = Json::object({{"RoleName", name}, {"AssumeRolePolicyDocument", document(trust_statement)}});
    ASSERT_TRUE(world_.call("iam", "CreateRole", input).ok());
  }
  void putRolePolicy(const std::string& role, const std::string& statement) {
    Json input = Json::object({{"RoleName", role}, {"PolicyName", "p"}, {"PolicyDocument", document(statement)}});
    ASSERT_TRUE(world_.call("iam", "PutRolePolicy", input).ok());
  }
  base::Result<Identity> assume(const std::string& arn, const std::string& service) {
    store::Transaction transaction = world_.environment().store.begin();
    return authorizer_.assume(transaction, dispatch::RoleToAssume{arn, service, "s"});
  }
  /// Empty when allowed, else the message.
  std::string decide(const Identity& identity, const std::string& service, const std::string& operation,
                     const std::string& input) {
    dispatch::Call call;
    call.identity = identity;
    call.account = identity.account;
    call.region = "eu-west-1";
    call.service = service;
    call.operation = operation;
    call.input = *Json::parse(input);
    store::Transaction transaction = world_.environment().store.begin();
    const auto result =
        authorizer_.authorise(transaction, call, *shapes::findService(service)->findOperation(operation));
    return result.ok() ? "" : result.error().code + ": " + result.error().message;
  }

  dispatch::TestWorld world_;
  dispatch::DenialLog denials_;
  Authorizer authorizer_;
};

constexpr const char* kTrustStates =
    R"({"Effect":"Allow","Principal":{"Service":"states.amazonaws.com"},"Action":"sts:AssumeRole"})";
const std::string kRole = "arn:aws:iam::000000000000:role/R";

TEST_F(Decisions, AServiceAssumesARoleThatTrustsIt) {
  makeRole("R", kTrustStates);
  const auto session = assume(kRole, "states.amazonaws.com");
  ASSERT_TRUE(session.ok());
  EXPECT_EQ(session->arn, "arn:aws:sts::000000000000:assumed-role/R/s");
  EXPECT_EQ(session->role_arn, kRole);
  EXPECT_EQ(assume(kRole, "lambda.amazonaws.com").error().message,
            "The role defined for the function cannot be assumed by Lambda.");
  EXPECT_EQ(assume("arn:aws:iam::000000000000:role/None", "states.amazonaws.com").error().message,
            "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume "
            "the provided role.");
  EXPECT_FALSE(assume("no arn", "states.amazonaws.com").ok());
}

TEST_F(Decisions, ARoleMayWhatItsPoliciesSay) {
  makeRole("R", kTrustStates);
  const Identity session = *assume(kRole, "states.amazonaws.com");
  const std::string input = R"({"RoleName":"R"})";
  EXPECT_EQ(
      decide(session, "iam", "GetRole", input),
      "AccessDenied: User: arn:aws:sts::000000000000:assumed-role/R/s is not authorized to perform: iam:GetRole on "
      "resource: arn:aws:iam::000000000000:role/R because no identity-based policy allows the iam:GetRole action");
  putRolePolicy("R", R"({"Effect":"Allow","Action":"iam:Get*","Resource":"*"})");
  EXPECT_EQ(decide(session, "iam", "GetRole", input), "");
  putRolePolicy("R", R"({"Effect":"Allow","Action":"iam:Get*","Resource":"*"},
                        {"Effect":"Deny","Action":"iam:GetRole","Resource":"*"})");
  EXPECT_EQ(
      decide(session, "iam", "GetRole", input),
      "AccessDenied: User: arn:aws:sts::000000000000:assumed-role/R/s is not authorized to perform: iam:GetRole on "
      "resource: arn:aws:iam::000000000000:role/R with an explicit deny in an identity-based policy");
  ASSERT_EQ(denials_.recent().size(), 2U);
  EXPECT_EQ(denials_.recent()[0].explanation.front(),
            "Denied by statement 2 of inline policy p of role R (identity-based policy).");
}

TEST_F(Decisions, ARoleMadeAnewIsAnother) {
  makeRole("R", kTrustStates);
  putRolePolicy("R", R"({"Effect":"Allow","Action":"*","Resource":"*"})");
  const Identity session = *assume(kRole, "states.amazonaws.com");
  root("DeleteRolePolicy", R"({"RoleName":"R","PolicyName":"p"})");
  root("DeleteRole", R"({"RoleName":"R"})");
  EXPECT_NE(decide(session, "iam", "ListRoles", "{}"), "");
  makeRole("R", kTrustStates);
  putRolePolicy("R", R"({"Effect":"Allow","Action":"*","Resource":"*"})");
  EXPECT_NE(decide(session, "iam", "ListRoles", "{}"), "");
  EXPECT_EQ(decide(*assume(kRole, "states.amazonaws.com"), "iam", "ListRoles", "{}"), "");
}

TEST_F(Decisions, UsersHaveTheirGroupsPolicies) {
  root("CreateUser", R"({"UserName":"ann"})");
  root("CreateGroup", R"({"GroupName":"g"})");
  const std::string id = root("CreateAccessKey", R"({"UserName":"ann"})")["AccessKey"].stringAt("AccessKeyId");
  store::Transaction transaction = world_.environment().store.begin();
  const Identity ann = dispatch::findCredential(transaction, id)->identity;
  EXPECT_NE(decide(ann, "iam", "GetUser", "{}"), "");
  root("AttachGroupPolicy", R"({"GroupName":"g","PolicyArn":"arn:aws:iam::aws:policy/IAMReadOnlyAccess"})");
  root("AddUserToGroup", R"({"GroupName":"g","UserName":"ann"})");
  EXPECT_EQ(decide(ann, "iam", "GetUser", "{}"), "");
  root("PutUserPermissionsBoundary",
       R"({"UserName":"ann","PermissionsBoundary":"arn:aws:iam::aws:policy/AmazonS3FullAccess"})");
  EXPECT_NE(decide(ann, "iam", "GetUser", "{}").find("because no permissions boundary allows"), std::string::npos);
}

TEST_F(Decisions, PassingARoleNeedsPassRole) {
  makeRole("R", kTrustStates);
  putRolePolicy("R", R"({"Effect":"Allow","Action":"iam:AddRoleToInstanceProfile","Resource":"*"})");
  const Identity session = *assume(kRole, "states.amazonaws.com");
  const std::string input = R"({"InstanceProfileName":"P","RoleName":"R"})";
  EXPECT_NE(
      decide(session, "iam", "AddRoleToInstanceProfile", input).find("perform: iam:PassRole on resource: " + kRole),
      std::string::npos);
  putRolePolicy("R", R"({"Effect":"Allow","Action":"iam:AddRoleToInstanceProfile","Resource":"*"},
      {"Effect":"Allow","Action":"iam:PassRole","Resource":"*",
       "Condition":{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}})");
  EXPECT_EQ(decide(session, "iam", "AddRoleToInstanceProfile", input), "");
}

TEST_F(Decisions, AResourcesPolicySpeaks) {
  world_.registry().addResourcePolicy("lambda", [](store::Transaction&, const std::string& arn) {
    return std::optional(document(R"({"Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},
        "Action":"lambda:InvokeFunction","Resource":")" +
                                  arn +
                                  R"(","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:execute-api:*:*:api/*"}}})"));
  });
  dispatch::Call call;
  call.identity.kind = Identity::Kind::Service;
  call.identity.arn = "apigateway.amazonaws.com";
  call.service = "lambda";
  call.operation = "Invoke";
  call.source_arn = "arn:aws:execute-api:eu-west-1:000000000000:api/prod/POST/x";
  const std::string function = "arn:aws:lambda:eu-west-1:000000000000:function:f";
  store::Transaction transaction = world_.environment().store.begin();
  EXPECT_TRUE(authorizer_.authorise(transaction, call, "lambda:InvokeFunction", function, {}).ok());
  call.source_arn = "arn:aws:execute-api:eu-west-1:000000000000:other/prod/POST/x";
  EXPECT_FALSE(authorizer_.authorise(transaction, call, "lambda:InvokeFunction", function, {}).ok());
  call.source_arn = "arn:aws:execute-api:eu-west-1:000000000000:api/prod/POST/x";
  call.identity.arn = "sns.amazonaws.com";
  EXPECT_FALSE(authorizer_.authorise(transaction, call, "lambda:InvokeFunction", function, {}).ok());
}

/// Whoever has no policies may do nothing at all, in any service. Operations whose handlers authorise themselves are
/// known by their rows.
TEST_F(Decisions, AnEmptyPrincipalIsDeniedEverything) {
  root("CreateUser", R"({"UserName":"nobody"})");
  Identity nobody;
  nobody.kind = Identity::Kind::User;
  nobody.account = "000000000000";
  nobody.arn = "arn:aws:iam::000000000000:user/nobody";
  nobody.user_name = "nobody";
  nobody.user_id = root("GetUser", R"({"UserName":"nobody"})")["User"].stringAt("UserId");
  const std::set<std::string> open = {"sts:GetCallerIdentity", "sts:GetSessionToken", "sns:ConfirmSubscription"};
  std::size_t asked = 0;
  for (const shapes::Service* service : shapes::allServices()) {
    for (const shapes::Operation& operation : service->operations) {
      const std::string name = std::string(service->name) + ":" + std::string(operation.name);
      if (!operation.implemented || operation.authorisation.by_handler || open.contains(name)) continue;
      ++asked;
      EXPECT_FALSE(operation.authorisation.action.empty()) << name << " has no action in its operations.json";
      EXPECT_FALSE(operation.authorisation.resources.empty()) << name << " has no resources in its operations.json";
      const std::string answer = decide(nobody, std::string(service->name), std::string(operation.name), "{}");
      EXPECT_NE(answer.find("is not authorized to perform: "), std::string::npos) << name << ": " << answer;
    }
  }
  EXPECT_GT(asked, 100U);
}

class Observing : public Decisions {
 protected:
  Observing() : Decisions(Mode::Observe) {}
};

TEST_F(Observing, RefusalsAreRecordedAndLetThrough) {
  makeRole("R", kTrustStates);
  const auto session = assume(kRole, "lambda.amazonaws.com");
  ASSERT_TRUE(session.ok());
  EXPECT_EQ(decide(*session, "iam", "ListRoles", "{}"), "");
  EXPECT_TRUE(assume("arn:aws:iam::000000000000:role/None", "states.amazonaws.com").ok());
  ASSERT_EQ(denials_.recent().size(), 3U);
  EXPECT_TRUE(denials_.recent()[0].allowed_anyway);
}

}  // namespace
}  // namespace thimble::services::iam
