// SendMessage, SendMessageBatch.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/encoding.h"
#include "services/sqs/batch.h"
#include "services/sqs/messages.h"
#include "services/sqs/service.h"

namespace thimble::services::sqs {
namespace {

using namespace shapes::sqs;  // NOLINT: the operations of this file

constexpr std::int64_t kDeduplicationMilliseconds = 300'000;
constexpr std::size_t kMaxAttributes = 10;
constexpr std::size_t kForgottenAtOnce = 20;
constexpr std::size_t kMaxNameLength = 256;

struct Sent {
  std::string id;
  std::string body_md5;
  std::string attributes_md5;
  std::string system_md5;
  std::string sequence;  ///< Empty in standard queues.
};

constexpr char kInvalidCharacters[] =
    "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | "
    "#x10000 to #x10FFFF";

/// Characters that XML 1.0 has not.
bool hasInvalidCharacters(const std::string& text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return c < 0x20 && c != '\t' && c != '\n' && c != '\r'; }) ||
         text.find("\xef\xbf\xbe") != std::string::npos || text.find("\xef\xbf\xbf") != std::string::npos ||
         !base::isUtf8(text);
}

bool isNumber(const std::string& text) {
  double value = 0;
  const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
  // What is too large or too small for a double is a number all the same.
  const bool read = error == std::errc() || error == std::errc::result_out_of_range;
  return read && end == text.data() + text.size() && text.find_first_of("nN") == std::string::npos;
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
base::Result<void> checkAttributeName(const std::string& name) {
  if (name.size() > kMaxNameLength) {
    return invalidParameter("Message (user) attribute names must be shorter than 256 Bytes");
  }
  const bool valid = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
  });
  if (!valid) {
    return invalidParameter(
        "Message (user) attributes name can only contain upper and lower score characters, digits, "
        "periods, hyphens and underscores.");
  }
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (lower.starts_with("aws.") || lower.starts_with("amazon.") || name.front() == '.' || name.back() == '.' ||
      name.find("..") != std::string::npos) {
    return invalidParameter(
        "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings "
        "are reserved for internal use. Additionally, they cannot start or end with '.'.");
  }
  return {};
}

base::Result<rows::Attribute> readAttribute(const std::string& name, const MessageAttributeValue& value) {
  rows::Attribute row;
  row.set_name(name);
  row.set_type(value.DataType_);
  TRY(checkAttributeName(name));
  const std::string base_type = value.DataType_.substr(0, value.DataType_.find('.'));
  if (base_type != "String" && base_type != "Number" && base_type != "Binary") {
    return invalidParameter("The type of message (user) attribute '" + name +
                            "' is invalid. You must use only the following supported type prefixes: Binary, Number, "
                            "String.");
  }
  row.set_binary(base_type == "Binary");
  row.set_value(row.binary() ? value.BinaryValue_.value_or("") : value.StringValue_.value_or(""));
  if (row.value().empty()) {
    return invalidParameter("Message (user) attribute '" + name + "' must contain a non-empty value of type '" +
                            value.DataType_ + "'.");
  }
  if (base_type == "Number" && !isNumber(row.value())) {
    return invalidParameter("Can't cast the value of message (user) attribute '" + name + "' to a number.");
  }
  if (base_type == "String" && hasInvalidCharacters(row.value())) return invalidParameter(kInvalidCharacters);
  if (row.type().size() > kMaxNameLength) {
    return invalidParameter("Message (user) attribute types must be shorter than 256 Bytes");
  }
  return row;
}

/// Group and deduplication ids: 1 to 128 letters, digits and punctuation.
base::Result<void> checkId(const std::optional<std::string>& id, const std::string& parameter) {
  const bool valid = !id || (!id->empty() && id->size() <= 128 &&
                             std::all_of(id->begin(), id->end(), [](char c) { return c > ' ' && c <= '~'; }));
  if (valid) return {};
  return invalidValue(*id, parameter,
                      parameter + " can only include alphanumeric and punctuation characters. 1 to 128 in length.");
}

