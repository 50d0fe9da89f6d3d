#include "services/lambda/policy_statement.h"

#include "services/lambda/errors.h"

namespace thimble::services::lambda {
namespace {

using base::Json;

base::Result<Json> principalOf(const std::string& principal) {
  if (principal == "*") return Json("*");
  if (principal.size() == 12 && principal.find_first_not_of("0123456789") == std::string::npos) {
    return Json::object({{"AWS", "arn:aws:iam::" + principal + ":root"}});
  }
  if (principal.starts_with("arn:")) return Json::object({{"AWS", principal}});
  // "s3.amazonaws.com", "alexa-appkit.amazon.com"
  if (principal.find(".amazonaws.com") != std::string::npos || principal.ends_with(".amazon.com")) {
    return Json::object({{"Service", principal}});
  }
  return invalidParameter("The provided principal was invalid. Please check the principal and try again.");
}

}  // namespace

base::Result<Json> permissionStatement(const Json& input, const std::string& resource) {
  TRY_ASSIGN(const Json principal, principalOf(input.stringAt("Principal")));
  Json statement = Json::object({{"Sid", input["StatementId"]},
                                 {"Effect", "Allow"},
                                 {"Principal", principal},
                                 {"Action", input["Action"]},
                                 {"Resource", resource}});
  Json equals = Json::object();
  const auto add = [&](const char* member, const char* key) {
    if (input[member].isString()) equals.set(key, input[member]);
  };
  add("SourceAccount", "AWS:SourceAccount");
  add("EventSourceToken", "lambda:EventSourceToken");
  add("PrincipalOrgID", "aws:PrincipalOrgID");
  add("FunctionUrlAuthType", "lambda:FunctionUrlAuthType");
  Json condition = Json::object();
  if (!equals.empty()) condition.set("StringEquals", std::move(equals));
  if (input["SourceArn"].isString()) condition.set("ArnLike", Json::object({{"AWS:SourceArn", input["SourceArn"]}}));
  if (input["InvokedViaFunctionUrl"].isBool()) {
    condition.set(
        "Bool",
        Json::object({{"lambda:InvokedViaFunctionUrl", input["InvokedViaFunctionUrl"].asBool() ? "true" : "false"}}));
  }
  if (!condition.empty()) statement.set("Condition", std::move(condition));
  return statement;
}

base::Result<void> addStatement(Json& policy, const Json& statement) {
  if (policy.isNull())
    policy = Json::object({{"Version", "2012-10-17"}, {"Id", "default"}, {"Statement", Json::array()}});
  Json statements = policy["Statement"];
  for (const Json& each : statements.asArray()) {
    if (each["Sid"] == statement["Sid"]) {
      return resourceConflict(
          "The statement id (" + statement.stringAt("Sid") +
          ") provided already exists. Please provide a new statement id, or remove the existing statement.");
    }
  }
  statements.push(statement);
  policy.set("Statement", std::move(statements));
  return {};
}

bool removeStatement(Json& policy, const std::string& id) {
  Json kept = Json::array();
  for (const Json& each : policy["Statement"].asArray()) {
    if (each.stringAt("Sid") != id) kept.push(each);
  }
  if (kept.size() == policy["Statement"].size()) return false;
  policy.set("Statement", std::move(kept));
  return true;
}

}  // namespace thimble::services::lambda
