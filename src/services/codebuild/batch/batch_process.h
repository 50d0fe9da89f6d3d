// A batch build as a durable process: it starts builds, hears from each at its end, and has no task of its own but the
// combining of their artifacts.
//
// Its first build downloads the source and reads the buildspec's batch section; the others are those that it names.
#pragma once

#include <memory>
#include <string_view>

#include "dispatch/context.h"
#include "dispatch/process.h"
#include "dispatch/registry.h"
#include "services/codebuild/build_process.h"
#include "services/codebuild/records.h"

namespace thimble::services::codebuild {

/// The internal operation that combines the artifacts of a batch.
inline constexpr std::string_view kCombineArtifacts = "CombineArtifacts";

class BatchProcess : public dispatch::ProcessKind {
 public:
  /// `environment` is borrowed: whose policies say what the batch's role may.
  explicit BatchProcess(const dispatch::Environment& environment) : environment_(environment) {}

  /// Start; signals {"Ended": what tellBatch gives}, {"Stop": true}, {"Retry": RETRY_ALL_BUILDS or
  /// RETRY_FAILED_BUILDS}.
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;

 private:
  const dispatch::Environment& environment_;
};

/// Tells the batch that a build belongs to, if any, of the build's end. `spec`: batch_plan.h's, of the first build.
void tellBatch(dispatch::ProcessContext& context, const Place& place, const base::Json& document,
               const base::Json& spec);

/// Registers the internal operation.
void registerCombineArtifacts(dispatch::Registry& registry, Builder& builder);

}  // namespace thimble::services::codebuild
