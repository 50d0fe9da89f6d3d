// The media type of an object that is made of a file, by the ending of its name.
#pragma once

#include <string>

namespace thimble::services::codepipeline {

/// Empty: not known, so that S3's own default stays.
std::string contentTypeOf(const std::string& name);

}  // namespace thimble::services::codepipeline
