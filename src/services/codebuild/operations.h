// Registration of the operations, one function a file.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "dispatch/registry.h"
#include "platform/sealer.h"

namespace thimble::services::codebuild {

using Outcome = base::Result<base::Json>;

/// Adds an operation whose handler takes and gives values in the API's form.
template <class Op>
void addOperation(dispatch::Registry& registry, Outcome (*handler)(dispatch::Context&, const base::Json&)) {
  registry.add<Op>(
      [handler](dispatch::Context& context, const typename Op::Input& input) -> base::Result<typename Op::Output> {
        TRY_ASSIGN(const base::Json output, handler(context, toJson(input)));
        return shapes::fromJson<typename Op::Output>(output);
      });
}

void registerProjects(dispatch::Registry& registry);
void registerStartBuild(dispatch::Registry& registry);
void registerBuildWithoutProject(dispatch::Registry& registry);
void registerBuilds(dispatch::Registry& registry);
void registerBatches(dispatch::Registry& registry);
void registerReports(dispatch::Registry& registry);
/// The sealer is borrowed.
void registerSourceCredentials(dispatch::Registry& registry, platform::Sealer& sealer);

}  // namespace thimble::services::codebuild
