// The bootstraps that run functions whose runtime is an interpreter.
#pragma once

#include <string>

namespace thimble::services::lambda {

/// Writes what functions see as /var/runtime: bootstrap.py, bootstrap.mjs and what these load. Throws when it cannot.
void writeBootstraps(const std::string& folder);

}  // namespace thimble::services::lambda
