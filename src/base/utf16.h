// Texts as Java has them, which AWS's services are written in: their length, and their hash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace thimble::base {

/// UTF-16 code units of a UTF-8 text: what AWS's limits of strings and DynamoDB's size() count.
std::size_t utf16Length(std::string_view text);

/// Java's String.hashCode of a UTF-8 text, which the order of AWS's sets and maps comes from.
std::uint32_t javaHash(std::string_view text);

}  // namespace thimble::base
