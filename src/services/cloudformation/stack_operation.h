// Starting a stack's operation: its row and its process.
#pragma once

#include <string>

#include "dispatch/context.h"
#include "services/cloudformation/stacks.h"

namespace thimble::services::cloudformation {

/// Puts both rows and starts the process. The stack's status and event are already set.
void startOperation(dispatch::Context& context, const rows::StackRecord& stack, const rows::OperationRecord& operation);

/// A new stack's row in `status`, with its name taken and its first event added; not yet put.
rows::StackRecord newStack(dispatch::Context& context, const std::string& name, const std::string& status);

/// Begins an update of the stack to `input`: status, event, operation, process.
void beginUpdate(dispatch::Context& context, rows::StackRecord& stack, const rows::StackInput& input,
                 rows::OperationRecord operation);

/// "Stack:<id> is in X state and can not be updated." unless the stack may be updated.
base::Result<void> checkUpdatable(const rows::StackRecord& stack);

/// Change sets that were never executed become OBSOLETE.
void makeChangeSetsObsolete(dispatch::Context& context, const std::string& stack_id);

}  // namespace thimble::services::cloudformation
