// Secrets as rows: how they are found, and their versions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dispatch/sealed_context.h"
#include "services/secretsmanager/secretsmanager.pb.h"
#include "store/table.h"

namespace thimble::services::secretsmanager {

/// Key: account, region, name.
inline constexpr store::Table<rows::Secret> kSecrets("secretsmanager.secret");

inline constexpr std::string_view kCurrent = "AWSCURRENT";
inline constexpr std::string_view kPrevious = "AWSPREVIOUS";
inline constexpr std::string_view kPending = "AWSPENDING";

base::ApiError secretNotFound();
base::ApiError invalidRequest(std::string message);
base::ApiError invalidParameter(std::string message);

/// The secret that a name, an ARN, or an ARN without its last characters means, once the caller may do `action` with
/// it. One whose time of deletion has come is gone. Errors: AccessDeniedException, ResourceNotFoundException.
base::Result<rows::Secret> findSecret(dispatch::SealedContext& context, const std::string& id, std::string_view action);
/// As findSecret; InvalidRequestException when it is marked for deletion.
base::Result<rows::Secret> findLiveSecret(dispatch::SealedContext& context, const std::string& id,
                                          std::string_view action);
/// Whether it is gone though its row is there.
bool isGone(const rows::Secret& secret, base::Timestamp now);
void putSecret(dispatch::SealedContext& context, const rows::Secret& secret);

/// What is to be stored: a text or bytes.
struct SecretValue {
  std::string bytes;
  bool binary = false;
};
/// Errors: InvalidParameterException when there are both, or one that is empty or too long. Nothing when there is none.
base::Result<std::optional<SecretValue>> givenValue(const std::optional<std::string>& text,
                                                    const std::optional<std::string>& binary);
/// The value of a version, opened.
std::string openVersion(dispatch::SealedContext& context, const rows::Secret& secret, const rows::Version& version);

/// Adds a version and gives it the stages; a stage leaves the version that had it, and AWSCURRENT leaves AWSPREVIOUS
/// behind. The same token with the same value changes nothing. Errors: ResourceExistsException for another value.
base::Result<void> addVersion(dispatch::SealedContext& context, rows::Secret& secret, const std::string& id,
                              const SecretValue& value, const std::vector<std::string>& stages);
/// Moves a stage from whichever version has it to `version`.
void moveStage(rows::Secret& secret, std::string_view stage, const std::string& version);
rows::Version* findVersion(rows::Secret& secret, std::string_view id);
rows::Version* findStage(rows::Secret& secret, std::string_view stage);

}  // namespace thimble::services::secretsmanager
