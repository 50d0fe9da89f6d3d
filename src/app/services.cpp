#include "app/services.h"

#include "dispatch/authorization.h"
#include "services/apigateway/service.h"
#include "services/sts/service.h"

namespace thimble::app {

struct Services::Impl {
  Impl(store::Store& store, store::BlobStore& blobs, platform::Clock& clock, platform::Random& random,
       platform::Executor& executor, const ServerOptions& given)
      : options(given), environment{store, blobs, clock, random, executor, authorizer} {}

  const ServerOptions& options;
  dispatch::AllowEverything authorizer;
  dispatch::Environment environment;
};

Services::Services(store::Store& store, store::BlobStore& blobs, platform::Clock& clock, platform::Random& random,
                   platform::Executor& executor, const ServerOptions& options)
    : impl_(std::make_unique<Impl>(store, blobs, clock, random, executor, options)) {}

Services::~Services() = default;

const dispatch::Environment& Services::environment() const {
  return impl_->environment;
}

void Services::connect(dispatch::Registry& registry, dispatch::Kernel&, dispatch::Doorway&, wire::http::Server&) {
  services::apigateway::registerOperations(registry);
  services::sts::registerOperations(registry);
}

void Services::start(std::uint16_t) {}
void Services::stop() {}

void Services::handleApi(wire::http::HttpRequest, wire::Route::Api, wire::http::Responder responder) {
  wire::http::HttpResponse response;
  response.status = 403;
  response.headers.add("Content-Type", "application/json");
  response.body = R"({"message":"Forbidden"})";
  responder.send(std::move(response));
}

}  // namespace thimble::app
