// How long a text is for AWS, whose services count as Java does.
#pragma once

#include <cstddef>
#include <string_view>

namespace thimble::base {

/// UTF-16 code units of a UTF-8 text: what AWS's limits of strings and DynamoDB's size() count.
std::size_t utf16Length(std::string_view text);

}  // namespace thimble::base
