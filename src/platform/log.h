// What the operator of the server should know: one line each, on the standard error.
#pragma once

#include <string_view>

namespace thimble::platform {

/// Writes "<UTC time> warning: <text>" in one write; line breaks within become spaces. Never throws.
void warn(std::string_view text);

}  // namespace thimble::platform
