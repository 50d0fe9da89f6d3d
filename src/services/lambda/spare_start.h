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

/// A module that the machine's Python may have installed and that takes long to load, as AWS's runtimes have it.
inline constexpr const char* kDearModule = "boto3";

/// Whether the code of a Python function speaks of that module and does not bring its own. Looks at a bounded part of
/// it, and may be wrong either way without harm: the bootstrap sees for itself what the function brings.
bool usesDearModule(std::string_view runtime, const std::string& code);
/// Makes the spares ones that have loaded that module.
void preload(runtime::SpareStart& spare);

}  // namespace thimble::services::lambda
