// TagResource, UntagResource, ListTagsForResource. https://docs.aws.amazon.com/sns/latest/api/API_TagResource.html
#include <algorithm>
#include <set>

#include "services/sns/errors.h"
#include "services/sns/service.h"
#include "wire/shapes/sns.h"

namespace thimble::services::sns {
namespace {

using namespace shapes::sns;  // NOLINT: the operations of this file

constexpr int kMaxTags = 50;

base::Result<rows::Topic> findTagged(dispatch::Context& context, const std::string& arn) {
  auto topic = findTopic(context, arn, "ResourceArn");
  if (!topic.ok() && topic.error().code == "NotFound") return resourceNotFound();
  return topic;
}

base::Result<TagResource::Output> tagResource(dispatch::Context& context, const TagResource::Input& input) {
  TRY_ASSIGN(rows::Topic topic, findTagged(context, input.ResourceArn_));
  std::set<std::string> seen;
  for (const auto& tag : input.Tags_) {
    if (!seen.insert(tag.Key_).second) return invalidParameter("Duplicated keys are not allowed.");
  }
  for (const auto& tag : input.Tags_) {
    auto& tags = *topic.mutable_tags();
    auto found = std::find_if(tags.begin(), tags.end(), [&](const rows::Tag& each) { return each.key() == tag.Key_; });
    rows::Tag& row = found != tags.end() ? *found : *topic.add_tags();
    row.set_key(tag.Key_);
    row.set_value(tag.Value_);
  }
  if (topic.tags_size() > kMaxTags) {
    return base::ApiError{"TagLimitExceeded", "Could not complete request: tag quota of per resource exceeded", 400};
  }
  kTopics.put(context.transaction(), topic, input.ResourceArn_);
  return TagResource::Output();
}

base::Result<UntagResource::Output> untagResource(dispatch::Context& context, const UntagResource::Input& input) {
  TRY_ASSIGN(rows::Topic topic, findTagged(context, input.ResourceArn_));
  auto& tags = *topic.mutable_tags();
  tags.erase(std::remove_if(tags.begin(), tags.end(),
                            [&](const rows::Tag& tag) {
                              return std::find(input.TagKeys_.begin(), input.TagKeys_.end(), tag.key()) !=
                                     input.TagKeys_.end();
                            }),
             tags.end());
  kTopics.put(context.transaction(), topic, input.ResourceArn_);
  return UntagResource::Output();
}

base::Result<ListTagsForResource::Output> listTagsForResource(dispatch::Context& context,
                                                              const ListTagsForResource::Input& input) {
  TRY_ASSIGN(const rows::Topic topic, findTagged(context, input.ResourceArn_));
  ListTagsForResource::Output output;
  output.Tags_.emplace();
  for (const rows::Tag& row : topic.tags()) {
    Tag& tag = output.Tags_->emplace_back();
    tag.Key_ = row.key();
    tag.Value_ = row.value();
  }
  return output;
}

}  // namespace

void registerTags(dispatch::Registry& registry) {
  registry.add<TagResource>(tagResource);
  registry.add<UntagResource>(untagResource);
  registry.add<ListTagsForResource>(listTagsForResource);
}

}  // namespace thimble::services::sns
