#include "app/data_folder.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace thimble::app {
namespace {

// What this program writes. A program reads this and all earlier versions.
constexpr int kFormatVersion = 1;

std::string formatFile(const std::string& folder) {
  return folder + "/format";
}

int readFormat(platform::FileSystem& files, const std::string& folder) {
  const std::string text = files.read(formatFile(folder), 100);
  char* end = nullptr;
  const long version = std::strtol(text.c_str(), &end, 10);
  if (end == text.c_str() || version < 1)
    throw std::runtime_error(formatFile(folder) + " is damaged: no version in it");
  return static_cast<int>(version);
}

std::unique_ptr<platform::FileLock> own(const std::string& folder) {
  const std::string path = folder + "/lock";
  auto lock = platform::FileLock::tryLock(path, std::to_string(getpid()) + "\n");
  if (!lock) {
    std::string holder;
    try {
      holder = platform::RealFileSystem().read(path, 100);
      while (!holder.empty() && (holder.back() < '0' || holder.back() > '9')) holder.pop_back();
    } catch (const std::exception&) {
      // Who holds it is a help, not needed.
    }
    throw std::runtime_error("the data folder " + folder + " is in use by another thimble" +
                             (holder.empty() ? "" : " (process " + holder + ")") +
                             ". Stop that one, or choose another folder with --data.");
  }
  return lock;
}

}  // namespace

std::string defaultDataFolder() {
  if (const char* chosen = std::getenv("THIMBLE_DATA"); chosen != nullptr && *chosen != '\0') return chosen;
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') throw std::runtime_error("HOME is not set: name a data folder with --data");
  return std::string(home) + "/.thimble";
}

DataFolder::DataFolder(platform::FileSystem& files, std::string path)
    : path_(std::filesystem::absolute(path).lexically_normal().string()) {
  while (path_.size() > 1 && path_.back() == '/') path_.pop_back();
  files.createFolders(path_);
  if (!files.exists(formatFile(path_))) {
    for (const std::string& name : files.list(path_)) {
      if (name != "lock" && name != "format.new") {
        throw std::runtime_error("the folder " + path_ + " holds other things (" + name +
                                 "): choose an empty one with --data");
      }
    }
  }
  lock_ = own(path_);
  if (!files.exists(formatFile(path_))) {
    platform::writeFileAtomically(files, formatFile(path_), std::to_string(kFormatVersion) + "\n");
  }
  const int version = readFormat(files, path_);
  if (version > kFormatVersion) {
    throw std::runtime_error("the data folder " + path_ + " was written by a newer thimble (format " +
                             std::to_string(version) + ", this one knows " + std::to_string(kFormatVersion) +
                             "). It was left as it is.");
  }
}

void resetDataFolder(platform::FileSystem& files, const std::string& path) {
  if (!files.exists(path)) return;
  if (!files.exists(formatFile(path))) throw std::runtime_error(path + " is not a data folder: nothing was removed");
  const auto lock = own(path);
  // The format file goes last: until then a second try still knows the folder.
  for (const std::string& name : files.list(path)) {
    if (name != "format" && name != "lock") files.removeTree(path + "/" + name);
  }
  files.remove(formatFile(path));
  files.remove(path + "/lock");
}

}  // namespace thimble::app
