// PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy, and the policies of tables and streams as IAM asks for
// them. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html
#include "services/dynamodb/resource_policies.h"

#include <algorithm>
#include <set>
#include <type_traits>

#include "base/arn.h"
#include "lang/policy/document.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/item_rows.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/resource_arn.h"
#include "services/dynamodb/streams/streams.h"
#include "services/dynamodb/tables.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

constexpr std::size_t kMostPolicyBytes = 20'480;
constexpr std::string_view kTablePrefix = "table/";
constexpr std::string_view kStreamPart = "/stream/";
/// The ExpectedRevisionId that wants no policy to be there.
constexpr std::string_view kNoPolicy = "NO_POLICY";

base::ApiError policyNotFound(std::string message) {
  return {"PolicyNotFoundException", std::move(message), 400};
}

/// What only a stream's policy can allow.
constexpr std::string_view kStreamActions[] = {"dynamodb:GetRecords", "dynamodb:GetShardIterator",
                                               "dynamodb:DescribeStream", "dynamodb:ListStreams"};

/// The streams' actions that statements name, quoted and with commas between them.
std::string streamActions(const Json& statements) {
  std::set<std::string> named;
  for (const Json& statement : statements.isArray() ? statements.asArray() : Json::Array{statements}) {
    const Json& actions = statement["Action"];
    for (const Json& action : actions.isArray() ? actions.asArray() : Json::Array{actions}) {
      if (action.isString()) named.insert(action.asString());
    }
  }
  std::string out;
  for (const std::string_view action : kStreamActions) {
    if (named.contains(std::string(action))) out += (out.empty() ? "\"" : ", \"") + std::string(action) + "\"";
  }
  return out;
}

/// What `use` makes of the row of the table or stream that ResourceArn names. It is called with the row, its ARN and
/// what saves it.
template <class Use>
base::Result<Json> withResource(dispatch::Context& context, const Json& input, const Use& use) {
  const std::string text = input.stringAt("ResourceArn");
  TRY_ASSIGN(const ResourceArn resource, readResourceArn(text));
  if (resource.arn.account != context.account()) {
    return validationException("This action is only supported by accounts that match the resource owner’s account.");
  }
  if (resource.arn.region != context.region() || resource.arn.partition != "aws") {
    return invalidParameter("Invalid resource Arn: " + text);
  }
  if (!resource.stream.empty()) {
    auto stream = findStreamByArn(context.transaction(), context.account(), context.region(), text);
    if (!stream) {
      return resourceNotFound("Requested resource not found: Stream: " + resource.stream +
                              " not found for Table: " + resource.table);
    }
    return use(*stream, text, [&] {
      kStreams.put(context.transaction(), *stream, stream->account(), stream->region(), stream->table(),
                   stream->label());
    });
  }
  TRY_ASSIGN(rows::Table table, findTableRow(context, text));
  if (table.status() == "DELETING") {
    return resourceInUse("Attempt to change a resource which is still in use: Table is being deleted: " + table.name());
  }
  return use(table, text, [&] { saveTable(context, table); });
}

template <class Row>
base::Result<void> checkRevision(const Row& row, const std::string& arn, const Json& input) {
  if (!input.contains("ExpectedRevisionId")) return {};
  const std::string expected = input.stringAt("ExpectedRevisionId");
  if (row.policy().empty() ? expected == kNoPolicy : expected == row.policy_revision()) return {};
  return policyNotFound("The ExpectedRevisionId did not match the current revision of the policy of " + arn);
}

/// Revisions are times, each later than the one before.
template <class Row>
std::string nextRevision(const Row& row, base::Timestamp now) {
  std::int64_t last = 0;
  if (!row.policy_revision().empty()) last = std::stoll(row.policy_revision());
  return std::to_string(std::max(now.milliseconds, last + 1));
}

template <class Row>
void change(Row& row, const std::string& policy, base::Timestamp now) {
  row.set_policy_revision(nextRevision(row, now));
  row.set_policy(policy);
}

