// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AddTagsToResource.html,
// API_RemoveTagsFromResource.html, API_ListTagsForResource.html
#include <map>

#include "services/ssm/parameters.h"

namespace thimble::services::ssm {
namespace {

namespace shape = shapes::ssm;

base::Result<rows::ParameterRecord> tagged(dispatch::SealedContext& context, const std::string& type,
                                           const std::string& id) {
  if (type != "Parameter") {
    return base::ApiError{"InvalidResourceType", "The resource type " + type + " is not supported.", 400};
  }
  auto record = kParameters.get(context.transaction(), context.account(), context.region(), id);
  if (!record) return base::ApiError{"InvalidResourceId", "", 400};
  return *std::move(record);
}

base::Result<shape::AddTagsToResourceResult> addTagsToResource(dispatch::SealedContext& context,
                                                               const shape::AddTagsToResourceRequest& input) {
  TRY_ASSIGN(rows::ParameterRecord record, tagged(context, input.ResourceType_, input.ResourceId_));
  for (const shape::Tag& tag : input.Tags_) (*record.mutable_tags())[tag.Key_] = tag.Value_;
  if (record.tags_size() > 50) return base::ApiError{"TooManyTagsError", "", 400};
  kParameters.put(context.transaction(), record, context.account(), context.region(), record.name());
  return shape::AddTagsToResourceResult{};
}

base::Result<shape::RemoveTagsFromResourceResult> removeTagsFromResource(
    dispatch::SealedContext& context, const shape::RemoveTagsFromResourceRequest& input) {
  TRY_ASSIGN(rows::ParameterRecord record, tagged(context, input.ResourceType_, input.ResourceId_));
  for (const std::string& key : input.TagKeys_) record.mutable_tags()->erase(key);
  kParameters.put(context.transaction(), record, context.account(), context.region(), record.name());
  return shape::RemoveTagsFromResourceResult{};
}

base::Result<shape::ListTagsForResourceResult> listTagsForResource(dispatch::SealedContext& context,
                                                                   const shape::ListTagsForResourceRequest& input) {
  TRY_ASSIGN(rows::ParameterRecord record, tagged(context, input.ResourceType_, input.ResourceId_));
  shape::ListTagsForResourceResult output;
  output.TagList_.emplace();
  const std::map<std::string, std::string> ordered(record.tags().begin(), record.tags().end());
  for (const auto& [key, value] : ordered) {
    shape::Tag tag;
    tag.Key_ = key;
    tag.Value_ = value;
    output.TagList_->push_back(std::move(tag));
  }
  return output;
}

}  // namespace

void registerTags(dispatch::Registry& registry, platform::Sealer& sealer) {
  dispatch::addSealed<shape::AddTagsToResource>(registry, sealer, addTagsToResource);
  dispatch::addSealed<shape::RemoveTagsFromResource>(registry, sealer, removeTagsFromResource);
  dispatch::addSealed<shape::ListTagsForResource>(registry, sealer, listTagsForResource);
}

}  // namespace thimble::services::ssm
