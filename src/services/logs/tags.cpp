// Tags of log groups, by the old operations (by name) and the new (by ARN).
#include <algorithm>

#include "services/logs/errors.h"
#include "services/logs/groups.h"
#include "services/logs/registration.h"
#include "wire/shapes/logs.h"

namespace thimble::services::logs {
namespace {

using shapes::logs::ListTagsForResource;
using shapes::logs::ListTagsLogGroup;
using shapes::logs::TagLogGroup;
using shapes::logs::TagResource;
using shapes::logs::UntagLogGroup;
using shapes::logs::UntagResource;

constexpr int kMaxTags = 50;

void save(dispatch::Context& context, const rows::GroupRecord& group) {
  kGroups.put(context.transaction(), group, context.account(), context.region(), group.name());
}

base::Result<void> addTags(dispatch::Context& context, const std::string& name,
                           const std::map<std::string, std::string>& tags) {
  TRY_ASSIGN(rows::GroupRecord group, loadGroup(context, name));
  for (const auto& [key, value] : tags) {
    auto& held = *group.mutable_tags();
    const auto found = std::find_if(held.begin(), held.end(), [&](const rows::Tag& tag) { return tag.key() == key; });
    rows::Tag& tag = found == held.end() ? *held.Add() : *found;
    tag.set_key(key);
    tag.set_value(value);
  }
  if (group.tags_size() > kMaxTags) {
    return base::ApiError{"TooManyTagsException", "The resource has more than 50 tags.", 400};
  }
  save(context, group);
  return {};
}

base::Result<void> removeTags(dispatch::Context& context, const std::string& name,
                              const std::vector<std::string>& keys) {
  TRY_ASSIGN(rows::GroupRecord group, loadGroup(context, name));
  auto& held = *group.mutable_tags();
  held.erase(std::remove_if(
                 held.begin(), held.end(),
                 [&](const rows::Tag& tag) { return std::find(keys.begin(), keys.end(), tag.key()) != keys.end(); }),
             held.end());
  save(context, group);
  return {};
}

base::Result<std::map<std::string, std::string>> tagsOf(dispatch::Context& context, const std::string& name) {
  TRY_ASSIGN(const rows::GroupRecord group, loadGroup(context, name));
  std::map<std::string, std::string> tags;
  for (const rows::Tag& tag : group.tags()) tags[tag.key()] = tag.value();
  return tags;
}

base::Result<TagLogGroup::Output> tagLogGroup(dispatch::Context& context, const TagLogGroup::Input& input) {
  TRY(addTags(context, input.logGroupName_, input.tags_));
  return TagLogGroup::Output{};
}

base::Result<UntagLogGroup::Output> untagLogGroup(dispatch::Context& context, const UntagLogGroup::Input& input) {
  TRY(removeTags(context, input.logGroupName_, input.tags_));
  return UntagLogGroup::Output{};
}

base::Result<ListTagsLogGroup::Output> listTagsLogGroup(dispatch::Context& context,
                                                        const ListTagsLogGroup::Input& input) {
  ListTagsLogGroup::Output output;
  TRY_ASSIGN(output.tags_, tagsOf(context, input.logGroupName_));
  return output;
}

base::Result<TagResource::Output> tagResource(dispatch::Context& context, const TagResource::Input& input) {
  TRY_ASSIGN(const std::string name, groupName(std::nullopt, input.resourceArn_));
  TRY(addTags(context, name, input.tags_));
  return TagResource::Output{};
}

base::Result<UntagResource::Output> untagResource(dispatch::Context& context, const UntagResource::Input& input) {
  TRY_ASSIGN(const std::string name, groupName(std::nullopt, input.resourceArn_));
  TRY(removeTags(context, name, input.tagKeys_));
  return UntagResource::Output{};
}

base::Result<ListTagsForResource::Output> listTagsForResource(dispatch::Context& context,
                                                              const ListTagsForResource::Input& input) {
  TRY_ASSIGN(const std::string name, groupName(std::nullopt, input.resourceArn_));
  ListTagsForResource::Output output;
  TRY_ASSIGN(output.tags_, tagsOf(context, name));
  return output;
}

}  // namespace

void registerTags(dispatch::Registry& registry) {
  registry.add<TagLogGroup>(tagLogGroup);
  registry.add<UntagLogGroup>(untagLogGroup);
  registry.add<ListTagsLogGroup>(listTagsLogGroup);
  registry.add<TagResource>(tagResource);
  registry.add<UntagResource>(untagResource);
  registry.add<ListTagsForResource>(listTagsForResource);
}

}  // namespace thimble::services::logs
