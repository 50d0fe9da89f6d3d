#include <algorithm>

#include "services/logs/errors.h"
#include "services/logs/event_key.h"
#include "services/logs/groups.h"
#include "services/logs/registration.h"
#include "wire/shapes/logs.h"

namespace thimble::services::logs {
namespace {

using shapes::logs::GetLogEvents;

constexpr std::int64_t kMaxEvents = 10'000;
constexpr std::size_t kMaxBytes = 1'048'576;

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
base::Result<GetLogEvents::Output> getLogEvents(dispatch::Context& context, const GetLogEvents::Input& input) {
  TRY_ASSIGN(const std::string group, groupName(input.logGroupName_, input.logGroupIdentifier_));
  TRY(context.authorise("logs:GetLogEvents", groupArn(context, group) + ":log-stream:" + input.logStreamName_));
  TRY_ASSIGN(const rows::StreamRecord stream, loadStream(context, group, input.logStreamName_));
  // 1. Where to begin: at a token, or at one end of the asked time.
  bool forward = input.startFromHead_.value_or(false);
  EventPosition lowest{input.startTime_.value_or(0), -1};
  EventPosition highest{input.endTime_.value_or(INT64_MAX), -1};  // Exclusive.
  std::optional<EventToken> token;
  if (input.nextToken_) {
    token = readToken(*input.nextToken_);
    if (!token) return invalidParameter("The specified nextToken is invalid.");
    forward = token->forward;
    if (forward) {
      lowest = std::max(lowest, {token->position.timestamp, token->position.sequence});
    } else {
      highest = std::min(highest, token->position);
    }
  }
  // 2. The events between, from the end that is asked for.
  store::Range range{kEvents.key(stream.id(), lowest.timestamp, lowest.sequence + 1).bytes(),
                     kEvents.key(stream.id(), highest.timestamp, std::max<std::int64_t>(highest.sequence, 0)).bytes()};
  std::vector<store::Table<rows::EventRecord>::Entry> events;
  if (range.begin < range.end) {
    const auto limit = static_cast<std::size_t>(std::min(input.limit_.value_or(kMaxEvents), kMaxEvents));
    events = kEvents.scanRange(context.transaction(), range, {.limit = limit, .reverse = !forward});
  }
  std::size_t bytes = 0;
  std::size_t count = 0;
  while (count < events.size() && (count == 0 || bytes + events[count].record.message().size() <= kMaxBytes)) {
    bytes += events[count++].record.message().size();
  }
  events.resize(count);
  if (!forward) std::reverse(events.begin(), events.end());
  // 3. The answer, oldest first, and tokens for both directions. At an end the token stays the same.
  GetLogEvents::Output output;
  output.events_.emplace();
  for (const auto& entry : events) {
    shapes::logs::OutputLogEvent event;
    event.timestamp_ = positionOfKey(entry.key).timestamp;
    event.message_ = entry.record.message();
    event.ingestionTime_ = entry.record.ingestion();
    output.events_->push_back(std::move(event));
  }
  EventPosition first = token     ? token->position
                        : forward ? lowest
                                  : EventPosition{stream.last_event(), stream.next_sequence()};
  EventPosition last = token     ? token->position
                       : forward ? lowest
                                 : EventPosition{stream.last_event(), stream.next_sequence() - 1};
  if (!events.empty()) {
    first = positionOfKey(events.front().key);
    last = positionOfKey(events.back().key);
  }
  output.nextForwardToken_ = writeToken({true, last});
  output.nextBackwardToken_ = writeToken({false, first});
  return output;
}

}  // namespace

void registerGetLogEvents(dispatch::Registry& registry) {
  registry.add<GetLogEvents>(getLogEvents);
}

}  // namespace thimble::services::logs
