// Webhooks: URLs whose calls start a pipeline.
#pragma once

#include <string>

#include "dispatch/registry.h"
#include "services/codepipeline/service.h"

namespace thimble::services::codepipeline {

/// Registers PutWebhook and the operations beside it, and "thimble.codepipeline" "ReceiveWebhook", which the webhook's
/// URL calls. Input: {"Token", "Body", "Signature" (X-Hub-Signature), "Signature256", "SourceIp"}. Output: {"Started":
/// bool}. Errors: WebhookNotFoundException, AccessDeniedException, ValidationException for a body that is no JSON.
void registerWebhooks(dispatch::Registry& registry, const Settings& settings);

}  // namespace thimble::services::codepipeline
