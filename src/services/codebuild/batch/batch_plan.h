// What a batch build does next: values in, values out.
// https://docs.aws.amazon.com/codebuild/latest/userguide/batch-build.html
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "lang/buildspec/batch.h"

namespace thimble::services::codebuild {

/// The group whose build reads the buildspec, as AWS names it.
inline constexpr const char* kDownloadGroup = "DOWNLOAD_SOURCE";

/// A BatchSpec as a value: {"FastFail", "Builds": [{"identifier", "dependsOn", "ignoreFailure", and what the build has
/// of its own under the names of StartBuild's overrides}]}.
base::Json batchSpecJson(const lang::buildspec::BatchSpec& spec);

/// Why the project's restrictions forbid a spec; empty: they do not. `project`: with its buildBatchConfig.
std::string restrictionBroken(const base::Json& spec, const base::Json& project);

struct BatchPlan {
  std::vector<std::string> start;  ///< Identifiers of builds that may begin.
  bool ended = false;              ///< Nothing runs and nothing will begin.
  bool failed = false;             ///< A build failed whose failure counts.
};
/// `groups`: the BuildGroups, without kDownloadGroup. A build begins when those that it depends on have succeeded, or
/// failed in vain; with `fast_fail`, or once the batch `stops`, none begins any more after a failure that counts.
BatchPlan planBatch(const base::Json& groups, bool fast_fail, bool stops);

/// The artifacts of one build of a batch: those of the batch, at a place of its own. `artifacts` and `secondary`: the
/// project's. Changes `project`. With `combine`, files that are objects of their own go to one place at once.
void placeBatchArtifacts(base::Json& project, const std::string& identifier, bool combine);

}  // namespace thimble::services::codebuild
