#include "services/cloudformation/stack_operation.h"

#include "services/cloudformation/errors.h"

namespace thimble::services::cloudformation {

void startOperation(dispatch::Context& context, const rows::StackRecord& stack,
                    const rows::OperationRecord& operation) {
  putStack(context.transaction(), stack);
  rows::OperationRecord record = operation;
  record.set_started(context.now().milliseconds);
  kOperations.put(context.transaction(), record, stack.id());
  context.start({std::string(kStackProcess), stack.id()}, base::Json::object());
}

rows::StackRecord newStack(dispatch::Context& context, const std::string& name, const std::string& status) {
  rows::StackRecord stack;
  stack.set_account(context.account());
  stack.set_region(context.region());
  stack.set_name(name);
  stack.set_id(makeStackId(context.account(), context.region(), name, context.random()));
  stack.set_creation_time(context.now().milliseconds);
  rows::StackNameRecord taken;
  taken.set_stack_id(stack.id());
  kStackNames.put(context.transaction(), taken, context.account(), context.region(), name);
  setStackStatus(context.transaction(), stack, context.now(), context.random(), status, "User Initiated");
  return stack;
}

base::Result<void> checkUpdatable(const rows::StackRecord& stack) {
  const std::string& status = stack.status();
  for (const char* allowed : {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE",
                              "IMPORT_ROLLBACK_COMPLETE", "CREATE_FAILED", "UPDATE_FAILED"}) {
    if (status == allowed) return {};
  }
  return validationError("Stack:" + stack.id() + " is in " + status + " state and can not be updated.");
}

void beginUpdate(dispatch::Context& context, rows::StackRecord& stack, const rows::StackInput& input,
                 rows::OperationRecord operation) {
  operation.set_kind(rows::OperationRecord::UPDATE);
  operation.set_phase(rows::OperationRecord::DEPLOY);
  *operation.mutable_previous() = stack.current();
  *stack.mutable_current() = input;
  stack.set_client_token(operation.client_token());
  stack.set_last_updated_time(context.now().milliseconds);
  setStackStatus(context.transaction(), stack, context.now(), context.random(), "UPDATE_IN_PROGRESS", "User Initiated");
  startOperation(context, stack, operation);
}

void makeChangeSetsObsolete(dispatch::Context& context, const std::string& stack_id) {
  for (const auto& entry : kChangeSetNames.scan(context.transaction(), {}, stack_id)) {
    auto change_set =
        kChangeSets.get(context.transaction(), context.account(), context.region(), entry.record.change_set_id());
    if (!change_set || change_set->execution_status() != "AVAILABLE") continue;
    change_set->set_execution_status("OBSOLETE");
    kChangeSets.put(context.transaction(), *change_set, context.account(), context.region(), change_set->id());
  }
}

}  // namespace thimble::services::cloudformation
