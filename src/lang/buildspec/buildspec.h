// What a buildspec says, as a plain value.
// https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lang/buildspec/node.h"

namespace thimble::lang::buildspec {

using Pairs = std::vector<std::pair<std::string, std::string>>;

enum class OnFailure { Default, Abort, Continue, Retry };

struct Phase {
  bool present = false;
  std::string run_as;  ///< A user's name; empty: root.
  OnFailure on_failure = OnFailure::Default;
  std::int64_t retry_count = 0;  ///< With OnFailure::Retry.
  std::string retry_expression;  ///< Retried only when the failure's message matches; empty: always.
  Pairs runtime_versions;        ///< The install phase's: "nodejs" to "18".
  std::vector<std::string> commands;
  std::vector<std::string> finally_commands;  ///< Run after the others, whatever came of them.
};

enum class PhaseName { Install, PreBuild, Build, PostBuild };
inline constexpr std::array<std::string_view, 4> kPhaseKeys = {"install", "pre_build", "build", "post_build"};
/// As the API and the log name them.
inline constexpr std::array<std::string_view, 4> kPhaseTypes = {"INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD"};

/// A set of files: the artifacts, one of the secondary ones, a report's files or those of a cache.
struct FileSet {
  std::string identifier;  ///< Of secondary artifacts; a report's group.
  std::vector<std::string> files;
  std::vector<std::string> exclude_paths;
  std::string base_directory;  ///< May hold wildcards; empty: the source's folder.
  std::string name;            ///< May name variables and commands of the shell; empty: the project's.
  std::string s3_prefix;
  std::string file_format;  ///< A report's, as AWS spells it: "JUNITXML" and so on.
  bool discard_paths = false;
  bool enable_symlinks = false;
};

struct CacheSpec {
  std::vector<std::string> paths;
  std::string key;  ///< May name variables; empty: the project's one cache.
  std::vector<std::string> fallback_keys;
};

struct Buildspec {
  bool separate_commands = false;  ///< Version 0.1: each command in a shell of its own.
  std::string run_as;
  std::string shell;  ///< "sh" or "bash"; empty: sh.
  Pairs variables;
  Pairs parameter_store;
  Pairs secrets_manager;
  std::vector<std::string> exported_variables;
  bool git_credential_helper = false;
  std::array<Phase, 4> phases;
  std::vector<FileSet> reports;
  std::optional<FileSet> artifacts;
  std::vector<FileSet> secondary_artifacts;
  CacheSpec cache;
  std::optional<Node> batch;  ///< Read by batch.h.

  const Phase& phase(PhaseName name) const { return phases[static_cast<std::size_t>(name)]; }
};

/// Reads and checks a buildspec. Errors carry the message of the context YAML_FILE_ERROR.
Outcome<Buildspec> readBuildspec(std::string_view text);

}  // namespace thimble::lang::buildspec
