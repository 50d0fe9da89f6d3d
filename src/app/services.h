// All services, made and joined. This is the one place that knows which services there are.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "app/server.h"
#include "dispatch/context.h"
#include "dispatch/denials.h"
#include "dispatch/doorway.h"
#include "dispatch/kernel.h"
#include "dispatch/registry.h"
#include "platform/executor.h"
#include "wire/http/server.h"
#include "wire/router/router.h"

namespace thimble::app {

class Services {
 public:
  Services(store::Store& store, store::BlobStore& blobs, platform::Clock& clock, platform::Random& random,
           platform::Executor& executor, const dispatch::Registry& registry, const ServerOptions& options);
  ~Services();

  const dispatch::Environment& environment() const;
  /// The last refusals.
  const dispatch::DenialLog& denials() const;

  /// Registers every operation and process kind.
  void connect(dispatch::Registry& registry, dispatch::Kernel& kernel, dispatch::Doorway& doorway,
               wire::http::Server& http);
  /// The server listens on `port`; services may begin what they do by themselves.
  void start(std::uint16_t port);
  /// Ends what runs outside of this process.
  void stop();

  /// With which subscribers check the signatures of SNS's messages, in PEM.
  std::string notificationCertificate();

  /// A request of a deployed API's user.
  void handleApi(wire::http::HttpRequest request, wire::Route::Api api, wire::http::Responder responder);
  /// A function's archive, at its location as GetFunction tells it: /_thimble/lambda/code/NAME.
  static bool isCodePage(std::string_view path) { return path.starts_with("/_thimble/lambda/code/"); }
  void handleCode(const wire::http::HttpRequest& request, wire::http::Responder responder);

  /// What a custom resource's provider or a wait condition's signaller puts at the address that its stack gave it.
  static bool isStackResponse(std::string_view path);
  void handleStackResponse(const wire::http::HttpRequest& request, wire::http::Responder responder);
  /// A call of a pipeline's webhook, at the URL that PutWebhook gave.
  static bool isWebhook(std::string_view path);
  void handleWebhook(const wire::http::HttpRequest& request, wire::http::Responder responder);

  /// git's requests at /v1/repos/...; see wire::RawHandlers.
  wire::http::BodyPlan planGit(wire::http::HttpRequest& head);
  void handleGit(wire::http::HttpRequest request, wire::http::Responder responder);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace thimble::app
