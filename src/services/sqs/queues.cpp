#include "services/sqs/queues.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

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
  std::set<std::string> words = {};  ///< The values it may have; empty: not a choice.
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
      {"SqsManagedSseEnabled", {"true", 0, -1, false, {"true", "false"}}},
      {"FifoQueue", {"", 0, -1, true, {"true"}}},
      {"ContentBasedDeduplication", {"false", 0, -1, true, {"true", "false"}}},
      {"DeduplicationScope", {"queue", 0, -1, true, {"queue", "messageGroup"}}},
      {"FifoThroughputLimit", {"perQueue", 0, -1, true, {"perQueue", "perMessageGroupId"}}}};
  return kAttributes;
}

constexpr std::size_t kMaxSources = 10;  ///< Of a redrive allow policy.

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

/// Whether the dead-letter queue lets `source` use it.
bool takesFrom(const Found& target, const std::string& source) {
  const auto policy = base::Json::parse(target.attribute("RedriveAllowPolicy"));
  if (!policy.ok() || !policy->isObject()) return true;
  const std::string permission = policy->stringAt("redrivePermission");
  if (permission != "byQueue") return permission != "denyAll";
  const base::Json& sources = (*policy)["sourceQueueArns"];
  return sources.isArray() && std::any_of(sources.asArray().begin(), sources.asArray().end(),
                                          [&](const base::Json& arn) { return arn == base::Json(source); });
}

base::Result<void> checkRedrive(store::Transaction& transaction, const Found& queue, const std::string& value) {
  const auto invalid = [&](const std::string& reason) { return invalidValue(value, "RedrivePolicy", reason); };
  const auto json = base::Json::parse(value, {.max_depth = 64});
  if (!json.ok() || !json->isObject()) return invalid("Redrive policy is not a valid JSON map.");
  for (const char* member : {"maxReceiveCount", "deadLetterTargetArn"}) {
    if (json->contains(member)) continue;
    return invalid("Redrive policy does not contain mandatory attribute: " + std::string(member) + ".");
  }
  const base::Json& count = (*json)["maxReceiveCount"];
  const auto number = count.isInt() ? std::optional(count.asInt()) : readNumber(json->stringAt("maxReceiveCount"));
  if (!number || *number < 1 || *number > 1000) {
    const std::string given = count.isString() ? count.asString() : count.write();
    return invalid("Invalid value for maxReceiveCount: " + given + ", valid values are from 1 to 1000 both inclusive.");
  }
  const auto arn = base::parseArn(json->stringAt("deadLetterTargetArn"));
  if (!arn || arn->service != "sqs") return invalid("Invalid value for deadLetterTargetArn.");
  if (arn->account != queue.account) return invalid("Dead letter target owner should be same as the source.");
  const auto target = lookUp(transaction, arn->account, arn->region, arn->resource);
  if (!target) return invalid("Dead letter target does not exist.");
  if (target->isFifo() != queue.isFifo()) {
    return invalid("Dead-letter queue must be same type of queue as the source.");
  }
  if (!takesFrom(*target, queue.arn())) return invalid("Dead letter target does not allow this source queue.");
  return {};
}

base::Result<void> checkRedriveAllow(const std::string& value) {
  const auto json = base::Json::parse(value, {.max_depth = 64});
  const std::string permission = json.ok() && json->isObject() ? json->stringAt("redrivePermission") : "";
  const bool listed = permission == "byQueue";
  const bool valid = (listed && (*json)["sourceQueueArns"].isArray()) ||
                     ((permission == "allowAll" || permission == "denyAll") && !json->contains("sourceQueueArns"));
  if (valid && (!listed || (*json)["sourceQueueArns"].size() <= kMaxSources)) return {};
  return invalidValue(value, "RedriveAllowPolicy",
                      "Amazon SQS can't create the redrive allow policy, as it's in an unsupported format.");
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

std::map<std::string, std::string> withPlainTruths(std::map<std::string, std::string> set) {
  for (auto& [name, value] : set) {
    if (value == "True" || value == "TRUE") value = "true";
    if (value == "False" || value == "FALSE") value = "false";
  }
  return set;
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
  if (!value.empty() && !facts->second.words.empty() && !facts->second.words.contains(value)) {
    return invalidAttributeValue(name);
  }
  if (name == "Policy" && !value.empty()) {
    const auto json = base::Json::parse(value, {.max_depth = 64});
    if (!json.ok() || !json->isObject()) return invalidAttributeValue(name);
  }
  return {};
}

base::Result<void> checkAsWhole(store::Transaction& transaction, const Found& queue,
                                const std::map<std::string, std::string>& set) {
  const auto given = [&](const char* name) {
    const auto found = set.find(name);
    return found == set.end() ? std::string() : found->second;
  };
  if (!given("KmsMasterKeyId").empty() && given("SqsManagedSseEnabled") == "true") {
    return base::ApiError{"InvalidAttributeValue",
                          "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS "
                          "SSE or SQS SSE.",
                          400};
  }
  if (given("FifoThroughputLimit") == "perMessageGroupId" && queue.attribute("DeduplicationScope") != "messageGroup") {
    return base::ApiError{"InvalidAttributeValue",
                          "The perMessageGroupId value is allowed only when the value for DeduplicationScope is "
                          "messageGroup.",
                          400};
  }
  if (const std::string policy = given("RedrivePolicy"); !policy.empty()) TRY(checkRedrive(transaction, queue, policy));
  if (const std::string policy = given("RedriveAllowPolicy"); !policy.empty()) TRY(checkRedriveAllow(policy));
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
