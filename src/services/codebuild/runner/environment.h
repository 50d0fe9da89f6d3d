// The environment variables of a build.
// https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/json.h"

namespace thimble::services::codebuild::runner {

/// Variables in order; a later value of a name takes the place of an earlier one.
class Variables {
 public:
  void set(const std::string& name, std::string value);
  /// nullptr when there is none.
  const std::string* find(const std::string& name) const;
  std::vector<std::string> texts() const;  ///< "NAME=value".

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

/// A name that a shell takes for one.
bool isVariableName(const std::string& name);

/// What AWS sets for every build. `document`: see start_build.h; `source_folder`: CODEBUILD_SRC_DIR.
Variables standardVariables(const base::Json& document, const std::string& source_folder);

/// What a build gets of a machine's resources by its compute type.
struct ComputeSize {
  std::uint64_t memory_bytes = 0;
  std::uint64_t processors = 0;
};
ComputeSize computeSize(const base::Json& environment);

/// A line for the log about the image asked for, when it is not what the build runs in. `asked`: it is to be used
/// really, which neither podman nor docker is there for.
std::string imageNote(const base::Json& environment, bool asked);

}  // namespace thimble::services::codebuild::runner
