// Resource policies: which services of AWS may write to the account's log groups.
#include "base/arn.h"
#include "base/json.h"
#include "base/result.h"
#include "lang/policy/document.h"
#include "services/logs/errors.h"
#include "services/logs/groups.h"
#include "services/logs/registration.h"
#include "wire/shapes/logs.h"

namespace thimble::services::logs {
namespace {

using shapes::logs::DeleteResourcePolicy;
using shapes::logs::DescribeResourcePolicies;
using shapes::logs::PutResourcePolicy;

constexpr int kMaxPolicies = 10;
constexpr std::int64_t kDefaultLimit = 50;

shapes::logs::ResourcePolicy describe(const rows::ResourcePolicyRecord& record) {
  shapes::logs::ResourcePolicy shown;
  shown.policyName_ = record.name();
  shown.policyDocument_ = record.document();
  shown.lastUpdatedTime_ = record.updated();
  shown.policyScope_ = "ACCOUNT";
  return shown;
}

base::Result<PutResourcePolicy::Output> putResourcePolicy(dispatch::Context& context,
                                                          const PutResourcePolicy::Input& input) {
  if (input.resourceArn_) {
    return base::ApiError{"NotImplemented", "Thimble does not implement resource policies of single log groups yet.",
                          501};
  }
  if (!input.policyName_ || !input.policyDocument_) {
    return invalidParameter("Both policyName and policyDocument are required.");
  }
  if (!lang::policy::Document::parse(*input.policyDocument_).ok()) {
    return invalidParameter("The policyDocument provided is not a valid resource policy.");
  }
  const auto& account = context.account();
  const auto& region = context.region();
  if (!kResourcePolicies.has(context.transaction(), account, region, *input.policyName_) &&
      kResourcePolicies.scan(context.transaction(), {}, account, region).size() >= kMaxPolicies) {
    return limitExceeded();
  }
  rows::ResourcePolicyRecord record;
  record.set_name(*input.policyName_);
  record.set_document(*input.policyDocument_);
  record.set_updated(context.now().milliseconds);
  kResourcePolicies.put(context.transaction(), record, account, region, record.name());
  PutResourcePolicy::Output output;
  output.resourcePolicy_ = describe(record);
  return output;
}

base::Result<DeleteResourcePolicy::Output> deleteResourcePolicy(dispatch::Context& context,
                                                                const DeleteResourcePolicy::Input& input) {
  const std::string name = input.policyName_.value_or("");
  if (!kResourcePolicies.has(context.transaction(), context.account(), context.region(), name)) {
    return resourceNotFound("Policy with name [" + name + "] does not exist.");
  }
  kResourcePolicies.erase(context.transaction(), context.account(), context.region(), name);
  return DeleteResourcePolicy::Output{};
}

base::Result<DescribeResourcePolicies::Output> describeResourcePolicies(dispatch::Context& context,
                                                                        const DescribeResourcePolicies::Input& input) {
  TRY_ASSIGN(const std::string after, nameOfPageToken(input.nextToken_));
  const auto limit = static_cast<std::size_t>(input.limit_.value_or(kDefaultLimit));
  DescribeResourcePolicies::Output output;
  output.resourcePolicies_.emplace();
  for (const auto& entry : kResourcePolicies.scan(context.transaction(), {}, context.account(), context.region())) {
    if (!after.empty() && entry.record.name() <= after) continue;
    if (output.resourcePolicies_->size() == limit) {
      output.nextToken_ = pageToken(*output.resourcePolicies_->back().policyName_);
      break;
    }
    output.resourcePolicies_->push_back(describe(entry.record));
  }
  return output;
}

/// All policies of the account as one document, for the decision about a call.
std::optional<std::string> policyOf(store::Transaction& transaction, const std::string& resource_arn) {
  const auto arn = base::parseArn(resource_arn);
  if (!arn) return std::nullopt;
  base::Json statements = base::Json::array();
  for (const auto& entry : kResourcePolicies.scan(transaction, {}, arn->account, arn->region)) {
    const auto document = base::Json::parse(entry.record.document());
    if (!document.ok()) continue;
    const base::Json& statement = (*document)["Statement"];
    if (!statement.isArray()) {
      statements.push(statement);
      continue;
    }
    for (const base::Json& one : statement.asArray()) statements.push(one);
  }
  if (statements.empty()) return std::nullopt;
  return base::Json::object({{"Version", "2012-10-17"}, {"Statement", statements}}).write();
}

}  // namespace

void registerResourcePolicies(dispatch::Registry& registry) {
  registry.add<PutResourcePolicy>(putResourcePolicy);
  registry.add<DeleteResourcePolicy>(deleteResourcePolicy);
  registry.add<DescribeResourcePolicies>(describeResourcePolicies);
  registry.addResourcePolicy("logs", policyOf);
}

}  // namespace thimble::services::logs
