// Tags of users, roles, policies and instance profiles.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "services/iam/iam.pb.h"
#include "wire/shapes/iam.h"

namespace thimble::services::iam {

using TagRecords = google::protobuf::RepeatedPtrField<rows::Tag>;

/// Adds or replaces. InvalidInput for a key given twice, LimitExceeded beyond 50.
base::Result<void> addTags(TagRecords& records, const std::vector<shapes::iam::Tag>& tags);
void removeTags(TagRecords& records, const std::vector<std::string>& keys);
std::vector<shapes::iam::Tag> tagsOf(const TagRecords& records);
/// Nothing where there are none, as descriptions of entities have it.
std::optional<std::vector<shapes::iam::Tag>> tagsOrNothing(const TagRecords& records);

}  // namespace thimble::services::iam
