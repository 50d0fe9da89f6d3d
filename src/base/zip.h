// A zip archive of one file: function code that a template holds as text, an artifact that is one document.
#pragma once

#include <string>
#include <string_view>

namespace thimble::base {

/// The archive's bytes: one uncompressed member, readable by all, with a fixed date so that equal code is equal bytes.
std::string zipOf(std::string_view name, std::string_view content);

}  // namespace thimble::base
