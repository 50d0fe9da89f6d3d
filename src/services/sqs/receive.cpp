// ReceiveMessage, with long polling and redrive to the dead-letter queue.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
#include <algorithm>
#include <atomic>
#include <charconv>
#include <set>

#include "base/json.h"
#include "services/sqs/errors.h"
#include "services/sqs/messages.h"
#include "services/sqs/service.h"
#include "wire/shapes/sqs.h"

namespace thimble::services::sqs {
namespace {

using namespace shapes::sqs;  // NOLINT: the operations of this file

/// How far a receive looks: behind many locked groups, or at messages that go to the dead-letter queue.
constexpr std::size_t kLookAhead = 2000;

struct Batch {
  std::vector<Message> messages;
  std::string queue_id;
  std::int64_t wait_seconds = 0;
  std::int64_t next_visible = 0;  ///< When the next message can be received; 0: none is there.
};

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Whether the names ask for the attribute: itself, "All", ".*" or a prefix "x.*".
bool asksFor(const std::vector<std::string>& names, const std::string& name) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& each) {
    if (each == name || each == "All" || each == ".*") return true;
    return each.ends_with(".*") && name.starts_with(each.substr(0, each.size() - 2));
  });
}

Message shown(const Found& queue, const rows::Message& row, const ReceiveMessage::Input& input) {
  Message out;
  out.MessageId_ = row.id();
  out.ReceiptHandle_ = receiptHandle(queue, row);
  out.Body_ = row.body();
  out.MD5OfBody_ = md5Hex(row.body());
  // 1. The system's attributes that were asked for.
  std::vector<std::string> names = input.AttributeNames_.value_or(std::vector<std::string>());
  for (const std::string& each : input.MessageSystemAttributeNames_.value_or(std::vector<std::string>())) {
    names.push_back(each);
  }
  std::map<std::string, std::string> system;
  const auto add = [&](const std::string& name, const std::string& value) {
    if (!value.empty() && (has(names, "All") || has(names, name))) system[name] = value;
  };
  add("SenderId", row.sender());
  add("SentTimestamp", std::to_string(row.sent()));
  add("ApproximateReceiveCount", std::to_string(row.received()));
  add("ApproximateFirstReceiveTimestamp", std::to_string(row.first_received()));
  add("MessageGroupId", row.group());
  add("AWSTraceHeader", row.trace_header());
  add("DeadLetterQueueSourceArn", row.dead_letter_source());
  if (queue.isFifo()) {
    add("MessageDeduplicationId", row.deduplication_id());
    add("SequenceNumber", shownSequence(row.sequence()));
  }
  if (!system.empty()) out.Attributes_ = std::move(system);
  // 2. The user's.
  const auto wanted = input.MessageAttributeNames_.value_or(std::vector<std::string>());
  google::protobuf::RepeatedPtrField<rows::Attribute> given;
  std::map<std::string, MessageAttributeValue> attributes;
  for (const rows::Attribute& each : row.attributes()) {
    if (!asksFor(wanted, each.name())) continue;
    *given.Add() = each;
    MessageAttributeValue& value = attributes[each.name()];
    value.DataType_ = each.type();
    (each.binary() ? value.BinaryValue_ : value.StringValue_) = each.value();
  }
  if (!attributes.empty()) {
    out.MessageAttributes_ = std::move(attributes);
    out.MD5OfMessageAttributes_ = md5OfAttributes(given);
  }
  return out;
}

/// Moves a message that was received too often. False when there is nowhere to.
bool redrive(dispatch::Context& context, const Found& queue, const rows::Message& row, dispatch::Waiters& waiters) {
  const std::string text = queue.attribute("RedrivePolicy");
  if (text.empty()) return false;
  const auto policy = base::Json::parse(text);
  if (!policy.ok()) return false;
  const base::Json& count = (*policy)["maxReceiveCount"];
  std::int64_t most = count.isInt() ? count.asInt() : 0;
  if (count.isString())
    std::from_chars(count.asString().data(), count.asString().data() + count.asString().size(), most);
  if (most < 1 || row.received() < most) return false;
  const auto target = queueOfArn(context.transaction(), policy->stringAt("deadLetterTargetArn"));
  if (!target || target->isFifo() != queue.isFifo()) return false;
  eraseMessage(context.transaction(), queue, row.sequence());
  rows::Message moved = row;
  moved.set_visible(context.now().milliseconds);
  moved.set_dead_letter_source(queue.arn());
  moved.set_sequence(nextSequence(context.now()));
  placeMessage(context.transaction(), *target, moved);
  context.transaction().onCommitted([&waiters, id = target->row.id()] { waiters.notify(id); });
  return true;
}

