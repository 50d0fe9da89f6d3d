#include "services/sns/service.h"

#include <algorithm>

#include "base/arn.h"
#include "services/sns/errors.h"

namespace thimble::services::sns {

void Service::registerWith(dispatch::Registry& registry, dispatch::Kernel& kernel) {
  registerTopics(registry);
  registerSubscriptions(registry);
  registerPublish(registry);
  registerTags(registry);
  registerPermissions(registry);
  registerPlatformApplications(registry);
  registerPlatformEndpoints(registry);
  registerSms(registry);
  kernel.addKind(std::string(kDeliveryKind), deliveries_);
  registry.addResourcePolicy("sns", [](store::Transaction& transaction, const std::string& arn) {
    const auto topic = kTopics.get(transaction, arn);
    if (!topic) return std::optional<std::string>();
    const auto policy = topic->attributes().find("Policy");
    return std::optional<std::string>(policy != topic->attributes().end() ? policy->second
                                                                          : defaultPolicy(arn, topic->account()));
  });
}

base::Result<void> checkArn(const std::string& arn, const std::string& parameter) {
  if (arn.empty()) return invalidParameter(parameter + " Reason: no value for required parameter");
  const auto parts = std::count(arn.begin(), arn.end(), ':') + 1;
  if (parts < 6) {
    return invalidParameter(parameter + " Reason: An ARN must have at least 6 elements, not " + std::to_string(parts));
  }
  return {};
}

base::Result<rows::Topic> findTopic(dispatch::Context& context, const std::string& arn, const std::string& parameter) {
  TRY(checkArn(arn, parameter));
  const auto parsed = base::parseArn(arn);
  if (!parsed || parsed->service != "sns" || parsed->region != context.region()) return invalidParameter(parameter);
  auto topic = kTopics.get(context.transaction(), arn);
  if (!topic) return topicNotFound();
  return std::move(*topic);
}

std::string defaultPolicy(const std::string& topic_arn, const std::string& account) {
  using base::Json;
  Json actions = Json::array();
  for (const char* action : {"GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission",
                             "DeleteTopic", "Subscribe", "ListSubscriptionsByTopic", "Publish"}) {
    actions.push("SNS:" + std::string(action));
  }
  const Json statement =
      Json::object({{"Sid", "__default_statement_ID"},
                    {"Effect", "Allow"},
                    {"Principal", Json::object({{"AWS", "*"}})},
                    {"Action", actions},
                    {"Resource", topic_arn},
                    {"Condition", Json::object({{"StringEquals", Json::object({{"AWS:SourceOwner", account}})}})}});
  return Json::object(
             {{"Version", "2008-10-17"}, {"Id", "__default_policy_ID"}, {"Statement", Json::array({statement})}})
      .write();
}

bool isFifo(const rows::Topic& topic) {
  const auto fifo = topic.attributes().find("FifoTopic");
  return fifo != topic.attributes().end() && fifo->second == "true";
}

}  // namespace thimble::services::sns
