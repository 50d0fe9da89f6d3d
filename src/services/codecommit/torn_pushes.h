// Pushes with --atomic that were cut off between two references.
#pragma once

#include <string>

#include "services/codecommit/world.h"

namespace thimble::services::codecommit {

/// Finishes the push that the repository's pending row tells of, when git has done a part of it: its objects are all
/// there by then. Forgets the row. Under the repository's lock, or before anybody works in it. Blocks.
void finishTornPushes(World& world, const std::string& repository_id);

}  // namespace thimble::services::codecommit
