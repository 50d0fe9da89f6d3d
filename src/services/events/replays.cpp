// StartReplay, CancelReplay, DescribeReplay, ListReplays.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_StartReplay.html and the pages beside it
#include "services/events/replays.h"

#include <algorithm>

#include "base/arn.h"
#include "services/events/names.h"
#include "services/events/operations.h"
#include "services/events/paging.h"
#include "services/events/routing.h"
#include "services/events/target_rows.h"
#include "wire/shapes/events.h"

namespace thimble::services::events {
namespace {

using namespace shapes::events;  // NOLINT: the operations of this file

constexpr std::size_t kMaxActive = 10;
constexpr std::size_t kReplayedAtOnce = 50;
// AWS takes minutes to begin; a moment is enough to cancel one that was started by mistake.
constexpr std::int64_t kStartingMilliseconds = 500;

std::string nameOf(const std::string& arn, std::string_view prefix) {
  const auto parsed = base::parseArn(arn);
  return parsed && parsed->resource.starts_with(prefix) ? parsed->resource.substr(prefix.size()) : std::string();
}

bool isActive(const rows::Replay& row) {
  return row.state() == "STARTING" || row.state() == "RUNNING" || row.state() == "CANCELLING";
}

base::Result<rows::Replay> findReplay(dispatch::Context& context, const std::string& name) {
  auto row = kReplays.get(context.transaction(), context.account(), context.region(), name);
  if (!row) return notFound("Replay " + name + " does not exist.");
  return *std::move(row);
}

base::Result<StartReplay::Output> start(dispatch::Context& context, const StartReplay::Input& input) {
  // 1. The archive, its bus and the time.
  const std::string archive_name = nameOf(input.EventSourceArn_, "archive/");
  if (archive_name.empty()) {
    return validation("Parameter EventSourceArn is not valid. Reason: Must contain an archive ARN.");
  }
  const auto bus = busOfArn(input.Destination_.Arn_);
  if (!bus) return validation("Parameter Destination.Arn is not valid. Reason: Must contain an event bus ARN.");
  TRY(findBus(context.transaction(), *bus));
  const auto archive = kArchives.get(context.transaction(), context.account(), context.region(), archive_name);
  if (!archive) {
    return validation("Parameter EventSourceArn is not valid. Reason: Archive " + archive_name + " does not exist.");
  }
  if (input.EventStartTime_ >= input.EventEndTime_) {
    return validation("Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.");
  }
  if (archive->bus() != bus->name) {
    return validation("Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.");
  }
  if (kReplays.has(context.transaction(), context.account(), context.region(), input.ReplayName_)) {
    return alreadyExists("Replay " + input.ReplayName_ + " already exists.");
  }
  const auto all = kReplays.scan(context.transaction(), {}, context.account(), context.region());
  const auto active = std::count_if(all.begin(), all.end(), [](const auto& entry) { return isActive(entry.record); });
  if (static_cast<std::size_t>(active) >= kMaxActive) return limitExceeded();
  // 2. It is on its way.
  rows::Replay row;
  row.set_name(input.ReplayName_);
  row.set_description(input.Description_.value_or(""));
  row.set_archive(archive_name);
  row.set_bus(bus->name);
  for (const std::string& arn : input.Destination_.FilterArns_.value_or(std::vector<std::string>())) {
    row.add_filter_arns(arn);
  }
  row.set_start(input.EventStartTime_.milliseconds);
  row.set_end(input.EventEndTime_.milliseconds);
  row.set_began(context.now().milliseconds);
  row.set_state("STARTING");
  row.set_account(context.account());
  row.set_region(context.region());
  kReplays.put(context.transaction(), row, context.account(), context.region(), row.name());
  const std::string arn = replayArn(context.account(), context.region(), row.name());
  context.start({std::string(kReplayKind), arn}, {});
  StartReplay::Output output;
  output.ReplayArn_ = arn;
  output.State_ = row.state();
  output.ReplayStartTime_ = context.now();
  return output;
}

base::Result<CancelReplay::Output> cancel(dispatch::Context& context, const CancelReplay::Input& input) {
  TRY_ASSIGN(rows::Replay row, findReplay(context, input.ReplayName_));
  if (row.state() != "STARTING" && row.state() != "RUNNING") {
    return base::ApiError{"IllegalStatusException",
                          "Replay " + row.name() + " is not in a valid state for this operation.", 400};
  }
  row.set_state("CANCELLING");
  kReplays.put(context.transaction(), row, context.account(), context.region(), row.name());
  CancelReplay::Output output;
  output.ReplayArn_ = replayArn(context.account(), context.region(), row.name());
  output.State_ = row.state();
  return output;
}

template <class Shown>
void show(Shown& shown, const rows::Replay& row) {
  shown.ReplayName_ = row.name();
  shown.State_ = row.state();
  shown.EventSourceArn_ = archiveArn(row.account(), row.region(), row.archive());
  shown.EventStartTime_ = base::Timestamp{row.start()};
  shown.EventEndTime_ = base::Timestamp{row.end()};
  shown.ReplayStartTime_ = base::Timestamp{row.began()};
  if (row.last_replayed() != 0) shown.EventLastReplayedTime_ = base::Timestamp{row.last_replayed()};
  if (row.ended() != 0) shown.ReplayEndTime_ = base::Timestamp{row.ended()};
}

base::Result<DescribeReplay::Output> describe(dispatch::Context& context, const DescribeReplay::Input& input) {
  TRY_ASSIGN(const rows::Replay row, findReplay(context, input.ReplayName_));
  DescribeReplay::Output output;
  show(output, row);
  output.ReplayArn_ = replayArn(row.account(), row.region(), row.name());
  if (!row.description().empty()) output.Description_ = row.description();
  output.Destination_.emplace();
  output.Destination_->Arn_ = Bus{row.account(), row.region(), row.bus()}.arn();
  if (!row.filter_arns().empty()) {
    output.Destination_->FilterArns_ = std::vector<std::string>(row.filter_arns().begin(), row.filter_arns().end());
  }
  return output;
}

base::Result<ListReplays::Output> list(dispatch::Context& context, const ListReplays::Input& input) {
  TRY_ASSIGN(Page page, Page::begin(input.NextToken_, input.Limit_));
  ListReplays::Output output;
  output.Replays_.emplace();
  for (const auto& entry : kReplays.scan(context.transaction(), {}, context.account(), context.region())) {
    const rows::Replay& row = entry.record;
    const bool wanted = row.name().starts_with(input.NamePrefix_.value_or("")) &&
                        input.State_.value_or(row.state()) == row.state() &&
                        (!input.EventSourceArn_ || nameOf(*input.EventSourceArn_, "archive/") == row.archive());
    if (wanted && page.takes(row.name())) show(output.Replays_->emplace_back(), row);
  }
  output.NextToken_ = page.nextToken();
  return output;
}

}  // namespace

void Replays::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  using Type = dispatch::ProcessInput::Type;
  if (input.type == Type::Start) {
    context.scheduleTimer("begin", context.now().plusMilliseconds(kStartingMilliseconds));
    return;
  }
  if (input.type != Type::Timer && input.type != Type::Continue) return;
  const auto arn = base::parseArn(context.self().id);
  const std::string name = nameOf(context.self().id, "replay/");
  auto row = arn ? kReplays.get(context.transaction(), arn->account, arn->region, name) : std::nullopt;
  if (!row || !isActive(*row)) return;
  const auto save = [&] { kReplays.put(context.transaction(), *row, row->account(), row->region(), name); };
  if (row->state() == "CANCELLING") {
    row->set_state("CANCELLED");
    row->set_ended(context.now().milliseconds);
    save();
    return;
  }
  // Events from `start` on and before `end`, in their order; where it stands is kept with each commit.
  store::Range range{kArchivedEvents.key(row->account(), row->region(), row->archive(), row->start()).bytes(),
                     kArchivedEvents.key(row->account(), row->region(), row->archive(), row->end()).bytes()};
  if (!row->position().empty()) range.begin = row->position() + std::string(1, '\0');
  const auto events = kArchivedEvents.scanRange(context.transaction(), range, {.limit = kReplayedAtOnce});
  for (const auto& entry : events) {
    base::Json stored = readBinary(entry.record.event());
    // "replay-name" stands before "resources".
    base::Json event = base::Json::object();
    for (const auto& [member, value] : stored.asObject()) {
      if (member == "resources") event.set("replay-name", name);
      event.set(member, value);
    }
    routeEvent(context, patterns_, {row->account(), row->region(), row->bus()},
               {std::move(event), {row->filter_arns().begin(), row->filter_arns().end()}});
    row->set_position(entry.key);
    row->set_last_replayed(base::parseIso8601(stored.stringAt("time")).value_or(context.now()).milliseconds);
  }
  if (events.size() == kReplayedAtOnce) {
    row->set_state("RUNNING");
    context.scheduleContinue();
  } else {
    row->set_state("COMPLETED");
    row->set_ended(context.now().milliseconds);
  }
  save();
}

void registerReplays(dispatch::Registry& registry) {
  registry.add<StartReplay>(start);
  registry.add<CancelReplay>(cancel);
  registry.add<DescribeReplay>(describe);
  registry.add<ListReplays>(list);
}

}  // namespace thimble::services::events
