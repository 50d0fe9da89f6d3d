// A zip archive of one file, for function code that a template holds as text.
#pragma once

#include <string>
#include <string_view>

namespace thimble::services::cloudformation {

/// The archive's bytes: one uncompressed member, readable by all, with a fixed date so that equal code is equal bytes.
std::string zipOf(std::string_view name, std::string_view content);

}  // namespace thimble::services::cloudformation
