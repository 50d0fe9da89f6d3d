// What a request says about its signature, in its Authorization header or in a presigned URL's query.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "wire/http/message.h"
#include "wire/sigv4/errors.h"

namespace thimble::wire::sigv4 {

struct Authorization {
  bool presigned = false;
  std::string access_key_id;
  std::string date;  ///< Of the scope, "20150830".
  std::string region;
  std::string service;
  std::vector<std::string> signed_headers;  ///< Lower case.
  std::string signature;                    ///< 64 hexadecimal digits.
  std::string time_text;                    ///< The request's time in basic ISO 8601, as signed.
  base::Timestamp time;
  std::int64_t expires_seconds = 0;  ///< Presigned only.
  std::string session_token;         ///< Empty when none was sent.

  bool signs(std::string_view lower_case_name) const;
};

/// Nothing when the request is not signed (no Authorization header and no X-Amz-Signature); an error when it is signed
/// in a way that cannot be read. Bounded: a header or query part of any length is read once.
base::Result<std::optional<Authorization>> readAuthorization(const http::HttpRequest& request, Dialect dialect);

/// The decoded value of a query parameter; nothing when there is none of that name.
std::optional<std::string> queryParameter(std::string_view query, std::string_view name);

}  // namespace thimble::wire::sigv4
