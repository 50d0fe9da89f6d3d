// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
#include "services/cloudformation/change_set_request.h"
#include "services/cloudformation/errors.h"
#include "services/cloudformation/operations.h"
#include "services/cloudformation/stack_operation.h"
#include "services/cloudformation/template_fetch.h"

namespace thimble::services::cloudformation {
namespace {

namespace shape = shapes::cloudformation;

constexpr char kNoChanges[] =
    "The submitted information didn't contain changes. Submit different information to create a change set.";

/// CREATE: a new stack in review, or one that is in review already. UPDATE: one that may be updated.
base::Result<rows::StackRecord> stackFor(dispatch::Context& context, const shape::CreateChangeSetInput& input,
                                         const std::string& type, bool& is_new) {
  auto stack = findStack(context.transaction(), context.account(), context.region(), input.StackName_);
  if (stack && stack->status() == "DELETE_COMPLETE") stack.reset();
  if (type == "CREATE") {
    if (stack && stack->status() != "REVIEW_IN_PROGRESS") {
      return validationError("Stack [" + stack->name() +
                             "] already exists and cannot be created again with the changeSet [" +
                             input.ChangeSetName_ + "].");
    }
    if (stack) return *stack;
    is_new = true;
    rows::StackRecord created;
    created.set_account(context.account());
    created.set_region(context.region());
    created.set_name(input.StackName_);
    created.set_id(makeStackId(context.account(), context.region(), input.StackName_, context.random()));
    created.set_creation_time(context.now().milliseconds);
    return created;
  }
  if (!stack) return stackDoesNotExist(input.StackName_);
  if (stack->status() == "REVIEW_IN_PROGRESS") {
    return validationError("Stack:" + stack->id() + " is in REVIEW_IN_PROGRESS state and can not be updated.");
  }
  TRY(checkUpdatable(*stack));
  return *stack;
}

base::Result<shape::CreateChangeSetOutput> createChangeSet(dispatch::Context& context,
                                                           const shape::CreateChangeSetInput& input) {
  const std::string type = input.ChangeSetType_.value_or("UPDATE");
  if (type == "IMPORT" || input.ResourcesToImport_.value_or(std::vector<shape::ResourceToImport>{}).size() > 0) {
    return validationError("Change sets of type IMPORT are not supported");
  }
  if (input.TemplateBody_) TRY(readTemplate(*input.TemplateBody_));
  bool is_new = false;
  TRY_ASSIGN(rows::StackRecord stack, stackFor(context, input, type, is_new));
  if (const auto taken = kChangeSetNames.get(context.transaction(), stack.id(), input.ChangeSetName_)) {
    auto existing = kChangeSets.get(context.transaction(), context.account(), context.region(), taken->change_set_id());
    const bool same_request = existing && input.ClientToken_ && existing->client_token() == *input.ClientToken_;
    // An executed change set leaves its name free.
    if (existing && !same_request && existing->execution_status() != "EXECUTE_COMPLETE") {
      return changeSetAlreadyExists(input.ChangeSetName_);
    }
    if (same_request) {
      shape::CreateChangeSetOutput output;
      output.Id_ = existing->id();
      output.StackId_ = stack.id();
      return output;
    }
  }
  TemplateRequest request = toTemplateRequest(input);
  request.use_previous = input.UsePreviousTemplate_.value_or(false);
  request.transforms_need_capability = false;
  const rows::StackInput* previous = type == "UPDATE" ? &stack.current() : nullptr;
  TRY_ASSIGN(RequestedStack requested, readRequest(context, request, stack, previous));
  const StackChanges changes = changesOf(context.transaction(), stack, requested);

  if (is_new) {
    rows::StackNameRecord taken;
    taken.set_stack_id(stack.id());
    kStackNames.put(context.transaction(), taken, context.account(), context.region(), stack.name());
    setStackStatus(context.transaction(), stack, context.now(), context.random(), "REVIEW_IN_PROGRESS",
                   "User Initiated");
    putStack(context.transaction(), stack);
  }
  rows::ChangeSetRecord change_set;
  change_set.set_id("arn:aws:cloudformation:" + context.region() + ":" + context.account() + ":changeSet/" +
                    input.ChangeSetName_ + "/" + context.random().uuid());
  change_set.set_name(input.ChangeSetName_);
  change_set.set_stack_id(stack.id());
  change_set.set_stack_name(stack.name());
  change_set.set_description(input.Description_.value_or(""));
  change_set.set_type(type);
  change_set.set_creation_time(context.now().milliseconds);
  change_set.set_changes_json(changes.diff.changes.write());
  change_set.set_changes_with_values_json(changes.diff.changes_with_values.write());
  change_set.set_values_warning(changes.diff.warning);
  change_set.set_on_stack_failure(input.OnStackFailure_.value_or(""));
  change_set.set_include_nested_stacks(input.IncludeNestedStacks_.value_or(false));
  change_set.set_import_existing_resources(input.ImportExistingResources_.value_or(false));
  change_set.set_client_token(input.ClientToken_.value_or(""));
  *change_set.mutable_input() = requested.input;
  const bool usable = type == "CREATE" || changes.any;
  change_set.set_status(usable ? "CREATE_COMPLETE" : "FAILED");
  change_set.set_execution_status(usable ? "AVAILABLE" : "UNAVAILABLE");
  if (!usable) change_set.set_status_reason(kNoChanges);
  kChangeSets.put(context.transaction(), change_set, context.account(), context.region(), change_set.id());
  rows::ChangeSetNameRecord name;
  name.set_change_set_id(change_set.id());
  kChangeSetNames.put(context.transaction(), name, stack.id(), change_set.name());
  shape::CreateChangeSetOutput output;
  output.Id_ = change_set.id();
  output.StackId_ = stack.id();
  return output;
}

}  // namespace

void registerCreateChangeSet(dispatch::Registry& registry) {
  addWithUrl<shape::CreateChangeSet>(registry, &shape::CreateChangeSetInput::TemplateURL_,
                                     &shape::CreateChangeSetInput::TemplateBody_, createChangeSet);
}

}  // namespace thimble::services::cloudformation
