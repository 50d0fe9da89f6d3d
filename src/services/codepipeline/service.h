// AWS CodePipeline.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "dispatch/authorization.h"
#include "dispatch/call_within.h"
#include "dispatch/kernel.h"
#include "dispatch/process.h"
#include "dispatch/registry.h"
#include "platform/sealer.h"

namespace thimble::services::codepipeline {

struct Settings {
  platform::Sealer* sealer = nullptr;     ///< For secrets of webhooks and actions; borrowed.
  std::function<std::string()> endpoint;  ///< "http://localhost:PORT", for the webhooks' URLs.
  dispatch::CallWithin call_within = {};  ///< Reaches connections; without it some checks are left out.
};

/// Where webhooks are served: POST, with the query "t=TOKEN".
inline constexpr std::string_view kWebhookPath = "/_thimble/codepipeline/webhook";

/// Registers the operations of CodePipeline. `settings` outlives the registry.
void registerOperations(dispatch::Registry& registry, const Settings& settings);

/// The kind of its durable processes, and under which name it is added to the kernel. The authorizer is borrowed.
inline constexpr std::string_view kPipelineProcess = "codepipeline.pipeline";
std::unique_ptr<dispatch::ProcessKind> makePipelineProcess(dispatch::Authorizer& authorizer);

/// Looks for changes of the sources that pipelines poll, from its making until its end. All are borrowed.
class SourcePoller;
std::shared_ptr<SourcePoller> startSourcePoller(dispatch::Kernel& kernel, dispatch::Doorway& doorway);

}  // namespace thimble::services::codepipeline
