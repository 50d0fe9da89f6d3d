// Calls of a running server's APIs, for the commands of the program.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/http/client.h"

namespace thimble::app {

class LocalClient {
 public:
  LocalClient(std::uint16_t port, std::string region);

  /// Calls an operation of the generated shapes as the account's root; the output is a model value. An error with
  /// status 0 means that no server answers.
  base::Result<base::Json> call(std::string_view service, std::string_view operation, const base::Json& input);

  /// A plain request to the server, for deployed APIs and own pages; `path` begins with "/".
  base::Result<wire::http::ClientResponse> request(std::string method, const std::string& path, std::string body = {},
                                                   std::string content_type = {});

  const std::string& region() const { return region_; }

 private:
  std::string host_;
  std::string region_;
  wire::http::Client client_;
};

/// AWS_REGION, else AWS_DEFAULT_REGION, else eu-west-1, which the documentation's examples use.
std::string regionOfEnvironment();

}  // namespace thimble::app
