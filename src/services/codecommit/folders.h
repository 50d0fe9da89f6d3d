// Where the bare repositories are kept: one folder each, named by the repository's id.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/files.h"
#include "platform/random.h"

namespace thimble::services::codecommit {

class Folders {
 public:
  /// `root` is created when missing.
  Folders(platform::FileSystem& files, platform::Random& random, std::string root);

  /// Nothing but the name; the folder need not exist: it is made by the first who needs it.
  std::string path(const std::string& id) const { return root_ + "/" + id; }
  bool exists(const std::string& id) const;
  /// Makes an empty repository if there is none, whole or not at all. Throws std::system_error.
  void ensure(const std::string& id, const std::string& default_branch);
  void remove(const std::string& id);
  /// HEAD names this branch from now on, so that a clone checks it out.
  void setHead(const std::string& id, const std::string& branch);
  /// After a push: the names of its pack and of these references (full names) are on disk, as git's files are already.
  void syncFolders(const std::string& id, const std::vector<std::string>& references) const;

  /// After a crash: removes repositories that `wanted` does not know, unfinished ones, and in the others git's locks
  /// and half-received packs. Nobody else may be at work in them (see waitForChildren).
  void sweep(const std::function<bool(const std::string& id)>& wanted);

  /// A descriptor that children inherit and hold as long as they live.
  int childrenLock() const { return lock_; }
  /// Waits until no child of an earlier run is left; false after `milliseconds`.
  bool waitForChildren(int milliseconds) const;

  ~Folders();
  Folders(const Folders&) = delete;
  Folders& operator=(const Folders&) = delete;

 private:
  void sweepRepository(const std::string& folder);

  platform::FileSystem& files_;
  platform::Random& random_;
  std::string root_;
  int lock_ = -1;
};

}  // namespace thimble::services::codecommit
