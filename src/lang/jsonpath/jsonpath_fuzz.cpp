// Any text as a path over a fixed document: no crash, no hang.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lang/jsonpath/path.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace thimble;
  static const base::Json document =
      base::Json::parse(R"({"a":[1,{"b":[true,null,"x"]},[[2]]],"c":{"d":{"a":{"b":3.5}}},"'":"q"})").value();
  const auto path = lang::jsonpath::Path::parse({reinterpret_cast<const char*>(data), size});
  if (!path.ok()) return 0;
  static_cast<void>(path.value().read(document).ok());
  if (path.value().isReference()) static_cast<void>(path.value().write(document, base::Json(1)).ok());
  return 0;
}
