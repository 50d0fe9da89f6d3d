// PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy, and the policies of tables as IAM asks for them.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html
#include "services/dynamodb/resource_policies.h"

#include <algorithm>

#include "base/arn.h"
#include "lang/policy/document.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/item_rows.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/tables.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

constexpr std::size_t kMostPolicyBytes = 20'480;
constexpr std::string_view kTablePrefix = "table/";
/// The ExpectedRevisionId that wants no policy to be there.
constexpr std::string_view kNoPolicy = "NO_POLICY";

base::ApiError policyNotFound(std::string message) {
  return {"PolicyNotFoundException", std::move(message), 400};
}

base::Result<rows::Table> findTable(dispatch::Context& context, const Json& input) {
  const std::string text = input.stringAt("ResourceArn");
  const auto arn = base::parseArn(text);
  const std::string resource = arn ? arn->resource : std::string();
  if (resource.find("/stream/") != std::string::npos) {
    return base::ApiError{"NotImplemented", "Thimble does not implement resource-based policies of streams.", 501};
  }
  if (!arn || arn->service != "dynamodb" || arn->account != context.account() || arn->region != context.region() ||
      !resource.starts_with(kTablePrefix) || resource.find('/', kTablePrefix.size()) != std::string::npos) {
    return validationException("Invalid ResourceArn: " + text);
  }
  auto table = findTableRow(context, text);
  if (table.ok() && table->status() == "DELETING") {
    return resourceInUse("Attempt to change a resource which is still in use: Table is being deleted: " +
                         table->name());
  }
  return table;
}

base::Result<void> checkRevision(const rows::Table& table, const Json& input) {
  if (!input.contains("ExpectedRevisionId")) return {};
  const std::string expected = input.stringAt("ExpectedRevisionId");
  if (table.policy().empty() ? expected == kNoPolicy : expected == table.policy_revision()) return {};
  return policyNotFound("The ExpectedRevisionId did not match the current revision of the policy of " +
                        tableArn(table));
}

/// Revisions are times, each later than the one before.
std::string nextRevision(const rows::Table& table, base::Timestamp now) {
  std::int64_t last = 0;
  if (!table.policy_revision().empty()) last = std::stoll(table.policy_revision());
  return std::to_string(std::max(now.milliseconds, last + 1));
}

base::Result<Json> put(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(rows::Table table, findTable(context, input));
  const std::string policy = input.stringAt("Policy");
  TRY(checkPolicy(policy));
  TRY(checkRevision(table, input));
  const bool same = !table.policy().empty() && *Json::parse(table.policy()) == *Json::parse(policy);
  if (!same) {
    setPolicy(table, policy, context.now());
    saveTable(context, table);
  }
  return Json::object({{"RevisionId", table.policy_revision()}});
}

base::Result<Json> get(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const rows::Table table, findTable(context, input));
  if (table.policy().empty()) {
    return policyNotFound("Resource-based policy not found for the provided ResourceArn: " + tableArn(table));
  }
  return Json::object({{"Policy", table.policy()}, {"RevisionId", table.policy_revision()}});
}

base::Result<Json> remove(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(rows::Table table, findTable(context, input));
  TRY(checkRevision(table, input));
  if (!table.policy().empty()) {
    table.set_policy_revision(nextRevision(table, context.now()));
    table.clear_policy();
    saveTable(context, table);
  }
  if (table.policy_revision().empty()) return Json::object();
  return Json::object({{"RevisionId", table.policy_revision()}});
}

}  // namespace

base::Result<void> checkPolicy(const std::string& policy) {
  if (policy.size() > kMostPolicyBytes) {
    return invalidParameter("The resource-based policy document exceeds the maximum size of 20480 bytes");
  }
  const auto document = lang::policy::Document::parse(policy);
  if (!document.ok()) {
    return invalidParameter("The resource-based policy document is invalid: " + document.error().message);
  }
  for (const lang::policy::Statement& statement : (*document)->statements()) {
    if (!statement.has_principal) {
      return invalidParameter("The resource-based policy document is invalid: a statement has no Principal");
    }
    // What anyone in any account may do is what block public access is for.
    if (statement.effect == lang::policy::Effect::Allow && statement.principals.everyone &&
        statement.conditions.empty()) {
      return invalidParameter("The resource-based policy document allows unbounded access");
    }
  }
  return {};
}

void setPolicy(rows::Table& table, const std::string& policy, base::Timestamp now) {
  table.set_policy_revision(nextRevision(table, now));
  table.set_policy(policy);
}

void registerResourcePolicies(dispatch::Registry& registry, Data& data) {
  addOperation(registry, "PutResourcePolicy", put);
  addOperation(registry, "GetResourcePolicy", get);
  addOperation(registry, "DeleteResourcePolicy", remove);
  registry.addResourcePolicy("dynamodb", [&data](store::Transaction& transaction, const std::string& text) {
    std::optional<std::string> policy;
    const auto arn = base::parseArn(text);
    if (!arn || !arn->resource.starts_with(kTablePrefix)) return policy;
    // A table's policy is its indexes' too; streams have their own.
    const std::string rest = arn->resource.substr(kTablePrefix.size());
    const std::size_t slash = rest.find('/');
    if (slash != std::string::npos && rest.compare(slash, 7, "/index/") != 0) return policy;
    const auto table = data.tables.find(transaction, arn->account, arn->region, rest.substr(0, slash));
    if (table && !table->row.policy().empty()) policy = table->row.policy();
    return policy;
  });
}

}  // namespace thimble::services::dynamodb
