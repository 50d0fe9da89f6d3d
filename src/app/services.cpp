#include "app/services.h"

#include <stdexcept>

#include "app/outgoing_http.h"
#include "dispatch/authorization.h"
#include "services/apigateway/service.h"
#include "services/sts/service.h"

namespace thimble::app {

struct Services::Impl {
  Impl(store::Store& store, store::BlobStore& blobs, platform::Clock& clock, platform::Random& random,
       platform::Executor& executor, const ServerOptions& given)
      : options(given),
        http_client(clientOptions(given)),
        environment{store, blobs, clock, random, executor, authorizer} {}

  static wire::http::ClientOptions clientOptions(const ServerOptions& options) {
    wire::http::ClientOptions out;
    for (const std::string& text : options.allowed_addresses) {
      const auto range = wire::http::parseAddressRange(text);
      if (!range) throw std::runtime_error("--allow-address: '" + text + "' is no address or range of addresses");
      out.policy.allowed.push_back(*range);
    }
    return out;
  }

  const ServerOptions& options;
  wire::http::Client http_client;
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
  registerOutgoingHttp(registry, impl_->http_client);
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
