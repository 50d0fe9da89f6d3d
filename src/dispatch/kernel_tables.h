// The kernel's tables.
#pragma once

#include "dispatch/kernel.pb.h"
#include "store/table.h"

namespace thimble::dispatch {

/// Key: task id.
inline constexpr store::Table<rows::TaskRecord> kTasks("dispatch.task");
/// Key: due in milliseconds, process kind, process id, timer's name; so that the earliest comes first.
inline constexpr store::Table<rows::TimerRecord> kTimers("dispatch.timer");
/// Key: process kind, process id, timer's name.
inline constexpr store::Table<rows::TimerLookupRecord> kTimerLookup("dispatch.timer_lookup");
/// Key: account, region.
inline constexpr store::Table<rows::WantedSourcesRecord> kWantedSources("dispatch.wanted_sources");

}  // namespace thimble::dispatch
