#include "wire/sigv4/errors.h"

namespace thimble::wire::sigv4 {
namespace {

using base::ApiError;

constexpr std::string_view kMismatch =
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and "
    "signing method. Consult the service documentation for details.";

ApiError make(std::string_view code, std::string_view message, int status) {
  return {.code = std::string(code), .message = std::string(message), .http_status = status};
}

// The JSON services answer 400 where the others answer 403.
int forbidden(Dialect dialect) {
  return dialect == Dialect::Json ? 400 : 403;
}

}  // namespace

ApiError missingAuthenticationToken(Dialect dialect) {
  switch (dialect) {
    case Dialect::Json:
      return make("MissingAuthenticationTokenException", "Request is missing Authentication Token", 400);
    case Dialect::RestJson:
      return make("MissingAuthenticationTokenException", "Missing Authentication Token", 403);
    case Dialect::Query:
      return make("MissingAuthenticationToken", "Request is missing Authentication Token", 403);
    case Dialect::S3:
      break;
  }
  return make("AccessDenied", "Access Denied", 403);
}

ApiError incompleteSignature(Dialect dialect, std::string_view text) {
  switch (dialect) {
    case Dialect::Json:
      return make("IncompleteSignatureException", text, 400);
    case Dialect::RestJson:
      return make("IncompleteSignatureException", text, 403);
    case Dialect::Query:
      return make("IncompleteSignature", text, 400);
    case Dialect::S3:
      break;
  }
  return make("AuthorizationHeaderMalformed", "The authorization header is malformed; " + std::string(text), 400);
}

ApiError signatureDoesNotMatch(Dialect dialect) {
  if (dialect == Dialect::S3) {
    return make(
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your key and signing "
        "method.",
        403);
  }
  return signatureDoesNotMatch(dialect, kMismatch);
}

ApiError signatureDoesNotMatch(Dialect dialect, std::string_view text) {
  const bool json = dialect == Dialect::Json || dialect == Dialect::RestJson;
  return make(json ? "InvalidSignatureException" : "SignatureDoesNotMatch", text, forbidden(dialect));
}

ApiError unknownAccessKey(Dialect dialect, std::string_view access_key_id) {
  switch (dialect) {
    case Dialect::Json:
    case Dialect::RestJson:
      return make("UnrecognizedClientException", "The security token included in the request is invalid.",
                  forbidden(dialect));
    case Dialect::Query:
      return make("InvalidClientTokenId", "The security token included in the request is invalid.", 403);
    case Dialect::S3:
      break;
  }
  ApiError error = make("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403);
  error.details = base::Json::object({{"AWSAccessKeyId", access_key_id}});
  return error;
}

ApiError invalidSessionToken(Dialect dialect) {
  if (dialect == Dialect::S3) {
    return make("InvalidToken", "The provided token is malformed or otherwise invalid.", 400);
  }
  return unknownAccessKey(dialect, {});
}

ApiError expiredToken(Dialect dialect) {
  switch (dialect) {
    case Dialect::Json:
    case Dialect::RestJson:
      return make("ExpiredTokenException", "The security token included in the request is expired", forbidden(dialect));
    case Dialect::Query:
      return make("ExpiredToken", "The security token included in the request is expired", 403);
    case Dialect::S3:
      break;
  }
  return make("ExpiredToken", "The provided token has expired.", 400);
}

ApiError payloadHashMismatch(Dialect dialect) {
  if (dialect != Dialect::S3) return signatureDoesNotMatch(dialect);
  return make("XAmzContentSHA256Mismatch",
              "The provided 'x-amz-content-sha256' header does not match what was computed.", 400);
}

ApiError requestTimeTooSkewed() {
  return make("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.",
              403);
}

ApiError requestHasExpired() {
  return make("AccessDenied", "Request has expired", 403);
}
ApiError requestNotValidYet() {
  return make("AccessDenied", "Request is not valid yet", 403);
}
ApiError queryParametersError(std::string_view text) {
  return make("AuthorizationQueryParametersError", text, 400);
}

ApiError headersNotSigned(std::string_view names) {
  ApiError error = make("AccessDenied", "There were headers present in the request which were not signed", 403);
  error.details = base::Json::object({{"HeadersNotSigned", names}});
  return error;
}

ApiError incompleteBody() {
  return make("IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header.",
              400);
}

ApiError missingContentLength() {
  return make("MissingContentLength", "You must provide the Content-Length HTTP header.", 411);
}

ApiError malformedTrailer() {
  return make(
      "MalformedTrailerError",
      "The request contained trailing data that was not well-formed or did not conform to our published schema.", 400);
}

}  // namespace thimble::wire::sigv4
