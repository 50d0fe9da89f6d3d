// What a function's instances may be started with before it is known that they are this function's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/lambda/runtime/image.h"

namespace thimble::services::lambda {

/// Whether an interpreter, or the C library below it, reads this environment variable when it starts, so that one that
/// is set later has no effect.
bool readAtStart(std::string_view name);

/// Of these variables ("NAME=value") those that are read at the start.
std::vector<std::string> readAtStart(const std::vector<std::string>& environment);

/// Whether the folder of a function's code or layers holds what the dynamic linker would have looked for at the start:
/// it does not look again where a folder was missing.
bool linkedAtStart(const std::string& folder);

}  // namespace thimble::services::lambda
