// CreateEventBus, UpdateEventBus, DescribeEventBus, ListEventBuses, DeleteEventBus.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html and the pages beside it
#include "services/events/names.h"
#include "services/events/operations.h"
#include "services/events/paging.h"
#include "services/events/tag_rows.h"

namespace thimble::services::events {
namespace {

using namespace shapes::events;  // NOLINT: the operations of this file

constexpr std::size_t kMaxBuses = 100;

std::optional<std::string> orNothing(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

std::optional<DeadLetterConfig> deadLetter(const rows::EventBus& row) {
  if (row.dead_letter_arn().empty()) return std::nullopt;
  DeadLetterConfig out;
  out.Arn_ = row.dead_letter_arn();
  return out;
}

template <class Input>
void apply(rows::EventBus& row, const Input& input, base::Timestamp now) {
  if (input.Description_) row.set_description(*input.Description_);
  if (input.KmsKeyIdentifier_) row.set_kms_key(*input.KmsKeyIdentifier_);
  if (input.DeadLetterConfig_) row.set_dead_letter_arn(input.DeadLetterConfig_->Arn_.value_or(""));
  row.set_modified(now.milliseconds);
}

base::Result<CreateEventBus::Output> createBus(dispatch::Context& context, const CreateEventBus::Input& input) {
  if (input.EventSourceName_) return notImplemented("partner event sources");
  if (input.LogConfig_) return notImplemented("LogConfig of event buses");
  if (input.Name_.find('/') != std::string::npos) return validation("Event bus name must not contain '/'.");
  const Bus bus{context.account(), context.region(), input.Name_};
  if (bus.isDefault() || kBuses.has(context.transaction(), bus.account, bus.region, bus.name)) {
    return alreadyExists("Event bus " + bus.name + " already exists.");
  }
  if (kBuses.scan(context.transaction(), {.limit = kMaxBuses}, bus.account, bus.region).size() >= kMaxBuses) {
    return limitExceeded();
  }
  rows::EventBus row;
  row.set_name(bus.name);
  row.set_created(context.now().milliseconds);
  apply(row, input, context.now());
  TRY(addTags(*row.mutable_tags(), input.Tags_));
  kBuses.put(context.transaction(), row, bus.account, bus.region, bus.name);
  CreateEventBus::Output output;
  output.EventBusArn_ = bus.arn();
  output.Description_ = input.Description_;
  output.KmsKeyIdentifier_ = input.KmsKeyIdentifier_;
  output.DeadLetterConfig_ = input.DeadLetterConfig_;
  return output;
}

base::Result<UpdateEventBus::Output> updateBus(dispatch::Context& context, const UpdateEventBus::Input& input) {
  if (input.LogConfig_) return notImplemented("LogConfig of event buses");
  const Bus bus = busNamed(context, input.Name_);
  TRY_ASSIGN(rows::EventBus row, findBus(context.transaction(), bus));
  apply(row, input, context.now());
  kBuses.put(context.transaction(), row, bus.account, bus.region, bus.name);
  UpdateEventBus::Output output;
  output.Arn_ = bus.arn();
  output.Name_ = bus.name;
  output.Description_ = orNothing(row.description());
  output.KmsKeyIdentifier_ = orNothing(row.kms_key());
  output.DeadLetterConfig_ = deadLetter(row);
  return output;
}

base::Result<DescribeEventBus::Output> describeBus(dispatch::Context& context, const DescribeEventBus::Input& input) {
  const Bus bus = busNamed(context, input.Name_);
  TRY_ASSIGN(const rows::EventBus row, findBus(context.transaction(), bus));
  DescribeEventBus::Output output;
  output.Name_ = bus.name;
  output.Arn_ = bus.arn();
  output.Description_ = orNothing(row.description());
  output.KmsKeyIdentifier_ = orNothing(row.kms_key());
  output.DeadLetterConfig_ = deadLetter(row);
  output.Policy_ = orNothing(row.policy());
  if (row.created() != 0) output.CreationTime_ = base::Timestamp{row.created()};
  if (row.modified() != 0) output.LastModifiedTime_ = base::Timestamp{row.modified()};
  return output;
}

base::Result<ListEventBuses::Output> listBuses(dispatch::Context& context, const ListEventBuses::Input& input) {
  const std::string prefix = input.NamePrefix_.value_or("");
  TRY_ASSIGN(Page page, Page::begin(input.NextToken_, input.Limit_));
  std::vector<rows::EventBus> all;
  for (auto& entry : kBuses.scan(context.transaction(), {}, context.account(), context.region())) {
    all.push_back(std::move(entry.record));
  }
  const auto at = std::lower_bound(all.begin(), all.end(), kDefaultBus,
                                   [](const rows::EventBus& row, std::string_view name) { return row.name() < name; });
  if (at == all.end() || at->name() != kDefaultBus) {
    all.insert(at, rows::EventBus())->set_name(std::string(kDefaultBus));
  }
  ListEventBuses::Output output;
  output.EventBuses_.emplace();
  for (const rows::EventBus& row : all) {
    if (!row.name().starts_with(prefix) || !page.takes(row.name())) continue;
    EventBus& shown = output.EventBuses_->emplace_back();
    shown.Name_ = row.name();
    shown.Arn_ = Bus{context.account(), context.region(), row.name()}.arn();
    shown.Description_ = orNothing(row.description());
    shown.Policy_ = orNothing(row.policy());
    if (row.created() != 0) shown.CreationTime_ = base::Timestamp{row.created()};
    if (row.modified() != 0) shown.LastModifiedTime_ = base::Timestamp{row.modified()};
  }
  output.NextToken_ = page.nextToken();
  return output;
}

base::Result<DeleteEventBus::Output> deleteBus(dispatch::Context& context, const DeleteEventBus::Input& input) {
  const Bus bus = busNamed(context, input.Name_);
  if (bus.isDefault()) return validation("Cannot delete event bus default.");
  if (!kRules.scan(context.transaction(), {.limit = 1}, bus.account, bus.region, bus.name).empty()) {
    return validation("Event bus " + bus.name + " can't be deleted since it has rules.");
  }
  kBuses.erase(context.transaction(), bus.account, bus.region, bus.name);
  return DeleteEventBus::Output();
}

}  // namespace

void registerBuses(dispatch::Registry& registry) {
  registry.add<CreateEventBus>(createBus);
  registry.add<UpdateEventBus>(updateBus);
  registry.add<DescribeEventBus>(describeBus);
  registry.add<ListEventBuses>(listBuses);
  registry.add<DeleteEventBus>(deleteBus);
  registry.addResourcePolicy("events", [](store::Transaction& transaction, const std::string& arn) {
    const auto bus = busOfArn(arn);
    const auto row = bus ? kBuses.get(transaction, bus->account, bus->region, bus->name) : std::nullopt;
    return row && !row->policy().empty() ? std::optional<std::string>(row->policy()) : std::nullopt;
  });
}

}  // namespace thimble::services::events
