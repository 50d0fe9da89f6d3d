// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResource.html,
// API_DescribeStackResources.html, API_ListStackResources.html
#include "services/cloudformation/errors.h"
#include "services/cloudformation/operations.h"
#include "services/cloudformation/stacks.h"
#include "wire/shapes/cloudformation.h"

namespace thimble::services::cloudformation {
namespace {

namespace shape = shapes::cloudformation;

std::optional<std::string> present(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

template <class Out>
void setDrift(Out& out) {
  using Information = typename std::decay_t<decltype(out.DriftInformation_)>::value_type;
  Information drift;
  drift.StackResourceDriftStatus_ = "NOT_CHECKED";
  out.DriftInformation_ = drift;
}

shape::StackResource shownResource(const rows::StackRecord& stack, const rows::ResourceRecord& resource) {
  shape::StackResource out;
  out.StackName_ = stack.name();
  out.StackId_ = stack.id();
  out.LogicalResourceId_ = resource.logical_id();
  out.PhysicalResourceId_ = present(resource.instance().physical_id());
  out.ResourceType_ = resource.type();
  out.Timestamp_ = base::Timestamp{resource.timestamp()};
  out.ResourceStatus_ = resource.status();
  out.ResourceStatusReason_ = present(resource.status_reason());
  setDrift(out);
  return out;
}

base::Result<shape::DescribeStackResourceOutput> describeStackResource(dispatch::Context& context,
                                                                       const shape::DescribeStackResourceInput& input) {
  auto stack = findStack(context.transaction(), context.account(), context.region(), input.StackName_);
  if (!stack) return validationError("Stack '" + input.StackName_ + "' does not exist");
  auto resource = kResources.get(context.transaction(), stack->id(), input.LogicalResourceId_);
  if (!resource) {
    return validationError("Resource " + input.LogicalResourceId_ + " does not exist for stack " + stack->name());
  }
  shape::StackResourceDetail out;
  out.StackName_ = stack->name();
  out.StackId_ = stack->id();
  out.LogicalResourceId_ = resource->logical_id();
  out.PhysicalResourceId_ = present(resource->instance().physical_id());
  out.ResourceType_ = resource->type();
  out.LastUpdatedTimestamp_ = base::Timestamp{resource->timestamp()};
  out.ResourceStatus_ = resource->status();
  out.ResourceStatusReason_ = present(resource->status_reason());
  out.Metadata_ = resource->metadata_json().empty() ? "{}" : resource->metadata_json();
  setDrift(out);
  shape::DescribeStackResourceOutput output;
  output.StackResourceDetail_ = std::move(out);
  return output;
}

base::Result<shape::DescribeStackResourcesOutput> describeStackResources(
    dispatch::Context& context, const shape::DescribeStackResourcesInput& input) {
  std::optional<rows::StackRecord> stack;
  if (input.StackName_) {
    stack = findStack(context.transaction(), context.account(), context.region(), *input.StackName_);
    if (!stack) return stackWithIdDoesNotExist(*input.StackName_);
  } else if (!input.PhysicalResourceId_) {
    return validationError("You must specify either StackName or PhysicalResourceId.");
  }
  shape::DescribeStackResourcesOutput output;
  output.StackResources_.emplace();
  const auto add = [&](const rows::StackRecord& owner) {
    bool found = false;
    for (const auto& [name, resource] : stackResources(context.transaction(), owner.id())) {
      if (input.LogicalResourceId_ && *input.LogicalResourceId_ != name) continue;
      found = found || (input.PhysicalResourceId_ && resource.instance().physical_id() == *input.PhysicalResourceId_);
      output.StackResources_->push_back(shownResource(owner, resource));
    }
    return found;
  };
  if (stack) {
    add(*stack);
    return output;
  }
  for (const auto& entry : kStacks.scan(context.transaction(), {}, context.account(), context.region())) {
    output.StackResources_->clear();
    if (add(entry.record)) return output;
  }
  return validationError("Stack for " + *input.PhysicalResourceId_ + " does not exist");
}

base::Result<shape::ListStackResourcesOutput> listStackResources(dispatch::Context& context,
                                                                 const shape::ListStackResourcesInput& input) {
  auto stack = findStack(context.transaction(), context.account(), context.region(), input.StackName_);
  if (!stack) return stackWithIdDoesNotExist(input.StackName_);
  shape::ListStackResourcesOutput output;
  output.StackResourceSummaries_.emplace();
  for (const auto& [name, resource] : stackResources(context.transaction(), stack->id())) {
    shape::StackResourceSummary out;
    out.LogicalResourceId_ = resource.logical_id();
    out.PhysicalResourceId_ = present(resource.instance().physical_id());
    out.ResourceType_ = resource.type();
    out.LastUpdatedTimestamp_ = base::Timestamp{resource.timestamp()};
    out.ResourceStatus_ = resource.status();
    out.ResourceStatusReason_ = present(resource.status_reason());
    setDrift(out);
    output.StackResourceSummaries_->push_back(std::move(out));
  }
  return output;
}

}  // namespace

void registerStackResources(dispatch::Registry& registry) {
  registry.add<shape::DescribeStackResource>(describeStackResource);
  registry.add<shape::DescribeStackResources>(describeStackResources);
  registry.add<shape::ListStackResources>(listStackResources);
}

}  // namespace thimble::services::cloudformation
