#include "app/outgoing_http.h"

namespace thimble::app {
namespace {

using base::Json;
using wire::http::ClientError;

base::ApiError toApiError(const ClientError& error) {
  switch (error.kind) {
    case ClientError::Kind::BadRequest:
      return {"BadRequest", error.message, 400};
    case ClientError::Kind::Forbidden:
      return {"AddressForbidden", error.message, 403};
    case ClientError::Kind::Timeout:
      return {"TimedOut", error.message, 504};
    default:
      return {"ConnectionFailed", error.message, 502};
  }
}

Json toOutput(const wire::http::ClientResponse& response) {
  Json headers = Json::object();
  for (const auto& header : response.headers) headers.set(wire::http::toLower(header.name), header.value);
  return Json::object({{"Status", response.status}, {"Headers", headers}, {"Body", response.body}});
}

}  // namespace

void registerOutgoingHttp(dispatch::Registry& registry, wire::http::Client& client) {
  registry.addInternal(
      "thimble.http", "Send", [&client](std::shared_ptr<dispatch::AsyncContext> context, dispatch::CallDone done) {
        const Json& input = context->call().input;
        wire::http::ClientRequest request;
        request.method = input.stringAt("Method", "GET");
        request.url = input.stringAt("Url");
        request.body = input.stringAt("Body");
        if (const Json* headers = input.find("Headers"); headers != nullptr && headers->isObject()) {
          for (const auto& [name, value] : headers->asObject()) {
            if (value.isString()) request.headers.add(name, value.asString());
          }
        }
        if (const Json* timeout = input.find("TimeoutMilliseconds"); timeout != nullptr && timeout->isInt()) {
          request.timeout = std::chrono::milliseconds(timeout->asInt());
        }
        client.send(std::move(request), [done = std::move(done)](wire::http::ClientResult result) {
          if (!result.ok()) {
            done(toApiError(result.error()));
          } else {
            dispatch::Answer answer;
            answer.output = toOutput(*result);
            done(std::move(answer));
          }
        });
      });
}

}  // namespace thimble::app
