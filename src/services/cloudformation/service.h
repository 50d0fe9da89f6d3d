// AWS CloudFormation.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "dispatch/kernel.h"
#include "dispatch/registry.h"

namespace thimble::services::cloudformation {

/// Where our own addresses are, for URLs in stack outputs.
struct Addresses {
  /// Gives "http://localhost:4566" once the server listens. Empty, or giving an empty text: outputs stay as AWS has
  /// them.
  std::function<std::string()> local_endpoint;
};

/// Registers the operations of CloudFormation.
void registerOperations(dispatch::Registry& registry, const Addresses& addresses = {});

/// The kind of its durable processes, to be added to the kernel under kStackProcess ("cloudformation.stack").
std::unique_ptr<dispatch::ProcessKind> makeStackProcess();

}  // namespace thimble::services::cloudformation
