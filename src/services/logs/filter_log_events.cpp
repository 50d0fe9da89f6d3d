#include <algorithm>
#include <deque>
#include <memory>

#include "base/encoding.h"
#include "base/json.h"
#include "services/logs/errors.h"
#include "services/logs/event_key.h"
#include "services/logs/filter_pattern.h"
#include "services/logs/groups.h"
#include "services/logs/registration.h"
#include "wire/shapes/logs.h"

namespace thimble::services::logs {
namespace {

using shapes::logs::FilterLogEvents;

constexpr std::size_t kMaxEvents = 10'000;
constexpr std::size_t kMaxBytes = 1'048'576;
constexpr std::size_t kMaxExamined = 100'000;  ///< A call that matches little answers with a token after so many.
constexpr std::size_t kBatch = 256;

/// The order of events over several streams, which the token holds: behind this event the next page begins.
struct GroupPosition {
  std::int64_t timestamp = 0;
  std::string stream;
  std::int64_t sequence = 0;
  auto operator<=>(const GroupPosition&) const = default;
};

std::string writePosition(const GroupPosition& position) {
  return base::encodeBase64(base::Json::array({position.timestamp, position.stream, position.sequence}).write());
}

std::optional<GroupPosition> readPosition(const std::string& token) {
  const auto text = base::decodeBase64(token);
  if (!text) return std::nullopt;
  const auto json = base::Json::parse(*text);
  if (!json.ok() || !json->isArray() || json->size() != 3) return std::nullopt;
  const base::Json::Array& parts = json->asArray();
  if (!parts[0].isInt() || !parts[1].isString() || !parts[2].isInt()) return std::nullopt;
  return GroupPosition{parts[0].asInt(), parts[1].asString(), parts[2].asInt()};
}

/// One stream's events, read ahead in batches.
class Cursor {
 public:
  Cursor(rows::StreamRecord stream, std::int64_t start, std::int64_t end, const std::optional<GroupPosition>& after)
      : stream_(std::move(stream)) {
    EventPosition first{start, 0};
    if (after) {
      // Streams whose names sort before the token's have given their events of that moment already.
      const bool given = stream_.name() < after->stream;
      const bool same = stream_.name() == after->stream;
      first = std::max(first,
                       EventPosition{given ? after->timestamp + 1 : after->timestamp, same ? after->sequence + 1 : 0});
    }
    range_.begin = kEvents.key(stream_.id(), first.timestamp, first.sequence).bytes();
    range_.end = kEvents.key(stream_.id(), end).bytes();
  }

  /// False at the end.
  bool fill(store::Transaction& transaction) {
    if (!entries_.empty()) return true;
    if (done_ || range_.begin >= range_.end) return false;
    auto batch = kEvents.scanRange(transaction, range_, {.limit = kBatch});
    done_ = batch.size() < kBatch;
    if (batch.empty()) return false;
    range_.begin = batch.back().key + '\0';
    entries_.assign(std::make_move_iterator(batch.begin()), std::make_move_iterator(batch.end()));
    return true;
  }

  GroupPosition position() const {
    const EventPosition position = positionOfKey(entries_.front().key);
    return {position.timestamp, stream_.name(), position.sequence};
  }
  const rows::EventRecord& event() const { return entries_.front().record; }
  const rows::StreamRecord& stream() const { return stream_; }
  void next() { entries_.pop_front(); }

