// Any text as a pattern, and any document as an event: no crash, no hang.
#include <cstdint>

#include "lang/event_pattern/pattern.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t split = input.find('\0');
  const auto pattern = thimble::lang::event_pattern::EventPattern::parse(input.substr(0, split));
  if (!pattern.ok() || split == std::string_view::npos) return 0;
  const auto event = thimble::base::Json::parse(input.substr(split + 1), {.max_depth = 100});
  if (event.ok()) (void)pattern->matches(*event);
  return 0;
}
