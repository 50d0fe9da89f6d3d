// git's smart HTTP protocol at /v1/repos/NAME, served by git's own programs.
#pragma once

#include "services/codecommit/world.h"
#include "wire/http/message.h"

namespace thimble::services::codecommit {

class GitServer {
 public:
  explicit GitServer(World& world) : world_(world) {}

  /// Finds out who asks and for what, and refuses what may not be; the head's context is then for handle().
  wire::http::BodyPlan plan(wire::http::HttpRequest& head);
  void handle(wire::http::HttpRequest request, wire::http::Responder responder);

 private:
  World& world_;
};

}  // namespace thimble::services::codecommit
