#include "services/lambda/bootstrap/embedded_bootstrap.h"

#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string_view>

// The assembler reads the files when this source is compiled.
#define THIMBLE_EMBED(name, file)       \
  __asm__(                              \
      ".section .rodata\n"              \
      ".global " #name                  \
      "_begin\n"                        \
      ".global " #name "_end\n" #name   \
      "_begin:\n"                       \
      ".incbin \"" file "\"\n" #name    \
      "_end:\n"                         \
      ".previous\n");                   \
  extern "C" const char name##_begin[]; \
  extern "C" const char name##_end[];

THIMBLE_EMBED(thimble_python_bootstrap, THIMBLE_BOOTSTRAP_FOLDER "/python_bootstrap.py")
THIMBLE_EMBED(thimble_node_bootstrap, THIMBLE_BOOTSTRAP_FOLDER "/node_bootstrap.mjs")

namespace thimble::services::lambda {

namespace {

void writeText(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

void writeBootstraps(const std::string& folder) {
  writeText(folder + "/bootstrap.py", between(thimble_python_bootstrap_begin, thimble_python_bootstrap_end));
  writeText(folder + "/bootstrap.mjs", between(thimble_node_bootstrap_begin, thimble_node_bootstrap_end));
  // A module for the second to load before it loads a function's.
  writeText(folder + "/empty.cjs", "");
}

}  // namespace thimble::services::lambda
