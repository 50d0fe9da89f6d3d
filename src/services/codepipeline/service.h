// AWS CodePipeline.
#pragma once

#include <memory>

#include "dispatch/authorization.h"
#include "dispatch/process.h"
#include "dispatch/registry.h"

namespace thimble::services::codepipeline {

/// Registers the operations of CodePipeline.
void registerOperations(dispatch::Registry& registry);

/// The kind of its durable processes, to be added to the kernel as "codepipeline.pipeline". The authorizer is borrowed.
std::unique_ptr<dispatch::ProcessKind> makePipelineProcess(dispatch::Authorizer& authorizer);

}  // namespace thimble::services::codepipeline
