// Amazon API Gateway: REST APIs (version 1).
#pragma once

#include "dispatch/registry.h"

namespace thimble::services::apigateway {

/// Registers the operations of API Gateway's control plane. The data plane, which serves deployed APIs, is
/// data_plane.h.
void registerOperations(dispatch::Registry& registry);

}  // namespace thimble::services::apigateway
