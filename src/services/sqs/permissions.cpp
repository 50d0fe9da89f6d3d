// AddPermission, RemovePermission: statements of a queue's policy.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
#include <algorithm>
#include <cctype>
#include <functional>
#include <set>

#include "base/json.h"
#include "services/sqs/errors.h"
#include "services/sqs/queues.h"
#include "services/sqs/service.h"
#include "wire/shapes/sqs.h"

namespace thimble::services::sqs {
namespace {

using base::Json;
using namespace shapes::sqs;  // NOLINT: the operations of this file

Json policyOf(const Found& queue) {
  const auto policy = Json::parse(queue.attribute("Policy"));
  if (policy.ok() && policy->isObject() && (*policy)["Statement"].isArray()) return *policy;
  return Json::object(
      {{"Version", "2008-10-17"}, {"Id", queue.arn() + "/SQSDefaultPolicy"}, {"Statement", Json::array()}});
}

Json single(const Json& list) {
  return list.size() == 1 ? list[std::size_t{0}] : list;
}

/// What the owner may let others do.
base::Result<void> checkAction(const std::string& action) {
  static const std::set<std::string, std::less<>> kOwners = {
      "AddPermission",        "CancelMessageMoveTask", "CreateQueue", "DeleteQueue",
      "ListMessageMoveTasks", "ListQueueTags",         "ListQueues",  "RemovePermission",
      "SetQueueAttributes",   "StartMessageMoveTask",  "TagQueue",    "UntagQueue"};
  static const std::set<std::string, std::less<>> kOthers = {
      "*",           "ChangeMessageVisibility",    "DeleteMessage", "GetQueueAttributes",
      "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue",    "ReceiveMessage",
      "SendMessage"};
  if (kOthers.contains(action)) return {};
  return invalidValue("SQS:" + action, "ActionName",
                      kOwners.contains(action) ? "Only the queue owner is allowed to invoke this action."
                                               : "Please refer to the appropriate WSDL for a list of valid actions.");
}

base::Result<void> check(const AddPermission::Input& input) {
  constexpr std::size_t kMaxLabel = 80;
  constexpr std::size_t kMaxActions = 7;
  const bool label = !input.Label_.empty() && input.Label_.size() <= kMaxLabel &&
                     std::all_of(input.Label_.begin(), input.Label_.end(),
                                 [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
  if (!label) {
    return invalidValue(input.Label_, "Label",
                        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.");
  }
  const auto& accounts = input.AWSAccountIds_;
  const bool known = !accounts.empty() && std::all_of(accounts.begin(), accounts.end(), [](const std::string& account) {
    return account.size() == 12 && account.find_first_not_of("0123456789") == std::string::npos;
  });
  if (!known) {
    std::string listed;
    for (const std::string& account : accounts) listed += (listed.empty() ? "" : ", ") + account;
    return invalidValue("[" + listed + "]", "PrincipalId", "Unable to verify.");
  }
  if (input.Actions_.empty()) return missingParameter("Actions");
  if (input.Actions_.size() > kMaxActions) {
    return base::ApiError{"OverLimit",
                          std::to_string(input.Actions_.size()) + " Actions were found, maximum allowed is 7.", 403};
  }
  for (const std::string& action : input.Actions_) TRY(checkAction(action));
  return {};
}

base::Result<AddPermission::Output> add(dispatch::Context& context, const AddPermission::Input& input) {
  TRY_ASSIGN(Found queue, findQueue(context, input.QueueUrl_, "sqs:AddPermission"));
  TRY(check(input));
  Json policy = policyOf(queue);
  Json statements = policy["Statement"];
  for (const Json& statement : statements.asArray()) {
    if (statement.stringAt("Sid") == input.Label_) return invalidValue(input.Label_, "Label", "Already exists.");
  }
  Json principals = Json::array();
  for (const std::string& account : input.AWSAccountIds_) principals.push("arn:aws:iam::" + account + ":root");
  Json actions = Json::array();
  for (const std::string& action : input.Actions_) actions.push("SQS:" + action);
  statements.push(Json::object({{"Sid", input.Label_},
                                {"Effect", "Allow"},
                                {"Principal", Json::object({{"AWS", single(principals)}})},
                                {"Action", single(actions)},
                                {"Resource", queue.arn()}}));
  policy.set("Statement", std::move(statements));
  (*queue.row.mutable_attributes())["Policy"] = policy.write();
  putQueue(context, queue);
  return AddPermission::Output();
}

base::Result<RemovePermission::Output> remove(dispatch::Context& context, const RemovePermission::Input& input) {
  TRY_ASSIGN(Found queue, findQueue(context, input.QueueUrl_, "sqs:RemovePermission"));
  Json policy = policyOf(queue);
  Json kept = Json::array();
  for (const Json& statement : policy["Statement"].asArray()) {
    if (statement.stringAt("Sid") != input.Label_) kept.push(statement);
  }
  if (kept.size() == policy["Statement"].size()) return invalidValue(input.Label_, "Label", "can't find label.");
  if (kept.empty()) {
    queue.row.mutable_attributes()->erase("Policy");
  } else {
    policy.set("Statement", std::move(kept));
    (*queue.row.mutable_attributes())["Policy"] = policy.write();
  }
  putQueue(context, queue);
  return RemovePermission::Output();
}

}  // namespace

void registerPermissions(dispatch::Registry& registry) {
  registry.add<AddPermission>(add);
  registry.add<RemovePermission>(remove);
}

}  // namespace thimble::services::sqs
