// PutPermission, RemovePermission: the policy of a bus.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html
#include "base/json.h"
#include "services/events/errors.h"
#include "services/events/names.h"
#include "services/events/operations.h"
#include "wire/shapes/events.h"

namespace thimble::services::events {
namespace {

using base::Json;
using namespace shapes::events;  // NOLINT: the operations of this file

constexpr std::size_t kMaxPolicyBytes = 10'240;

void save(dispatch::Context& context, const Bus& bus, rows::EventBus& row, const std::string& policy) {
  row.set_policy(policy);
  row.set_modified(context.now().milliseconds);
  kBuses.put(context.transaction(), row, bus.account, bus.region, bus.name);
}

/// The statements of the policy but for the one with this id.
Json statementsWithout(const rows::EventBus& row, const std::string& id) {
  Json kept = Json::array();
  const auto policy = Json::parse(row.policy());
  if (!policy.ok()) return kept;
  for (std::size_t i = 0; i < (*policy)["Statement"].size(); ++i) {
    if ((*policy)["Statement"][i].stringAt("Sid") != id) kept.push((*policy)["Statement"][i]);
  }
  return kept;
}

std::string policyOf(const Json& statements) {
  return Json::object({{"Version", "2012-10-17"}, {"Statement", statements}}).write();
}

base::Result<PutPermission::Output> putPermission(dispatch::Context& context, const PutPermission::Input& input) {
  const Bus bus = busNamed(context, input.EventBusName_);
  TRY(context.authorise("events:PutPermission", bus.arn()));
  TRY_ASSIGN(rows::EventBus row, findBus(context.transaction(), bus));
  if (input.Policy_) {
    if (input.Action_ || input.Principal_ || input.StatementId_ || input.Condition_) {
      return validation("Policy and Action, Principal, StatementId or Condition must not be given together.");
    }
    const auto policy = Json::parse(*input.Policy_, {.max_depth = 64});
    if (!policy.ok() || !policy->isObject() || !(*policy)["Statement"].isArray()) {
      return validation("Parameter Policy is not valid: it is no policy document with statements.");
    }
    if (input.Policy_->size() > kMaxPolicyBytes) {
      return base::ApiError{"PolicyLengthExceededException", "The policy is longer than 10240 bytes.", 400};
    }
    save(context, bus, row, *input.Policy_);
    return PutPermission::Output();
  }
  if (!input.Action_ || !input.Principal_ || !input.StatementId_) {
    return validation("Parameter(s) Action, Principal and StatementId must be specified when Policy is not.");
  }
  if (*input.Action_ != "events:PutEvents") {
    return validation("Provided value in parameter 'action' is not supported.");
  }
  Json statement = Json::object({{"Sid", *input.StatementId_}, {"Effect", "Allow"}});
  statement.set("Principal", *input.Principal_ == "*"
                                 ? Json("*")
                                 : Json::object({{"AWS", "arn:aws:iam::" + *input.Principal_ + ":root"}}));
  statement.set("Action", *input.Action_);
  statement.set("Resource", bus.arn());
  if (input.Condition_) {
    statement.set(
        "Condition",
        Json::object({{input.Condition_->Type_, Json::object({{input.Condition_->Key_, input.Condition_->Value_}})}}));
  }
  Json statements = statementsWithout(row, *input.StatementId_);
  statements.push(std::move(statement));
  const std::string policy = policyOf(statements);
  if (policy.size() > kMaxPolicyBytes) {
    return base::ApiError{"PolicyLengthExceededException", "The policy is longer than 10240 bytes.", 400};
  }
  save(context, bus, row, policy);
  return PutPermission::Output();
}

base::Result<RemovePermission::Output> removePermission(dispatch::Context& context,
                                                        const RemovePermission::Input& input) {
  const Bus bus = busNamed(context, input.EventBusName_);
  TRY(context.authorise("events:RemovePermission", bus.arn()));
  TRY_ASSIGN(rows::EventBus row, findBus(context.transaction(), bus));
  if (input.RemoveAllPermissions_.value_or(false)) {
    save(context, bus, row, "");
    return RemovePermission::Output();
  }
  if (!input.StatementId_) return validation("Parameter StatementId must be specified.");
  const auto policy = Json::parse(row.policy());
  const Json kept = statementsWithout(row, *input.StatementId_);
  if (!policy.ok() || kept.size() == (*policy)["Statement"].size()) {
    return notFound("Statement with the provided id does not exist.");
  }
  save(context, bus, row, kept.empty() ? "" : policyOf(kept));
  return RemovePermission::Output();
}

}  // namespace

void registerPermissions(dispatch::Registry& registry) {
  registry.add<PutPermission>(putPermission);
  registry.add<RemovePermission>(removePermission);
}

}  // namespace thimble::services::events
