// A zip archive of a few small files: function code that a template holds as text, an artifact that is one document.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace thimble::base {

struct ZipMember {
  std::string_view name;
  std::string_view content;
};

/// The archive's bytes: uncompressed members, readable by all, with a fixed date so that equal code is equal bytes.
/// Both sizes and offsets must fit 32 bits.
std::string zipOf(const std::vector<ZipMember>& members);
std::string zipOf(std::string_view name, std::string_view content);

}  // namespace thimble::base
