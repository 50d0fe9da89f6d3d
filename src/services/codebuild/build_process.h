// A build as a durable process. Its one task runs the box, which acts outside of the store: a server that dies leaves a
// build that fails visibly, or, when nothing of it had begun yet, one that is begun again.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "dispatch/context.h"
#include "dispatch/process.h"
#include "dispatch/registry.h"
#include "services/codebuild/build_ends.h"
#include "services/codebuild/build_phases.h"
#include "services/codebuild/records.h"

namespace thimble::services::codebuild {

/// The internal operation that the task calls.
inline constexpr std::string_view kInternalService = "thimble.codebuild";
inline constexpr std::string_view kRunBuild = "RunBuild";

/// Runs builds. Implemented by runner/; tests have one of their own.
class Builder {
 public:
  virtual ~Builder() = default;
  /// Runs the build of a document (start_build.h). Its progress is told by signals {"Phases": all from QUEUED on} to
  /// its process. `done` gets {"Status", "Phases", "Build": the Build's members that are known now, "Reports", "Spec":
  /// of a batch's first build}.
  virtual void start(std::shared_ptr<dispatch::AsyncContext> context, base::Json document, dispatch::CallDone done) = 0;
  /// Ends a build that runs or waits; its outcome is STOPPED. An unknown one is fine.
  virtual void stop(const std::string& process_id) = 0;
  /// Makes one of the artifacts of a batch's builds. `document`: of batch/batch_records.h. `done` gets the BuildBatch's
  /// "artifacts" and "secondaryArtifacts".
  virtual void combine(std::shared_ptr<dispatch::AsyncContext> context, base::Json document,
                       dispatch::CallDone done) = 0;
};

class BuildProcess : public dispatch::ProcessKind {
 public:
  /// Both are borrowed.
  BuildProcess(Builder& builder, BuildEnds& ends) : builder_(builder), ends_(ends) {}
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;

 private:
  void finish(dispatch::ProcessContext& context, const Place& place, base::Json document, const std::string& status,
              const PhaseContext& reason = {}, const base::Json& spec = {});

  Builder& builder_;
  BuildEnds& ends_;
};

/// Registers the internal operation.
void registerRunBuild(dispatch::Registry& registry, Builder& builder);

}  // namespace thimble::services::codebuild
