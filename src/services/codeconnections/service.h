// AWS CodeConnections, and AWS CodeStar Connections, as it was called before.
#pragma once

#include <functional>
#include <string>

#include "dispatch/registry.h"
#include "platform/process.h"
#include "platform/sealer.h"
#include "wire/http/address_policy.h"

namespace thimble::services::codeconnections {

struct Settings {
  std::string folder;                        ///< For the repositories that are being read; emptied at the start.
  wire::http::AddressPolicy policy;          ///< Where git may connect to.
  const platform::Sealer* sealer = nullptr;  ///< For tokens that callers give sealed; borrowed.
  std::function<std::string()> endpoint;     ///< This server's own: "http://localhost:PORT".
};

/// Outlives the registry that it registers with.
class Service {
 public:
  explicit Service(Settings settings);
  void registerOperations(dispatch::Registry& registry);

 private:
  Settings settings_;
  platform::ProcessRunner runner_;
};

}  // namespace thimble::services::codeconnections
