// Who holds a service's own user name and password (service-specific credentials).
#pragma once

#include <optional>
#include <string>

#include "dispatch/identity.h"
#include "platform/random.h"
#include "services/iam/rows.h"
#include "store/store.h"

namespace thimble::services::iam {

/// Gives the credential this password, of which only a salted hash is kept. It has to be as random as ours are: a hash
/// that is quick to make hides no guessable one.
void setPassword(rows::ServiceSpecificCredential& credential, const std::string& password, platform::Random& random);

/// The user who holds this user name ("name-at-111122223333") and password for `service`
/// ("codecommit.amazonaws.com") and whose credential is active; nothing when nobody does.
std::optional<dispatch::Identity> findServiceUser(store::Transaction& transaction, const std::string& service,
                                                  const std::string& user_name, const std::string& password);

}  // namespace thimble::services::iam
