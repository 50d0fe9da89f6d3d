#include "services/codecommit/folders.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <set>
#include <system_error>
#include <thread>

namespace thimble::services::codecommit {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfig = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n";
constexpr const char* kUnfinished = "new-";

std::string headOf(const std::string& branch) {
  return "ref: refs/heads/" + (branch.empty() ? "master" : branch) + "\n";
}

}  // namespace

Folders::Folders(platform::FileSystem& files, platform::Random& random, std::string root)
    : files_(files), random_(random), root_(std::move(root)) {
  files_.createFolders(root_);
  const std::string path = root_ + "/.children";
  lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) throw std::system_error(errno, std::generic_category(), "cannot open " + path);
}

Folders::~Folders() {
  ::close(lock_);
}

bool Folders::exists(const std::string& id) const {
  return files_.exists(path(id) + "/HEAD");
}

void Folders::ensure(const std::string& id, const std::string& default_branch) {
  if (exists(id)) return;
  const std::string fresh = root_ + "/" + kUnfinished + random_.hex(16);
  for (const char* folder : {"/objects/pack", "/objects/info", "/refs/heads", "/refs/tags"}) {
    files_.createFolders(fresh + folder);
  }
  const auto write = [&](const std::string& name, const std::string& content) {
    const auto file = files_.create(fresh + name);
    file->append(content);
    file->sync();
  };
  write("/config", kConfig);
  write("/HEAD", headOf(default_branch));
  for (const char* folder : {"/objects", "/refs", ""}) files_.syncFolder(fresh + folder);
  std::error_code error;
  fs::rename(fresh, path(id), error);
  if (error) {
    files_.removeTree(fresh);
    if (!exists(id)) throw std::system_error(error, "cannot create the repository's folder");
    return;  // Another was first.
  }
  files_.syncFolder(root_);
}

void Folders::remove(const std::string& id) {
  // Renamed first, so that a crash leaves no half of it under its name.
  const std::string old = root_ + "/" + kUnfinished + random_.hex(16);
  std::error_code error;
  fs::rename(path(id), old, error);
  if (!error) files_.removeTree(old);
}

void Folders::setHead(const std::string& id, const std::string& branch) {
  platform::writeFileAtomically(files_, path(id) + "/HEAD", headOf(branch));
}

void Folders::syncFolders(const std::string& id, const std::vector<std::string>& references) const {
  const std::string folder = path(id);
  std::set<std::string> touched = {folder, folder + "/objects", folder + "/objects/pack", folder + "/refs"};
  for (const std::string& name : references) {
    for (std::size_t slash = name.rfind('/'); slash != std::string::npos && slash > 0;
         slash = name.rfind('/', slash - 1)) {
      touched.insert(folder + "/" + name.substr(0, slash));
    }
  }
  for (const std::string& each : touched) {
    if (files_.exists(each)) files_.syncFolder(each);  // git removes folders of references that are empty.
  }
}

void Folders::sweep(const std::function<bool(const std::string& id)>& wanted) {
  for (const std::string& name : files_.list(root_)) {
    if (name.starts_with('.')) continue;
    if (name.starts_with(kUnfinished) || !wanted(name)) {
      files_.removeTree(root_ + "/" + name);
    } else {
      sweepRepository(root_ + "/" + name);
    }
  }
}

void Folders::sweepRepository(const std::string& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".lock") files_.remove(entry.path().string());
  }
  for (auto entry = fs::recursive_directory_iterator(folder + "/refs", ignored);
       entry != fs::recursive_directory_iterator(); entry.increment(ignored)) {
    if (entry->path().extension() == ".lock" && !entry->is_directory()) files_.remove(entry->path().string());
  }
  for (const auto& entry : fs::directory_iterator(folder + "/objects", ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("tmp_objdir-") || name.starts_with("incoming-")) files_.removeTree(entry.path().string());
  }
  for (const auto& entry : fs::directory_iterator(folder + "/objects/pack", ignored)) {
    const std::string name = entry.path().filename().string();
    // A pack is kept from being repacked only while its push is under way.
    if (name.starts_with("tmp_") || name.ends_with(".keep") || name.ends_with(".lock"))
      files_.remove(entry.path().string());
  }
}

bool Folders::waitForChildren(int milliseconds) const {
  // Locks of this kind belong to the open file, which children inherit; an own opening competes with them.
  const std::string path = root_ + "/.children";
  const int other = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (other < 0) return true;
  bool free = false;
  for (int waited = 0; !(free = ::flock(other, LOCK_EX | LOCK_NB) == 0) && waited < milliseconds; waited += 5) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ::close(other);
  // From here on this run's own children hold it.
  if (free) ::flock(lock_, LOCK_SH | LOCK_NB);
  return free;
}

}  // namespace thimble::services::codecommit
