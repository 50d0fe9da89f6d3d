// TestInvokeMethod: a method of the API as it stands, without deployment, authorisation or keys.
#pragma once

#include "dispatch/registry.h"
#include "services/apigateway/integration_caller.h"

namespace thimble::services::apigateway {

void registerTestInvoke(dispatch::Registry& registry, Outbound outbound);

}  // namespace thimble::services::apigateway
