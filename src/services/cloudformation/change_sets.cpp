// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html,
// API_ExecuteChangeSet.html, API_DeleteChangeSet.html, API_ListChangeSets.html
#include "services/cloudformation/change_sets.h"

#include <algorithm>

#include "services/cloudformation/errors.h"
#include "services/cloudformation/operations.h"
#include "services/cloudformation/stack_operation.h"
#include "services/cloudformation/stack_policies.h"
#include "services/cloudformation/template_request.h"

namespace thimble::services::cloudformation {
namespace {

namespace shape = shapes::cloudformation;

std::vector<std::string> texts(const google::protobuf::RepeatedPtrField<std::string>& list) {
  return {list.begin(), list.end()};
}

base::Result<shape::DescribeChangeSetOutput> describeChangeSet(dispatch::Context& context,
                                                               const shape::DescribeChangeSetInput& input) {
  TRY_ASSIGN(rows::ChangeSetRecord change_set, findChangeSet(context, input.ChangeSetName_, input.StackName_));
  const bool with_values = input.IncludePropertyValues_.value_or(false);
  shape::DescribeChangeSetOutput output;
  output.ChangeSetName_ = change_set.name();
  output.ChangeSetId_ = change_set.id();
  output.StackId_ = change_set.stack_id();
  output.StackName_ = change_set.stack_name();
  if (!change_set.description().empty()) output.Description_ = change_set.description();
  output.Parameters_ = shownParameters(change_set.input());
  output.CreationTime_ = base::Timestamp{change_set.creation_time()};
  output.ExecutionStatus_ = change_set.execution_status();
  output.Status_ = change_set.status();
  if (!change_set.status_reason().empty()) output.StatusReason_ = change_set.status_reason();
  if (with_values && !change_set.values_warning().empty()) output.StatusReason_ = change_set.values_warning();
  output.NotificationARNs_ = texts(change_set.input().notification_arns());
  output.RollbackConfiguration_ = shape::RollbackConfiguration{};
  output.Capabilities_ = texts(change_set.input().capabilities());
  if (change_set.input().tags_size() > 0) output.Tags_ = shownTags(change_set.input());
  output.IncludeNestedStacks_ = change_set.include_nested_stacks();
  if (!change_set.on_stack_failure().empty()) output.OnStackFailure_ = change_set.on_stack_failure();
  if (change_set.import_existing_resources()) output.ImportExistingResources_ = true;
  const base::Json changes =
      parseStored(with_values ? change_set.changes_with_values_json() : change_set.changes_json());
  output.Changes_.emplace();
  for (const base::Json& change : changes.isArray() ? changes.asArray() : base::Json::Array{}) {
    output.Changes_->push_back(shapes::fromJson<shape::Change>(change));
  }
  return output;
}

base::Result<shape::ExecuteChangeSetOutput> executeChangeSet(dispatch::Context& context,
                                                             const shape::ExecuteChangeSetInput& input) {
  TRY_ASSIGN(rows::ChangeSetRecord change_set, findChangeSet(context, input.ChangeSetName_, input.StackName_));
  if (change_set.execution_status() != "AVAILABLE") {
    const std::string& status =
        change_set.status() == "CREATE_COMPLETE" ? change_set.execution_status() : change_set.status();
    return invalidChangeSetStatus("ChangeSet [" + change_set.id() + "] cannot be executed in its current status of [" +
                                  status + "]");
  }
  auto stack = findStackById(context.transaction(), change_set.stack_id());
  if (!stack || stack->status() == "DELETE_COMPLETE") return stackDoesNotExist(change_set.stack_name());
  rows::OperationRecord operation;
  const std::string& on_failure = change_set.on_stack_failure();
  operation.set_disable_rollback(input.DisableRollback_.value_or(on_failure == "DO_NOTHING"));
  operation.set_on_failure(on_failure);
  operation.set_client_token(input.ClientRequestToken_.value_or(""));
  operation.set_change_set_id(change_set.id());
  // The calls are made as whoever executes.
  *change_set.mutable_input()->mutable_caller() = callerRecord(context.call());
  change_set.set_execution_status("EXECUTE_COMPLETE");
  kChangeSets.put(context.transaction(), change_set, context.account(), context.region(), change_set.id());
  stack->set_change_set_id(change_set.id());
  makeChangeSetsObsolete(context, stack->id());
  if (change_set.type() == "UPDATE") {
    TRY(checkUpdatable(*stack));
    TRY(checkAgainstPolicy(*stack, "", parseStored(change_set.changes_json())));
    beginUpdate(context, *stack, change_set.input(), operation);
    return shape::ExecuteChangeSetOutput{};
  }
  operation.set_kind(rows::OperationRecord::CREATE);
  operation.set_phase(rows::OperationRecord::DEPLOY);
  *stack->mutable_current() = change_set.input();
  stack->set_disable_rollback(operation.disable_rollback());
  stack->set_client_token(operation.client_token());
  stack->set_last_updated_time(context.now().milliseconds);
  setStackStatus(context.transaction(), *stack, context.now(), context.random(), "CREATE_IN_PROGRESS",
                 "User Initiated");
  startOperation(context, *stack, operation);
  return shape::ExecuteChangeSetOutput{};
}

base::Result<shape::DeleteChangeSetOutput> deleteChangeSet(dispatch::Context& context,
                                                           const shape::DeleteChangeSetInput& input) {
  auto found = findChangeSet(context, input.ChangeSetName_, input.StackName_);
  // Deleting what is not there succeeds.
  if (!found.ok()) {
    if (found.error().code == "ChangeSetNotFound") return shape::DeleteChangeSetOutput{};
    return std::move(found).error();
  }
  kChangeSets.erase(context.transaction(), context.account(), context.region(), found->id());
  const auto name = kChangeSetNames.get(context.transaction(), found->stack_id(), found->name());
  if (name && name->change_set_id() == found->id())
    kChangeSetNames.erase(context.transaction(), found->stack_id(), found->name());
  return shape::DeleteChangeSetOutput{};
}

base::Result<shape::ListChangeSetsOutput> listChangeSets(dispatch::Context& context,
                                                         const shape::ListChangeSetsInput& input) {
  auto stack = findStack(context.transaction(), context.account(), context.region(), input.StackName_);
  if (!stack) return stackDoesNotExist(input.StackName_);
  shape::ListChangeSetsOutput output;
  output.Summaries_.emplace();
  for (const auto& entry : kChangeSetNames.scan(context.transaction(), {}, stack->id())) {
    const auto change_set =
        kChangeSets.get(context.transaction(), context.account(), context.region(), entry.record.change_set_id());
    if (!change_set || change_set->execution_status() == "EXECUTE_COMPLETE") continue;
    shape::ChangeSetSummary summary;
    summary.StackId_ = change_set->stack_id();
    summary.StackName_ = change_set->stack_name();
    summary.ChangeSetId_ = change_set->id();
    summary.ChangeSetName_ = change_set->name();
    summary.ExecutionStatus_ = change_set->execution_status();
    summary.Status_ = change_set->status();
    if (!change_set->status_reason().empty()) summary.StatusReason_ = change_set->status_reason();
    summary.CreationTime_ = base::Timestamp{change_set->creation_time()};
    if (!change_set->description().empty()) summary.Description_ = change_set->description();
    summary.IncludeNestedStacks_ = change_set->include_nested_stacks();
    output.Summaries_->push_back(std::move(summary));
  }
  return output;
}

}  // namespace

base::Result<rows::ChangeSetRecord> findChangeSet(dispatch::Context& context, const std::string& name_or_id,
                                                  const std::optional<std::string>& stack_name) {
  if (name_or_id.compare(0, 4, "arn:") == 0) {
    auto found = kChangeSets.get(context.transaction(), context.account(), context.region(), name_or_id);
    if (!found) return changeSetNotFound(name_or_id);
    return *found;
  }
  if (!stack_name) return validationError("StackName must be specified if ChangeSetName is not specified as an ARN.");
  auto stack = findStack(context.transaction(), context.account(), context.region(), *stack_name);
  if (!stack) return stackDoesNotExist(*stack_name);
  const auto name = kChangeSetNames.get(context.transaction(), stack->id(), name_or_id);
  auto found = name ? kChangeSets.get(context.transaction(), context.account(), context.region(), name->change_set_id())
                    : std::nullopt;
  if (!found) return changeSetNotFound(name_or_id);
  return *found;
}

std::optional<std::vector<shape::Parameter>> shownParameters(const rows::StackInput& input) {
  if (input.parameters_size() == 0) return std::nullopt;
  std::vector<shape::Parameter> parameters;
  for (const rows::ParameterRecord& record : input.parameters()) {
    shape::Parameter parameter;
    parameter.ParameterKey_ = record.key();
    parameter.ParameterValue_ = record.no_echo() ? "****" : record.text();
    if (record.stored()) {
      const base::Json value = parseStored(record.value_json());
      std::string text = value.isString() ? value.asString() : std::string();
      if (value.isArray()) {
        for (const base::Json& each : value.asArray()) text += (text.empty() ? "" : ",") + each.asString();
      }
      parameter.ResolvedValue_ = record.no_echo() ? "****" : text;
    }
    parameters.push_back(std::move(parameter));
  }
  std::sort(parameters.begin(), parameters.end(),
            [](const auto& left, const auto& right) { return left.ParameterKey_ < right.ParameterKey_; });
  return parameters;
}

std::vector<shape::Tag> shownTags(const rows::StackInput& input) {
  std::vector<shape::Tag> tags;
  for (const rows::TagRecord& record : input.tags()) {
    shape::Tag tag;
    tag.Key_ = record.key();
    tag.Value_ = record.value();
    tags.push_back(std::move(tag));
  }
  return tags;
}

void registerChangeSets(dispatch::Registry& registry) {
  registry.add<shape::DescribeChangeSet>(describeChangeSet);
  registry.add<shape::ExecuteChangeSet>(executeChangeSet);
  registry.add<shape::DeleteChangeSet>(deleteChangeSet);
  registry.add<shape::ListChangeSets>(listChangeSets);
}

}  // namespace thimble::services::cloudformation