 private:
  rows::StreamRecord stream_;
  store::Range range_;
  std::deque<store::Table<rows::EventRecord>::Entry> entries_;
  bool done_ = false;
};

base::Result<std::vector<rows::StreamRecord>> streamsOf(dispatch::Context& context, const std::string& group,
                                                        const FilterLogEvents::Input& input) {
  std::vector<rows::StreamRecord> streams;
  if (input.logStreamNames_) {
    if (input.logStreamNamePrefix_) {
      return invalidParameter("LogStream name prefix and LogStream names are mutually exclusive parameters.");
    }
    for (const std::string& name : *input.logStreamNames_) {
      TRY_ASSIGN(rows::StreamRecord stream, loadStream(context, group, name));
      streams.push_back(std::move(stream));
    }
    return streams;
  }
  for (auto& entry : kStreams.scan(context.transaction(), {}, context.account(), context.region(), group)) {
    if (entry.record.name().starts_with(input.logStreamNamePrefix_.value_or(""))) {
      streams.push_back(std::move(entry.record));
    }
  }
  return streams;
}

shapes::logs::FilteredLogEvent describe(const Cursor& cursor) {
  const GroupPosition position = cursor.position();
  shapes::logs::FilteredLogEvent event;
  event.logStreamName_ = position.stream;
  event.timestamp_ = position.timestamp;
  event.message_ = cursor.event().message();
  event.ingestionTime_ = cursor.event().ingestion();
  event.eventId_ = eventId(cursor.stream().id(), {position.timestamp, position.sequence});
  return event;
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
base::Result<FilterLogEvents::Output> filterLogEvents(dispatch::Context& context, const FilterLogEvents::Input& input) {
  TRY_ASSIGN(const std::string group, groupName(input.logGroupName_, input.logGroupIdentifier_));
  TRY(context.authorise("logs:FilterLogEvents", groupArn(context, group) + ":*"));
  TRY(loadGroup(context, group));
  const auto pattern = FilterPattern::parse(input.filterPattern_.value_or(""));
  if (!pattern) return invalidParameter("Invalid filter pattern");
  std::optional<GroupPosition> after;
  if (input.nextToken_) {
    after = readPosition(*input.nextToken_);
    if (!after) return invalidParameter("The specified nextToken is invalid.");
  }
  TRY_ASSIGN(std::vector<rows::StreamRecord> streams, streamsOf(context, group, input));
  const std::int64_t start = input.startTime_.value_or(0);
  const std::int64_t end = input.endTime_ ? std::min(*input.endTime_, INT64_MAX - 1) + 1 : INT64_MAX;  // Exclusive.
  std::vector<std::unique_ptr<Cursor>> cursors;
  for (rows::StreamRecord& stream : streams) {
    if (stream.next_sequence() == 0 || stream.last_event() < start) continue;
    auto cursor = std::make_unique<Cursor>(std::move(stream), start, end, after);
    if (cursor->fill(context.transaction())) cursors.push_back(std::move(cursor));
  }
  // The cursor with the earliest event is on top.
  const auto later = [](const auto& a, const auto& b) { return a->position() > b->position(); };
  std::make_heap(cursors.begin(), cursors.end(), later);
  const std::size_t limit = static_cast<std::size_t>(input.limit_.value_or(kMaxEvents));
  FilterLogEvents::Output output;
  output.events_.emplace();
  output.searchedLogStreams_.emplace();  // AWS always answers an empty list here.
  std::size_t examined = 0;
  std::size_t bytes = 0;
  GroupPosition last;
  while (!cursors.empty()) {
    if (output.events_->size() >= limit || bytes >= kMaxBytes || examined >= kMaxExamined) {
      output.nextToken_ = writePosition(last);
      break;
    }
    std::pop_heap(cursors.begin(), cursors.end(), later);
    Cursor& cursor = *cursors.back();
    last = cursor.position();
    ++examined;
    if (pattern->matches(cursor.event().message())) {
      bytes += cursor.event().message().size();
      output.events_->push_back(describe(cursor));
    }
    cursor.next();
    if (cursor.fill(context.transaction())) {
      std::push_heap(cursors.begin(), cursors.end(), later);
    } else {
      cursors.pop_back();
    }
  }
  return output;
}

}  // namespace

void registerFilterLogEvents(dispatch::Registry& registry) {
  registry.add<FilterLogEvents>(filterLogEvents);
}

}  // namespace thimble::services::logs
