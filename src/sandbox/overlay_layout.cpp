#include "sandbox/overlay_layout.h"

#include <filesystem>
#include <fstream>

namespace thimble::sandbox {

namespace files = std::filesystem;

void prepareOverlay(const std::string& folder) {
  const std::string root = folder + "/root";
  for (const char* path : kOverlayFolders) files::create_directories(root + path);
  for (const char* path : kOverlayTemporaryFolders) files::create_directories(root + path);
  files::create_directories(root + "/root");
  files::create_symlink("/run", root + "/var/run");
  const auto part = [&](const std::string& path) {
    const files::file_status status = files::symlink_status(path);
    if (files::is_symlink(status)) return files::copy_symlink(path, root + path);
    if (!files::is_directory(status)) return;
    files::create_directories(root + path);
    files::create_directories(folder + "/upper/" + overlayPart(path));
    files::create_directories(folder + "/work/" + overlayPart(path));
  };
  for (const char* path : kOverlayPrograms) part(path);
  for (const char* path : kOverlaySettings) part(path);
  for (const char* name : kOverlayOwnSettings) std::ofstream(folder + "/upper/" + overlayPart("/etc") + name);
}

}  // namespace thimble::sandbox
