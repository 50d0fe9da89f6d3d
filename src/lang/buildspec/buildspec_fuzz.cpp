// No text breaks the reader of buildspecs.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lang/buildspec/batch.h"
#include "lang/buildspec/buildspec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto spec = thimble::lang::buildspec::readBuildspec({reinterpret_cast<const char*>(data), size});
  if (spec.ok() && spec->batch) (void)thimble::lang::buildspec::readBatch(*spec->batch);
  return 0;
}
