// Any JSON is answered with a template or a message.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "lang/sam/transform.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace thimble;
  const auto json = base::Json::parse(std::string_view(reinterpret_cast<const char*>(data), size), {.max_depth = 64});
  if (json.ok()) (void)lang::sam::transform({.document = json.value(), .region = "eu-west-1"}).ok();
  return 0;
}
