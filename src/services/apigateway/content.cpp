#include "services/apigateway/content.h"

#include <algorithm>
#include <string_view>

#include "base/encoding.h"

namespace thimble::services::apigateway {

std::string asText(const std::string& bytes) {
  if (base::isUtf8(bytes)) return bytes;
  std::string out;
  for (std::size_t i = 0; i < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    // The longest beginning of a sequence that is still well-formed makes one replacement.
    std::size_t whole = 0;
    for (std::size_t n = std::min(length, bytes.size() - i); n > 0 && whole == 0; --n) {
      if (n == length && base::isUtf8(std::string_view(bytes).substr(i, n))) whole = n;
      if (n < length) break;
    }
    if (whole > 0) {
      out.append(bytes, i, whole);
      i += whole;
      continue;
    }
    std::size_t skip = 1;
    while (lead >= 0xC2 && lead <= 0xF4 && skip < length && i + skip < bytes.size() &&
           (static_cast<unsigned char>(bytes[i + skip]) & 0xC0) == 0x80) {
      ++skip;
    }
    if (skip == length) skip = 1;
    out += "\xEF\xBF\xBD";
    i += skip;
  }
  return out;
}

}  // namespace thimble::services::apigateway
