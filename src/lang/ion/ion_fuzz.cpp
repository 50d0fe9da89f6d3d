// Any text as Ion: no crash, no hang.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lang/ion/ion.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static_cast<void>(thimble::lang::ion::parse({reinterpret_cast<const char*>(data), size}));
  return 0;
}