/// `Request`: SendMessage's input or an entry of a batch.
template <class Request>
base::Result<Sent> send(dispatch::Context& context, const Found& queue, dispatch::Waiters& waiters,
                        const Request& request) {
  // 1. What is sent.
  if (request.MessageBody_.empty()) return missingParameter("MessageBody");
  if (hasInvalidCharacters(request.MessageBody_)) {
    return base::ApiError{"InvalidMessageContents", kInvalidCharacters, 400};
  }
  rows::Message message;
  message.set_body(request.MessageBody_);
  std::size_t size = request.MessageBody_.size();
  if (request.MessageAttributes_ && request.MessageAttributes_->size() > kMaxAttributes) {
    return invalidParameter("Number of message attributes [" + std::to_string(request.MessageAttributes_->size()) +
                            "] exceeds the allowed maximum [10].");
  }
  for (const auto& [name, value] :
       request.MessageAttributes_.value_or(std::map<std::string, MessageAttributeValue>())) {
    TRY_ASSIGN(rows::Attribute attribute, readAttribute(name, value));
    size += name.size() + attribute.type().size() + attribute.value().size();
    *message.add_attributes() = std::move(attribute);
  }
  const std::int64_t most = queue.number("MaximumMessageSize");
  if (size > static_cast<std::size_t>(most)) {
    return invalidParameter("One or more parameters are invalid. Reason: Message must be shorter than " +
                            std::to_string(most) + " bytes.");
  }
  Sent sent;
  if (request.MessageSystemAttributes_) {
    google::protobuf::RepeatedPtrField<rows::Attribute> system;
    for (const auto& [name, value] : *request.MessageSystemAttributes_) {
      if (name != "AWSTraceHeader") {
        return invalidParameter("Message system attribute name '" + name + "' is invalid.");
      }
      message.set_trace_header(value.StringValue_.value_or(""));
      rows::Attribute& row = *system.Add();
      row.set_name(name);
      row.set_type(value.DataType_);
      row.set_value(message.trace_header());
    }
    sent.system_md5 = md5OfAttributes(system);
  }
  sent.body_md5 = md5Hex(request.MessageBody_);
  sent.attributes_md5 = md5OfAttributes(message.attributes());
  // 2. Its group, and whether it is one that came before.
  std::int64_t delay = request.DelaySeconds_.value_or(queue.number("DelaySeconds"));
  if (delay < 0 || delay > 900) {
    return invalidValue(std::to_string(delay), "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.");
  }
  TRY(checkId(request.MessageGroupId_, "MessageGroupId"));
  TRY(checkId(request.MessageDeduplicationId_, "MessageDeduplicationId"));
  message.set_group(request.MessageGroupId_.value_or(""));
  store::Transaction& transaction = context.transaction();
  const std::string& queue_id = queue.row.id();
  const std::int64_t now = context.now().milliseconds;
  if (!queue.isFifo() && request.MessageDeduplicationId_) {
    return invalidParameter(
        "Value " + *request.MessageDeduplicationId_ +
        " for parameter MessageDeduplicationId is invalid. Reason: The request includes a parameter "
        "that is not valid for this queue type.");
  }
  message.set_sequence(nextSequence(context.now()));
  message.set_id(context.random().uuid());
  if (queue.isFifo()) {
    if (request.DelaySeconds_ && *request.DelaySeconds_ != 0) {
      return invalidValue(std::to_string(*request.DelaySeconds_), "DelaySeconds",
                          "The request include parameter that is not valid for this queue type.");
    }
    if (message.group().empty()) return missingParameter("MessageGroupId");
    std::string deduplication = request.MessageDeduplicationId_.value_or("");
    if (deduplication.empty()) {
      if (queue.attribute("ContentBasedDeduplication") != "true") {
        return invalidParameter(
            "The queue should either have ContentBasedDeduplication enabled or "
            "MessageDeduplicationId provided explicitly");
      }
      deduplication = base::encodeHex(base::sha256(request.MessageBody_));
    }
    message.set_deduplication_id(deduplication);
    const std::string scope = queue.attribute("DeduplicationScope") == "messageGroup" ? message.group() : "";
    const auto before = kDeduplications.get(transaction, queue_id, scope, deduplication);
    sent.sequence = shownSequence(message.sequence());
    if (before && before->until() > now) {
      sent.id = before->message_id();
      sent.sequence = shownSequence(before->sequence());
      return sent;
    }
    rows::Deduplication mark;
    mark.set_until(now + kDeduplicationMilliseconds);
    mark.set_message_id(message.id());
    mark.set_sequence(message.sequence());
    kDeduplications.put(transaction, mark, queue_id, scope, deduplication);
    kDeduplicationEnds.put(transaction, {}, queue_id, mark.until(), scope, deduplication);
    // Marks whose time is over are forgotten in passing.
    const store::Range over{kDeduplicationEnds.key(queue_id).bytes(), kDeduplicationEnds.key(queue_id, now).bytes()};
    for (const auto& row : transaction.scan(over, {.limit = kForgottenAtOnce})) {
      store::KeyReader reader(row.key);
      reader.text();
      reader.text();
      reader.number();
      const std::string group = reader.text().value_or("");
      const std::string id = reader.text().value_or("");
      const auto old = kDeduplications.get(transaction, queue_id, group, id);
      if (old && old->until() <= now) kDeduplications.erase(transaction, queue_id, group, id);
      transaction.erase(row.key);
    }
  }
  // 3. It is there.
  sent.id = message.id();
  message.set_sent(now);
  message.set_visible(now + delay * 1000);
  message.set_sender(context.call().identity.user_id.empty() ? context.call().identity.arn
                                                             : context.call().identity.user_id);
  placeMessage(transaction, queue, message);
  transaction.onCommitted([&waiters, queue_id] { waiters.notify(queue_id); });
  return sent;
}

