// The machine's own tools, as builds see them: what lies outside of the system's folders is shown at the same place,
// read-only, and the runtimes that a buildspec asks for are chosen among what is installed.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sandbox/box.h"

namespace thimble::services::codebuild::runner {

/// A version of a runtime that is installed.
struct Runtime {
  std::string name;     ///< As buildspecs call it: "python", "nodejs", "java", "golang", "ruby", "php", "dotnet".
  std::string version;  ///< "3.11.7".
  std::string folder;   ///< Of its programs; empty: on the PATH already.
};

struct Toolchain {
  std::vector<sandbox::Mount> mounts;  ///< Shown at the same place.
  std::string aws;                     ///< The AWS CLI; empty: there is none.
  bool aws_is_debians = false;         ///< It may be too old to know AWS_ENDPOINT_URL.
  std::vector<Runtime> runtimes;       ///< Those found as files; what the PATH has is asked in the box.
};

/// Looks at the machine: `path` and `home` are the server's own.
Toolchain findToolchain(const std::string& path, const std::string& home);

/// A program that is called "aws" in the box: the machine's, made to heed AWS_ENDPOINT_URL. Empty: there is none.
std::string awsProgram(const Toolchain& toolchain);

/// Whether an installed version is what is asked for: "18" and "18.x" take 18.19.0, "latest" any, "corretto17" is 17.
bool versionMatches(const std::string& wanted, const std::string& installed);

/// A shell command that prints the version of a runtime on the PATH; empty for a runtime that AWS does not know.
std::string versionCommand(const std::string& runtime);

}  // namespace thimble::services::codebuild::runner
