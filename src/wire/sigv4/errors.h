// AWS's refusals of requests whose signature is missing, malformed, wrong, too old or by unknown credentials.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
#pragma once

#include <cstdint>
#include <string_view>

#include "base/api_error.h"

namespace thimble::wire::sigv4 {

/// Which family of codes a service uses: the JSON protocols, REST-JSON, query, or S3.
enum class Dialect : std::uint8_t { Json, RestJson, Query, S3 };

base::ApiError missingAuthenticationToken(Dialect dialect);
/// `text` says what is missing or malformed.
base::ApiError incompleteSignature(Dialect dialect, std::string_view text);
base::ApiError signatureDoesNotMatch(Dialect dialect);
/// The same code with a reason of its own ("Signature expired: ...").
base::ApiError signatureDoesNotMatch(Dialect dialect, std::string_view text);
base::ApiError unknownAccessKey(Dialect dialect, std::string_view access_key_id);
base::ApiError invalidSessionToken(Dialect dialect);
base::ApiError expiredToken(Dialect dialect);
base::ApiError payloadHashMismatch(Dialect dialect);

// S3's alone.
base::ApiError requestTimeTooSkewed();
base::ApiError requestHasExpired();
base::ApiError requestNotValidYet();
base::ApiError queryParametersError(std::string_view text);
base::ApiError headersNotSigned(std::string_view names);
base::ApiError incompleteBody();
base::ApiError missingContentLength();
base::ApiError malformedTrailer();

}  // namespace thimble::wire::sigv4
