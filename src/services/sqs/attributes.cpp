// GetQueueAttributes, SetQueueAttributes.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
#include <algorithm>

#include "services/sqs/errors.h"
#include "services/sqs/queues.h"
#include "services/sqs/service.h"
#include "wire/shapes/sqs.h"

namespace thimble::services::sqs {
namespace {

using namespace shapes::sqs;  // NOLINT: the operations of this file

struct Counts {
  std::int64_t visible = 0;
  std::int64_t delayed = 0;
  std::int64_t in_flight = 0;
};

Counts countMessages(dispatch::Context& context, const Found& queue) {
  Counts counts;
  const std::int64_t now = context.now().milliseconds;
  const std::int64_t oldest = now - queue.number("MessageRetentionPeriod") * 1000;
  for (const auto& entry : kMessages.scan(context.transaction(), {}, queue.row.id())) {
    const rows::Message& message = entry.record;
    if (message.sent() < oldest) continue;
    ++(message.visible() <= now ? counts.visible : message.received() == 0 ? counts.delayed : counts.in_flight);
  }
  return counts;
}

base::Result<GetQueueAttributes::Output> get(dispatch::Context& context, const GetQueueAttributes::Input& input) {
  TRY_ASSIGN(const Found queue, findQueue(context, input.QueueUrl_, "sqs:GetQueueAttributes"));
  const auto names = input.AttributeNames_.value_or(std::vector<std::string>());
  const bool all = std::find(names.begin(), names.end(), "All") != names.end();
  for (const std::string& name : names) {
    if (name != "All" && !isReadableAttribute(name)) return invalidAttributeName(name);
  }
  std::map<std::string, std::string> attributes;
  const auto wanted = [&](const std::string& name) {
    return all || std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const char* name : {"DelaySeconds", "MaximumMessageSize", "MessageRetentionPeriod",
                           "ReceiveMessageWaitTimeSeconds", "VisibilityTimeout", "KmsDataKeyReusePeriodSeconds",
                           "KmsMasterKeyId", "Policy", "RedrivePolicy", "RedriveAllowPolicy", "SqsManagedSseEnabled",
                           "FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"}) {
    const std::string value = wanted(name) ? queue.attribute(name) : std::string();
    if (!value.empty()) attributes[name] = value;
  }
  if (queue.attribute("KmsMasterKeyId").empty()) attributes.erase("KmsDataKeyReusePeriodSeconds");
  if (wanted("QueueArn")) attributes["QueueArn"] = queue.arn();
  if (wanted("CreatedTimestamp")) attributes["CreatedTimestamp"] = std::to_string(queue.row.created() / 1000);
  if (wanted("LastModifiedTimestamp")) {
    attributes["LastModifiedTimestamp"] = std::to_string(queue.row.modified() / 1000);
  }
  const std::string prefix = "ApproximateNumberOfMessages";
  if (all || std::any_of(names.begin(), names.end(), [&](const auto& name) { return name.starts_with(prefix); })) {
    const Counts counts = countMessages(context, queue);
    if (wanted(prefix)) attributes[prefix] = std::to_string(counts.visible);
    if (wanted(prefix + "Delayed")) attributes[prefix + "Delayed"] = std::to_string(counts.delayed);
    if (wanted(prefix + "NotVisible")) attributes[prefix + "NotVisible"] = std::to_string(counts.in_flight);
  }
  GetQueueAttributes::Output output;
  if (!attributes.empty()) output.Attributes_ = std::move(attributes);
  return output;
}

base::Result<SetQueueAttributes::Output> set(dispatch::Context& context, const SetQueueAttributes::Input& input) {
  TRY_ASSIGN(Found queue, findQueue(context, input.QueueUrl_, "sqs:SetQueueAttributes"));
  const auto attributes = withPlainTruths(input.Attributes_);
  for (const auto& [name, value] : attributes) {
    if (name == "FifoQueue" && queue.isFifo() && value == "true") continue;
    TRY(checkAttribute(name, value, queue.isFifo(), false));
    if (value.empty()) {
      queue.row.mutable_attributes()->erase(name);
    } else {
      (*queue.row.mutable_attributes())[name] = value;
    }
  }
  TRY(checkAsWhole(context.transaction(), queue, attributes));
  settleEncryption(queue.row, attributes);
  queue.row.set_modified(context.now().milliseconds);
  putQueue(context, queue);
  return SetQueueAttributes::Output();
}

}  // namespace

void registerAttributes(dispatch::Registry& registry) {
  registry.add<GetQueueAttributes>(get);
  registry.add<SetQueueAttributes>(set);
}

}  // namespace thimble::services::sqs
