// Amazon API Gateway: REST APIs (version 1).
#pragma once

#include "dispatch/registry.h"
#include "services/apigateway/integration_caller.h"

namespace thimble::services::apigateway {

/// Registers the operations of API Gateway's control plane. The data plane, which serves deployed APIs, is
/// data_plane.h.
/// `outbound` sends what TestInvokeMethod calls over HTTP; without it such methods fail.
void registerOperations(dispatch::Registry& registry, Outbound outbound = nullptr);

}  // namespace thimble::services::apigateway
