#include "services/codebuild/service.h"

#include "services/codebuild/batch/batch_process.h"
#include "services/codebuild/batch/batch_records.h"
#include "services/codebuild/build_process.h"
#include "services/codebuild/operations.h"
#include "services/codebuild/records.h"
#include "services/codebuild/runner/runner.h"

namespace thimble::services::codebuild {

struct Service::Parts {
  Parts(const dispatch::Environment& environment, Settings given)
      : settings(std::move(given)),
        runner(environment, settings),
        build_process(runner, ends),
        batch_process(environment) {}

  Settings settings;
  runner::Runner runner;
  BuildEnds ends;
  BuildProcess build_process;
  BatchProcess batch_process;
};

Service::Service(const dispatch::Environment& environment, Settings settings)
    : parts_(std::make_unique<Parts>(environment, std::move(settings))) {}
Service::~Service() = default;

void Service::registerOperations(dispatch::Registry& registry, dispatch::Kernel& kernel) {
  registerProjects(registry);
  registerStartBuild(registry);
  registerBuildWithoutProject(registry);
  registerBuilds(registry);
  registerBatches(registry);
  registerReports(registry);
  registerSourceCredentials(registry, *parts_->settings.sealer);
  registerRunBuild(registry, parts_->runner);
  registerAwaitBuild(registry, parts_->ends);
  registerCombineArtifacts(registry, parts_->runner);
  kernel.addKind(std::string(kBuildProcess), parts_->build_process);
  kernel.addKind(std::string(kBatchProcess), parts_->batch_process);
}

void Service::start(dispatch::Doorway& doorway, std::uint16_t port) {
  parts_->settings.api_port = port;
  parts_->runner.begin(doorway);
}

void Service::stop() {
  parts_->runner.end();
}

}  // namespace thimble::services::codebuild
