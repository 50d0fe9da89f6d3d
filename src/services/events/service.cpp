#include "services/events/service.h"

#include "dispatch/event_outbox.h"
#include "services/events/api_connections.h"
#include "services/events/operations.h"

namespace thimble::services::events {

void Service::registerWith(dispatch::Registry& registry, dispatch::Kernel& kernel, platform::Sealer& sealer,
                           const dispatch::CallWithin& call_within) {
  registerBuses(registry);
  registerPermissions(registry);
  registerRules(registry);
  registerTargets(registry);
  registerTags(registry);
  registerTestEventPattern(registry);
  registerArchives(registry);
  registerReplays(registry);
  registerPutEvents(registry, patterns_);
  registerConnections(registry, sealer, call_within);
  registerApiDestinations(registry);
  invocations_.registerWith(registry, sealer);
  kernel.addKind(std::string(dispatch::kEventKind), events_);
  kernel.addKind(std::string(kDeliveryKind), deliveries_);
  kernel.addKind(std::string(kScheduleKind), schedules_);
  kernel.addKind(std::string(kArchiveKind), archives_);
  kernel.addKind(std::string(kReplayKind), replays_);
}

}  // namespace thimble::services::events
