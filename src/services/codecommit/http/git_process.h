// git's own programs, with nothing of the machine's or a user's configuration.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/process.h"
#include "services/codecommit/world.h"

namespace thimble::services::codecommit {

/// Starts `git ARGUMENTS...` in the repository's folder, which exists and is its working directory. `protocol` is a
/// client's Git-Protocol header, or empty. Arguments never come from outside.
std::shared_ptr<platform::Process> startGit(World& world, const std::string& repository_id,
                                            std::vector<std::string> arguments, const std::string& protocol = {});

}  // namespace thimble::services::codecommit
