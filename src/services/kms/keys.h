// Keys and aliases as rows, and how they are found.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "dispatch/sealed_context.h"
#include "services/kms/kms.pb.h"
#include "store/table.h"

namespace thimble::services::kms {

/// Key: account, region, key id.
inline constexpr store::Table<rows::Key> kKeys("kms.key");
/// Key: account, region, name.
inline constexpr store::Table<rows::Alias> kAliases("kms.alias");

base::ApiError notFound(std::string message);
base::ApiError invalidState(const std::string& arn, const std::string& state);
base::ApiError validation(std::string message);
base::ApiError notImplemented(const std::string& what);

std::string keyArn(const dispatch::SealedContext& context, const std::string& id);
std::string aliasArn(const dispatch::SealedContext& context, const std::string& name);
/// "Enabled", "Disabled" or "PendingDeletion".
std::string stateOf(const rows::Key& key);
std::string defaultKeyPolicy(const std::string& account);

/// A new symmetric key, stored.
rows::Key makeKey(dispatch::SealedContext& context);
void putKey(dispatch::SealedContext& context, const rows::Key& key);

/// The key of an id, ARN, alias name or alias ARN, once the caller may do `action` with it. An alias of AWS's own
/// ("alias/aws/s3") gets its key when it is first asked for. Errors: NotFoundException, AccessDeniedException.
base::Result<rows::Key> findKey(dispatch::SealedContext& context, const std::string& id, std::string_view action);
/// As findKey; DisabledException or KMSInvalidStateException when it cannot be used.
base::Result<rows::Key> findUsableKey(dispatch::SealedContext& context, const std::string& id, std::string_view action);
/// As findKey, for what AWS-managed keys do not allow.
base::Result<rows::Key> findOwnKey(dispatch::SealedContext& context, const std::string& id, std::string_view action);

/// The 32 bytes that the key encrypts with.
std::string materialOf(dispatch::SealedContext& context, const rows::Key& key);

}  // namespace thimble::services::kms
