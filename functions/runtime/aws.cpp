#include "functions/runtime/aws.h"

#include <algorithm>
#include <cassert>
#include <thread>

#include "base/encoding.h"
#include "functions/runtime/function.h"
#include "functions/runtime/http.h"
#include "wire/protocols/protocol.h"
#include "wire/sigv4/sign.h"

namespace thimble::function::aws {
namespace {

using base::Json;

constexpr int kAttempts = 3;
constexpr std::chrono::milliseconds kFirstPause{50};

/// "SFN" and "API Gateway" as environment variables write them: SFN, API_GATEWAY.
std::string variableName(std::string_view service_id) {
  std::string name;
  for (const char c : service_id)
    name += c == ' ' || c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return name;
}

std::string endpointOf(const shapes::Service& service, const std::string& region) {
  std::string endpoint =
      setting(("AWS_ENDPOINT_URL_" + variableName(service.service_id)).c_str(), setting("AWS_ENDPOINT_URL"));
  if (endpoint.empty()) endpoint = "https://" + std::string(service.endpoint_prefix) + "." + region + ".amazonaws.com";
  while (endpoint.ends_with("/")) endpoint.pop_back();
  return endpoint;
}

bool isTemporary(const base::ApiError& error) {
  return error.http_status >= 500 || error.http_status == 429 || error.code.find("Throttl") != std::string::npos;
}

base::Result<Json> callOnce(const shapes::Service& service, const shapes::Operation& operation, const Json& input,
                            std::chrono::milliseconds timeout) {
  const std::string region = setting("AWS_REGION", setting("AWS_DEFAULT_REGION", "us-east-1"));
  const std::string endpoint = endpointOf(service, region);
  wire::protocols::OutgoingRequest request = wire::protocols::writeRequest(operation, input);
  const std::string host = endpoint.substr(endpoint.find("//") + 2);
  request.headers.set("Host", host.substr(0, host.find('/')));
  const wire::sigv4::Keys keys{setting("AWS_ACCESS_KEY_ID"), setting("AWS_SECRET_ACCESS_KEY"),
                               setting("AWS_SESSION_TOKEN")};
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
  wire::sigv4::sign(request.method, request.target, request.headers, base::encodeHex(base::sha256(request.body)), keys,
                    {region, service.signing_name, {now.count()}});
  HttpRequest sent;
  sent.method = request.method;
  sent.url = endpoint + request.target;
  for (const auto& field : request.headers) {
    if (field.name != "Host") sent.headers.emplace_back(field.name, field.value);
  }
  sent.body = std::move(request.body);
  HttpResponse received;
  try {
    received = fetch(sent, {.timeout = timeout});
  } catch (const NotConnected& error) {
    return base::ApiError{"RequestFailed", error.what(), 503};
  } catch (const HttpError& error) {
    // It may have had its effect: not for us to try again.
    return base::ApiError{"RequestFailed", error.what(), 0};
  }
  wire::protocols::ResponseParts parts;
  parts.status = received.status;
  for (const auto& [name, value] : received.headers) parts.headers.add(name, value);
  parts.body = std::move(received.body);
  return wire::protocols::parseResponse(operation, parts);
}

}  // namespace

base::Result<Json> call(std::string_view service_name, std::string_view operation, const Json& input,
                        std::chrono::milliseconds timeout) {
  const shapes::Service* service = shapes::findService(service_name);
  const shapes::Operation* found = service != nullptr ? service->findOperation(operation) : nullptr;
  assert(found != nullptr);
  std::chrono::milliseconds pause = kFirstPause;
  for (int attempt = 1;; ++attempt, pause *= 2) {
    base::Result<Json> output = callOnce(*service, *found, input, timeout);
    if (output.ok() || attempt == kAttempts || !isTemporary(output.error())) return output;
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace thimble::function::aws
