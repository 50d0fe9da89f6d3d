// Gzip (RFC 1952) of what is in memory.
#pragma once

#include <string>
#include <string_view>

namespace thimble::base {

/// The compressed bytes; equal input gives equal bytes.
std::string gzip(std::string_view bytes);

}  // namespace thimble::base