base::Result<Json> put(dispatch::Context& context, const Json& input) {
  return withResource(context, input, [&](auto& row, const std::string& arn, const auto& save) -> base::Result<Json> {
    const std::string policy = input.stringAt("Policy");
    constexpr bool kStream = std::is_same_v<std::decay_t<decltype(row)>, rows::Stream>;
    TRY(checkPolicy(policy, kStream ? PolicyOf::Stream : PolicyOf::Table));
    TRY(checkRevision(row, arn, input));
    const bool same = !row.policy().empty() && *Json::parse(row.policy()) == *Json::parse(policy);
    if (!same) {
      change(row, policy, context.now());
      save();
    }
    return Json::object({{"RevisionId", row.policy_revision()}});
  });
}

base::Result<Json> get(dispatch::Context& context, const Json& input) {
  return withResource(context, input, [](const auto& row, const std::string& arn, const auto&) -> base::Result<Json> {
    if (row.policy().empty()) {
      return policyNotFound("Resource-based policy not found for the provided ResourceArn: " + arn);
    }
    return Json::object({{"Policy", row.policy()}, {"RevisionId", row.policy_revision()}});
  });
}

base::Result<Json> remove(dispatch::Context& context, const Json& input) {
  return withResource(context, input, [&](auto& row, const std::string& arn, const auto& save) -> base::Result<Json> {
    TRY(checkRevision(row, arn, input));
    if (!row.policy().empty()) {
      change(row, "", context.now());
      save();
    }
    if (row.policy_revision().empty()) return Json::object();
    return Json::object({{"RevisionId", row.policy_revision()}});
  });
}

}  // namespace

base::Result<void> checkPolicy(const std::string& policy, PolicyOf of) {
  if (policy.size() > kMostPolicyBytes) {
    return invalidParameter("Maximum policy size of 20480 bytes exceeded");
  }
  const auto invalid = [](const std::string& why) { return invalidParameter("Invalid policy document: " + why); };
  const auto json = Json::parse(policy);
  if (json.ok() && json->isNull()) return invalid("This text appears not to be a policy");
  if (!json.ok() || !json->isObject()) return invalid("This policy contains invalid Json");
  // What is missing is missed behind the end.
  if ((*json)["Statement"].isNull()) {
    const std::size_t line = policy.rfind('\n') + 1;
    return invalid("Syntax error at position (" + std::to_string(1 + std::count(policy.begin(), policy.end(), '\n')) +
                   "," + std::to_string(policy.size() - line + 1) + ")");
  }
  std::set<std::string> sids;
  for (const Json& statement :
       (*json)["Statement"].isArray() ? (*json)["Statement"].asArray() : Json::Array{(*json)["Statement"]}) {
    if (statement.isObject() && statement["Effect"].isNull()) return invalid("Missing required field Effect");
    if (const std::string sid = statement.stringAt("Sid"); !sid.empty() && !sids.insert(sid).second) {
      return invalid("The Statement Ids in the policy are not unique");
    }
  }
  const auto document = lang::policy::Document::parse(policy);
  if (!document.ok()) {
    return invalid(document.error().message);
  }
  if ((*document)->statements().empty()) return invalid("Could not parse the policy: Statement is empty!");
  if (const std::string names = of == PolicyOf::Table ? streamActions((*json)["Statement"]) : ""; !names.empty()) {
    return invalid("The following action names are invalid: " + names);
  }
  for (const lang::policy::Statement& statement : (*document)->statements()) {
    if (!statement.has_principal) {
      return invalid("Missing required field Principal");
    }
    if (!statement.has_resource) return invalid("Missing required field Resource");
    // What anyone in any account may do is what block public access is for.
    if (statement.effect == lang::policy::Effect::Allow && statement.principals.everyone &&
        statement.conditions.empty()) {
      return validationException(
          "Resource-based policy grants unbounded access in one or more elements. Please revise the policy to ensure "
          "least-privilege form of access");
    }
  }
  return {};
}

void setPolicy(rows::Table& table, const std::string& policy, base::Timestamp now) {
  change(table, policy, now);
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
    if (slash != std::string::npos && rest.compare(slash, kStreamPart.size(), kStreamPart) == 0) {
      const auto stream = findStreamByArn(transaction, arn->account, arn->region, text);
      if (stream && !stream->policy().empty()) policy = stream->policy();
      return policy;
    }
    if (slash != std::string::npos && rest.compare(slash, 7, "/index/") != 0) return policy;
    const auto table = data.tables.find(transaction, arn->account, arn->region, rest.substr(0, slash));
    if (table && !table->row.policy().empty()) policy = table->row.policy();
    return policy;
  });
}

}  // namespace thimble::services::dynamodb
