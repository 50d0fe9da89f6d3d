// Where the secret behind an access key id comes from.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace thimble::wire::sigv4 {

struct Credential {
  /// Unknown: this server did not issue the id. Inactive: it did, and it was deleted or deactivated since. Expired: a
  /// session that has ended.
  enum class State { Unknown, Active, Inactive, Expired };

  State state = State::Unknown;
  std::string secret_access_key;  ///< Active only.
  std::string session_token;      ///< What X-Amz-Security-Token must be; empty for long-term keys, which have none.
  std::shared_ptr<const void> principal;  ///< The source's own description of who this is; passed on to the CallSink.
};

/// Implemented by IAM. Called on io threads for each signed request, so answers come from memory.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  virtual Credential find(std::string_view access_key_id) const = 0;
};

/// The credentials with which a client signs.
struct Keys {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  ///< Empty for long-term keys.
};

}  // namespace thimble::wire::sigv4
