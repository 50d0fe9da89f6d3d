// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html, API_ListStacks.html,
// API_DescribeStackEvents.html
#include <algorithm>

#include "base/encoding.h"
#include "base/local_url.h"
#include "services/cloudformation/change_sets.h"
#include "services/cloudformation/errors.h"
#include "services/cloudformation/operations.h"

namespace thimble::services::cloudformation {
namespace {

namespace shape = shapes::cloudformation;

constexpr std::size_t kPage = 100;

shape::Stack shownStack(const rows::StackRecord& stack, const Addresses& addresses) {
  const rows::StackInput& input = stack.current();
  const bool deleted = stack.status() == "DELETE_COMPLETE";
  shape::Stack out;
  out.StackId_ = stack.id();
  out.StackName_ = stack.name();
  if (!stack.change_set_id().empty() && !deleted) out.ChangeSetId_ = stack.change_set_id();
  if (!input.description().empty()) out.Description_ = input.description();
  out.Parameters_ = shownParameters(input);
  out.CreationTime_ = base::Timestamp{stack.creation_time()};
  if (stack.deletion_time() > 0) out.DeletionTime_ = base::Timestamp{stack.deletion_time()};
  if (stack.last_updated_time() > 0) out.LastUpdatedTime_ = base::Timestamp{stack.last_updated_time()};
  out.RollbackConfiguration_ = shape::RollbackConfiguration{};
  out.StackStatus_ = stack.status();
  if (!stack.status_reason().empty()) out.StackStatusReason_ = stack.status_reason();
  out.DisableRollback_ = stack.disable_rollback();
  out.NotificationARNs_ = std::vector<std::string>(input.notification_arns().begin(), input.notification_arns().end());
  if (stack.timeout_minutes() > 0) out.TimeoutInMinutes_ = stack.timeout_minutes();
  if (input.capabilities_size() > 0)
    out.Capabilities_ = std::vector<std::string>(input.capabilities().begin(), input.capabilities().end());
  if (stack.outputs_size() > 0 && !deleted) {
    out.Outputs_.emplace();
    for (const rows::OutputRecord& record : stack.outputs()) {
      shape::Output output;
      output.OutputKey_ = record.key();
      output.OutputValue_ =
          base::localUrl(record.value(), addresses.local_endpoint ? addresses.local_endpoint() : std::string());
      if (!record.description().empty()) output.Description_ = record.description();
      if (!record.export_name().empty()) output.ExportName_ = record.export_name();
      out.Outputs_->push_back(std::move(output));
    }
  }
  if (!input.role_arn().empty()) out.RoleARN_ = input.role_arn();
  out.Tags_ = shownTags(input);
  if (!deleted) out.EnableTerminationProtection_ = stack.termination_protection();
  if (!stack.parent_id().empty()) out.ParentId_ = stack.parent_id();
  if (!stack.root_id().empty()) out.RootId_ = stack.root_id();
  shape::StackDriftInformation drift;
  drift.StackDriftStatus_ = "NOT_CHECKED";
  out.DriftInformation_ = drift;
  return out;
}

/// Stacks of the account and region after the token, newest first within a page; fills the next token.
template <class Visit>
std::optional<std::string> eachStack(dispatch::Context& context, const std::optional<std::string>& token, Visit visit) {
  std::string after;
  if (token) after = base::decodeHex(*token).value_or("");
  std::size_t count = 0;
  const auto entries = kStacks.scanAfter(context.transaction(), after, {}, context.account(), context.region());
  for (const auto& entry : entries) {
    if (!visit(entry.record)) continue;
    if (++count == kPage) return &entry == &entries.back() ? std::nullopt : std::optional(base::encodeHex(entry.key));
  }
  return std::nullopt;
}

base::Result<shape::DescribeStacksOutput> describeStacks(dispatch::Context& context,
                                                         const shape::DescribeStacksInput& input,
                                                         const Addresses& addresses) {
  shape::DescribeStacksOutput output;
  output.Stacks_.emplace();
  if (input.StackName_ && !input.StackName_->empty()) {
    auto stack = findStack(context.transaction(), context.account(), context.region(), *input.StackName_);
    if (!stack) return stackWithIdDoesNotExist(*input.StackName_);
    output.Stacks_->push_back(shownStack(*stack, addresses));
    return output;
  }
  output.NextToken_ = eachStack(context, input.NextToken_, [&](const rows::StackRecord& stack) {
    if (stack.status() == "DELETE_COMPLETE") return false;
    output.Stacks_->push_back(shownStack(stack, addresses));
    return true;
  });
  return output;
}

base::Result<shape::ListStacksOutput> listStacks(dispatch::Context& context, const shape::ListStacksInput& input) {
  shape::ListStacksOutput output;
  output.StackSummaries_.emplace();
  const auto filter = input.StackStatusFilter_.value_or(std::vector<std::string>{});
  output.NextToken_ = eachStack(context, input.NextToken_, [&](const rows::StackRecord& stack) {
    if (!filter.empty() && std::find(filter.begin(), filter.end(), stack.status()) == filter.end()) return false;
    shape::StackSummary summary;
    summary.StackId_ = stack.id();
    summary.StackName_ = stack.name();
    if (!stack.current().description().empty()) summary.TemplateDescription_ = stack.current().description();
    summary.CreationTime_ = base::Timestamp{stack.creation_time()};
    if (stack.last_updated_time() > 0) summary.LastUpdatedTime_ = base::Timestamp{stack.last_updated_time()};
    if (stack.deletion_time() > 0) summary.DeletionTime_ = base::Timestamp{stack.deletion_time()};
    summary.StackStatus_ = stack.status();
    if (!stack.status_reason().empty()) summary.StackStatusReason_ = stack.status_reason();
    if (!stack.parent_id().empty()) summary.ParentId_ = stack.parent_id();
    if (!stack.root_id().empty()) summary.RootId_ = stack.root_id();
    shape::StackDriftInformationSummary drift;
    drift.StackDriftStatus_ = "NOT_CHECKED";
    summary.DriftInformation_ = drift;
    output.StackSummaries_->push_back(std::move(summary));
    return true;
  });
  return output;
}

shape::StackEvent shownEvent(const rows::StackRecord& stack, const rows::EventRecord& event) {
  shape::StackEvent out;
  out.StackId_ = stack.id();
  out.EventId_ = event.event_id();
  out.StackName_ = stack.name();
  out.LogicalResourceId_ = event.logical_id();
  out.PhysicalResourceId_ = event.physical_id();
  out.ResourceType_ = event.type();
  out.Timestamp_ = base::Timestamp{event.timestamp()};
  out.ResourceStatus_ = event.status();
  if (!event.reason().empty()) out.ResourceStatusReason_ = event.reason();
  if (!event.properties_json().empty()) out.ResourceProperties_ = event.properties_json();
  if (!event.client_token().empty()) out.ClientRequestToken_ = event.client_token();
  return out;
}

base::Result<shape::DescribeStackEventsOutput> describeStackEvents(dispatch::Context& context,
                                                                   const shape::DescribeStackEventsInput& input) {
  auto stack = findStack(context.transaction(), context.account(), context.region(), input.StackName_);
  if (!stack) return stackDoesNotExist(input.StackName_);
  std::string after;
  if (input.NextToken_) after = base::decodeHex(*input.NextToken_).value_or("");
  shape::DescribeStackEventsOutput output;
  output.StackEvents_.emplace();
  const auto events =
      kEvents.scanAfter(context.transaction(), after, {.limit = kPage + 1, .reverse = true}, stack->id());
  for (std::size_t i = 0; i < events.size() && i < kPage; ++i)
    output.StackEvents_->push_back(shownEvent(*stack, events[i].record));
  if (events.size() > kPage) output.NextToken_ = base::encodeHex(events[kPage - 1].key);
  return output;
}

}  // namespace

void registerDescribeStacks(dispatch::Registry& registry, const Addresses& addresses) {
  registry.add<shape::DescribeStacks>([addresses](dispatch::Context& context, const shape::DescribeStacksInput& input) {
    return describeStacks(context, input, addresses);
  });
  registry.add<shape::ListStacks>(listStacks);
  registry.add<shape::DescribeStackEvents>(describeStackEvents);
}

}  // namespace thimble::services::cloudformation
