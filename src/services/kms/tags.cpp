// TagResource, UntagResource, ListResourceTags.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_TagResource.html
#include <map>

#include "services/kms/keys.h"
#include "services/kms/service.h"
#include "wire/shapes/kms.h"

namespace thimble::services::kms {
namespace {

using namespace shapes::kms;  // NOLINT: the operations of this file

constexpr int kMaxTags = 50;

base::Result<TagResource::Output> tag(dispatch::SealedContext& context, const TagResource::Input& input) {
  TRY_ASSIGN(rows::Key key, findOwnKey(context, input.KeyId_, "kms:TagResource"));
  for (const Tag& each : input.Tags_) (*key.mutable_tags())[each.TagKey_] = each.TagValue_;
  if (static_cast<int>(key.tags().size()) > kMaxTags) {
    return base::ApiError{"LimitExceededException", "A key has at most 50 tags.", 400};
  }
  putKey(context, key);
  return TagResource::Output();
}

base::Result<UntagResource::Output> untag(dispatch::SealedContext& context, const UntagResource::Input& input) {
  TRY_ASSIGN(rows::Key key, findOwnKey(context, input.KeyId_, "kms:UntagResource"));
  for (const std::string& each : input.TagKeys_) key.mutable_tags()->erase(each);
  putKey(context, key);
  return UntagResource::Output();
}

base::Result<ListResourceTags::Output> list(dispatch::SealedContext& context, const ListResourceTags::Input& input) {
  TRY_ASSIGN(const rows::Key key, findKey(context, input.KeyId_, "kms:ListResourceTags"));
  ListResourceTags::Output output;
  output.Tags_.emplace();
  output.Truncated_ = false;
  for (const auto& [name, value] : std::map<std::string, std::string>(key.tags().begin(), key.tags().end())) {
    Tag& shown = output.Tags_->emplace_back();
    shown.TagKey_ = name;
    shown.TagValue_ = value;
  }
  return output;
}

}  // namespace

void registerTags(dispatch::Registry& registry, platform::Sealer& sealer) {
  dispatch::addSealed<TagResource>(registry, sealer, tag);
  dispatch::addSealed<UntagResource>(registry, sealer, untag);
  dispatch::addSealed<ListResourceTags>(registry, sealer, list);
}

}  // namespace thimble::services::kms
