// The client's side of SigV4: signs a request's head, or makes a presigned URL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "wire/http/headers.h"
#include "wire/sigv4/credential_source.h"

namespace thimble::wire::sigv4 {

struct SigningScope {
  std::string_view region;
  std::string_view service;  ///< Signing name; "s3" signs paths plainly and declares the payload's hash.
  base::Timestamp time;
};

/// Adds X-Amz-Date, X-Amz-Security-Token (for session keys), for S3 X-Amz-Content-Sha256, and Authorization to
/// `headers`, which must hold Host already. `target` is path and query as they will be sent. All fields in `headers`
/// are signed but those that proxies change (Connection, User-Agent, Expect, Accept-Encoding, Content-Length).
void sign(std::string_view method, std::string_view target, http::Headers& headers, std::string_view payload_hash,
          const Keys& keys, const SigningScope& scope);

/// The target with the signature in its query; only Host is signed.
std::string presign(std::string_view method, std::string_view target, std::string_view host,
                    std::int64_t expires_seconds, const Keys& keys, const SigningScope& scope);

}  // namespace thimble::wire::sigv4
