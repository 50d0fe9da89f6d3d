// ListTagsForResource, TagResource, UntagResource: of pipelines.
#include "services/codepipeline/tags.h"

#include <algorithm>

#include "base/arn.h"
#include "services/codepipeline/errors.h"
#include "services/codepipeline/operations.h"
#include "services/codepipeline/tables.h"

namespace thimble::services::codepipeline {
namespace {

namespace s = shapes::codepipeline;

constexpr int kMostTags = 50;

base::Result<rows::Pipeline> findTagged(dispatch::Context& context, const std::string& arn) {
  const auto parts = base::parseArn(arn);
  if (!parts || parts->service != "codepipeline") return invalidArn(arn);
  auto pipeline = findPipelineByArn(context.transaction(), arn);
  if (!pipeline || parts->account != context.account()) return resourceNotFound(arn);
  return *std::move(pipeline);
}

base::Result<s::ListTagsForResource::Output> listTags(dispatch::Context& context,
                                                      const s::ListTagsForResource::Input& input) {
  TRY_ASSIGN(const rows::Pipeline pipeline, findTagged(context, input.resourceArn_));
  s::ListTagsForResource::Output output;
  output.tags_.emplace();
  for (const rows::Tag& tag : pipeline.tags()) {
    s::Tag made;
    made.key_ = tag.key();
    made.value_ = tag.value();
    output.tags_->push_back(made);
  }
  return output;
}

base::Result<s::TagResource::Output> tagResource(dispatch::Context& context, const s::TagResource::Input& input) {
  TRY_ASSIGN(rows::Pipeline pipeline, findTagged(context, input.resourceArn_));
  TRY(addTags(*pipeline.mutable_tags(), input.tags_));
  putPipeline(context.transaction(), pipeline);
  return s::TagResource::Output();
}

base::Result<s::UntagResource::Output> untagResource(dispatch::Context& context, const s::UntagResource::Input& input) {
  TRY_ASSIGN(rows::Pipeline pipeline, findTagged(context, input.resourceArn_));
  google::protobuf::RepeatedPtrField<rows::Tag> kept;
  for (const rows::Tag& tag : pipeline.tags()) {
    if (std::find(input.tagKeys_.begin(), input.tagKeys_.end(), tag.key()) == input.tagKeys_.end()) *kept.Add() = tag;
  }
  *pipeline.mutable_tags() = kept;
  putPipeline(context.transaction(), pipeline);
  return s::UntagResource::Output();
}

}  // namespace

base::Result<void> addTags(google::protobuf::RepeatedPtrField<rows::Tag>& tags, const std::vector<s::Tag>& added) {
  for (const s::Tag& tag : added) {
    if (tag.key_.starts_with("aws:")) return invalidTags("Tag keys that begin with 'aws:' are reserved.");
    auto same = std::find_if(tags.begin(), tags.end(), [&](const rows::Tag& one) { return one.key() == tag.key_; });
    rows::Tag* row = same == tags.end() ? tags.Add() : &*same;
    row->set_key(tag.key_);
    row->set_value(tag.value_);
  }
  if (tags.size() > kMostTags) return tooManyTags();
  return {};
}

void registerTags(dispatch::Registry& registry) {
  registry.add<s::ListTagsForResource>(listTags);
  registry.add<s::TagResource>(tagResource);
  registry.add<s::UntagResource>(untagResource);
}

}  // namespace thimble::services::codepipeline
