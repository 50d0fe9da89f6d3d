#include "services/codecommit/http/git_caller.h"

#include <openssl/crypto.h>

#include <array>

#include "base/encoding.h"
#include "dispatch/credentials.h"
#include "services/codecommit/repositories.h"
#include "wire/sigv4/verify.h"

namespace thimble::services::codecommit {
namespace {

constexpr std::size_t kTimeLength = 16;  // "20261128T202337Z"
constexpr std::size_t kSignatureLength = 64;

GitRefusal wrongCredentials(std::string message) {
  return {403, std::move(message)};
}

struct Basic {
  std::string user, password;
};

std::optional<Basic> basicOf(const wire::http::HttpRequest& head) {
  const std::string* field = head.headers.find("authorization");
  if (field == nullptr || !wire::http::equalsIgnoringCase(std::string_view(*field).substr(0, 6), "basic ")) {
    return std::nullopt;
  }
  const auto text = base::decodeBase64(std::string_view(*field).substr(6));
  if (!text) return std::nullopt;
  const std::size_t colon = text->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return Basic{text->substr(0, colon), text->substr(colon + 1)};
}

/// "name-at-111122223333": a user of IAM.
bool isServiceUser(const std::string& user) {
  const std::size_t at = user.rfind("-at-");
  return at != std::string::npos && at > 0 && user.size() - at == 16 &&
         user.find_first_not_of("0123456789", at + 4) == std::string::npos;
}

std::string signatureOf(const std::string& path, const std::string& host, const std::string& region,
                        const std::string& time, const std::string& secret) {
  // 1. The request stands for the whole conversation: its method is GIT, and only the host is signed.
  const std::string request = "GIT\n" + path + "\n\nhost:" + host + "\n\nhost\n";
  // 2. The time is signed without its Z.
  const std::string date = time.substr(0, 8);
  const std::string scope = date + "/" + region + "/codecommit/aws4_request";
  const std::string text =
      "AWS4-HMAC-SHA256\n" + time.substr(0, 15) + "\n" + scope + "\n" + base::encodeHex(base::sha256(request));
  std::string key = base::hmacSha256("AWS4" + secret, date);
  for (const std::string& part : {region, std::string("codecommit"), std::string("aws4_request")}) {
    key = base::hmacSha256(key, part);
  }
  return base::encodeHex(base::hmacSha256(key, text));
}

bool sameText(const std::string& a, const std::string& b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::string regionOfHost(const wire::http::HttpRequest& head) {
  constexpr std::string_view kPrefix = "git-codecommit.";
  const std::string host = wire::http::toLower(head.headers.get("host"));
  if (!host.starts_with(kPrefix)) return {};
  return host.substr(kPrefix.size(), host.find('.', kPrefix.size()) - kPrefix.size());
}

base::Result<GitCaller, GitRefusal> findGitCaller(const World& world, store::Transaction& transaction,
                                                  const wire::http::HttpRequest& head, const std::string& path,
                                                  const std::string& name) {
  const auto basic = basicOf(head);
  if (!basic || basic->user.empty()) return GitRefusal{401, "Credentials are needed."};
  // 1. A user's own name and password for CodeCommit.
  if (isServiceUser(basic->user)) {
    auto identity = world.settings.git_users(transaction, basic->user, basic->password);
    if (!identity) return wrongCredentials("The user name or the password is not right.");
    return GitCaller{*std::move(identity), ""};
  }
  // 2. An access key id, with a session's token behind "%".
  const std::size_t percent = basic->user.find('%');
  const std::string key_id = basic->user.substr(0, percent);
  const std::string token = percent == std::string::npos ? "" : basic->user.substr(percent + 1);
  const base::Timestamp now = world.environment.clock.now();
  auto signer = dispatch::findSigner(transaction, key_id, token, now,
                                     head.listener == wire::http::ListenerKind::Loopback, nullptr);
  if (!signer.ok()) return wrongCredentials(signer.error().message);
  if (!signer->verify) return GitCaller{std::move(signer->identity), ""};
  // 3. The password is a time and the signature that goes with it.
  const std::string& password = basic->password;
  const std::string time = password.substr(0, kTimeLength);
  const auto signed_at = base::parseBasicIso8601(time);
  if (password.size() != kTimeLength + kSignatureLength || !signed_at) {
    return wrongCredentials("The password is no signature; see aws codecommit credential-helper.");
  }
  if (std::abs(signed_at->seconds() - now.seconds()) > wire::sigv4::Verifier::kSkewSeconds) {
    return wrongCredentials("The signature is too old, or the clocks differ.");
  }
  // 4. The region is part of the signature and nowhere else: it is one that has a repository of this name.
  std::vector<std::string> regions = regionsOf(transaction, signer->identity.account, name);
  if (const std::string region = regionOfHost(head); !region.empty()) regions = {region};
  const std::string host(head.headers.get("host"));
  for (const std::string& region : regions) {
    // AWS's helper signs the host without its port, git-remote-codecommit as it is.
    for (const std::string& each : {host.substr(0, host.rfind(':')), host}) {
      for (const std::string& signed_path : {path, path + "/"}) {
        if (!sameText(signatureOf(signed_path, each, region, time, signer->secret_access_key),
                      password.substr(kTimeLength))) {
          continue;
        }
        return GitCaller{std::move(signer->identity), region};
      }
    }
  }
  if (regions.empty()) return GitCaller{std::move(signer->identity), ""};  // There is nothing to be reached.
  return wrongCredentials("The signature does not match.");
}

}  // namespace thimble::services::codecommit
