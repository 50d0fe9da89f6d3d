// AWS Step Functions.
#pragma once

#include <memory>

#include "dispatch/kernel.h"
#include "dispatch/registry.h"

namespace thimble::services::states {

class Parts;

/// The service: its operations and the process kinds of its executions. Outlives the registry's and kernel's use of it.
class StepFunctions {
 public:
  StepFunctions();
  ~StepFunctions();

  void registerOperations(dispatch::Registry& registry);
  /// Before the kernel starts.
  void registerProcesses(dispatch::Kernel& kernel);

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace thimble::services::states
