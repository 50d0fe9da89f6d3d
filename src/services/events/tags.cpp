// TagResource, UntagResource, ListTagsForResource: of rules and buses.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TagResource.html
#include <functional>

#include "services/events/names.h"
#include "services/events/operations.h"
#include "services/events/tag_rows.h"

namespace thimble::services::events {
namespace {

using namespace shapes::events;  // NOLINT: the operations of this file

/// Lets `change` see the tags of what the ARN names, and keeps what it made of them.
base::Result<void> withTags(dispatch::Context& context, const std::string& arn,
                            const std::function<base::Result<void>(TagRows&)>& change, bool writes) {
  if (const auto named = ruleOfArn(arn)) {
    TRY_ASSIGN(rows::Rule rule, findRule(context.transaction(), named->bus, named->name));
    TRY(change(*rule.mutable_tags()));
    if (writes) putRule(context.transaction(), named->bus, rule);
    return {};
  }
  const auto bus = busOfArn(arn);
  if (!bus) return validation("Parameter ResourceARN is not valid. Reason: Provided Arn is not in correct format.");
  TRY_ASSIGN(rows::EventBus row, findBus(context.transaction(), *bus));
  TRY(change(*row.mutable_tags()));
  if (writes) kBuses.put(context.transaction(), row, bus->account, bus->region, bus->name);
  return {};
}

base::Result<TagResource::Output> tag(dispatch::Context& context, const TagResource::Input& input) {
  TRY(withTags(
      context, input.ResourceARN_, [&](TagRows& tags) { return addTags(tags, input.Tags_); }, true));
  return TagResource::Output();
}

base::Result<UntagResource::Output> untag(dispatch::Context& context, const UntagResource::Input& input) {
  const auto remove = [&](TagRows& tags) -> base::Result<void> {
    tags.erase(std::remove_if(tags.begin(), tags.end(),
                              [&](const rows::Tag& each) {
                                return std::find(input.TagKeys_.begin(), input.TagKeys_.end(), each.key()) !=
                                       input.TagKeys_.end();
                              }),
               tags.end());
    return {};
  };
  TRY(withTags(context, input.ResourceARN_, remove, true));
  return UntagResource::Output();
}

base::Result<ListTagsForResource::Output> list(dispatch::Context& context, const ListTagsForResource::Input& input) {
  ListTagsForResource::Output output;
  output.Tags_.emplace();
  const auto read = [&](TagRows& tags) -> base::Result<void> {
    for (const rows::Tag& row : tags) {
      Tag& shown = output.Tags_->emplace_back();
      shown.Key_ = row.key();
      shown.Value_ = row.value();
    }
    return {};
  };
  TRY(withTags(context, input.ResourceARN_, read, false));
  return output;
}

}  // namespace

void registerTags(dispatch::Registry& registry) {
  registry.add<TagResource>(tag);
  registry.add<UntagResource>(untag);
  registry.add<ListTagsForResource>(list);
}

}  // namespace thimble::services::events
