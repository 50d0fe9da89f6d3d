#include "dispatch/event_outbox.h"

#include <algorithm>

#include "dispatch/kernel_tables.h"

namespace thimble::dispatch {
namespace {

/// Context and ProcessContext offer the same.
template <class AnyContext>
void emit(AnyContext& context, const Event& event) {
  if (!eventIsWanted(context.transaction(), event.account, event.region, event.source)) return;
  const std::string id = context.random().uuid();
  context.start({std::string(kEventKind), id}, eventDocument(event, id, context.now()));
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
  return wanted && std::any_of(wanted->sources().begin(), wanted->sources().end(),
                               [&](const std::string& each) { return each == "*" || each == source; });
}

void setWantedSources(store::Transaction& transaction, const std::string& account, const std::string& region,
                      const std::set<std::string>& sources) {
  if (sources.empty()) {
    kWantedSources.erase(transaction, account, region);
    return;
  }
  rows::WantedSourcesRecord record;
  for (const std::string& source : sources) record.add_sources(source);
  kWantedSources.put(transaction, record, account, region);
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
