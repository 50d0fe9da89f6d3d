// AWS CodePipeline.
#pragma once

#include <memory>
#include <string_view>

#include "dispatch/authorization.h"
#include "dispatch/kernel.h"
#include "dispatch/process.h"
#include "dispatch/registry.h"

namespace thimble::services::codepipeline {

/// Registers the operations of CodePipeline.
void registerOperations(dispatch::Registry& registry);

/// The kind of its durable processes, and under which name it is added to the kernel. The authorizer is borrowed.
inline constexpr std::string_view kPipelineProcess = "codepipeline.pipeline";
std::unique_ptr<dispatch::ProcessKind> makePipelineProcess(dispatch::Authorizer& authorizer);

/// Looks for changes of the sources that pipelines poll, from its making until its end. All are borrowed.
class SourcePoller;
std::shared_ptr<SourcePoller> startSourcePoller(dispatch::Kernel& kernel, dispatch::Doorway& doorway);

}  // namespace thimble::services::codepipeline
