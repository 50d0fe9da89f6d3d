// What a signature says about the request it is on: whose key, which region, which service. Nothing is verified here.
#pragma once

#include <optional>
#include <string>

#include "wire/http/headers.h"

namespace thimble::wire {

struct CredentialScope {
  std::string access_key_id;
  std::string region;
  std::string service;  ///< The signing name, for example "states".
  bool presigned = false;
};

/// Reads "Authorization: AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, ..." or the query's
/// X-Amz-Credential. Nothing when there is no signature of that kind, or when it is malformed.
std::optional<CredentialScope> readCredentialScope(const http::Headers& headers, std::string_view query);

}  // namespace thimble::wire
