// What /_thimble/metrics tells.
#pragma once

#include "base/metrics.h"
#include "dispatch/doorway.h"
#include "dispatch/kernel.h"
#include "store/store.h"
#include "wire/http/server.h"

namespace thimble::app {

/// Calls and their durations, by service and operation.
void measureCalls(base::MetricRegistry& metrics, dispatch::Doorway& doorway);
/// Connections, commits, and work in hand. All are borrowed.
void measureProgram(base::MetricRegistry& metrics, store::Store& store, dispatch::Kernel& kernel,
                    wire::http::Server& http);

}  // namespace thimble::app