std::optional<std::string> unlessEmpty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

base::Result<SendMessage::Output> sendOne(dispatch::Context& context, dispatch::Waiters& waiters,
                                          const SendMessage::Input& input) {
  TRY_ASSIGN(const Found queue, findQueue(context, input.QueueUrl_, "sqs:SendMessage"));
  TRY_ASSIGN(const Sent sent, send(context, queue, waiters, input));
  SendMessage::Output output;
  output.MessageId_ = sent.id;
  output.MD5OfMessageBody_ = sent.body_md5;
  output.MD5OfMessageAttributes_ = unlessEmpty(sent.attributes_md5);
  output.MD5OfMessageSystemAttributes_ = unlessEmpty(sent.system_md5);
  output.SequenceNumber_ = unlessEmpty(sent.sequence);
  return output;
}

base::Result<SendMessageBatch::Output> sendBatch(dispatch::Context& context, dispatch::Waiters& waiters,
                                                 const SendMessageBatch::Input& input) {
  TRY_ASSIGN(const Found queue, findQueue(context, input.QueueUrl_, "sqs:SendMessage"));
  TRY(checkBatch(input.Entries_, "SendMessageBatchRequestEntry"));
  constexpr std::size_t kMaxBatchBytes = 1'048'576;
  std::size_t bytes = 0;
  for (const auto& entry : input.Entries_) bytes += entry.MessageBody_.size();
  if (bytes > kMaxBatchBytes) {
    return base::ApiError{
        "BatchRequestTooLong",
        "Batch requests cannot be longer than 1048576 bytes. You have sent " + std::to_string(bytes) + " bytes.", 400};
  }
  for (const auto& entry : input.Entries_) {
    if (queue.isFifo() && entry.MessageGroupId_.value_or("").empty()) {
      return invalidParameter("The request must contain the parameter MessageGroupId.");
    }
  }
  SendMessageBatch::Output output;
  for (const auto& entry : input.Entries_) {
    const auto sent = send(context, queue, waiters, entry);
    if (!sent.ok()) {
      output.Failed_.push_back(failedEntry(entry.Id_, sent.error()));
      continue;
    }
    SendMessageBatchResultEntry& result = output.Successful_.emplace_back();
    result.Id_ = entry.Id_;
    result.MessageId_ = sent->id;
    result.MD5OfMessageBody_ = sent->body_md5;
    result.MD5OfMessageAttributes_ = unlessEmpty(sent->attributes_md5);
    result.MD5OfMessageSystemAttributes_ = unlessEmpty(sent->system_md5);
    result.SequenceNumber_ = unlessEmpty(sent->sequence);
  }
  return output;
}

}  // namespace

void registerSend(dispatch::Registry& registry, dispatch::Waiters& waiters) {
  registry.add<SendMessage>([&waiters](dispatch::Context& context, const SendMessage::Input& input) {
    return sendOne(context, waiters, input);
  });
  registry.add<SendMessageBatch>([&waiters](dispatch::Context& context, const SendMessageBatch::Input& input) {
    return sendBatch(context, waiters, input);
  });
}

}  // namespace thimble::services::sqs
