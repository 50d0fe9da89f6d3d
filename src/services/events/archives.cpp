// CreateArchive, UpdateArchive, DescribeArchive, ListArchives, DeleteArchive.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateArchive.html and the pages beside it
#include "services/events/archives.h"

#include "base/arn.h"
#include "services/events/names.h"
#include "services/events/operations.h"
#include "services/events/paging.h"
#include "services/events/target_rows.h"
#include "wire/shapes/events.h"

namespace thimble::services::events {
namespace {

using namespace shapes::events;  // NOLINT: the operations of this file

constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kExpiryInterval = 3'600'000;
constexpr std::size_t kErasedAtOnce = 1000;

base::ApiError archiveNotFound(const std::string& name) {
  return notFound("Archive " + name + " does not exist.");
}

base::Result<rows::Archive> findArchive(dispatch::Context& context, const std::string& name) {
  auto row = kArchives.get(context.transaction(), context.account(), context.region(), name);
  if (!row) return archiveNotFound(name);
  return *std::move(row);
}

base::Result<Bus> sourceBus(dispatch::Context& context, const std::string& arn) {
  const auto bus = busOfArn(arn);
  if (!bus) return validation("Parameter EventSourceArn is not valid. Reason: Must contain an event bus ARN.");
  TRY(findBus(context.transaction(), {context.account(), context.region(), bus->name}));
  return *bus;
}

template <class Input>
base::Result<void> save(dispatch::Context& context, rows::Archive& row, const Input& input) {
  if (input.EventPattern_) {
    TRY(checkPattern(*input.EventPattern_));
    row.set_event_pattern(*input.EventPattern_);
  }
  if (input.Description_) row.set_description(*input.Description_);
  if (input.RetentionDays_) row.set_retention_days(*input.RetentionDays_);
  if (input.KmsKeyIdentifier_) row.set_kms_key(*input.KmsKeyIdentifier_);
  kArchives.put(context.transaction(), row, context.account(), context.region(), row.name());
  refreshWantedSources(context.transaction(), {context.account(), context.region(), row.bus()});
  context.signal({std::string(kArchiveKind), archiveArn(context.account(), context.region(), row.name())}, {});
  return {};
}

template <class Output>
Output answer(dispatch::Context& context, const rows::Archive& row) {
  Output output;
  output.ArchiveArn_ = archiveArn(context.account(), context.region(), row.name());
  output.State_ = "ENABLED";
  output.CreationTime_ = base::Timestamp{row.created()};
  return output;
}

base::Result<CreateArchive::Output> create(dispatch::Context& context, const CreateArchive::Input& input) {
  if (kArchives.has(context.transaction(), context.account(), context.region(), input.ArchiveName_)) {
    return alreadyExists("Archive " + input.ArchiveName_ + " already exists.");
  }
  TRY_ASSIGN(const Bus bus, sourceBus(context, input.EventSourceArn_));
  rows::Archive row;
  row.set_name(input.ArchiveName_);
  row.set_bus(bus.name);
  row.set_created(context.now().milliseconds);
  TRY(save(context, row, input));
  return answer<CreateArchive::Output>(context, row);
}

base::Result<UpdateArchive::Output> update(dispatch::Context& context, const UpdateArchive::Input& input) {
  TRY_ASSIGN(rows::Archive row, findArchive(context, input.ArchiveName_));
  TRY(save(context, row, input));
  return answer<UpdateArchive::Output>(context, row);
}

template <class Shown>
void show(dispatch::Context& context, Shown& shown, const rows::Archive& row) {
  shown.ArchiveName_ = row.name();
  shown.EventSourceArn_ = Bus{context.account(), context.region(), row.bus()}.arn();
  shown.State_ = "ENABLED";
  shown.RetentionDays_ = row.retention_days();
  shown.CreationTime_ = base::Timestamp{row.created()};
  std::int64_t bytes = 0;
  std::int64_t count = 0;
  for (const auto& entry :
       kArchivedEvents.scan(context.transaction(), {}, context.account(), context.region(), row.name())) {
    bytes += entry.record.size();
    ++count;
  }
  shown.SizeBytes_ = bytes;
  shown.EventCount_ = count;
}

base::Result<DescribeArchive::Output> describe(dispatch::Context& context, const DescribeArchive::Input& input) {
  TRY_ASSIGN(const rows::Archive row, findArchive(context, input.ArchiveName_));
  DescribeArchive::Output output;
  show(context, output, row);
  output.ArchiveArn_ = archiveArn(context.account(), context.region(), row.name());
  if (!row.description().empty()) output.Description_ = row.description();
  if (!row.event_pattern().empty()) output.EventPattern_ = row.event_pattern();
  if (!row.kms_key().empty()) output.KmsKeyIdentifier_ = row.kms_key();
  return output;
}

base::Result<ListArchives::Output> list(dispatch::Context& context, const ListArchives::Input& input) {
  std::string bus;
  if (input.EventSourceArn_) {
    TRY_ASSIGN(const Bus source, sourceBus(context, *input.EventSourceArn_));
    bus = source.name;
  }
  TRY_ASSIGN(Page page, Page::begin(input.NextToken_, input.Limit_));
  ListArchives::Output output;
  output.Archives_.emplace();
  for (const auto& entry : kArchives.scan(context.transaction(), {}, context.account(), context.region())) {
    const rows::Archive& row = entry.record;
    const bool wanted = row.name().starts_with(input.NamePrefix_.value_or("")) && (bus.empty() || row.bus() == bus) &&
                        input.State_.value_or("ENABLED") == "ENABLED";
    if (wanted && page.takes(row.name())) show(context, output.Archives_->emplace_back(), row);
  }
  output.NextToken_ = page.nextToken();
  return output;
}

base::Result<DeleteArchive::Output> remove(dispatch::Context& context, const DeleteArchive::Input& input) {
  TRY_ASSIGN(const rows::Archive row, findArchive(context, input.ArchiveName_));
  kArchives.erase(context.transaction(), context.account(), context.region(), row.name());
  refreshWantedSources(context.transaction(), {context.account(), context.region(), row.bus()});
  context.signal({std::string(kArchiveKind), archiveArn(context.account(), context.region(), row.name())}, {});
  return DeleteArchive::Output();
}

}  // namespace

void ArchiveExpiry::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  using Type = dispatch::ProcessInput::Type;
  if (input.type != Type::Signal && input.type != Type::Timer && input.type != Type::Continue) return;
  const auto arn = base::parseArn(context.self().id);
  if (!arn) return;
  const std::string name = arn->resource.substr(std::string_view("archive/").size());
  const auto archive = kArchives.get(context.transaction(), arn->account, arn->region, name);
  context.cancelTimer("expire");
  if (archive && archive->retention_days() == 0) return;
  // All of an archive that was deleted; of one that is there, what is too old.
  const std::string prefix = kArchivedEvents.key(arn->account, arn->region, name).bytes();
  store::Range range = store::Table<rows::ArchivedEvent>::prefixRange(prefix);
  if (archive) {
    const std::int64_t oldest = context.now().milliseconds - archive->retention_days() * kDay;
    range.end = kArchivedEvents.key(arn->account, arn->region, name, oldest).bytes();
  }
  const auto expired = context.transaction().scan(range, {.limit = kErasedAtOnce});
  for (const auto& row : expired) context.transaction().erase(row.key);
  if (expired.size() == kErasedAtOnce) {
    context.scheduleContinue();
  } else if (archive) {
    context.scheduleTimer("expire", context.now().plusMilliseconds(kExpiryInterval));
  }
}

void registerArchives(dispatch::Registry& registry) {
  registry.add<CreateArchive>(create);
  registry.add<UpdateArchive>(update);
  registry.add<DescribeArchive>(describe);
  registry.add<ListArchives>(list);
  registry.add<DeleteArchive>(remove);
}

}  // namespace thimble::services::events
