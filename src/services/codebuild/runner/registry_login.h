// Signing in to the registry of an image: the name and password of a project's registryCredential.
// https://docs.aws.amazon.com/codebuild/latest/userguide/sample-private-registry.html
#pragma once

#include <string>

#include "base/json.h"
#include "services/codebuild/runner/role_caller.h"

namespace thimble::services::codebuild::runner {

struct RegistryLogin {
  std::string user;  ///< Empty: nobody signs in.
  std::string password;
};

/// Of an environment's registryCredential: a secret {"username", "password"} of Secrets Manager, read as the service
/// role. Without one, nobody. Throws PhaseFailure.
RegistryLogin readRegistryLogin(const RoleCaller& caller, const base::Json& environment);

/// The login where podman (its --authfile) or docker (its --config) reads it: a file that only this user reads, in a
/// folder of its own, for as long as this object lives. So it is on no command line and in no log.
class AuthFile {
 public:
  /// `folder` does not exist yet. `image`: with its registry. Throws std::runtime_error.
  AuthFile(std::string folder, const std::string& image, const RegistryLogin& login);
  ~AuthFile();
  AuthFile(const AuthFile&) = delete;
  AuthFile& operator=(const AuthFile&) = delete;

  const std::string& folder() const { return folder_; }
  std::string path() const { return folder_ + "/config.json"; }

 private:
  std::string folder_;
};

}  // namespace thimble::services::codebuild::runner
