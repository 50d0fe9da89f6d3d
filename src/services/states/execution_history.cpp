// GetExecutionHistory.
#include "lang/asl/history.h"
#include "services/states/errors.h"
#include "services/states/execution_rows.h"
#include "services/states/names.h"
#include "services/states/parts.h"
#include "wire/shapes/states.h"

namespace thimble::services::states {
namespace {

using base::Result;
namespace s = shapes::states;

constexpr std::int64_t kDefaultEvents = 100;
constexpr std::int64_t kLargestEvents = 1000;
/// Events are stored by the decision that made them; a page reads as many decisions as it needs.
constexpr std::size_t kDecisionsAtATime = 64;

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
Result<s::GetExecutionHistory::Output> getExecutionHistory(dispatch::Context& context,
                                                           const s::GetExecutionHistory::Input& input) {
  TRY(checkExecutionArn(input.executionArn_));
  auto& transaction = context.transaction();
  const auto header = kHeaders.get(transaction, input.executionArn_);
  if (!header) return executionDoesNotExist(input.executionArn_);
  const bool reverse = input.reverseOrder_.value_or(false);
  const std::int64_t wanted =
      input.maxResults_.value_or(0) > 0 ? std::min<std::int64_t>(*input.maxResults_, kLargestEvents) : kDefaultEvents;
  // 1. The first event of this page; a token holds its id.
  std::int64_t next = reverse ? header->last_event() : 1;
  if (input.nextToken_) {
    const auto key = readPageToken(*input.nextToken_);
    if (!key || key->size() > 12 || key->find_first_not_of("0123456789") != std::string::npos || key->empty())
      return invalidToken();
    next = std::stoll(*key);
  }
  // 2. Events of as many decisions as the page takes.
  s::GetExecutionHistory::Output output;
  const bool with_data = input.includeExecutionData_.value_or(true);
  while (static_cast<std::int64_t>(output.events_.size()) < wanted && next >= 1 && next <= header->last_event()) {
    // The row that holds `next` is the last one that begins at or before it.
    store::Range range = store::Table<rows::Events>::prefixRange(kEvents.key(input.executionArn_).bytes());
    range.end = kEvents.key(input.executionArn_, next + 1).bytes();
    auto rows = kEvents.scanRange(transaction, range, {.limit = 1, .reverse = true});
    if (rows.empty()) break;
    if (!reverse) {
      range.begin = rows[0].key + std::string(1, '\0');
      range.end = store::prefixEnd(kEvents.key(input.executionArn_).bytes());
      for (auto& more : kEvents.scanRange(transaction, range, {.limit = kDecisionsAtATime}))
        rows.push_back(std::move(more));
    }
    const std::int64_t before = next;
    for (auto& entry : rows) {
      auto& events = *entry.record.mutable_events();
      const int count = events.size();
      for (int i = 0; i < count; ++i) {
        rows::Event& event = events[reverse ? count - 1 - i : i];
        if (event.id() != next || static_cast<std::int64_t>(output.events_.size()) >= wanted) continue;
        output.events_.push_back(
            shapes::fromJson<s::HistoryEvent>(lang::asl::eventModel(eventOf(std::move(event)), with_data)));
        next += reverse ? -1 : 1;
      }
    }
    if (next == before) break;
  }
  if (next >= 1 && next <= header->last_event() && static_cast<std::int64_t>(output.events_.size()) == wanted) {
    output.nextToken_ = pageToken(std::to_string(next));
  }
  return output;
}

}  // namespace

void registerHistory(dispatch::Registry& registry) {
  registry.add<s::GetExecutionHistory>(getExecutionHistory);
}

}  // namespace thimble::services::states
