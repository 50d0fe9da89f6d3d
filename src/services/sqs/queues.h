// Queues as rows: how they are found, and what their attributes mean.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dispatch/context.h"
#include "services/sqs/sqs.pb.h"
#include "store/table.h"

namespace thimble::services::sqs {

/// Key: account, region, name.
inline constexpr store::Table<rows::Queue> kQueues("sqs.queue");
/// Key: queue id, order, sequence number.
inline constexpr store::Table<rows::Message> kMessages("sqs.message");
/// Key: queue id, sequence number.
inline constexpr store::Table<rows::Place> kPlaces("sqs.place");
/// Key: queue id, group or empty, deduplication id.
inline constexpr store::Table<rows::Deduplication> kDeduplications("sqs.deduplication");
/// Key: queue id, until, group or empty, deduplication id.
inline constexpr store::Table<rows::DeduplicationEnd> kDeduplicationEnds("sqs.deduplication_end");

/// A queue and where it is.
struct Found {
  std::string account;
  std::string region;
  rows::Queue row;

  bool isFifo() const { return row.name().ends_with(".fifo"); }
  std::string arn() const { return "arn:aws:sqs:" + region + ":" + account + ":" + row.name(); }
  /// An attribute as it was set, or its default.
  std::string attribute(const std::string& name) const;
  std::int64_t number(const std::string& name) const;
};

/// The queue of a URL, whatever its host, or of a name, once the caller may do `action` with it. Errors:
/// QueueDoesNotExist, AccessDenied.
base::Result<Found> findQueue(dispatch::Context& context, const std::string& url, std::string_view action);
/// The queue of an ARN, without asking who wants to know.
std::optional<Found> queueOfArn(store::Transaction& transaction, const std::string& arn);
void putQueue(dispatch::Context& context, const Found& queue);

/// Attributes as given, with "true" for "True".
std::map<std::string, std::string> withPlainTruths(std::map<std::string, std::string> set);
/// Errors: InvalidAttributeName, InvalidAttributeValue. `creating`: FifoQueue may be given.
base::Result<void> checkAttribute(const std::string& name, const std::string& value, bool fifo, bool creating);
/// What attributes that were given (and are in `queue` already) say together and about other queues.
base::Result<void> checkAsWhole(store::Transaction& transaction, const Found& queue,
                                const std::map<std::string, std::string>& set);
/// A queue is encrypted with a key of KMS or by SQS itself: whichever was set last turns the other off.
void settleEncryption(rows::Queue& row, const std::map<std::string, std::string>& set);
/// All attributes that GetQueueAttributes knows by their names, but for the counts.
bool isReadableAttribute(const std::string& name);

/// A process of the kind kCleanupKind takes away the messages of a queue id that no queue has any more.
inline constexpr std::string_view kCleanupKind = "sqs.cleanup";

class Cleanup final : public dispatch::ProcessKind {
 public:
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;
};

}  // namespace thimble::services::sqs
