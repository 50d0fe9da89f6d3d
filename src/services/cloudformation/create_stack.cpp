// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
#include "services/cloudformation/errors.h"
#include "services/cloudformation/operations.h"
#include "services/cloudformation/stack_operation.h"
#include "services/cloudformation/stack_policies.h"
#include "services/cloudformation/template_fetch.h"
#include "services/cloudformation/template_request.h"

namespace thimble::services::cloudformation {
namespace {

namespace shape = shapes::cloudformation;

base::Result<shape::CreateStackOutput> createStack(dispatch::Context& context, const shape::CreateStackInput& input) {
  if (input.OnFailure_ && input.DisableRollback_) {
    return validationError("You can specify only one of DisableRollback or OnFailure.");
  }
  if (input.TemplateBody_) TRY(readTemplate(*input.TemplateBody_));
  auto existing = findStack(context.transaction(), context.account(), context.region(), input.StackName_);
  if (existing && existing->status() != "REVIEW_IN_PROGRESS") {
    // The same request again, by its token, gets the same answer.
    if (input.ClientRequestToken_ && existing->client_token() == *input.ClientRequestToken_ &&
        isInProgress(existing->status())) {
      shape::CreateStackOutput output;
      output.StackId_ = existing->id();
      return output;
    }
    return stackAlreadyExists(input.StackName_);
  }
  // The checks come before anything is written, but pseudo parameters need the new stack's id.
  rows::StackRecord stack;
  if (existing) {
    stack = *existing;
  } else {
    stack.set_account(context.account());
    stack.set_region(context.region());
    stack.set_name(input.StackName_);
    stack.set_id(makeStackId(context.account(), context.region(), input.StackName_, context.random()));
    stack.set_creation_time(context.now().milliseconds);
  }
  TRY_ASSIGN(RequestedStack requested, readRequest(context, toTemplateRequest(input), stack, nullptr));
  if (input.StackPolicyBody_) {
    TRY(checkStackPolicy(*input.StackPolicyBody_));
    stack.set_policy(*input.StackPolicyBody_);
  }
  *stack.mutable_current() = requested.input;
  stack.set_disable_rollback(input.DisableRollback_.value_or(input.OnFailure_.value_or("") == "DO_NOTHING"));
  stack.set_timeout_minutes(input.TimeoutInMinutes_.value_or(0));
  stack.set_termination_protection(input.EnableTerminationProtection_.value_or(false));
  stack.set_client_token(input.ClientRequestToken_.value_or(""));
  if (const auto parent = findStackById(context.transaction(), context.call().source_arn)) {
    stack.set_parent_id(parent->id());
    stack.set_root_id(parent->root_id().empty() ? parent->id() : parent->root_id());
  }
  rows::StackNameRecord taken;
  taken.set_stack_id(stack.id());
  kStackNames.put(context.transaction(), taken, context.account(), context.region(), stack.name());
  makeChangeSetsObsolete(context, stack.id());
  setStackStatus(context.transaction(), stack, context.now(), context.random(), "CREATE_IN_PROGRESS", "User Initiated");

  rows::OperationRecord operation;
  operation.set_kind(rows::OperationRecord::CREATE);
  operation.set_phase(rows::OperationRecord::DEPLOY);
  operation.set_disable_rollback(stack.disable_rollback());
  operation.set_on_failure(input.OnFailure_.value_or(""));
  operation.set_client_token(stack.client_token());
  startOperation(context, stack, operation);
  shape::CreateStackOutput output;
  output.StackId_ = stack.id();
  return output;
}

}  // namespace

void registerCreateStack(dispatch::Registry& registry) {
  addWithUrl<shape::CreateStack>(registry, &shape::CreateStackInput::TemplateURL_,
                                 &shape::CreateStackInput::TemplateBody_, createStack);
}

}  // namespace thimble::services::cloudformation
