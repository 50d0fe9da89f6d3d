// Credentials that Thimble issues: users' access keys and the temporary ones of sessions. Durable.
//
// services/iam and services/sts write them; the front door asks who signs with an access key id.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "dispatch/identity.h"
#include "platform/random.h"
#include "store/store.h"

namespace thimble::shapes {
struct Service;
}

namespace thimble::dispatch {

struct Credential {
  Identity identity;
  std::string secret_access_key;
  std::string session_token;                  ///< Empty for a user's own keys.
  std::optional<base::Timestamp> expiration;  ///< Nothing: never.
  bool active = true;
};

std::optional<Credential> findCredential(store::Transaction& transaction, const std::string& access_key_id);
/// Adds or replaces.
void putCredential(store::Transaction& transaction, const std::string& access_key_id, const Credential& credential);
/// An unknown id is fine.
void eraseCredential(store::Transaction& transaction, const std::string& access_key_id);

/// Twenty characters. Prefix "AKIA" for users' keys, "ASIA" for sessions. The last four check the others, so that an id
/// of ours is known for one even when its row is gone.
std::string newAccessKeyId(platform::Random& random, std::string_view prefix);
bool isOurAccessKeyId(std::string_view access_key_id);
/// Forty characters.
std::string newSecretAccessKey(platform::Random& random);

struct SessionCredentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;
  base::Timestamp expiration;
};

/// Issues credentials for a session that last `seconds`. For STS, and for what runs in a sandbox under a role.
/// Sessions that ended more than a day ago are removed in passing.
SessionCredentials issueSession(store::Transaction& transaction, platform::Random& random, base::Timestamp now,
                                Identity identity, std::int64_t seconds);

/// Who signs, and with which secret.
struct Signer {
  Identity identity;
  std::string secret_access_key;
  bool verify =
      false;  ///< The signature has to be right. False for ids that are not ours: they are taken at their word.
};

/// Who an access key id that is not of our form stands for, when `open_door` (a caller on this machine, outside of any
/// sandbox): the root user of the account that the id names when it is twelve digits, else of 000000000000.
/// InvalidClientTokenId, in the words of the service's protocol (`service` may be null), for others.
base::Result<Identity> openDoorIdentity(const std::string& access_key_id, bool open_door,
                                        const shapes::Service* service);

/// Looks up who an access key id stands for; for an id that is not of our form, as openDoorIdentity. Errors, in the
/// words of the service's protocol (`service` may be null): InvalidClientTokenId when the id is unknown, inactive or
/// deleted or the token is not the session's; ExpiredToken.
base::Result<Signer> findSigner(store::Transaction& transaction, const std::string& access_key_id,
                                const std::string& session_token, base::Timestamp now, bool open_door,
                                const shapes::Service* service);

}  // namespace thimble::dispatch
