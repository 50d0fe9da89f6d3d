// Checks a signed request. In two steps, because a body comes after its head and may be long:
//   begin(): reads the signature, finds the credential, checks the time; when the head tells the payload's hash (S3,
//   and
//            streams), the signature is checked before any of the body is read.
//   finish(): checks the payload against its hash, and what begin() could not check without the body.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "platform/clock.h"
#include "wire/http/message.h"
#include "wire/sigv4/authorization.h"
#include "wire/sigv4/canonical.h"
#include "wire/sigv4/credential_source.h"

namespace thimble::wire::sigv4 {

/// How a request's body takes part in its signature (X-Amz-Content-Sha256).
enum class PayloadKind : std::uint8_t {
  Undeclared,               ///< The hash of the body, which the head does not tell.
  Hash,                     ///< The hash in the header.
  Unsigned,                 ///< UNSIGNED-PAYLOAD.
  StreamingSigned,          ///< STREAMING-AWS4-HMAC-SHA256-PAYLOAD: aws-chunked, each chunk signed.
  StreamingSignedTrailer,   ///< The same with trailing fields, which are signed too.
  StreamingUnsignedTrailer  ///< STREAMING-UNSIGNED-PAYLOAD-TRAILER: aws-chunked, nothing signed.
};

/// The kind that the head declares, signed or not.
PayloadKind payloadKind(const http::HttpRequest& head);

/// What must hold for the signature's scope.
struct Expectation {
  Dialect dialect = Dialect::Json;
  std::string_view signing_name;        ///< The service's; the scope must name it. Empty: any.
  bool allow_unsigned_payload = false;  ///< S3, and operations whose model says so.
};

/// A signature under way.
struct Verification {
  /// Anonymous: not signed. Unknown: signed with a key id that is not this server's; nothing was verified, and whether
  /// that is allowed is the listener's business. Verified: by a credential of this server's (after finish()).
  enum class Outcome { Anonymous, Unknown, Verified };

  Outcome outcome = Outcome::Anonymous;
  std::optional<Authorization> authorization;
  std::shared_ptr<const void> principal;  ///< Verified only; the credential source's.
  PayloadKind payload = PayloadKind::Undeclared;
  std::string signing_key;  ///< Verified only; raw. With it the chunks of a stream are checked.
  bool signature_checked = false;
};

class Verifier {
 public:
  /// Both are borrowed.
  Verifier(const CredentialSource& credentials, const platform::Clock& clock)
      : credentials_(credentials), clock_(clock) {}

  /// The signed time may differ from ours by this much.
  static constexpr std::int64_t kSkewSeconds = 15 * 60;

  base::Result<Verification> begin(const http::HttpRequest& head, const Expectation& expectation) const;
  base::Result<void> finish(const Verification& verification, const http::HttpRequest& request,
                            const Expectation& expectation) const;

 private:
  std::string keyOfTheDay(const Authorization& authorization, const std::string& secret) const;
  base::Result<void> checkTime(const Authorization& authorization, Dialect dialect) const;

  // Deriving a signing key costs four HMACs; it holds for a day, so the last ones are kept. Bounded.
  static constexpr std::size_t kKeptKeys = 1024;
  struct KeptKey {
    std::string secret;
    std::string key;
  };

  const CredentialSource& credentials_;
  const platform::Clock& clock_;
  mutable std::mutex mutex_;
  mutable std::unordered_map<std::string, KeptKey> keys_;  // Guarded by mutex_; by key id, date, region and service.
};

}  // namespace thimble::wire::sigv4
