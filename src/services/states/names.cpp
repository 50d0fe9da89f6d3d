#include "services/states/names.h"

#include <algorithm>

#include "base/arn.h"
#include "base/encoding.h"
#include "services/states/errors.h"

namespace thimble::services::states {

using base::Result;

namespace {

/// What follows "<kind>:" in the ARN's resource.
Result<base::Arn> parseArnOf(const std::string& text, std::string_view kind) {
  if (text.compare(0, 4, "arn:") != 0) return invalidArn("Invalid ARN prefix: " + text);
  auto arn = base::parseArn(text);
  if (!arn || arn->service != "states") return invalidArn("Invalid ARN: " + text);
  const std::size_t colon = arn->resource.find(':');
  const std::string type = arn->resource.substr(0, colon);
  if (type != kind) return invalidArn("Resource type not valid in this context: " + type);
  arn->resource.erase(0, colon == std::string::npos ? colon : colon + 1);
  if (arn->resource.empty()) return invalidArn("Invalid ARN: " + text);
  return *arn;
}

constexpr std::string_view kTokenMark = "AQCTHM";
constexpr std::size_t kTokenRandomBytes = 48;

std::string tokenCheck(std::string_view random) {
  return base::sha256("task token " + std::string(random)).substr(0, 12);
}

}  // namespace

bool MachineArn::isVersion() const {
  return !qualifier.empty() && qualifier.size() < 10 &&
         std::all_of(qualifier.begin(), qualifier.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::int64_t MachineArn::version() const {
  return isVersion() ? std::stoll(qualifier) : 0;
}

Result<MachineArn> parseMachineArn(const std::string& text) {
  TRY_ASSIGN(const base::Arn arn, parseArnOf(text, "stateMachine"));
  MachineArn out{arn.region, arn.account, arn.resource, {}};
  const std::size_t colon = out.name.find(':');
  if (colon != std::string::npos) {
    out.qualifier = out.name.substr(colon + 1);
    out.name.resize(colon);
  }
  return out;
}

Result<void> checkExecutionArn(const std::string& text) {
  if (text.find(":express:") != std::string::npos) return {};
  TRY_ASSIGN(const base::Arn arn, parseArnOf(text, "execution"));
  if (arn.resource.find(':') == std::string::npos) return invalidArn("Invalid ARN: " + text);
  return {};
}

Result<ActivityArn> parseActivityArn(const std::string& text) {
  TRY_ASSIGN(const base::Arn arn, parseArnOf(text, "activity"));
  return ActivityArn{arn.region, arn.account, arn.resource};
}

bool isValidName(std::string_view name) {
  if (name.empty() || name.size() > 80) return false;
  return std::none_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7f ||
           std::string_view("<>{}[]?*\"#%\\^|~`$&,;:/").find(c) != std::string_view::npos;
  });
}

std::string makeToken(platform::Random& random) {
  const std::string bytes = random.bytes(kTokenRandomBytes);
  return std::string(kTokenMark) + base::encodeBase64(bytes + tokenCheck(bytes));
}

bool looksLikeToken(const std::string& token) {
  if (token.compare(0, kTokenMark.size(), kTokenMark) != 0) return false;
  const auto bytes = base::decodeBase64(std::string_view(token).substr(kTokenMark.size()));
  return bytes && bytes->size() == kTokenRandomBytes + 12 &&
         bytes->substr(kTokenRandomBytes) == tokenCheck(bytes->substr(0, kTokenRandomBytes));
}

std::string pageToken(std::string_view key) {
  return "AAAA" + base::encodeBase64(key);
}

std::optional<std::string> readPageToken(const std::string& token) {
  if (token.compare(0, 4, "AAAA") != 0) return std::nullopt;
  return base::decodeBase64(std::string_view(token).substr(4));
}

}  // namespace thimble::services::states
