// Messages as rows: putting, moving and taking them, and what they look like.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "dispatch/waiters.h"
#include "services/sqs/queues.h"

namespace thimble::services::sqs {

/// Writes the message's row at its place. Its `visible` says when it can be received.
void placeMessage(store::Transaction& transaction, const Found& queue, const rows::Message& message);
void eraseMessage(store::Transaction& transaction, const Found& queue, std::int64_t sequence);
std::optional<rows::Message> messageAt(store::Transaction& transaction, const Found& queue, std::int64_t sequence);

/// A number that no other message of the store has had, ascending with time.
std::int64_t nextSequence(base::Timestamp now);
/// The twenty digits of SequenceNumber.
std::string shownSequence(std::int64_t sequence);

/// Text that names a receipt, and what it names.
struct Receipt {
  std::string queue_id;
  std::int64_t sequence = 0;
  std::int64_t number = 0;
};
std::string receiptHandle(const Found& queue, const rows::Message& message);
std::optional<Receipt> readReceipt(const std::string& handle);

std::string md5Hex(const std::string& text);
/// AWS's digest of message attributes; empty when there are none.
std::string md5OfAttributes(const google::protobuf::RepeatedPtrField<rows::Attribute>& attributes);

}  // namespace thimble::services::sqs
