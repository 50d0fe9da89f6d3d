// Who calls over the wire: joins the front door's questions to the store's credentials.
#pragma once

#include "dispatch/context.h"
#include "wire/front_door/call_sink.h"
#include "wire/sigv4/credential_source.h"
#include "wire/sigv4/verify.h"

namespace thimble::app {

/// The credentials that this server issued.
class IssuedCredentials final : public wire::sigv4::CredentialSource {
 public:
  explicit IssuedCredentials(const dispatch::Environment& environment) : environment_(environment) {}
  /// The principal is a dispatch::Identity.
  wire::sigv4::Credential find(std::string_view access_key_id) const override;

 private:
  const dispatch::Environment& environment_;
};

/// Implements the front door's Authenticator: signatures by credentials that this server issued are verified; on the
/// loopback listener any other access key id is taken at its word (ARCHITECTURE.md, "Accounts").
class Callers final : public wire::Authenticator {
 public:
  explicit Callers(const dispatch::Environment& environment)
      : environment_(environment), credentials_(environment), verifier_(credentials_, environment.clock) {}

  base::Result<Admission> begin(const wire::http::HttpRequest& head, const shapes::Service& service,
                                const shapes::Operation* operation) override;
  /// The principal is a dispatch::Identity.
  base::Result<std::shared_ptr<const void>> finish(const std::shared_ptr<const void>& state,
                                                   const wire::http::HttpRequest& request,
                                                   const shapes::Operation& operation) override;

 private:
  const dispatch::Environment& environment_;
  IssuedCredentials credentials_;
  wire::sigv4::Verifier verifier_;
};

}  // namespace thimble::app
