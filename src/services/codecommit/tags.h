// Tags of repositories.
#pragma once

#include <google/protobuf/map.h>

#include <map>
#include <string>

#include "base/result.h"

namespace thimble::services::codecommit {

/// Adds tags, or replaces their values. InvalidSystemTagUsageException, TooManyTagsException.
base::Result<void> addTags(google::protobuf::Map<std::string, std::string>& tags,
                           const std::map<std::string, std::string>& added);

}  // namespace thimble::services::codecommit
