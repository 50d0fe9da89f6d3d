// AWS CodeCommit: repositories that are real bare git repositories.
#pragma once

#include <memory>

#include "dispatch/doorway.h"
#include "dispatch/kernel.h"
#include "dispatch/registry.h"
#include "services/codecommit/world.h"
#include "wire/http/message.h"

namespace thimble::services::codecommit {

class CodeCommit {
 public:
  CodeCommit(const dispatch::Environment& environment, Settings settings);
  ~CodeCommit();

  void registerOperations(dispatch::Registry& registry, dispatch::Kernel& kernel);
  /// Cleans up after a crash, then records what git did before it.
  void start(dispatch::Doorway& doorway);

  /// git's smart HTTP protocol: see wire::RawHandlers.
  wire::http::BodyPlan planGit(wire::http::HttpRequest& head);
  void handleGit(wire::http::HttpRequest request, wire::http::Responder responder);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace thimble::services::codecommit
