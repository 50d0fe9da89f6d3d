// What all of CodeCommit's parts work with.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "dispatch/context.h"
#include "dispatch/doorway.h"
#include "platform/process.h"
#include "services/codecommit/folders.h"
#include "services/codecommit/locks.h"

namespace thimble::services::codecommit {

/// Who holds git's user name and password for CodeCommit (IAM's service-specific credentials); nothing when nobody
/// does.
using GitUsers = std::function<std::optional<dispatch::Identity>(store::Transaction&, const std::string& user_name,
                                                                 const std::string& password)>;

struct Settings {
  std::string folder;                     ///< Where the repositories are kept.
  std::function<std::string()> endpoint;  ///< "http://localhost:PORT".
  GitUsers git_users;
};

/// Processes of git that run at the same time; others wait.
inline constexpr std::size_t kMostProcesses = 24;

struct World {
  World(const dispatch::Environment& own_environment, Settings own_settings)
      : environment(own_environment),
        settings(std::move(own_settings)),
        folders(files, environment.random, settings.folder),
        locks(environment.executor),
        runner(kMostProcesses) {}

  const dispatch::Environment& environment;
  Settings settings;
  platform::RealFileSystem files;
  Folders folders;
  Locks locks;
  dispatch::Kernel* kernel = nullptr;    ///< Set before anything runs.
  dispatch::Doorway* doorway = nullptr;  ///< Set by start().
  platform::ProcessRunner runner;        ///< Last, so that its children go first.
};

}  // namespace thimble::services::codecommit
