// The data folder: who owns it, which version wrote it, and what lies where.
#pragma once

#include <memory>
#include <string>

#include "platform/files.h"

namespace thimble::app {

/// ~/.thimble, or the folder that THIMBLE_DATA names.
std::string defaultDataFolder();

/// A data folder that this process owns. Throws std::runtime_error with a message for the user when another process
/// holds it, when a newer version wrote it (it is left unchanged), or when it cannot be written.
class DataFolder {
 public:
  DataFolder(platform::FileSystem& files, std::string path);

  const std::string& path() const { return path_; }
  std::string rows() const { return path_ + "/rows"; }
  std::string blobs() const { return path_ + "/blobs"; }
  std::string repositories() const { return path_ + "/repositories"; }
  std::string sandboxes() const { return path_ + "/sandboxes"; }

 private:
  std::string path_;
  std::unique_ptr<platform::FileLock> lock_;
};

/// Removes a data folder's content. Throws std::runtime_error when a server is using it, or when the folder is not one.
void resetDataFolder(platform::FileSystem& files, const std::string& path);

}  // namespace thimble::app
