// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html,
// API_UpdateTerminationProtection.html
#include "services/cloudformation/errors.h"
#include "services/cloudformation/operations.h"
#include "services/cloudformation/stack_operation.h"
#include "services/cloudformation/template_request.h"

namespace thimble::services::cloudformation {
namespace {

namespace shape = shapes::cloudformation;

/// Another stack that imports one of this one's exports, or nothing.
std::optional<std::string> exportInUse(dispatch::Context& context, const rows::StackRecord& stack) {
  for (const rows::OutputRecord& output : stack.outputs()) {
    if (output.export_name().empty()) continue;
    const auto users =
        kImports.scan(context.transaction(), {.limit = 1}, stack.account(), stack.region(), output.export_name());
    if (!users.empty() && users.front().record.stack_name() != stack.name()) {
      return "Export " + output.export_name() + " cannot be deleted as it is in use by " +
             users.front().record.stack_name();
    }
  }
  return std::nullopt;
}

base::Result<shape::DeleteStack::Output> deleteStack(dispatch::Context& context, const shape::DeleteStackInput& input) {
  auto stack = findStack(context.transaction(), context.account(), context.region(), input.StackName_);
  // A stack that is not there counts as deleted.
  if (!stack || stack->status() == "DELETE_COMPLETE" || stack->status() == "DELETE_IN_PROGRESS")
    return shape::DeleteStack::Output{};
  if (stack->termination_protection()) {
    return validationError("Stack [" + stack->name() + "] cannot be deleted while TerminationProtection is enabled");
  }
  if (isInProgress(stack->status())) {
    return validationError("Stack [" + stack->id() + "] cannot be deleted while in status " + stack->status());
  }
  const auto retain = input.RetainResources_.value_or(std::vector<std::string>{});
  const bool force = input.DeletionMode_.value_or("") == "FORCE_DELETE_STACK";
  if (!retain.empty() && stack->status() != "DELETE_FAILED") {
    return validationError(
        "Invalid operation on stack [" + stack->id() +
        "]. When you delete a stack, specify which resources to retain only when the stack is in the "
        "DELETE_FAILED state.");
  }
  rows::OperationRecord operation;
  operation.set_kind(rows::OperationRecord::DELETE);
  operation.set_phase(rows::OperationRecord::REMOVE);
  for (const std::string& name : retain) operation.add_retain(name);
  if (force) {
    for (const auto& [name, resource] : stackResources(context.transaction(), stack->id())) {
      if (resource.status() == "DELETE_FAILED") operation.add_retain(name);
    }
  }
  stack->set_client_token(input.ClientRequestToken_.value_or(""));
  if (input.RoleARN_) stack->mutable_current()->set_role_arn(*input.RoleARN_);
  *stack->mutable_current()->mutable_caller() = callerRecord(context.call());
  setStackStatus(context.transaction(), *stack, context.now(), context.random(), "DELETE_IN_PROGRESS",
                 "User Initiated");
  if (auto problem = exportInUse(context, *stack)) {
    setStackStatus(context.transaction(), *stack, context.now(), context.random(), "DELETE_FAILED", *problem);
    putStack(context.transaction(), *stack);
    return shape::DeleteStack::Output{};
  }
  startOperation(context, *stack, operation);
  return shape::DeleteStack::Output{};
}

base::Result<shape::UpdateTerminationProtectionOutput> updateTerminationProtection(
    dispatch::Context& context, const shape::UpdateTerminationProtectionInput& input) {
  auto stack = findStack(context.transaction(), context.account(), context.region(), input.StackName_);
  if (!stack || stack->status() == "DELETE_COMPLETE") return stackDoesNotExist(input.StackName_);
  stack->set_termination_protection(input.EnableTerminationProtection_);
  putStack(context.transaction(), *stack);
  shape::UpdateTerminationProtectionOutput output;
  output.StackId_ = stack->id();
  return output;
}

}  // namespace

void registerDeleteStack(dispatch::Registry& registry) {
  registry.add<shape::DeleteStack>(deleteStack);
  registry.add<shape::UpdateTerminationProtection>(updateTerminationProtection);
}

}  // namespace thimble::services::cloudformation
