// Amazon EventBridge.
#pragma once

#include "dispatch/call_within.h"
#include "dispatch/kernel.h"
#include "dispatch/registry.h"
#include "platform/sealer.h"
#include "services/events/api_invocation.h"
#include "services/events/archives.h"
#include "services/events/delivery.h"
#include "services/events/event_process.h"
#include "services/events/pattern_cache.h"
#include "services/events/replays.h"
#include "services/events/schedules.h"

namespace thimble::services::events {

/// Outlives the registry and the kernel that it registers with.
class Service {
 public:
  /// `sealer` is borrowed: the secrets of connections are kept under it.
  void registerWith(dispatch::Registry& registry, dispatch::Kernel& kernel, platform::Sealer& sealer,
                    const dispatch::CallWithin& call_within = {});

 private:
  PatternCache patterns_;
  EventProcess events_{patterns_};
  Deliveries deliveries_;
  Schedules schedules_;
  ArchiveExpiry archives_;
  Replays replays_{patterns_};
  ApiInvocations invocations_;
};

}  // namespace thimble::services::events
