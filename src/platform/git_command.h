// How the server runs git's programs: with nothing of the user's or the machine's configuration.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "platform/process.h"

namespace thimble::platform {

/// Names and values of https://git-scm.com/docs/git-config.
using GitConfiguration = std::vector<std::pair<std::string, std::string>>;

/// git with these arguments and this configuration alone; it never asks a person. The folder is the caller's to set.
ProcessInput gitCommand(std::vector<std::string> arguments, const GitConfiguration& configuration);

}  // namespace thimble::platform
