// Tags of state machines and activities.
#include "services/states/errors.h"
#include "services/states/machines.h"
#include "services/states/parts.h"
#include "wire/shapes/states.h"

namespace thimble::services::states {
namespace {

using base::Result;
namespace s = shapes::states;

/// Success when the ARN names a state machine or an activity that exists.
Result<void> checkResource(dispatch::Context& context, const std::string& arn) {
  if (arn.find(":activity:") != std::string::npos) {
    TRY_ASSIGN(const ActivityArn activity, parseActivityArn(arn));
    if (!kActivities.has(context.transaction(), activity.account, activity.region, activity.name))
      return resourceNotFound(arn);
    return {};
  }
  TRY_ASSIGN(const MachineArn machine, parseMachineArn(arn));
  if (!loadMachine(context.transaction(), machine)) return resourceNotFound(arn);
  return {};
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html
Result<s::TagResource::Output> tagResource(dispatch::Context& context, const s::TagResource::Input& input) {
  TRY(checkResource(context, input.resourceArn_));
  std::vector<std::pair<std::string, std::string>> tags;
  for (const s::Tag& tag : input.tags_) tags.emplace_back(tag.key_.value_or(""), tag.value_.value_or(""));
  TRY(addTags(context.transaction(), input.resourceArn_, tags));
  return s::TagResource::Output{};
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_UntagResource.html
Result<s::UntagResource::Output> untagResource(dispatch::Context& context, const s::UntagResource::Input& input) {
  TRY(checkResource(context, input.resourceArn_));
  const rows::Tags before = kTags.get(context.transaction(), input.resourceArn_).value_or(rows::Tags());
  rows::Tags after;
  for (const rows::Tag& tag : before.tags()) {
    bool removed = false;
    for (const std::string& key : input.tagKeys_) removed = removed || key == tag.key();
    if (!removed) *after.add_tags() = tag;
  }
  kTags.put(context.transaction(), after, input.resourceArn_);
  return s::UntagResource::Output{};
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListTagsForResource.html
Result<s::ListTagsForResource::Output> listTags(dispatch::Context& context,
                                                const s::ListTagsForResource::Input& input) {
  TRY(checkResource(context, input.resourceArn_));
  s::ListTagsForResource::Output output;
  output.tags_.emplace();
  const rows::Tags tags = kTags.get(context.transaction(), input.resourceArn_).value_or(rows::Tags());
  for (const rows::Tag& tag : tags.tags()) {
    s::Tag item;
    item.key_ = tag.key();
    item.value_ = tag.value();
    output.tags_->push_back(std::move(item));
  }
  return output;
}

}  // namespace

void registerTags(dispatch::Registry& registry) {
  registry.add<s::TagResource>(tagResource);
  registry.add<s::UntagResource>(untagResource);
  registry.add<s::ListTagsForResource>(listTags);
}

}  // namespace thimble::services::states
