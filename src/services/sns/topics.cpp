// CreateTopic, DeleteTopic, GetTopicAttributes, SetTopicAttributes, ListTopics.
// https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html and the pages beside it
#include <algorithm>
#include <array>
#include <set>

#include "services/sns/errors.h"
#include "services/sns/service.h"
#include "wire/shapes/sns.h"

namespace thimble::services::sns {
namespace {

using namespace shapes::sns;  // NOLINT: the operations of this file

constexpr std::size_t kPageSize = 100;

bool nameIsValid(std::string_view name, bool fifo) {
  if (name.size() > 256) return false;
  if (fifo != name.ends_with(".fifo")) return false;
  if (fifo) name.remove_suffix(5);
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
}

base::Result<void> checkAttribute(const std::string& name, const std::string& value, bool fifo) {
  static const std::set<std::string, std::less<>> kKnown = {"DisplayName",
                                                            "Policy",
                                                            "DeliveryPolicy",
                                                            "KmsMasterKeyId",
                                                            "SignatureVersion",
                                                            "FifoTopic",
                                                            "ContentBasedDeduplication",
                                                            "TracingConfig",
                                                            "ArchivePolicy",
                                                            "FifoThroughputScope",
                                                            "DataProtectionPolicy"};
  const bool feedback = name.ends_with("FeedbackRoleArn") || name.ends_with("FeedbackSampleRate");
  if (!kKnown.contains(name) && !feedback) return invalidParameter("AttributeName");
  if (name == "SignatureVersion" && value != "1" && value != "2")
    return invalidParameter("Attributes Reason: SignatureVersion: Invalid value [" + value + "]. Must be 1 or 2.");
  if (name == "Policy" && !value.empty()) {
    const auto parsed = base::Json::parse(value, {.max_depth = 64});
    if (!parsed.ok() || !parsed->isObject()) return invalidParameter("Policy Error: null");
  }
  if (name == "DisplayName" && value.size() > 100)
    return invalidParameter("DisplayName: must be less than 100 characters long");
  if (name == "ContentBasedDeduplication" && value == "true" && !fifo)
    return invalidParameter("Attributes Reason: Content-based deduplication can only be set for FIFO topics");
  if (name == "TracingConfig" && value != "Active" && value != "PassThrough") {
    return invalidParameter("Attributes Reason: TracingConfig: Invalid value [" + value +
                            "]. Must be Active or PassThrough.");
  }
  return {};
}

base::Result<CreateTopic::Output> createTopic(dispatch::Context& context, const CreateTopic::Input& input) {
  const auto attributes = input.Attributes_.value_or(std::map<std::string, std::string>());
  const auto fifo_attribute = attributes.find("FifoTopic");
  const bool fifo = fifo_attribute != attributes.end() && fifo_attribute->second == "true";
  if (!nameIsValid(input.Name_, fifo)) return invalidParameter("Topic Name");
  for (const auto& [name, value] : attributes) TRY(checkAttribute(name, value, fifo));
  const std::string arn = "arn:aws:sns:" + context.region() + ":" + context.account() + ":" + input.Name_;
  CreateTopic::Output output;
  output.TopicArn_ = arn;

  if (const auto existing = kTopics.get(context.transaction(), arn)) {
    // The same again answers the same; what differs is refused.
    for (const auto& [name, value] : attributes) {
      const auto found = existing->attributes().find(name);
      const std::string before = found != existing->attributes().end() ? found->second
                                 : name == "FifoTopic"                 ? "false"
                                                                       : "";
      if (before != value) {
        return invalidParameter("Attributes Reason: Topic already exists with different attributes");
      }
    }
    for (const auto& tag : input.Tags_.value_or(std::vector<Tag>())) {
      const bool same = std::any_of(existing->tags().begin(), existing->tags().end(), [&](const rows::Tag& each) {
        return each.key() == tag.Key_ && each.value() == tag.Value_;
      });
      if (!same) return invalidParameter("Tags Reason: Topic already exists with different tags");
    }
    return output;
  }

  rows::Topic topic;
  topic.set_account(context.account());
  topic.set_region(context.region());
  topic.set_name(input.Name_);
  for (const auto& [name, value] : attributes) {
    if (name != "FifoTopic" || fifo) (*topic.mutable_attributes())[name] = value;
  }
  if (fifo && !attributes.contains("ContentBasedDeduplication")) {
    (*topic.mutable_attributes())["ContentBasedDeduplication"] = "false";
  }
  for (const auto& tag : input.Tags_.value_or(std::vector<Tag>())) {
    rows::Tag& row = *topic.add_tags();
    row.set_key(tag.Key_);
    row.set_value(tag.Value_);
  }
  kTopics.put(context.transaction(), topic, arn);
  return output;
}

base::Result<DeleteTopic::Output> deleteTopic(dispatch::Context& context, const DeleteTopic::Input& input) {
  auto topic = findTopic(context, input.TopicArn_);
  if (!topic.ok()) {
    if (topic.error().code == "NotFound") return DeleteTopic::Output();  // Deleting twice is fine.
    return std::move(topic).error();
  }
  for (const auto& entry : kTopicSubscriptions.scan(context.transaction(), {}, input.TopicArn_)) {
    store::KeyReader reader(entry.key);
    reader.text();
    reader.text();
    const std::string subscription = reader.text().value_or("");
    kSubscriptions.erase(context.transaction(), subscription);
    kTopicSubscriptions.erase(context.transaction(), input.TopicArn_, subscription);
  }
  kTopics.erase(context.transaction(), input.TopicArn_);
  return DeleteTopic::Output();
}

constexpr std::string_view kDefaultDelivery =
    R"({"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,)"
    R"("numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},)"
    R"("disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}})";

