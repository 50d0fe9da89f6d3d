#include "services/lambda/service.h"

#include "services/lambda/event_sources.h"
#include "services/lambda/functions.h"
#include "services/lambda/operations.h"

namespace thimble::services::lambda {

Service::Service(const dispatch::Environment& environment, Settings settings)
    : functions_(std::make_unique<Functions>(environment, std::move(settings))),
      event_sources_(std::make_unique<EventSources>()) {}
Service::~Service() {
  stop();
}

void Service::registerOperations(dispatch::Registry& registry, dispatch::Kernel& kernel) {
  registerFunctions(registry, *functions_);
  registerCode(registry, *functions_);
  registerVersions(registry);
  registerAliases(registry);
  registerPolicies(registry);
  registerSettings(registry);
  registerTags(registry);
  registerLayers(registry, *functions_);
  registerInvoke(registry, *functions_);
  registerAsyncInvocations(kernel);
  event_sources_->registerOperations(registry, kernel);
}

void Service::start(dispatch::Doorway& doorway, std::uint16_t port) {
  event_sources_->start(doorway);
  functions_->start(doorway, port);
}
void Service::stop() {
  functions_->stop();
}

platform::ByteSourcePointer Service::openCode(const std::string& name) const {
  const store::BlobStore& blobs = functions_->environment().blobs;
  const bool plausible = name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
  return plausible && blobs.has(name) ? blobs.open(name) : nullptr;
}

runtime::Pool::Counters Service::counters() const {
  return functions_->counters();
}

}  // namespace thimble::services::lambda
