// Scalars as text: in headers, query strings, paths, forms and XML.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/time.h"
#include "wire/shapes/model.h"

namespace thimble::wire::protocols {

/// The text of a scalar model value. `format` says how timestamps are written where the member does not.
std::string writeScalar(const shapes::Member& member, const base::Json& value, shapes::TimestampFormat format);

/// The model value of a text; nothing when it is none of the shape's kind. Timestamps are read in all three formats.
std::optional<base::Json> readScalar(const shapes::Shape& shape, std::string_view text);

/// A timestamp's text or, for Unix time, number.
base::Json writeTimestamp(base::Timestamp time, shapes::TimestampFormat format);

}  // namespace thimble::wire::protocols
