// A folder as a zip.
#pragma once

#include <string>

namespace thimble::platform {

/// Writes the files and links below `folder` into a zip at `path`, in the order of their names; links are kept as they
/// are and not followed. Throws std::system_error or std::filesystem::filesystem_error.
void zipFolder(const std::string& folder, const std::string& path);

}  // namespace thimble::platform
