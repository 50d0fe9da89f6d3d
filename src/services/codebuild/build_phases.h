// The phases of a build as the API shows them: values in, values out.
// https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details.html#view-build-details-phases
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/time.h"

namespace thimble::services::codebuild {

/// Why a phase ended as it did; both empty for a success.
struct PhaseContext {
  std::string code;  ///< For example COMMAND_EXECUTION_ERROR.
  std::string message;
};

/// Appends a phase that begins now.
void beginPhase(base::Json& phases, std::string_view type, base::Timestamp now);
/// Ends the last phase, if it is open.
void endPhase(base::Json& phases, std::string_view status, base::Timestamp now, const PhaseContext& context = {});
/// The type of the last phase; empty when there is none.
std::string lastPhase(const base::Json& phases);

/// Ends a Build: what is open, then FINALIZING when it is not there, and COMPLETED.
void completeBuild(base::Json& build, std::string_view status, base::Timestamp now, const PhaseContext& context = {});

}  // namespace thimble::services::codebuild
