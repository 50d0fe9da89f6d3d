// Any bytes must give a value or an error, and a value must stand validation and preparation.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lang/template/document.h"
#include "lang/template/prepare.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace thimble::lang::template_;
  const auto document = readDocument({reinterpret_cast<const char*>(data), size});
  if (document.ok()) (void)prepare(*document, {}, {}, {}, {});
  return 0;
}