base::Result<Batch> receive(dispatch::Context& context, dispatch::Waiters& waiters,
                            const ReceiveMessage::Input& input) {
  TRY_ASSIGN(const Found queue, findQueue(context, input.QueueUrl_, "sqs:ReceiveMessage"));
  const std::int64_t most = input.MaxNumberOfMessages_.value_or(1);
  if (most < 1 || most > 10) {
    return invalidValue(std::to_string(most), "MaxNumberOfMessages", "Must be between 1 and 10, if provided.");
  }
  const std::int64_t timeout = input.VisibilityTimeout_.value_or(queue.number("VisibilityTimeout"));
  if (timeout < 0 || timeout > 43'200) {
    return invalidValue(std::to_string(timeout), "VisibilityTimeout", "Must be between 0 and 43200, if provided.");
  }
  Batch batch;
  batch.queue_id = queue.row.id();
  batch.wait_seconds = input.WaitTimeSeconds_.value_or(queue.number("ReceiveMessageWaitTimeSeconds"));
  if (batch.wait_seconds < 0 || batch.wait_seconds > 20) {
    return invalidValue(std::to_string(batch.wait_seconds), "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.");
  }
  const std::int64_t now = context.now().milliseconds;
  const std::int64_t oldest = now - queue.number("MessageRetentionPeriod") * 1000;
  std::set<std::string> locked;  // Groups that a message before holds.
  for (const auto& entry : kMessages.scan(context.transaction(), {.limit = kLookAhead}, queue.row.id())) {
    rows::Message row = entry.record;
    if (row.visible() > now) {
      if (batch.next_visible == 0 || row.visible() < batch.next_visible) batch.next_visible = row.visible();
      if (!queue.isFifo()) break;  // In the order of their times.
      locked.insert(row.group());
      continue;
    }
    if (queue.isFifo() && locked.contains(row.group())) continue;
    if (batch.messages.size() == static_cast<std::size_t>(most)) break;
    if (row.sent() < oldest) {
      eraseMessage(context.transaction(), queue, row.sequence());
      continue;
    }
    if (redrive(context, queue, row, waiters)) continue;
    row.set_received(row.received() + 1);
    row.set_receipt(row.receipt() + 1);
    if (row.first_received() == 0) row.set_first_received(now);
    row.set_visible(now + timeout * 1000);
    placeMessage(context.transaction(), queue, row);
    batch.messages.push_back(shown(queue, row, input));
  }
  return batch;
}

/// One receiver's call: tries, and waits as long as it may.
struct Poll : std::enable_shared_from_this<Poll> {
  std::shared_ptr<dispatch::AsyncContext> context;
  dispatch::Waiters& waiters;
  ReceiveMessage::Input input;
  dispatch::Responder<ReceiveMessage::Output> respond;
  std::optional<base::Timestamp> deadline;  ///< Known after the first try.

  Poll(std::shared_ptr<dispatch::AsyncContext> its_context, dispatch::Waiters& all, ReceiveMessage::Input its_input,
       dispatch::Responder<ReceiveMessage::Output> responder)
      : context(std::move(its_context)), waiters(all), input(std::move(its_input)), respond(std::move(responder)) {}

  void attempt(const std::string& queue_id = {}) {
    auto self = shared_from_this();
    // Before it looks, so that a message that comes meanwhile is not missed.
    auto woken = std::make_shared<std::atomic<bool>>(false);
    const auto wake = [self, woken, queue_id] {
      if (woken->exchange(true)) return;
      self->context->environment().executor.post([self, queue_id] { self->attempt(queue_id); });
    };
    const bool listens = !queue_id.empty();
    const dispatch::Waiters::Ticket ticket = listens ? waiters.wait(queue_id, wake) : 0;
    const auto stop_waiting = [self, listens, queue_id, ticket] {
      if (listens) self->waiters.forget(queue_id, ticket);
    };
    context->transact<Batch>(
        [self](dispatch::Context& transaction) { return receive(transaction, self->waiters, self->input); },
        [self, woken, wake, listens, stop_waiting](base::Result<Batch> batch) {
          if (!batch.ok()) {
            stop_waiting();
            if (!woken->exchange(true)) self->respond(std::move(batch).error());
            return;
          }
          const base::Timestamp now = self->context->now();
          if (!self->deadline) self->deadline = now.plusMilliseconds(batch->wait_seconds * 1000);
          if (!batch->messages.empty() || now >= *self->deadline) {
            // A wake-up that came at the same time is for nothing: what was received has to be given.
            woken->store(true);
            stop_waiting();
            ReceiveMessage::Output output;
            if (!batch->messages.empty()) output.Messages_ = std::move(batch->messages);
            self->respond(dispatch::Reply<ReceiveMessage::Output>(std::move(output)));
            return;
          }
          if (!listens) {
            // The first try has told which queue to listen to.
            woken->store(true);
            self->attempt(batch->queue_id);
            return;
          }
          base::Timestamp next = *self->deadline;
          if (batch->next_visible != 0) next = std::min(next, base::Timestamp{batch->next_visible});
          self->context->environment().executor.postAt(next, [wake, stop_waiting] {
            stop_waiting();
            wake();
          });
        });
  }
};

}  // namespace

void registerReceive(dispatch::Registry& registry, dispatch::Waiters& waiters) {
  registry.addAsynchronous<ReceiveMessage>([&waiters](std::shared_ptr<dispatch::AsyncContext> context,
                                                      ReceiveMessage::Input input,
                                                      dispatch::Responder<ReceiveMessage::Output> respond) {
    std::make_shared<Poll>(std::move(context), waiters, std::move(input), std::move(respond))->attempt();
  });
}

}  // namespace thimble::services::sqs
