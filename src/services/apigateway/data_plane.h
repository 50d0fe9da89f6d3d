// Serves the requests of deployed APIs.
//
// Reads the stage's row on each request, so that a new deployment takes effect with its commit; the deployment itself
// is immutable, and compiled once. Everything that is decided is decided by Execution; here are only the edges: rows,
// signatures, limits, calls, the answer.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "dispatch/doorway.h"
#include "services/apigateway/integration_caller.h"
#include "wire/http/message.h"
#include "wire/sigv4/credential_source.h"

namespace thimble::services::apigateway {

class DataPlane {
 public:
  /// All are borrowed and outlive the data plane, and it the calls that it has begun. `credentials`: principals are
  /// dispatch::Identity; nullptr: no signature counts.
  DataPlane(dispatch::Doorway& doorway, Outbound outbound, const wire::sigv4::CredentialSource* credentials);
  ~DataPlane();

  struct Address {
    std::string api;
    std::string stage;
    std::string target;  ///< Path after the stage (begins with "/") and the query, as sent.
  };

  /// `done` is called once, on any thread.
  void handle(Address address, wire::http::HttpRequest request, std::function<void(wire::http::HttpResponse)> done);

 private:
  struct Impl;
  class Running;
  std::unique_ptr<Impl> impl_;
};

}  // namespace thimble::services::apigateway
