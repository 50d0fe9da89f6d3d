// PutEvents. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
#include "base/encoding.h"
#include "dispatch/event_outbox.h"
#include "services/events/errors.h"
#include "services/events/operations.h"
#include "services/events/routing.h"
#include "wire/shapes/events.h"

namespace thimble::services::events {
namespace {

using base::Json;
using namespace shapes::events;  // NOLINT: the operations of this file

constexpr std::size_t kMaxEntries = 10;
constexpr std::size_t kMaxBytes = 262'144;
constexpr std::size_t kMaxDetailDepth = 256;

/// The entry as AWS's validator, which is Java's, shows it.
std::string shown(const PutEventsRequestEntry& entry) {
  const auto text = [](const std::optional<std::string>& value) { return value.value_or("null"); };
  std::string resources = "null";
  if (entry.Resources_) {
    resources = "[";
    for (const std::string& each : *entry.Resources_) resources += (resources.size() > 1 ? ", " : "") + each;
    resources += "]";
  }
  return "PutEventsRequestEntry(time=" + (entry.Time_ ? base::formatIso8601Seconds(*entry.Time_) : "null") +
         ", source=" + text(entry.Source_) + ", resources=" + resources + ", detailType=" + text(entry.DetailType_) +
         ", detail=" + text(entry.Detail_) + ", eventBusName=" + text(entry.EventBusName_) +
         ", traceHeader=" + text(entry.TraceHeader_) + ", kmsKeyIdentifier=null, internalMetadata=null)";
}

std::size_t sizeOf(const PutEventsRequestEntry& entry) {
  std::size_t size = (entry.Time_ ? 14 : 0) + entry.Source_.value_or("").size() +
                     entry.DetailType_.value_or("").size() + entry.Detail_.value_or("").size();
  for (const std::string& each : entry.Resources_.value_or(std::vector<std::string>())) size += each.size();
  return size;
}

base::Result<void> check(const std::vector<PutEventsRequestEntry>& entries) {
  if (entries.empty()) {
    return validation(
        "1 validation error detected: Value '[]' at 'entries' failed to satisfy constraint: Member must "
        "have length greater than or equal to 1");
  }
  std::size_t bytes = 0;
  for (const auto& entry : entries) bytes += sizeOf(entry);
  if (entries.size() > kMaxEntries) {
    std::string all;
    for (const auto& entry : entries) all += (all.empty() ? "" : ", ") + shown(entry);
    return validation("1 validation error detected: Value '[" + all +
                      "]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10");
  }
  if (bytes > kMaxBytes) return validation("Total size of the entries in the request is over the limit.");
  return {};
}

PutEventsResultEntry refused(const std::string& code, const std::string& message) {
  PutEventsResultEntry result;
  result.ErrorCode_ = code;
  result.ErrorMessage_ = message;
  return result;
}

PutEventsResultEntry missing(const std::string& parameter) {
  return refused("InvalidArgument",
                 "Parameter " + parameter + " is not valid. Reason: " + parameter + " is a required argument.");
}

PutEventsResultEntry putOne(dispatch::Context& context, PatternCache& patterns, const PutEventsRequestEntry& entry,
                            const Bus& bus) {
  if (entry.Source_.value_or("").empty()) return missing("Source");
  if (entry.DetailType_.value_or("").empty()) return missing("DetailType");
  if (entry.Detail_.value_or("").empty()) return missing("Detail");
  auto detail = Json::parse(*entry.Detail_, {.max_depth = kMaxDetailDepth});
  if (!detail.ok() || !detail->isObject()) return refused("MalformedDetail", "Detail is malformed.");
  if (entry.Source_->starts_with("aws.")) {
    return refused("NotAuthorizedForSourceException", "Not authorized for the source.");
  }
  const std::string id = context.random().uuid();
  const dispatch::Event event{context.account(),
                              bus.region,
                              *entry.Source_,
                              *entry.DetailType_,
                              entry.Resources_.value_or(std::vector<std::string>()),
                              *std::move(detail)};
  routeEvent(context, patterns, bus, {dispatch::eventDocument(event, id, entry.Time_.value_or(context.now())), {}});
  PutEventsResultEntry result;
  result.EventId_ = id;
  return result;
}

/// A rule of another bus sends an event on. Within a region it keeps its id; another region makes it a new one.
PutEventsResultEntry putForwarded(dispatch::Context& context, PatternCache& patterns, Json event, const Bus& bus) {
  if (event.stringAt("region") != bus.region) {
    event.set("id", context.random().uuid());
    event.set("region", bus.region);
  }
  PutEventsResultEntry result;
  result.EventId_ = event.stringAt("id");
  routeEvent(context, patterns, bus, {std::move(event), {}});
  return result;
}

base::Result<PutEvents::Output> put(dispatch::Context& context, PatternCache& patterns, const PutEvents::Input& input) {
  if (input.EndpointId_) return notImplemented("global endpoints");
  TRY(check(input.Entries_));
  // Only a rule's delivery has a source and no address: nothing from outside can forward.
  const Json* forwarded = context.call().source_arn.empty() || !context.call().source_ip.empty()
                              ? nullptr
                              : context.call().input.find("ForwardedEvent");
  PutEvents::Output output;
  output.Entries_.emplace();
  output.FailedEntryCount_ = 0;
  for (const auto& entry : input.Entries_) {
    const Bus bus = busNamed(context, entry.EventBusName_);
    TRY(context.authorise("events:PutEvents", bus.arn()));
    PutEventsResultEntry result =
        forwarded != nullptr ? putForwarded(context, patterns, *forwarded, bus) : putOne(context, patterns, entry, bus);
    if (result.ErrorCode_) ++*output.FailedEntryCount_;
    output.Entries_->push_back(std::move(result));
  }
  return output;
}

}  // namespace

void registerPutEvents(dispatch::Registry& registry, PatternCache& patterns) {
  registry.add<PutEvents>(
      [&patterns](dispatch::Context& context, const PutEvents::Input& input) { return put(context, patterns, input); });
}

}  // namespace thimble::services::events
