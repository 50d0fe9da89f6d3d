// AddPermission, RemovePermission: statements of a topic's policy.
// https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html
#include <algorithm>
#include <set>

#include "services/sns/errors.h"
#include "services/sns/service.h"
#include "wire/shapes/sns.h"

namespace thimble::services::sns {
namespace {

using base::Json;
using namespace shapes::sns;  // NOLINT: the operations of this file

Json policyOf(const rows::Topic& topic, const std::string& arn) {
  const auto set = topic.attributes().find("Policy");
  auto policy = Json::parse(set != topic.attributes().end() ? set->second : defaultPolicy(arn, topic.account()));
  if (policy.ok() && policy->isObject()) return std::move(*policy);
  return Json::object({{"Version", "2008-10-17"}, {"Statement", Json::array()}});
}

void save(dispatch::Context& context, rows::Topic& topic, const std::string& arn, const Json& policy) {
  (*topic.mutable_attributes())["Policy"] = policy.write();
  kTopics.put(context.transaction(), topic, arn);
}

base::Result<AddPermission::Output> addPermission(dispatch::Context& context, const AddPermission::Input& input) {
  static const std::set<std::string, std::less<>> kActions = {
      "GetTopicAttributes", "SetTopicAttributes",       "AddPermission", "RemovePermission", "DeleteTopic",
      "Subscribe",          "ListSubscriptionsByTopic", "Publish",       "Receive",          "*"};
  TRY_ASSIGN(rows::Topic topic, findTopic(context, input.TopicArn_));
  Json actions = Json::array();
  for (const std::string& action : input.ActionName_) {
    if (!kActions.contains(action)) return invalidParameter("Policy statement action out of service scope!");
    actions.push("SNS:" + action);
  }
  Json policy = policyOf(topic, input.TopicArn_);
  Json statements = policy["Statement"].isArray() ? policy["Statement"] : Json::array({policy["Statement"]});
  for (const Json& statement : statements.asArray()) {
    if (statement.stringAt("Sid") == input.Label_) return invalidParameter("Statement already exists");
  }
  Json principals = Json::array();
  for (const std::string& account : input.AWSAccountId_) principals.push("arn:aws:iam::" + account + ":root");
  auto single = [](const Json& list) { return list.size() == 1 ? list[std::size_t{0}] : list; };
  statements.push(Json::object({{"Sid", input.Label_},
                                {"Effect", "Allow"},
                                {"Principal", Json::object({{"AWS", single(principals)}})},
                                {"Action", single(actions)},
                                {"Resource", input.TopicArn_}}));
  policy.set("Statement", statements);
  save(context, topic, input.TopicArn_, policy);
  return AddPermission::Output();
}

base::Result<RemovePermission::Output> removePermission(dispatch::Context& context,
                                                        const RemovePermission::Input& input) {
  TRY_ASSIGN(rows::Topic topic, findTopic(context, input.TopicArn_));
  Json policy = policyOf(topic, input.TopicArn_);
  Json kept = Json::array();
  for (std::size_t i = 0; i < policy["Statement"].size(); ++i) {
    if (policy["Statement"][i].stringAt("Sid") != input.Label_) kept.push(policy["Statement"][i]);
  }
  policy.set("Statement", kept);
  save(context, topic, input.TopicArn_, policy);
  return RemovePermission::Output();
}

}  // namespace

void registerPermissions(dispatch::Registry& registry) {
  registry.add<AddPermission>(addPermission);
  registry.add<RemovePermission>(removePermission);
}

}  // namespace thimble::services::sns
