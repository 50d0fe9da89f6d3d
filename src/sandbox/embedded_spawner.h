// The spawner's program (spawner/main.cpp), a static ELF file, as bytes.
#pragma once

#include <string_view>

namespace thimble::sandbox {

std::string_view embeddedSpawner();

}  // namespace thimble::sandbox