base::Result<GetTopicAttributes::Output> getTopicAttributes(dispatch::Context& context,
                                                            const GetTopicAttributes::Input& input) {
  TRY_ASSIGN(const rows::Topic topic, findTopic(context, input.TopicArn_));
  std::int64_t confirmed = 0;
  std::int64_t pending = 0;
  for (const auto& entry : kTopicSubscriptions.scan(context.transaction(), {}, input.TopicArn_)) {
    store::KeyReader reader(entry.key);
    reader.text();
    reader.text();
    const auto subscription = kSubscriptions.get(context.transaction(), reader.text().value_or(""));
    if (subscription) subscription->confirmed() ? ++confirmed : ++pending;
  }
  std::map<std::string, std::string> attributes(topic.attributes().begin(), topic.attributes().end());
  attributes["TopicArn"] = input.TopicArn_;
  attributes["Owner"] = topic.account();
  attributes.try_emplace("DisplayName", "");
  attributes.try_emplace("Policy", defaultPolicy(input.TopicArn_, topic.account()));
  attributes.try_emplace("EffectiveDeliveryPolicy", kDefaultDelivery);
  attributes["SubscriptionsConfirmed"] = std::to_string(confirmed);
  attributes["SubscriptionsPending"] = std::to_string(pending);
  attributes["SubscriptionsDeleted"] = std::to_string(topic.subscriptions_deleted());
  GetTopicAttributes::Output output;
  output.Attributes_ = std::move(attributes);
  return output;
}

base::Result<SetTopicAttributes::Output> setTopicAttributes(dispatch::Context& context,
                                                            const SetTopicAttributes::Input& input) {
  TRY_ASSIGN(rows::Topic topic, findTopic(context, input.TopicArn_));
  const std::string value = input.AttributeValue_.value_or("");
  if (input.AttributeName_ == "FifoTopic") return invalidParameter("AttributeName");
  TRY(checkAttribute(input.AttributeName_, value, isFifo(topic)));
  (*topic.mutable_attributes())[input.AttributeName_] = value;
  kTopics.put(context.transaction(), topic, input.TopicArn_);
  return SetTopicAttributes::Output();
}

base::Result<ListTopics::Output> listTopics(dispatch::Context& context, const ListTopics::Input& input) {
  const std::string prefix = "arn:aws:sns:" + context.region() + ":" + context.account() + ":";
  store::Key begin("sns.topic");
  begin.addTextPrefix(prefix);
  store::Range range = store::Table<rows::Topic>::prefixRange(begin.bytes());
  if (input.NextToken_ && !input.NextToken_->empty()) {
    range.begin = kTopics.key(prefix + *input.NextToken_).bytes() + std::string(1, '\0');
  }
  const auto entries = kTopics.scanRange(context.transaction(), range, {.limit = kPageSize + 1});
  ListTopics::Output output;
  output.Topics_.emplace();
  for (std::size_t i = 0; i < std::min(entries.size(), kPageSize); ++i) {
    output.Topics_->emplace_back().TopicArn_ = prefix + entries[i].record.name();
  }
  if (entries.size() > kPageSize) output.NextToken_ = entries[kPageSize - 1].record.name();
  return output;
}

}  // namespace

void registerTopics(dispatch::Registry& registry) {
  registry.add<CreateTopic>(createTopic);
  registry.add<DeleteTopic>(deleteTopic);
  registry.add<GetTopicAttributes>(getTopicAttributes);
  registry.add<SetTopicAttributes>(setTopicAttributes);
  registry.add<ListTopics>(listTopics);
}

}  // namespace thimble::services::sns
