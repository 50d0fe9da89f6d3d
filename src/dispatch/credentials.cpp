#include "dispatch/credentials.h"

#include <algorithm>

#include "base/encoding.h"
#include "dispatch/call_record.h"
#include "dispatch/credentials.pb.h"
#include "store/table.h"
#include "wire/shapes/model.h"

namespace thimble::dispatch {
namespace {

constexpr store::Table<rows::CredentialRecord> kCredentials("dispatch.credentials");
constexpr store::Table<rows::CredentialExpiryRecord> kExpiries("dispatch.credential_expiries");
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::int64_t kKeepEndedMilliseconds = 24 * 60 * 60 * 1000;
constexpr std::size_t kRemovedAtOnce = 4;

std::string checkCharacters(std::string_view head) {
  std::uint32_t sum = base::crc32(std::string("thimble access key ") + std::string(head));
  std::string check;
  for (int i = 0; i < 4; ++i, sum >>= 5) check += kBase32[sum & 31];
  return check;
}

void removeEnded(store::Transaction& transaction, base::Timestamp now) {
  const std::int64_t before = now.milliseconds - kKeepEndedMilliseconds;
  store::ScanOptions options;
  options.limit = kRemovedAtOnce;
  const store::Range range{kExpiries.key().bytes(), kExpiries.key(before).bytes()};
  for (const auto& entry : kExpiries.scanRange(transaction, range, options)) {
    store::KeyReader reader(entry.key);
    reader.text();
    reader.number();
    const auto id = reader.text();
    transaction.erase(entry.key);
    if (id) kCredentials.erase(transaction, *id);
  }
}

base::ApiError invalidToken(const shapes::Service* service) {
  const std::string message = "The security token included in the request is invalid.";
  if (service && service->protocol == shapes::Protocol::RestXml) {
    return {"InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403};
  }
  if (!service || service->protocol == shapes::Protocol::Query) return {"InvalidClientTokenId", message, 403};
  return {"UnrecognizedClientException", message, service->protocol == shapes::Protocol::RestJson ? 403 : 400};
}

base::ApiError expiredToken(const shapes::Service* service) {
  if (service && service->protocol == shapes::Protocol::RestXml) {
    return {"ExpiredToken", "The provided token has expired.", 400};
  }
  const std::string message = "The security token included in the request is expired";
  if (!service || service->protocol == shapes::Protocol::Query) return {"ExpiredToken", message, 403};
  return {"ExpiredTokenException", message, service->protocol == shapes::Protocol::RestJson ? 403 : 400};
}

bool isAccount(std::string_view text) {
  return text.size() == 12 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<Credential> findCredential(store::Transaction& transaction, const std::string& access_key_id) {
  const auto record = kCredentials.get(transaction, access_key_id);
  if (!record) return std::nullopt;
  Credential credential;
  credential.identity = fromRecord(record->identity());
  credential.secret_access_key = record->secret_access_key();
  credential.session_token = record->session_token();
  if (record->expiration() != 0) credential.expiration = base::Timestamp{record->expiration()};
  credential.active = !record->inactive();
  return credential;
}

void putCredential(store::Transaction& transaction, const std::string& access_key_id, const Credential& credential) {
  rows::CredentialRecord record;
  *record.mutable_identity() = toRecord(credential.identity);
  record.set_secret_access_key(credential.secret_access_key);
  record.set_session_token(credential.session_token);
  record.set_inactive(!credential.active);
  if (credential.expiration) {
    record.set_expiration(credential.expiration->milliseconds);
    kExpiries.put(transaction, {}, credential.expiration->milliseconds, access_key_id);
  }
  kCredentials.put(transaction, record, access_key_id);
}

void eraseCredential(store::Transaction& transaction, const std::string& access_key_id) {
  const auto credential = findCredential(transaction, access_key_id);
  if (!credential) return;
  if (credential->expiration) kExpiries.erase(transaction, credential->expiration->milliseconds, access_key_id);
  kCredentials.erase(transaction, access_key_id);
}

std::string newAccessKeyId(platform::Random& random, std::string_view prefix) {
  const std::string head = std::string(prefix) + random.text(12, kBase32);
  return head + checkCharacters(head);
}

bool isOurAccessKeyId(std::string_view access_key_id) {
  return access_key_id.size() == 20 && access_key_id.substr(16) == checkCharacters(access_key_id.substr(0, 16));
}

std::string newSecretAccessKey(platform::Random& random) {
  return base::encodeBase64(random.bytes(30));
}

SessionCredentials issueSession(store::Transaction& transaction, platform::Random& random, base::Timestamp now,
                                Identity identity, std::int64_t seconds) {
  removeEnded(transaction, now);
  SessionCredentials issued;
  issued.access_key_id = newAccessKeyId(random, "ASIA");
  issued.secret_access_key = newSecretAccessKey(random);
  issued.session_token = base::encodeBase64("thimble" + random.bytes(143));
  // Whole seconds, as AWS's answers have.
  issued.expiration = {(now.milliseconds / 1000 + seconds) * 1000};
  identity.access_key_id = issued.access_key_id;
  Credential credential;
  credential.identity = std::move(identity);
  credential.secret_access_key = issued.secret_access_key;
  credential.session_token = issued.session_token;
  credential.expiration = issued.expiration;
  putCredential(transaction, issued.access_key_id, credential);
  return issued;
}

base::Result<Identity> openDoorIdentity(const std::string& access_key_id, bool open_door,
                                        const shapes::Service* service) {
  if (!open_door || isOurAccessKeyId(access_key_id)) return invalidToken(service);
  Identity identity = Identity::root(isAccount(access_key_id) ? access_key_id : "000000000000");
  identity.access_key_id = access_key_id;
  return identity;
}

base::Result<Signer> findSigner(store::Transaction& transaction, const std::string& access_key_id,
                                const std::string& session_token, base::Timestamp now, bool open_door,
                                const shapes::Service* service) {
  Signer signer;
  if (auto credential = findCredential(transaction, access_key_id)) {
    if (!credential->active || credential->session_token != session_token) return invalidToken(service);
    if (credential->expiration && *credential->expiration <= now) return expiredToken(service);
    signer.identity = std::move(credential->identity);
    signer.identity.access_key_id = access_key_id;
    signer.secret_access_key = std::move(credential->secret_access_key);
    signer.verify = true;
    return signer;
  }
  TRY_ASSIGN(signer.identity, openDoorIdentity(access_key_id, open_door, service));
  return signer;
}

}  // namespace thimble::dispatch
