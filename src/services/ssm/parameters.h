// Parameters as rows: names, versions and how they are found.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "dispatch/sealed_context.h"
#include "services/ssm/ssm.pb.h"
#include "store/table.h"
#include "wire/shapes/ssm.h"

namespace thimble::services::ssm {

inline constexpr store::Table<rows::ParameterRecord> kParameters("ssm.parameter");

/// How many versions of a parameter are kept.
inline constexpr int kMaxVersions = 100;

/// The parameter of that name, or of that ARN.
std::optional<rows::ParameterRecord> findParameter(dispatch::SealedContext& context, const std::string& name);

/// A parameter's version by its name, "name:version" or "name:label"; ParameterNotFound or ParameterVersionNotFound.
base::Result<shapes::ssm::Parameter> selectParameter(dispatch::SealedContext& context, const std::string& selector,
                                                     bool with_decryption);

/// A version as it is shown. Errors: AccessDeniedException when the caller may not use the key of a SecureString.
base::Result<shapes::ssm::Parameter> shownParameter(dispatch::SealedContext& context,
                                                    const rows::ParameterRecord& record,
                                                    const rows::VersionRecord& version, bool with_decryption);

/// The value; a SecureString's decrypted, or as base64 of what is stored.
base::Result<std::string> valueOf(dispatch::SealedContext& context, const rows::ParameterRecord& record,
                                  const rows::VersionRecord& version, bool with_decryption);
/// Puts the value into the version, sealed when it is a SecureString.
void setValue(dispatch::SealedContext& context, const std::string& name, rows::VersionRecord& version,
              const std::string& value);

/// The policies as DescribeParameters shows them; nothing when there are none.
std::optional<std::vector<shapes::ssm::ParameterInlinePolicy>> shownPolicies(const rows::VersionRecord& version);

std::string parameterArn(const dispatch::SealedContext& context, const std::string& name);

/// "Parameter Store Change" on EventBridge. `operation`: Create, Update, Delete or LabelParameterVersion.
void emitChange(dispatch::SealedContext& context, const std::string& operation, const rows::ParameterRecord& record);

base::ApiError parameterNotFound();
base::ApiError validationException(std::string message);

void registerLabels(dispatch::Registry& registry, platform::Sealer& sealer);
void registerPutParameter(dispatch::Registry& registry, platform::Sealer& sealer);
void registerGetParameters(dispatch::Registry& registry, platform::Sealer& sealer);
void registerDeleteParameters(dispatch::Registry& registry, platform::Sealer& sealer);
void registerDescribeParameters(dispatch::Registry& registry, platform::Sealer& sealer);
void registerTags(dispatch::Registry& registry, platform::Sealer& sealer);

}  // namespace thimble::services::ssm
