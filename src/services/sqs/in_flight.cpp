// DeleteMessage, ChangeMessageVisibility and their batches: what is done with a receipt handle.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html and the pages beside it
#include "services/sqs/batch.h"
#include "services/sqs/messages.h"
#include "services/sqs/service.h"

namespace thimble::services::sqs {
namespace {

using namespace shapes::sqs;  // NOLINT: the operations of this file

base::ApiError invalidHandle(const std::string& handle) {
  return {"ReceiptHandleIsInvalid", "The input receipt handle \"" + handle + "\" is not a valid receipt handle.", 404};
}

base::Result<void> removeOne(dispatch::Context& context, const Found& queue, const std::string& handle) {
  const auto receipt = readReceipt(handle);
  if (!receipt) return invalidHandle(handle);
  if (receipt->queue_id != queue.row.id()) return {};  // Of a queue that was purged or made anew: it is gone.
  const auto message = messageAt(context.transaction(), queue, receipt->sequence);
  if (!message) return {};
  if (queue.isFifo() && (message->receipt() != receipt->number || message->visible() <= context.now().milliseconds)) {
    return invalidValue(handle, "ReceiptHandle", "The receipt handle has expired.");
  }
  // In a standard queue an older handle deletes as well, unless the message was given to another since.
  if (message->receipt() != receipt->number) return {};
  eraseMessage(context.transaction(), queue, receipt->sequence);
  return {};
}

base::Result<void> changeOne(dispatch::Context& context, const Found& queue, const std::string& handle,
                             std::int64_t seconds, dispatch::Waiters& waiters) {
  if (seconds < 0 || seconds > 43'200) {
    return invalidValue(std::to_string(seconds), "VisibilityTimeout",
                        "VisibilityTimeout must be an integer between 0 and 43200.");
  }
  const auto receipt = readReceipt(handle);
  if (!receipt) return invalidHandle(handle);
  auto message =
      receipt->queue_id == queue.row.id() ? messageAt(context.transaction(), queue, receipt->sequence) : std::nullopt;
  if (!message) {
    return invalidValue(handle, "ReceiptHandle",
                        "Message does not exist or is not available for visibility timeout change.");
  }
  if (message->receipt() != receipt->number) {
    return invalidValue(handle, "ReceiptHandle", "The receipt handle has expired.");
  }
  message->set_visible(context.now().milliseconds + seconds * 1000);
  placeMessage(context.transaction(), queue, *message);
  context.transaction().onCommitted([&waiters, id = queue.row.id()] { waiters.notify(id); });
  return {};
}

base::Result<DeleteMessage::Output> remove(dispatch::Context& context, dispatch::Waiters& waiters,
                                           const DeleteMessage::Input& input) {
  TRY_ASSIGN(const Found queue, findQueue(context, input.QueueUrl_, "sqs:DeleteMessage"));
  TRY(removeOne(context, queue, input.ReceiptHandle_));
  // The next of its group can be received.
  if (queue.isFifo()) context.transaction().onCommitted([&waiters, id = queue.row.id()] { waiters.notify(id); });
  return DeleteMessage::Output();
}

base::Result<DeleteMessageBatch::Output> removeBatch(dispatch::Context& context, dispatch::Waiters& waiters,
                                                     const DeleteMessageBatch::Input& input) {
  TRY_ASSIGN(const Found queue, findQueue(context, input.QueueUrl_, "sqs:DeleteMessage"));
  TRY(checkBatch(input.Entries_, "DeleteMessageBatchRequestEntry"));
  DeleteMessageBatch::Output output;
  for (const auto& entry : input.Entries_) {
    const auto done = removeOne(context, queue, entry.ReceiptHandle_);
    if (done.ok()) {
      output.Successful_.emplace_back().Id_ = entry.Id_;
    } else {
      output.Failed_.push_back(failedEntry(entry.Id_, done.error()));
    }
  }
  if (queue.isFifo()) context.transaction().onCommitted([&waiters, id = queue.row.id()] { waiters.notify(id); });
  return output;
}

base::Result<ChangeMessageVisibility::Output> change(dispatch::Context& context, dispatch::Waiters& waiters,
                                                     const ChangeMessageVisibility::Input& input) {
  TRY_ASSIGN(const Found queue, findQueue(context, input.QueueUrl_, "sqs:ChangeMessageVisibility"));
  TRY(changeOne(context, queue, input.ReceiptHandle_, input.VisibilityTimeout_, waiters));
  return ChangeMessageVisibility::Output();
}

base::Result<ChangeMessageVisibilityBatch::Output> changeBatch(dispatch::Context& context, dispatch::Waiters& waiters,
                                                               const ChangeMessageVisibilityBatch::Input& input) {
  TRY_ASSIGN(const Found queue, findQueue(context, input.QueueUrl_, "sqs:ChangeMessageVisibility"));
  TRY(checkBatch(input.Entries_, "ChangeMessageVisibilityBatchRequestEntry"));
  ChangeMessageVisibilityBatch::Output output;
  for (const auto& entry : input.Entries_) {
    const auto done = changeOne(context, queue, entry.ReceiptHandle_, entry.VisibilityTimeout_.value_or(0), waiters);
    if (done.ok()) {
      output.Successful_.emplace_back().Id_ = entry.Id_;
    } else {
      output.Failed_.push_back(failedEntry(entry.Id_, done.error()));
    }
  }
  return output;
}

}  // namespace

void registerInFlight(dispatch::Registry& registry, dispatch::Waiters& waiters) {
  registry.add<DeleteMessage>([&waiters](dispatch::Context& context, const DeleteMessage::Input& input) {
    return remove(context, waiters, input);
  });
  registry.add<DeleteMessageBatch>([&waiters](dispatch::Context& context, const DeleteMessageBatch::Input& input) {
    return removeBatch(context, waiters, input);
  });
  registry.add<ChangeMessageVisibility>(
      [&waiters](dispatch::Context& context, const ChangeMessageVisibility::Input& input) {
        return change(context, waiters, input);
      });
  registry.add<ChangeMessageVisibilityBatch>(
      [&waiters](dispatch::Context& context, const ChangeMessageVisibilityBatch::Input& input) {
        return changeBatch(context, waiters, input);
      });
}

}  // namespace thimble::services::sqs
