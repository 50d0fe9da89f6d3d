// What the parts of one run share.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "lang/buildspec/buildspec.h"
#include "services/codebuild/runner/agent_link.h"
#include "services/codebuild/runner/build_log.h"
#include "services/codebuild/runner/environment.h"
#include "services/codebuild/runner/failure.h"
#include "services/codebuild/runner/role_caller.h"
#include "services/codebuild/runner/runner.h"

namespace thimble::services::codebuild::runner {

struct BuildState {
  Runner& runner;
  dispatch::AsyncContext& context;
  const base::Json& document;
  RunControl& control;
  RoleCaller caller;
  BuildLog log;
  std::string folder;             ///< The box's changes, on the host.
  std::optional<unsigned> owner;  ///< The box's root user, where it is not ours.
  std::optional<Image> image;     ///< In which the build runs; nothing: with the machine's own tools.
  std::unique_ptr<AgentLink> agent;
  std::string source_folder;  ///< CODEBUILD_SRC_DIR.
  Variables variables;
  lang::buildspec::Buildspec spec;
  bool succeeding = true;
  base::Json build = base::Json::object();  ///< The Build's members that the run finds out.

  const base::Json& project() const { return document["Project"]; }
  /// The build's id without its project.
  std::string uuid() const;
  /// The host's path of a path in the box that the build has made itself. Only while nothing of the build runs that
  /// could put a link there.
  std::string onHost(const std::string& inside) const { return folder + "/root" + inside; }
  /// A request for the build's shell.
  agent::RunRequest request(std::string command, const std::string& user = {}) const;
};

}  // namespace thimble::services::codebuild::runner
