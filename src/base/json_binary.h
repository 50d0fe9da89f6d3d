// A compact binary form of Json for rows on disk. Unlike text it holds strings of any bytes (blobs) and keeps apart
// integers and doubles.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace thimble::base {

/// One tag byte a value; lengths and integers as variable-length numbers; doubles as eight bytes, little-endian.
std::string encodeJsonBinary(const Json& value);
/// Nothing when the bytes are not one whole value (damage), or nest deeper than 1,024.
std::optional<Json> decodeJsonBinary(std::string_view bytes);

}  // namespace thimble::base
