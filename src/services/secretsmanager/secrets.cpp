#include "services/secretsmanager/secrets.h"

#include <algorithm>

#include "base/arn.h"

namespace thimble::services::secretsmanager {
namespace {

constexpr std::string_view kPrefix = "secret:";
constexpr std::size_t kSuffixBytes = 7;  ///< "-AbCdEf" behind the name in an ARN.
constexpr std::size_t kMaxValueBytes = 65'536;
constexpr int kMaxVersions = 100;

std::string purposeOf(const rows::Secret& secret, const rows::Version& version) {
  return "secretsmanager/" + secret.arn() + "/" + version.id();
}

/// The row, without asking whether the caller may see it.
std::optional<rows::Secret> lookUp(dispatch::SealedContext& context, const std::string& id) {
  const auto at = [&](const std::string& account, const std::string& region, const std::string& name) {
    auto row = kSecrets.get(context.transaction(), account, region, name);
    return row && !isGone(*row, context.now()) ? row : std::nullopt;
  };
  const auto arn = base::parseArn(id);
  if (!arn) return at(context.account(), context.region(), id);
  if (arn->service != "secretsmanager" || !arn->resource.starts_with(kPrefix)) return std::nullopt;
  const std::string name = arn->resource.substr(kPrefix.size());
  if (name.size() > kSuffixBytes) {
    auto row = at(arn->account, arn->region, name.substr(0, name.size() - kSuffixBytes));
    if (row && row->arn() == id) return row;
  }
  return at(arn->account, arn->region, name);
}

bool hasStage(const rows::Version& version, std::string_view stage) {
  return std::find(version.stages().begin(), version.stages().end(), stage) != version.stages().end();
}

void dropStage(rows::Secret& secret, std::string_view stage) {
  for (rows::Version& version : *secret.mutable_versions()) {
    auto& stages = *version.mutable_stages();
    stages.erase(std::remove(stages.begin(), stages.end(), stage), stages.end());
  }
}

}  // namespace

base::ApiError secretNotFound() {
  return {"ResourceNotFoundException", "Secrets Manager can't find the specified secret.", 400};
}
base::ApiError invalidRequest(std::string message) {
  return {"InvalidRequestException", std::move(message), 400};
}
base::ApiError invalidParameter(std::string message) {
  return {"InvalidParameterException", std::move(message), 400};
}

bool isGone(const rows::Secret& secret, base::Timestamp now) {
  return secret.deletion() != 0 && secret.deletion() <= now.milliseconds;
}

base::Result<rows::Secret> findSecret(dispatch::SealedContext& context, const std::string& id,
                                      std::string_view action) {
  auto row = lookUp(context, id);
  const std::string arn =
      row                  ? row->arn()
      : base::parseArn(id) ? id
                           : "arn:aws:secretsmanager:" + context.region() + ":" + context.account() + ":secret:" + id;
  TRY(context.authorise(action, arn));
  if (!row) return secretNotFound();
  return *std::move(row);
}

base::Result<rows::Secret> findLiveSecret(dispatch::SealedContext& context, const std::string& id,
                                          std::string_view action) {
  TRY_ASSIGN(rows::Secret row, findSecret(context, id, action));
  if (row.deleted() != 0) {
    return invalidRequest("You can't perform this operation on the secret because it was marked for deletion.");
  }
  return row;
}

void putSecret(dispatch::SealedContext& context, const rows::Secret& secret) {
  const auto arn = base::parseArn(secret.arn());
  kSecrets.put(context.transaction(), secret, arn->account, arn->region, secret.name());
}

base::Result<std::optional<SecretValue>> givenValue(const std::optional<std::string>& text,
                                                    const std::optional<std::string>& binary) {
  if (text && binary) {
    return invalidParameter(
        "You can't specify both a binary secret value and a string secret value in the same secret.");
  }
  if (!text && !binary) return std::optional<SecretValue>();
  const std::string& bytes = text ? *text : *binary;
  if (bytes.size() > kMaxValueBytes) return invalidParameter("The secret value is longer than 65536 bytes.");
  return std::optional<SecretValue>(SecretValue{bytes, !text});
}

std::string openVersion(dispatch::SealedContext& context, const rows::Secret& secret, const rows::Version& version) {
  return context.sealer().open(version.sealed(), purposeOf(secret, version));
}

rows::Version* findVersion(rows::Secret& secret, std::string_view id) {
  auto& versions = *secret.mutable_versions();
  const auto found =
      std::find_if(versions.begin(), versions.end(), [&](const rows::Version& each) { return each.id() == id; });
  return found == versions.end() ? nullptr : &*found;
}

rows::Version* findStage(rows::Secret& secret, std::string_view stage) {
  auto& versions = *secret.mutable_versions();
  const auto found =
      std::find_if(versions.begin(), versions.end(), [&](const rows::Version& each) { return hasStage(each, stage); });
  return found == versions.end() ? nullptr : &*found;
}

void moveStage(rows::Secret& secret, std::string_view stage, const std::string& id) {
  const rows::Version* before = findStage(secret, stage);
  if (before != nullptr && before->id() == id) return;
  const std::string previous = before != nullptr ? before->id() : std::string();
  dropStage(secret, stage);
  findVersion(secret, id)->add_stages(std::string(stage));
  if (stage == kCurrent && !previous.empty()) {
    dropStage(secret, kPrevious);
    findVersion(secret, previous)->add_stages(std::string(kPrevious));
  }
}

base::Result<void> addVersion(dispatch::SealedContext& context, rows::Secret& secret, const std::string& id,
                              const SecretValue& value, const std::vector<std::string>& stages) {
  if (const rows::Version* same = findVersion(secret, id)) {
    if (same->binary() == value.binary && openVersion(context, secret, *same) == value.bytes) return {};
    return base::ApiError{"ResourceExistsException",
                          "You can't use ClientRequestToken " + id +
                              " because that value is already in use for a version of secret " + secret.arn() + ".",
                          400};
  }
  // Versions without a stage are forgotten, the oldest first.
  auto& versions = *secret.mutable_versions();
  while (versions.size() >= kMaxVersions) {
    const auto unused =
        std::find_if(versions.begin(), versions.end(), [](const rows::Version& each) { return each.stages().empty(); });
    if (unused == versions.end()) {
      return base::ApiError{"LimitExceededException", "The secret has too many versions with staging labels.", 400};
    }
    versions.erase(unused);
  }
  rows::Version& version = *secret.add_versions();
  version.set_id(id);
  version.set_created(context.now().milliseconds);
  version.set_binary(value.binary);
  version.set_sealed(context.sealer().seal(value.bytes, purposeOf(secret, version)));
  for (const std::string& stage : stages) moveStage(secret, stage, id);
  secret.set_changed(context.now().milliseconds);
  return {};
}

}  // namespace thimble::services::secretsmanager
