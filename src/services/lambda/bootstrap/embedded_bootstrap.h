// The bootstraps that run functions whose runtime is an interpreter, as text.
#pragma once

#include <string_view>

namespace thimble::services::lambda {

std::string_view pythonBootstrap();
std::string_view nodeBootstrap();

}  // namespace thimble::services::lambda
