// Triggers of pipelines of type V2: which pushes to a connection's repository start an execution. Pure.
// https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-triggers.html
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace thimble::services::codepipeline {

/// Errors: InvalidStructureException, ValidationException.
base::Result<void> checkTriggers(const base::Json& declaration);

/// The gitConfiguration for a source action; null when there is none.
base::Json gitConfigurationOf(const base::Json& declaration, const std::string& action);

/// What a push filter has to know of a push.
enum class Interest {
  None,       ///< No filter wants a push to it.
  Files,      ///< It depends on the files that changed.
  Certainly,  ///< Whatever changed.
};

/// `reference`: "refs/heads/..." or "refs/tags/...".
Interest interestIn(const base::Json& git_configuration, const std::string& reference);
/// For Interest::Files.
bool wantsFiles(const base::Json& git_configuration, const std::string& reference,
                const std::vector<std::string>& files);

}  // namespace thimble::services::codepipeline
