// Container images that builds run in, fetched by podman or docker and unpacked once each. Nothing is run by those
// programs: the image's files are the lower layer of the build's box, so that what holds for every box holds here too.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "platform/process.h"
#include "platform/random.h"
#include "services/codebuild/runner/registry_login.h"

namespace thimble::services::codebuild::runner {

struct Image {
  std::string id;      ///< "sha256:...".
  std::string tool;    ///< Who fetched it.
  std::string folder;  ///< Its files.
  std::vector<std::pair<std::string, std::string>> variables;
};

/// Whether a project's environment asks that its image be really used: it is none of AWS CodeBuild's own, and
/// imagePullCredentialsType is SERVICE_ROLE, which AWS wants for images of other registries.
bool asksForImage(const base::Json& environment);

class Images {
 public:
  /// `folder`: where images are kept. Nothing is done before the first question.
  Images(std::string folder, platform::Random& random);

  /// Empty: neither podman nor docker is here.
  const std::string& tool();
  /// The image of that name, which is pulled unless it is there already; by the login, when there is one. `interrupted`
  /// is asked now and then, and may throw. Throws PhaseFailure.
  Image fetch(const std::string& name, const RegistryLogin& login, const std::function<void()>& interrupted);

 private:
  struct Ran {
    platform::ProcessOutcome outcome;
    std::string output;
  };
  void prepare();
  Ran run(std::vector<std::string> arguments, const std::function<void()>& interrupted);
  Ran pull(const std::string& name, const RegistryLogin& login, const std::function<void()>& interrupted);
  void unpack(const std::string& id, const std::string& folder, const std::function<void()>& interrupted);

  std::string folder_;
  platform::Random& random_;
  std::once_flag prepared_;
  std::string tool_;
  std::unique_ptr<platform::ProcessRunner> processes_;
};

}  // namespace thimble::services::codebuild::runner
