// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStack.html,
// API_CancelUpdateStack.html, API_ContinueUpdateRollback.html
#include "services/cloudformation/change_set_request.h"
#include "services/cloudformation/errors.h"
#include "services/cloudformation/operations.h"
#include "services/cloudformation/stack_operation.h"
#include "services/cloudformation/stack_policies.h"
#include "services/cloudformation/template_fetch.h"
#include "services/cloudformation/template_request.h"

namespace thimble::services::cloudformation {
namespace {

namespace shape = shapes::cloudformation;

base::Result<shape::UpdateStackOutput> updateStack(dispatch::Context& context, const shape::UpdateStackInput& input) {
  auto stack = findStack(context.transaction(), context.account(), context.region(), input.StackName_);
  if (!stack || stack->status() == "DELETE_COMPLETE") return stackDoesNotExist(input.StackName_);
  shape::UpdateStackOutput output;
  output.StackId_ = stack->id();
  if (input.ClientRequestToken_ && stack->client_token() == *input.ClientRequestToken_ &&
      isInProgress(stack->status())) {
    return output;
  }
  TemplateRequest request = toTemplateRequest(input);
  request.use_previous = input.UsePreviousTemplate_.value_or(false);
  if (!request.use_previous && !request.body)
    return validationError("Either Template URL or Template Body must be specified.");
  for (const auto& policy : {input.StackPolicyBody_, input.StackPolicyDuringUpdateBody_}) {
    if (policy) TRY(checkStackPolicy(*policy));
  }
  TRY_ASSIGN(RequestedStack requested, readRequest(context, request, *stack, &stack->current()));
  TRY(checkUpdatable(*stack));
  const bool policy_changes = input.StackPolicyBody_ && *input.StackPolicyBody_ != stack->policy();
  if (input.StackPolicyBody_) stack->set_policy(*input.StackPolicyBody_);
  const StackChanges changes = changesOf(context.transaction(), *stack, requested);
  if (!changes.any) {
    if (!policy_changes) return validationError("No updates are to be performed.");
    putStack(context.transaction(), *stack);
    return output;
  }
  TRY(checkAgainstPolicy(*stack, input.StackPolicyDuringUpdateBody_.value_or(""), changes.diff.changes));
  rows::OperationRecord operation;
  operation.set_disable_rollback(input.DisableRollback_.value_or(false));
  operation.set_client_token(input.ClientRequestToken_.value_or(""));
  makeChangeSetsObsolete(context, stack->id());
  beginUpdate(context, *stack, requested.input, operation);
  return output;
}

base::Result<shape::CancelUpdateStack::Output> cancelUpdateStack(dispatch::Context& context,
                                                                 const shape::CancelUpdateStackInput& input) {
  auto stack = findStack(context.transaction(), context.account(), context.region(), input.StackName_);
  if (!stack) return stackDoesNotExist(input.StackName_);
  if (stack->status() != "UPDATE_IN_PROGRESS") {
    return validationError("CancelUpdateStack cannot be called from current stack status");
  }
  context.signal({std::string(kStackProcess), stack->id()}, base::Json::object({{"Cancel", base::Json(true)}}));
  return shape::CancelUpdateStack::Output{};
}

base::Result<shape::ContinueUpdateRollbackOutput> continueUpdateRollback(
    dispatch::Context& context, const shape::ContinueUpdateRollbackInput& input) {
  auto stack = findStack(context.transaction(), context.account(), context.region(), input.StackName_);
  if (!stack) return stackDoesNotExist(input.StackName_);
  if (stack->status() != "UPDATE_ROLLBACK_FAILED") {
    return validationError("Stack:" + stack->id() + " is in " + stack->status() +
                           " state and can not continue rollback.");
  }
  rows::OperationRecord operation;
  operation.set_kind(rows::OperationRecord::UPDATE);
  operation.set_phase(rows::OperationRecord::ROLLBACK);
  for (const std::string& name : input.ResourcesToSkip_.value_or(std::vector<std::string>{}))
    operation.add_resources_to_skip(name);
  if (input.RoleARN_) stack->mutable_current()->set_role_arn(*input.RoleARN_);
  *stack->mutable_current()->mutable_caller() = callerRecord(context.call());
  stack->set_client_token(input.ClientRequestToken_.value_or(""));
  setStackStatus(context.transaction(), *stack, context.now(), context.random(), "UPDATE_ROLLBACK_IN_PROGRESS",
                 "User Initiated");
  startOperation(context, *stack, operation);
  return shape::ContinueUpdateRollbackOutput{};
}

}  // namespace

void registerUpdateStack(dispatch::Registry& registry) {
  addWithUrl<shape::UpdateStack>(registry, &shape::UpdateStackInput::TemplateURL_,
                                 &shape::UpdateStackInput::TemplateBody_, updateStack);
  registry.add<shape::CancelUpdateStack>(cancelUpdateStack);
  registry.add<shape::ContinueUpdateRollback>(continueUpdateRollback);
}

}  // namespace thimble::services::cloudformation
