// The spawner's program as bytes of this one.
#include "sandbox/embedded_spawner.h"

// The assembler reads the file when this source is compiled; the build orders that after the spawner's link.
__asm__(
    ".section .rodata\n"
    ".global thimble_spawner_begin\n"
    ".global thimble_spawner_end\n"
    "thimble_spawner_begin:\n"
    ".incbin \"" THIMBLE_SPAWNER_FILE
    "\"\n"
    "thimble_spawner_end:\n"
    ".previous\n");

extern "C" const char thimble_spawner_begin[];
extern "C" const char thimble_spawner_end[];

namespace thimble::sandbox {

std::string_view embeddedSpawner() {
  return {thimble_spawner_begin, static_cast<std::size_t>(thimble_spawner_end - thimble_spawner_begin)};
}

}  // namespace thimble::sandbox
