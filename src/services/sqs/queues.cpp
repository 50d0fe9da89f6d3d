#include "services/sqs/queues.h"

#include <charconv>
#include <map>

#include "base/arn.h"
#include "base/json.h"
#include "services/sqs/errors.h"

namespace thimble::services::sqs {
namespace {

struct Facts {
  const char* initial;  ///< Empty: not shown until it is set.
  std::int64_t low = 0;
  std::int64_t high = -1;  ///< Below low: no number.
  bool fifo_only = false;
};

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
const std::map<std::string, Facts, std::less<>>& attributes() {
  static const std::map<std::string, Facts, std::less<>> kAttributes = {
      {"DelaySeconds", {"0", 0, 900}},
      {"MaximumMessageSize", {"1048576", 1024, 1'048'576}},
      {"MessageRetentionPeriod", {"345600", 60, 1'209'600}},
      {"ReceiveMessageWaitTimeSeconds", {"0", 0, 20}},
      {"VisibilityTimeout", {"30", 0, 43'200}},
      {"KmsDataKeyReusePeriodSeconds", {"300", 60, 86'400}},
      {"KmsMasterKeyId", {""}},
      {"Policy", {""}},
      {"RedrivePolicy", {""}},
      {"RedriveAllowPolicy", {""}},
      {"SqsManagedSseEnabled", {"true"}},
      {"FifoQueue", {"", 0, -1, true}},
      {"ContentBasedDeduplication", {"false", 0, -1, true}},
      {"DeduplicationScope", {"queue", 0, -1, true}},
      {"FifoThroughputLimit", {"perQueue", 0, -1, true}}};
  return kAttributes;
}

std::optional<std::int64_t> readNumber(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Found> lookUp(store::Transaction& transaction, const std::string& account, const std::string& region,
                            const std::string& name) {
  auto row = kQueues.get(transaction, account, region, name);
  if (!row) return std::nullopt;
  return Found{account, region, *std::move(row)};
}

}  // namespace

std::string Found::attribute(const std::string& name) const {
  const auto set = row.attributes().find(name);
  if (set != row.attributes().end()) return set->second;
  const auto facts = attributes().find(name);
  if (facts == attributes().end() || (facts->second.fifo_only && !isFifo())) return "";
  return facts->second.initial;
}

std::int64_t Found::number(const std::string& name) const {
  return readNumber(attribute(name)).value_or(0);
}

base::Result<Found> findQueue(dispatch::Context& context, const std::string& url, std::string_view action) {
  // "https://host/account/name", "account/name" or "name".
  std::string name = url;
  std::string account = context.account();
  while (!name.empty() && name.back() == '/') name.pop_back();
  if (const std::size_t slash = name.rfind('/'); slash != std::string::npos) {
    const std::string before = name.substr(0, slash);
    const std::string owner = before.substr(before.rfind('/') == std::string::npos ? 0 : before.rfind('/') + 1);
    if (owner.size() == 12 && owner.find_first_not_of("0123456789") == std::string::npos) account = owner;
    name = name.substr(slash + 1);
  }
  if (name.empty()) return missingParameter("QueueUrl");
  TRY(context.authorise(action, "arn:aws:sqs:" + context.region() + ":" + account + ":" + name));
  auto found = lookUp(context.transaction(), account, context.region(), name);
  if (!found) return queueDoesNotExist();
  return *std::move(found);
}

std::optional<Found> queueOfArn(store::Transaction& transaction, const std::string& text) {
  const auto arn = base::parseArn(text);
  if (!arn || arn->service != "sqs") return std::nullopt;
  return lookUp(transaction, arn->account, arn->region, arn->resource);
}

void putQueue(dispatch::Context& context, const Found& queue) {
  kQueues.put(context.transaction(), queue.row, queue.account, queue.region, queue.row.name());
}

base::Result<void> checkAttribute(const std::string& name, const std::string& value, bool fifo, bool creating) {
  const auto facts = attributes().find(name);
  if (facts == attributes().end() || (facts->second.fifo_only && !fifo) || (name == "FifoQueue" && !creating)) {
    return invalidAttributeName(name);
  }
  if (facts->second.high >= facts->second.low) {
    const auto number = readNumber(value);
    if (!number || *number < facts->second.low || *number > facts->second.high) return invalidAttributeValue(name);
  }
  if ((name == "Policy" || name == "RedrivePolicy" || name == "RedriveAllowPolicy") && !value.empty()) {
    const auto json = base::Json::parse(value, {.max_depth = 64});
    if (!json.ok() || !json->isObject()) return invalidAttributeValue(name);
    if (name == "RedrivePolicy") {
      if (json->stringAt("deadLetterTargetArn").empty() || !json->contains("maxReceiveCount")) {
        return invalidValue(
            value, "RedrivePolicy",
            "Redrive policy does not contain mandatory attribute: " +
                std::string(json->contains("maxReceiveCount") ? "deadLetterTargetArn" : "maxReceiveCount") + ".");
      }
      const base::Json& count = (*json)["maxReceiveCount"];
      const auto number = count.isInt() ? std::optional(count.asInt()) : readNumber(json->stringAt("maxReceiveCount"));
      if (!number || *number < 1 || *number > 1000) {
        return invalidValue(value, "RedrivePolicy", "Invalid value for maxReceiveCount: must be between 1 and 1000.");
      }
    }
  }
  return {};
}

void settleEncryption(rows::Queue& row, const std::map<std::string, std::string>& set) {
  auto& attributes = *row.mutable_attributes();
  const auto key = set.find("KmsMasterKeyId");
  const auto managed = set.find("SqsManagedSseEnabled");
  if (key != set.end() && !key->second.empty()) attributes["SqsManagedSseEnabled"] = "false";
  if (managed != set.end() && managed->second == "true") attributes.erase("KmsMasterKeyId");
}

bool isReadableAttribute(const std::string& name) {
  return attributes().contains(name) || name == "QueueArn" || name == "CreatedTimestamp" ||
         name == "LastModifiedTimestamp" || name.starts_with("ApproximateNumberOfMessages");
}

void Cleanup::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  using Type = dispatch::ProcessInput::Type;
  constexpr std::size_t kAtOnce = 500;
  if (input.type == Type::Start) {
    context.scheduleContinue();
    return;
  }
  if (input.type != Type::Continue) return;
  const std::string& id = context.self().id;
  bool more = false;
  for (const std::string& prefix : {kMessages.key(id).bytes(), kPlaces.key(id).bytes(), kDeduplications.key(id).bytes(),
                                    kDeduplicationEnds.key(id).bytes()}) {
    const auto rows = context.transaction().scanPrefix(prefix, {.limit = kAtOnce});
    for (const auto& row : rows) context.transaction().erase(row.key);
    more = more || rows.size() == kAtOnce;
  }
  if (more) context.scheduleContinue();
}

}  // namespace thimble::services::sqs
