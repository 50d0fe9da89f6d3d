// AWS CodePipeline.
#pragma once

#include <memory>
#include <string_view>

#include "dispatch/authorization.h"
#include "dispatch/process.h"
#include "dispatch/registry.h"

namespace thimble::services::codepipeline {

/// Registers the operations of CodePipeline.
void registerOperations(dispatch::Registry& registry);

/// The kind of its durable processes, and under which name it is added to the kernel. The authorizer is borrowed.
inline constexpr std::string_view kPipelineProcess = "codepipeline.pipeline";
std::unique_ptr<dispatch::ProcessKind> makePipelineProcess(dispatch::Authorizer& authorizer);

}  // namespace thimble::services::codepipeline
