#include "wire/front_door/no_operation.h"

#include "base/encoding.h"
#include "base/json.h"

namespace thimble::wire {
namespace {

constexpr std::string_view kPlainJson = "application/json";
constexpr std::string_view kAmazonJson = "application/x-amz-json-1.0";

/// The Content-Type without its parameters.
std::string_view mediaType(const http::Headers& headers) {
  std::string_view type = headers.get("content-type");
  type = type.substr(0, type.find(';'));
  while (type.starts_with(' ')) type.remove_prefix(1);
  while (type.ends_with(' ')) type.remove_suffix(1);
  return type;
}

}  // namespace

std::string jsonTypeOf(const http::Headers& headers) {
  return std::string(mediaType(headers) == kAmazonJson ? kAmazonJson : kPlainJson);
}

http::HttpResponse answerWithoutOperation(http::HttpRequest& request, const Route& route, std::string_view request_id) {
  http::HttpResponse response;
  response.headers.set("x-amzn-RequestId", request_id);
  if (request.method == "OPTIONS" && request.headers.contains("origin")) {
    const std::string* headers = request.headers.find("access-control-request-headers");
    const std::string* method = request.headers.find("access-control-request-method");
    if (headers != nullptr) response.headers.set("Access-Control-Allow-Headers", *headers);
    if (method != nullptr) response.headers.set("Access-Control-Allow-Methods", *method);
    response.headers.set("Access-Control-Max-Age", "172800");
    return response;
  }
  const std::string body = request.body.read(kMostWithoutOperation).value_or("");
  const std::string_view type = mediaType(request.headers);
  if (request.method == "GET" || request.method == "HEAD") {
    const std::string region = route.scope && !route.scope->region.empty() ? route.scope->region : "us-east-1";
    response.body = "healthy: dynamodb." + region + ".amazonaws.com ";
  } else if (request.method != "POST" || (!body.empty() && type != kPlainJson && type != kAmazonJson)) {
    response.status = 404;
    response.body = "<UnknownOperationException/>\n";
  } else {
    const bool readable = body.empty() || base::Json::parse(body).ok();
    response.status = 400;
    response.headers.set("Content-Type", jsonTypeOf(request.headers));
    response.body = std::string(R"({"__type":"com.amazon.coral.service#)") +
                    (readable ? "UnknownOperationException" : "SerializationException") + "\"}";
  }
  response.headers.set("x-amz-crc32", std::to_string(base::crc32(response.body)));
  if (request.method == "HEAD") response.body.clear();
  return response;
}

}  // namespace thimble::wire
