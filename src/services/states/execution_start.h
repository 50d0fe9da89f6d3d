// What StartExecution and StartSyncExecution check alike.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "dispatch/context.h"
#include "services/states/machines.h"

namespace thimble::services::states {

/// The input's text, "{}" when none is given. Errors: InvalidExecutionInput, ValidationException for one too large.
base::Result<std::string> checkInput(const std::optional<std::string>& input);

/// The execution's name, made up when none is given. Errors: InvalidName.
base::Result<std::string> checkExecutionName(dispatch::Context& context, const std::optional<std::string>& name);

/// A row for a new execution of the machine, without its ARN.
rows::Execution newExecution(dispatch::Context& context, const FoundMachine& found, std::string name,
                             std::string input);

}  // namespace thimble::services::states
