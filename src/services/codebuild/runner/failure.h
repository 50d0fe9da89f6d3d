// Why a phase failed: thrown by what the phase is made of, and told in the phase's context.
#pragma once

#include <string>
#include <utility>

namespace thimble::services::codebuild::runner {

struct PhaseFailure {
  std::string code;  ///< As AWS: CLIENT_ERROR, YAML_FILE_ERROR, COMMAND_EXECUTION_ERROR, ACCESS_DENIED ...
  std::string message;
};

}  // namespace thimble::services::codebuild::runner
