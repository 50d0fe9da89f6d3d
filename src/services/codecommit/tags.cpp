// https://docs.aws.amazon.com/codecommit/latest/APIReference/API_TagResource.html, API_UntagResource.html,
// API_ListTagsForResource.html
#include "services/codecommit/tags.h"

#include "base/arn.h"
#include "services/codecommit/operations.h"
#include "services/codecommit/repositories.h"

namespace thimble::services::codecommit {
namespace {

constexpr std::size_t kMaxTags = 50;

base::Result<rows::RepositoryRecord> tagged(dispatch::Context& context, const std::string& text) {
  const auto arn = base::parseArn(text);
  if (!arn || arn->service != "codecommit" || arn->resource.empty()) return invalidResourceArn();
  if (arn->account != context.account() || arn->region != context.region()) return invalidResourceArn();
  return findRepository(context, arn->resource);
}

base::Result<shape::TagResource::Output> tag(dispatch::Context& context, const shape::TagResourceInput& input) {
  TRY_ASSIGN(auto record, tagged(context, input.resourceArn_));
  TRY(addTags(*record.mutable_tags(), input.tags_));
  saveRepository(context.transaction(), record);
  return shape::TagResource::Output{};
}

base::Result<shape::UntagResource::Output> untag(dispatch::Context& context, const shape::UntagResourceInput& input) {
  TRY_ASSIGN(auto record, tagged(context, input.resourceArn_));
  for (const std::string& key : input.tagKeys_) record.mutable_tags()->erase(key);
  saveRepository(context.transaction(), record);
  return shape::UntagResource::Output{};
}

base::Result<shape::ListTagsForResourceOutput> list(dispatch::Context& context,
                                                    const shape::ListTagsForResourceInput& input) {
  TRY_ASSIGN(const auto record, tagged(context, input.resourceArn_));
  shape::ListTagsForResourceOutput output;
  output.tags_.emplace(record.tags().begin(), record.tags().end());
  return output;
}

}  // namespace

base::Result<void> addTags(google::protobuf::Map<std::string, std::string>& tags,
                           const std::map<std::string, std::string>& added) {
  for (const auto& [key, value] : added) {
    if (key.starts_with("aws:")) {
      return makeError("InvalidSystemTagUsageException", "Tag keys that begin with aws: are reserved");
    }
    tags[key] = value;
  }
  if (tags.size() > kMaxTags) return tooManyTags();
  return {};
}

void registerTagOperations(dispatch::Registry& registry) {
  registry.add<shape::TagResource>(tag);
  registry.add<shape::UntagResource>(untag);
  registry.add<shape::ListTagsForResource>(list);
}

}  // namespace thimble::services::codecommit
