#include "services/iam/service_users.h"

#include <openssl/crypto.h>

#include "base/encoding.h"
#include "services/iam/principals.h"
#include "services/iam/rows.h"

namespace thimble::services::iam {
namespace {

constexpr std::size_t kSaltBytes = 16;

bool sameText(const std::string& a, const std::string& b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool isPassword(const rows::ServiceSpecificCredential& credential, const std::string& password) {
  if (!credential.password().empty()) return sameText(credential.password(), password);
  return !credential.password_hash().empty() &&
         sameText(credential.password_hash(), base::hmacSha256(credential.salt(), password));
}

}  // namespace

void setPassword(rows::ServiceSpecificCredential& credential, const std::string& password, platform::Random& random) {
  credential.set_salt(random.bytes(kSaltBytes));
  credential.set_password_hash(base::hmacSha256(credential.salt(), password));
  credential.clear_password();
}

std::optional<dispatch::Identity> findServiceUser(store::Transaction& transaction, const std::string& service,
                                                  const std::string& user_name, const std::string& password) {
  const std::size_t at = user_name.rfind("-at-");
  if (at == std::string::npos) return std::nullopt;
  const std::string account = user_name.substr(at + 4);
  // A user's second credential is "name+1-at-...".
  const std::string name = user_name.substr(0, std::min(at, user_name.rfind('+', at)));
  const auto user = kUsers.get(transaction, account, keyName(name));
  if (!user) return std::nullopt;
  for (const auto& credential : user->service_credentials()) {
    if (credential.inactive() || credential.service() != service || credential.user_name() != user_name) continue;
    if (!isPassword(credential, password)) continue;
    dispatch::Identity identity;
    identity.kind = dispatch::Identity::Kind::User;
    identity.account = account;
    identity.arn = arnOf(account, Kind::User, user->principal());
    identity.user_id = user->principal().id();
    identity.user_name = user->principal().name();
    return identity;
  }
  return std::nullopt;
}

}  // namespace thimble::services::iam
