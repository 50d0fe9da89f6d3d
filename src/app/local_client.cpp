#include "app/local_client.h"

#include <cstdlib>

#include "base/encoding.h"
#include "platform/clock.h"
#include "wire/protocols/protocol.h"
#include "wire/shapes/model.h"
#include "wire/sigv4/sign.h"

namespace thimble::app {
namespace {

wire::http::ClientOptions loopbackOptions() {
  wire::http::ClientOptions options;
  options.policy = wire::http::AddressPolicy::everything();
  return options;
}

base::ApiError unreachable(const std::string& host, const wire::http::ClientError& error) {
  return {"Unreachable", "No Thimble answers at " + host + " (" + error.message + "). Start one: thimble serve", 0};
}

}  // namespace

LocalClient::LocalClient(std::uint16_t port, std::string region)
    : host_("127.0.0.1:" + std::to_string(port)), region_(std::move(region)), client_(loopbackOptions()) {}

base::Result<wire::http::ClientResponse> LocalClient::request(std::string method, const std::string& path,
                                                              std::string body, std::string content_type) {
  wire::http::ClientRequest request;
  request.method = std::move(method);
  request.url = "http://" + host_ + path;
  request.body = std::move(body);
  if (!content_type.empty()) request.headers.add("Content-Type", content_type);
  auto result = client_.sendAndWait(std::move(request));
  if (!result.ok()) return unreachable(host_, result.error());
  return std::move(*result);
}

base::Result<base::Json> LocalClient::call(std::string_view service_name, std::string_view operation_name,
                                           const base::Json& input) {
  const shapes::Service* service = shapes::findService(service_name);
  const shapes::Operation* operation = service != nullptr ? service->findOperation(operation_name) : nullptr;
  if (operation == nullptr) return base::ApiError{"UnknownOperation", "unknown operation", 0};
  wire::protocols::OutgoingRequest outgoing = wire::protocols::writeRequest(*operation, input);
  outgoing.headers.set("Host", host_);
  wire::sigv4::sign(outgoing.method, outgoing.target, outgoing.headers, base::encodeHex(base::sha256(outgoing.body)),
                    {"test", "test", ""}, {region_, service->signing_name, platform::SystemClock().now()});
  wire::http::ClientRequest request;
  request.method = outgoing.method;
  request.url = "http://" + host_ + outgoing.target;
  for (const auto& header : outgoing.headers) {
    if (!wire::http::equalsIgnoringCase(header.name, "host")) request.headers.add(header.name, header.value);
  }
  request.body = std::move(outgoing.body);
  auto result = client_.sendAndWait(std::move(request));
  if (!result.ok()) return unreachable(host_, result.error());
  return wire::protocols::parseResponse(*operation, {result->status, result->headers, result->body});
}

std::string regionOfEnvironment() {
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
  }
  return "eu-west-1";
}

}  // namespace thimble::app
