// The agent's program as bytes of this one.
#pragma once

#include <string_view>

namespace thimble::services::codebuild::agent {

std::string_view embeddedAgent();

}  // namespace thimble::services::codebuild::agent
