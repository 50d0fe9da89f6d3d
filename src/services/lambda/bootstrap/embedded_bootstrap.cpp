#include "services/lambda/bootstrap/embedded_bootstrap.h"

#include <cstddef>

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

std::string_view pythonBootstrap() {
  return {thimble_python_bootstrap_begin,
          static_cast<std::size_t>(thimble_python_bootstrap_end - thimble_python_bootstrap_begin)};
}

std::string_view nodeBootstrap() {
  return {thimble_node_bootstrap_begin,
          static_cast<std::size_t>(thimble_node_bootstrap_end - thimble_node_bootstrap_begin)};
}

}  // namespace thimble::services::lambda
