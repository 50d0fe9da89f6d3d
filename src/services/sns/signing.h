// The signature of HTTP deliveries, with a key and a certificate of this server's own.
// https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
#pragma once

#include <string>

#include "base/json.h"
#include "store/store.h"

namespace thimble::services::sns {

class Signer {
 public:
  explicit Signer(store::Store& store) : store_(store) {}

  /// "http://localhost:4566"; set before the first message is signed.
  void setBaseUrl(std::string url) { base_url_ = std::move(url); }
  const std::string& baseUrl() const { return base_url_; }
  /// The certificate's path is this, a digest of the certificate and ".pem".
  static constexpr std::string_view kCertificatePath = "/_thimble/sns/SimpleNotificationService-";

  /// Adds SignatureVersion ("1": SHA-1, "2": SHA-256), Signature and SigningCertURL to a message. The key is made, and
  /// kept by the transaction, when there is none yet.
  void sign(store::Transaction& transaction, base::Json& document, const std::string& version);

  /// The certificate in PEM; made when there is none yet.
  std::string certificate();

 private:
  store::Store& store_;
  std::string base_url_ = "http://localhost:4566";
};

}  // namespace thimble::services::sns
