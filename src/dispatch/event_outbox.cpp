#include "dispatch/event_outbox.h"

#include <algorithm>

#include "dispatch/kernel_tables.h"

namespace thimble::dispatch {
namespace {

using Sources = google::protobuf::RepeatedPtrField<std::string>;

bool holds(const Sources& sources, std::string_view source) {
  return std::any_of(sources.begin(), sources.end(),
                     [&](const std::string& each) { return each == "*" || each == source; });
}

/// Context and ProcessContext offer the same.
template <class AnyContext>
void emit(AnyContext& context, const Event& event) {
  const auto wanted = kWantedSources.get(context.transaction(), event.account, event.region);
  if (!wanted) return;
  const bool by_rules = holds(wanted->sources(), event.source);
  const bool by_notifications = holds(wanted->notification_sources(), event.source);
  if (!by_rules && !by_notifications) return;
  const std::string id = context.random().uuid();
  const base::Json document = eventDocument(event, id, context.now());
  if (by_rules) context.start({std::string(kEventKind), id}, document);
  if (by_notifications) context.start({std::string(kNotificationKind), id}, document);
}

}  // namespace

void emitEvent(Context& context, const Event& event) {
  emit(context, event);
}

void emitEvent(ProcessContext& context, const Event& event) {
  emit(context, event);
}

bool eventIsWanted(store::Transaction& transaction, const std::string& account, const std::string& region,
                   std::string_view source) {
  const auto wanted = kWantedSources.get(transaction, account, region);
  return wanted && (holds(wanted->sources(), source) || holds(wanted->notification_sources(), source));
}

void setWantedSources(store::Transaction& transaction, const std::string& account, const std::string& region,
                      const std::set<std::string>& sources, EventReader reader) {
  auto record = kWantedSources.get(transaction, account, region).value_or(rows::WantedSourcesRecord());
  Sources& known = reader == EventReader::Rules ? *record.mutable_sources() : *record.mutable_notification_sources();
  known.Clear();
  for (const std::string& source : sources) *known.Add() = source;
  if (record.sources().empty() && record.notification_sources().empty()) {
    kWantedSources.erase(transaction, account, region);
  } else {
    kWantedSources.put(transaction, record, account, region);
  }
}

base::Json eventDocument(const Event& event, const std::string& id, base::Timestamp time) {
  base::Json resources = base::Json::array();
  for (const std::string& resource : event.resources) resources.push(resource);
  return base::Json::object({{"version", "0"},
                             {"id", id},
                             {"detail-type", event.detail_type},
                             {"source", event.source},
                             {"account", event.account},
                             {"time", base::formatIso8601Seconds(time)},
                             {"region", event.region},
                             {"resources", std::move(resources)},
                             {"detail", event.detail.isNull() ? base::Json::object() : event.detail}});
}

}  // namespace thimble::dispatch
