#include "wire/sigv4/verify.h"

#include <algorithm>

#include "base/encoding.h"

namespace thimble::wire::sigv4 {
namespace {

using http::HttpRequest;

base::Result<void> checkSignature(const Verification& verification, const HttpRequest& request,
                                  std::string_view payload_hash, Dialect dialect) {
  const Authorization& authorization = *verification.authorization;
  CanonicalInput input;
  input.method = request.method;
  input.path = request.path();
  input.query = request.query();
  input.headers = &request.headers;
  input.signed_headers = authorization.signed_headers;
  input.payload_hash = payload_hash;
  input.path_rule = dialect == Dialect::S3 ? PathRule::Plain : PathRule::Normalized;
  const std::string canonical = canonicalRequest(input);
  const std::string scope = credentialScope(authorization.date, authorization.region, authorization.service);
  const std::string text = stringToSign(authorization.time_text, scope, canonical);
  const std::string expected = base::encodeHex(base::hmacSha256(verification.signing_key, text));
  if (equalConstantTime(expected, authorization.signature)) return {};
  base::ApiError error = signatureDoesNotMatch(dialect);
  if (dialect == Dialect::S3) {
    // S3 shows what it signed, so that a client's author can compare.
    error.details = base::Json::object({{"AWSAccessKeyId", authorization.access_key_id},
                                        {"StringToSign", text},
                                        {"SignatureProvided", authorization.signature},
                                        {"CanonicalRequest", canonical}});
  }
  return error;
}

// S3 wants every x-amz-* field signed, so that nobody on the way can add one.
base::Result<void> checkAmzHeadersAreSigned(const HttpRequest& request, const Authorization& authorization) {
  std::string missing;
  for (const http::Header& field : request.headers) {
    const std::string name = http::toLower(field.name);
    if (!name.starts_with("x-amz-") || authorization.signs(name)) continue;
    if (authorization.presigned && name == "x-amz-content-sha256") continue;
    if (!missing.empty()) missing += ", ";
    missing += name;
  }
  if (missing.empty()) return {};
  return headersNotSigned(missing);
}

bool declaredUpFront(PayloadKind kind) {
  return kind != PayloadKind::Undeclared;
}

}  // namespace

PayloadKind payloadKind(const HttpRequest& head) {
  const std::string_view declared = head.headers.get("x-amz-content-sha256");
  if (declared.empty()) return PayloadKind::Undeclared;
  if (declared == kUnsignedPayload) return PayloadKind::Unsigned;
  if (declared == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") return PayloadKind::StreamingSigned;
  if (declared == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER") return PayloadKind::StreamingSignedTrailer;
  if (declared == "STREAMING-UNSIGNED-PAYLOAD-TRAILER") return PayloadKind::StreamingUnsignedTrailer;
  return PayloadKind::Hash;
}

base::Result<void> Verifier::checkTime(const Authorization& authorization, Dialect dialect) const {
  const std::int64_t now = clock_.now().seconds();
  const std::int64_t signed_at = authorization.time.seconds();
  auto text = [](std::int64_t seconds) { return base::formatBasicIso8601({seconds * 1000}); };
  const std::int64_t lifetime = authorization.presigned ? authorization.expires_seconds : kSkewSeconds;
  if (signed_at > now + kSkewSeconds) {
    if (dialect == Dialect::S3) return authorization.presigned ? requestNotValidYet() : requestTimeTooSkewed();
    return signatureDoesNotMatch(dialect, "Signature not yet current: " + authorization.time_text +
                                              " is still later than " + text(now + kSkewSeconds) + " (" + text(now) +
                                              " + 15 min.)");
  }
  if (signed_at + lifetime < now) {
    if (dialect == Dialect::S3) return authorization.presigned ? requestHasExpired() : requestTimeTooSkewed();
    if (authorization.presigned) {
      return signatureDoesNotMatch(
          dialect, "Signature expired: " + text(signed_at + lifetime) + " is now earlier than " + text(now));
    }
    return signatureDoesNotMatch(dialect, "Signature expired: " + authorization.time_text + " is now earlier than " +
                                              text(now - kSkewSeconds) + " (" + text(now) + " - 15 min.)");
  }
  return {};
}

std::string Verifier::keyOfTheDay(const Authorization& authorization, const std::string& secret) const {
  std::string name = authorization.access_key_id;
  name.append("/").append(credentialScope(authorization.date, authorization.region, authorization.service));
  {
    const std::lock_guard lock(mutex_);
    const auto found = keys_.find(name);
    if (found != keys_.end() && found->second.secret == secret) return found->second.key;
  }
  std::string key = signingKey(secret, authorization.date, authorization.region, authorization.service);
  const std::lock_guard lock(mutex_);
  if (keys_.size() >= kKeptKeys) keys_.clear();
  keys_[std::move(name)] = {secret, key};
  return key;
}

base::Result<Verification> Verifier::begin(const HttpRequest& head, const Expectation& expectation) const {
  const Dialect dialect = expectation.dialect;
  Verification verification;
  verification.payload = payloadKind(head);
  // 1. What the request says about itself.
  TRY_ASSIGN(verification.authorization, readAuthorization(head, dialect));
  if (!verification.authorization) return verification;
  const Authorization& authorization = *verification.authorization;
  // 2. Whose key it is.
  const Credential credential = credentials_.find(authorization.access_key_id);
  switch (credential.state) {
    case Credential::State::Unknown:
      // A presigned URL ends, whoever signed it.
      if (authorization.presigned) TRY(checkTime(authorization, dialect));
      verification.outcome = Verification::Outcome::Unknown;
      return verification;
    case Credential::State::Inactive:
      return unknownAccessKey(dialect, authorization.access_key_id);
    case Credential::State::Expired:
      return expiredToken(dialect);
    case Credential::State::Active:
      break;
  }
  if (!equalConstantTime(credential.session_token, authorization.session_token)) return invalidSessionToken(dialect);
  // 3. Whether it is signed for this service, and about now.
  if (!expectation.signing_name.empty() && authorization.service != expectation.signing_name) {
    return dialect == Dialect::S3 ? incompleteSignature(dialect, "incorrect service \"" + authorization.service +
                                                                     "\". This endpoint belongs to \"" +
                                                                     std::string(expectation.signing_name) + "\".")
                                  : signatureDoesNotMatch(dialect, "Credential should be scoped to correct service: '" +
                                                                       std::string(expectation.signing_name) + "'.");
  }
  TRY(checkTime(authorization, dialect));
  // 4. The signature, as soon as the head suffices.
  verification.outcome = Verification::Outcome::Verified;
  verification.principal = credential.principal;
  verification.signing_key = keyOfTheDay(authorization, credential.secret_access_key);
  if (authorization.presigned && dialect == Dialect::S3 && verification.payload == PayloadKind::Undeclared) {
    verification.payload = PayloadKind::Unsigned;
  }
  if (verification.payload == PayloadKind::Unsigned && !expectation.allow_unsigned_payload) {
    return payloadHashMismatch(dialect);
  }
  if (dialect == Dialect::S3) {
    if (verification.payload == PayloadKind::Undeclared) {
      return base::ApiError{.code = "InvalidRequest",
                            .message = "Missing required header for this request: x-amz-content-sha256",
                            .http_status = 400};
    }
    TRY(checkAmzHeadersAreSigned(head, authorization));
  } else if (verification.payload >= PayloadKind::StreamingSigned) {
    return payloadHashMismatch(dialect);  // Only S3 takes streams.
  }
  if (declaredUpFront(verification.payload)) {
    const std::string_view declared = head.headers.get("x-amz-content-sha256");
    TRY(checkSignature(verification, head, declared.empty() ? kUnsignedPayload : declared, dialect));
    verification.signature_checked = true;
  }
  return verification;
}

base::Result<void> Verifier::finish(const Verification& verification, const HttpRequest& request,
                                    const Expectation& expectation) const {
  if (verification.outcome != Verification::Outcome::Verified) return {};
  if (verification.signature_checked && verification.payload != PayloadKind::Hash) return {};
  const std::string hash =
      request.body.empty() ? std::string(kEmptyHash) : base::encodeHex(request.body.digest(base::DigestKind::Sha256));
  if (!verification.signature_checked) return checkSignature(verification, request, hash, expectation.dialect);
  if (!equalConstantTime(hash, request.headers.get("x-amz-content-sha256"))) {
    return payloadHashMismatch(expectation.dialect);
  }
  return {};
}

}  // namespace thimble::wire::sigv4
