#include <algorithm>

#include "services/logs/errors.h"
#include "services/logs/event_key.h"
#include "services/logs/groups.h"
#include "services/logs/registration.h"
#include "services/logs/subscription_filters.h"
#include "wire/shapes/logs.h"

namespace thimble::services::logs {
namespace {

using shapes::logs::InputLogEvent;
using shapes::logs::PutLogEvents;

constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::size_t kMaxBatchBytes = 1'048'576;
constexpr std::size_t kEventOverhead = 26;  ///< What AWS counts for each event beside its message.
constexpr std::size_t kExpiredAtOnce = 100;

base::Result<void> check(const std::vector<InputLogEvent>& events) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    bytes += events[i].message_.size() + kEventOverhead;
    if (events[i].message_.size() + kEventOverhead > kMaxBatchBytes) {
      return invalidParameter("Log event too large: " + std::to_string(events[i].message_.size() + kEventOverhead) +
                              " bytes exceeds limit of " + std::to_string(kMaxBatchBytes));
    }
    if (i > 0 && events[i].timestamp_ < events[i - 1].timestamp_) {
      return invalidParameter("Log events in a single PutLogEvents request must be in chronological order.");
    }
  }
  if (bytes > kMaxBatchBytes) {
    return invalidParameter("Upload too large: " + std::to_string(bytes) + " bytes exceeds limit of " +
                            std::to_string(kMaxBatchBytes));
  }
  if (!events.empty() && events.back().timestamp_ - events.front().timestamp_ > kDay) {
    return invalidParameter("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  }
  return {};
}

/// A group's retention is kept where it matters: a stream that grows loses its oldest events.
void eraseExpired(dispatch::Context& context, const rows::StreamRecord& stream, std::int64_t oldest_kept) {
  const store::Range range{kEvents.key(stream.id()).bytes(), kEvents.key(stream.id(), oldest_kept).bytes()};
  for (const auto& row : context.transaction().scan(range, {.limit = kExpiredAtOnce})) {
    context.transaction().erase(row.key);
  }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
base::Result<PutLogEvents::Output> putLogEvents(dispatch::Context& context, const PutLogEvents::Input& input) {
  TRY(check(input.logEvents_));
  TRY_ASSIGN(const rows::GroupRecord group, loadGroup(context, input.logGroupName_));
  TRY_ASSIGN(rows::StreamRecord stream, loadStream(context, input.logGroupName_, input.logStreamName_));
  const std::int64_t now = context.now().milliseconds;
  const std::int64_t too_old = now - 14 * kDay;
  const std::int64_t expired = group.retention_days() == 0 ? too_old : now - group.retention_days() * kDay;
  shapes::logs::RejectedLogEventsInfo rejected;
  bool any_rejected = false;
  std::vector<NewEvent> accepted;
  for (std::size_t i = 0; i < input.logEvents_.size(); ++i) {
    const InputLogEvent& event = input.logEvents_[i];
    const auto index = static_cast<std::int64_t>(i);
    if (event.timestamp_ < expired && event.timestamp_ >= too_old) {
      rejected.expiredLogEventEndIndex_ = index + 1;
      any_rejected = true;
      continue;
    }
    if (event.timestamp_ < too_old) {
      rejected.tooOldLogEventEndIndex_ = index + 1;
      any_rejected = true;
      continue;
    }
    if (event.timestamp_ > now + 2 * kHour) {
      rejected.tooNewLogEventStartIndex_ = index;
      any_rejected = true;
      break;
    }
    rows::EventRecord record;
    record.set_message(event.message_);
    record.set_ingestion(now);
    kEvents.put(context.transaction(), record, stream.id(), event.timestamp_, stream.next_sequence());
    accepted.push_back(
        {eventId(stream.id(), {event.timestamp_, stream.next_sequence()}), event.timestamp_, event.message_});
    const bool first = stream.next_sequence() == 0;
    stream.set_first_event(first ? event.timestamp_ : std::min(stream.first_event(), event.timestamp_));
    stream.set_last_event(first ? event.timestamp_ : std::max(stream.last_event(), event.timestamp_));
    stream.set_last_ingestion(now);
    stream.set_stored_bytes(stream.stored_bytes() + static_cast<std::int64_t>(event.message_.size() + kEventOverhead));
    stream.set_next_sequence(stream.next_sequence() + 1);
  }
  if (group.retention_days() != 0) eraseExpired(context, stream, expired);
  kStreams.put(context.transaction(), stream, context.account(), context.region(), input.logGroupName_,
               input.logStreamName_);
  tellSubscribers(context, input.logGroupName_, input.logStreamName_, accepted);
  PutLogEvents::Output output;
  output.nextSequenceToken_ = sequenceToken(stream);
  if (any_rejected) output.rejectedLogEventsInfo_ = rejected;
  return output;
}

}  // namespace

void registerPutLogEvents(dispatch::Registry& registry) {
  registry.add<PutLogEvents>(putLogEvents);
}

}  // namespace thimble::services::logs
