// Any text as a filter pattern and as a message: no crash, no hang.
#include <cstdint>
#include <string_view>

#include "services/logs/filter_pattern.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t newline = text.find('\n');
  const auto pattern = thimble::services::logs::FilterPattern::parse(text.substr(0, newline));
  if (pattern) (void)pattern->matches(newline == std::string_view::npos ? text : text.substr(newline + 1));
  return 0;
}
