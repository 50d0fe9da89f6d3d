// How much of a commit's message is shown as a revision's summary.
#pragma once

#include <algorithm>
#include <string>

namespace thimble::services::codepipeline {

/// At most 500 bytes, whole characters only.
inline std::string shortRevisionText(const std::string& text) {
  constexpr std::size_t kLongest = 500;
  std::size_t end = std::min(text.size(), kLongest);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace thimble::services::codepipeline
