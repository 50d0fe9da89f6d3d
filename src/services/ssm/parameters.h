// Parameters as rows: names, versions and how they are found.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "dispatch/context.h"
#include "dispatch/registry.h"
#include "services/ssm/ssm.pb.h"
#include "store/table.h"
#include "wire/shapes/ssm.h"

namespace thimble::services::ssm {

inline constexpr store::Table<rows::ParameterRecord> kParameters("ssm.parameter");

/// How many versions of a parameter are kept.
inline constexpr int kMaxVersions = 100;

/// The parameter of that name, or of that ARN.
std::optional<rows::ParameterRecord> findParameter(dispatch::Context& context, const std::string& name);

/// A parameter's version by its name or "name:version"; ParameterNotFound or ParameterVersionNotFound.
base::Result<shapes::ssm::Parameter> selectParameter(dispatch::Context& context, const std::string& selector);

/// A version as it is shown.
shapes::ssm::Parameter shownParameter(dispatch::Context& context, const rows::ParameterRecord& record,
                                      const rows::VersionRecord& version);

base::ApiError parameterNotFound();
base::ApiError validationException(std::string message);

void registerPutParameter(dispatch::Registry& registry);
void registerGetParameters(dispatch::Registry& registry);
void registerDeleteParameters(dispatch::Registry& registry);
void registerDescribeParameters(dispatch::Registry& registry);
void registerTags(dispatch::Registry& registry);

}  // namespace thimble::services::ssm
