#include "lang/policy/evaluate.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/json.h"
#include "base/result.h"
#include "lang/policy/denial.h"

namespace thimble::lang::policy {
namespace {

using base::Json;

std::vector<PolicySource> policy(const Json& statements, const std::string& name) {
  if (statements.isNull()) return {};
  const auto document = Document::fromJson(Json::object({{"Version", "2012-10-17"}, {"Statement", statements}}));
  if (!document.ok()) {
    ADD_FAILURE() << statements.write() << ": " << document.error().message;
    return {};
  }
  return {{name, *document}};
}

std::string describe(const Evaluation& evaluation) {
  if (evaluation.allowed()) return "allow";
  std::string text = evaluation.decision == Decision::ExplicitDeny ? "deny:" : "no:";
  switch (evaluation.decided_by) {
    case PolicyType::Identity:
      return text + "identity";
    case PolicyType::Resource:
      return text + "resource";
    case PolicyType::PermissionsBoundary:
      return text + "boundary";
    case PolicyType::Session:
      return text + "session";
    case PolicyType::RoleTrust:
      return text + "trust";
  }
  return text;
}

TEST(Evaluate, DecidesAsIamDoes) {
  std::ifstream stream(THIMBLE_SOURCE_DIR "/src/lang/policy/testdata/evaluate.json");
  std::stringstream text;
  text << stream.rdbuf();
  const auto file = Json::parse(text.str());
  ASSERT_TRUE(file.ok()) << file.error().message << " at " << file.error().offset;
  ASSERT_GT((*file)["cases"].size(), 40U);
  for (const Json& c : (*file)["cases"].asArray()) {
    SCOPED_TRACE(c.stringAt("name"));
    const Json& caller = (*file)["callers"][c.stringAt("caller")];
    Request request;
    request.principal = {.arn = caller.stringAt("arn"),
                         .issuer_arn = caller.stringAt("issuer"),
                         .account = caller.stringAt("account"),
                         .service = caller.stringAt("service"),
                         .federated = caller.stringAt("federated"),
                         .anonymous = caller.contains("anonymous"),
                         .root = caller.contains("root")};
    request.action = c.stringAt("action");
    request.resource = c.stringAt("resource", "*");
    if (c.contains("keys")) {
      for (const auto& [key, value] : c["keys"].asObject()) request.keys.set(key, value.asString());
    }
    PolicySet policies;
    policies.identity = policy(c["identity"], "identity");
    policies.resource = policy(c["resource_policy"], "resource");
    if (c.contains("boundary")) policies.boundary = policy(c["boundary"], "boundary");
    if (c.contains("session")) policies.session = policy(c["session"], "session");
    policies.resource_account = c.stringAt("resource_account");
    policies.trust = c.contains("trust");
    const Evaluation evaluation = evaluate(request, policies);
    EXPECT_EQ(describe(evaluation), c.stringAt("decision"));
    // Whatever was decided can be explained; a deny and an allow name a statement (root needs none).
    EXPECT_TRUE(!explain(request, policies, evaluation).empty() || request.principal.root);
  }
}

Request startExecution() {
  Request request;
  request.principal.arn = "arn:aws:sts::123456789012:assumed-role/R/S";
  request.principal.issuer_arn = "arn:aws:iam::123456789012:role/R";
  request.principal.account = "123456789012";
  request.action = "states:StartExecution";
  request.resource = "arn:aws:states:eu-west-1:123456789012:stateMachine:M";
  return request;
}

TEST(Denial, SpeaksAwsWords) {
  const Request request = startExecution();
  const std::string begin =
      "User: arn:aws:sts::123456789012:assumed-role/R/S is not authorized to perform: states:StartExecution on "
      "resource: arn:aws:states:eu-west-1:123456789012:stateMachine:M";
  struct Case {
    Decision decision;
    PolicyType by;
    const char* ending;
  };
  const Case cases[] = {
      {Decision::ImplicitDeny, PolicyType::Identity,
       " because no identity-based policy allows the states:StartExecution action"},
      {Decision::ImplicitDeny, PolicyType::Resource,
       " because no resource-based policy allows the states:StartExecution action"},
      {Decision::ImplicitDeny, PolicyType::PermissionsBoundary,
       " because no permissions boundary allows the states:StartExecution action"},
      {Decision::ImplicitDeny, PolicyType::Session,
       " because no session policy allows the states:StartExecution action"},
      {Decision::ImplicitDeny, PolicyType::RoleTrust,
       " because no role trust policy allows the states:StartExecution action"},
      {Decision::ExplicitDeny, PolicyType::Identity, " with an explicit deny in an identity-based policy"},
      {Decision::ExplicitDeny, PolicyType::Resource, " with an explicit deny in a resource-based policy"},
      {Decision::ExplicitDeny, PolicyType::PermissionsBoundary, " with an explicit deny in a permissions boundary"},
      {Decision::ExplicitDeny, PolicyType::Session, " with an explicit deny in a session policy"},
      {Decision::ExplicitDeny, PolicyType::RoleTrust, " with an explicit deny in the role trust policy"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(denialMessage(request, {c.decision, c.by, {}}), begin + c.ending);
    EXPECT_EQ(denialMessage(request, {c.decision, c.by, {}}, {.give_reason = false}), begin);
  }
  Request object = request;
  object.action = "s3:GetObject";
  object.resource = "arn:aws:s3:::b/k";
  EXPECT_EQ(denialMessage(object, {Decision::ExplicitDeny, PolicyType::Resource, {}}, {.quote_resource = true}),
            "User: arn:aws:sts::123456789012:assumed-role/R/S is not authorized to perform: s3:GetObject on resource: "
            "\"arn:aws:s3:::b/k\" with an explicit deny in a resource-based policy");
}

TEST(Denial, ExplainsNearMisses) {
  Request request = startExecution();
  request.keys.set("aws:RequestedRegion", "eu-west-1");
  PolicySet policies;
  const auto parsed = Json::parse(R"([
      {"Sid": "Old", "Effect": "Allow", "Action": "states:*",
       "Resource": "arn:aws:states:eu-west-1:123456789012:stateMachine:Old"},
      {"Effect": "Allow", "Action": "states:StartExecution", "Resource": "*",
       "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}},
      {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}])");
  ASSERT_TRUE(parsed.ok());
  policies.identity = policy(*parsed, "inline policy P of role R");
  const Evaluation evaluation = evaluate(request, policies);
  const std::vector<std::string> expected = {
      "No identity-based policy allows it. Looked at:",
      "  statement \"Old\" of inline policy P of role R is about this action, but its Resource is "
      "arn:aws:states:eu-west-1:123456789012:stateMachine:Old.",
      "  statement 2 of inline policy P of role R is about this action, but condition StringEquals of "
      "aws:RequestedRegion wants \"us-east-1\", and the request has \"eu-west-1\".",
  };
  EXPECT_EQ(explain(request, policies, evaluation), expected);
}

}  // namespace
}  // namespace thimble::lang::policy
