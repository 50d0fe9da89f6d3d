// TagResource, UntagResource. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_TagResource.html
#include <algorithm>

#include "services/secretsmanager/secrets.h"
#include "services/secretsmanager/service.h"
#include "services/secretsmanager/shown.h"

namespace thimble::services::secretsmanager {
namespace {

using namespace shapes::secretsmanager;  // NOLINT: the operations of this file

base::Result<TagResource::Output> tag(dispatch::SealedContext& context, const TagResource::Input& input) {
  TRY_ASSIGN(rows::Secret secret, findLiveSecret(context, input.SecretId_, "secretsmanager:TagResource"));
  TRY(addTags(secret, input.Tags_));
  putSecret(context, secret);
  return TagResource::Output();
}

base::Result<UntagResource::Output> untag(dispatch::SealedContext& context, const UntagResource::Input& input) {
  TRY_ASSIGN(rows::Secret secret, findLiveSecret(context, input.SecretId_, "secretsmanager:UntagResource"));
  auto& tags = *secret.mutable_tags();
  tags.erase(std::remove_if(tags.begin(), tags.end(),
                            [&](const rows::Tag& each) {
                              return std::find(input.TagKeys_.begin(), input.TagKeys_.end(), each.key()) !=
                                     input.TagKeys_.end();
                            }),
             tags.end());
  putSecret(context, secret);
  return UntagResource::Output();
}

}  // namespace

void registerTags(dispatch::Registry& registry, platform::Sealer& sealer) {
  dispatch::addSealed<TagResource>(registry, sealer, tag);
  dispatch::addSealed<UntagResource>(registry, sealer, untag);
}

}  // namespace thimble::services::secretsmanager
