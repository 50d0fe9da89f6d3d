#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "services/codepipeline/codepipeline.pb.h"
#include "wire/shapes/codepipeline.h"

namespace thimble::services::codepipeline {

/// Adds tags, or replaces those of the same key. Errors: InvalidTagsException, TooManyTagsException.
base::Result<void> addTags(google::protobuf::RepeatedPtrField<rows::Tag>& tags,
                           const std::vector<shapes::codepipeline::Tag>& added);

}  // namespace thimble::services::codepipeline
