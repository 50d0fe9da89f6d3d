#include "services/codeconnections/service.h"

#include <filesystem>

#include "services/codeconnections/operations.h"
#include "services/codeconnections/repository_operations.h"

namespace thimble::services::codeconnections {
namespace {

constexpr std::size_t kMostProcesses = 8;

}  // namespace

Service::Service(Settings settings) : settings_(std::move(settings)), runner_(kMostProcesses) {
  std::error_code ignored;
  std::filesystem::remove_all(settings_.folder, ignored);
}

void Service::registerOperations(dispatch::Registry& registry) {
  registerConnections(registry);
  registerHosts(registry);
  registerTags(registry);
  registerRepositoryOperations(registry, settings_, runner_);
}

}  // namespace thimble::services::codeconnections
