#include "wire/router/router.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"

namespace thimble::wire {
namespace {

constexpr std::string_view kUserRequest = "/_user_request_";

base::ApiError unknownOperation(std::string_view name) {
  return {"UnknownOperationException", name.empty() ? "" : "The operation " + std::string(name) + " is not known.",
          404};
}

base::ApiError notImplementedService(const shapes::ServiceName& service) {
  return {"NotImplemented", "Thimble does not implement the service " + std::string(service.full_name) + " yet.", 501};
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

/// Cuts "/first" off the front of a target and returns "first"; what follows keeps its slash.
std::string_view takeSegment(std::string_view& target) {
  if (!target.starts_with('/')) return {};
  target.remove_prefix(1);
  const std::size_t end = target.find_first_of("/?");
  const std::string_view segment = target.substr(0, end);
  target.remove_prefix(end == std::string_view::npos ? target.size() : end);
  return segment;
}

std::string restOf(std::string_view target) {
  if (target.empty()) return "/";
  return target.front() == '/' ? std::string(target) : "/" + std::string(target);
}

/// The value of Action in a form or query string.
std::string actionOf(std::string_view form) {
  for (std::string_view pair : split(form, '&')) {
    if (pair.starts_with("Action=")) return base::decodePercent(pair.substr(7), true).value_or("");
  }
  return {};
}

/// The bucket of a virtual-hosted S3 address: "<bucket>.s3.localhost", "<bucket>.s3.<region>.localhost" or
/// "<bucket>.localhost", also with amazonaws.com; empty when the host is none.
std::string bucketOfHost(std::string_view host) {
  for (std::string_view suffix : {".localhost", ".amazonaws.com", ".localhost.localstack.cloud"}) {
    if (!host.ends_with(suffix)) continue;
    std::string_view name = host.substr(0, host.size() - suffix.size());
    if (name == "s3" || name.starts_with("s3.") || name.starts_with("s3-")) return {};
    if (const std::size_t s3 = name.rfind(".s3."); s3 != std::string_view::npos) return std::string(name.substr(0, s3));
    if (const std::size_t s3 = name.rfind(".s3-"); s3 != std::string_view::npos) return std::string(name.substr(0, s3));
    if (name.ends_with(".s3")) return std::string(name.substr(0, name.size() - 3));
    return suffix == ".localhost" ? std::string(name) : std::string();
  }
  return {};
}

/// DynamoDB answers what names no operation of it as its frame does, which its clients know.
bool answersByFrame(const shapes::Service& service) {
  return service.name == "dynamodb" || service.name == "dynamodbstreams";
}

/// A service that a host's first name is the endpoint of: "dynamodb.eu-west-1.localhost".
const shapes::Service* serviceOfHost(std::string_view host) {
  const std::size_t dot = host.find('.');
  if (dot == std::string_view::npos) return nullptr;
  const shapes::Service* service = shapes::findService(host.substr(0, dot));
  return service != nullptr && answersByFrame(*service) ? service : nullptr;
}

}  // namespace

std::string hostName(const http::Headers& headers) {
  std::string host = http::toLower(headers.get("host"));
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    return end == std::string::npos ? host : host.substr(1, end - 1);
  }
  return host.substr(0, host.find(':'));
}

Router::Router() {
  for (const shapes::Service* service : shapes::allServices()) {
    if (service->protocol == shapes::Protocol::RestJson || service->protocol == shapes::Protocol::RestXml) {
      rest_.emplace(service, std::make_unique<RestRoutes>(*service));
    }
  }
}

std::optional<Route> Router::routeByPlace(const http::HttpRequest& head, std::string_view host) const {
  Route route;
  const std::string_view path = head.path();
  // Prometheus asks for /metrics by default. A signed request, or one for a bucket's host, means an object.
  const bool metrics = path == "/metrics" && head.method == "GET" && !head.headers.contains("authorization") &&
                       head.query().empty() && bucketOfHost(host).empty();
  if (path.starts_with("/_thimble/") || metrics) {
    route.kind = Route::Kind::OwnPage;
    return route;
  }
  // <api>.execute-api.<region>.localhost/<stage>/...
  if (const std::size_t at = host.find(".execute-api."); at != std::string_view::npos) {
    std::string_view target = head.target;
    const std::string_view after = host.substr(at + std::string_view(".execute-api.").size());
    route.kind = Route::Kind::DeployedApi;
    route.api.id = host.substr(0, at);
    route.api.region = after.substr(0, after.find('.'));
    if (route.api.region == "localhost") route.api.region.clear();
    route.api.stage = takeSegment(target);
    route.api.target = restOf(target);
    return route;
  }
  // /restapis/<api>/<stage>/_user_request_/... and /_aws/execute-api/<api>/<stage>/...
  std::string_view target = head.target;
  const bool first_form = target.starts_with("/restapis/");
  if (first_form || target.starts_with("/_aws/execute-api/")) {
    takeSegment(target);
    if (!first_form) takeSegment(target);
    const std::string_view id = takeSegment(target);
    const std::string_view stage = takeSegment(target);
    const bool user_request =
        target.starts_with(kUserRequest) && (target.size() == kUserRequest.size() ||
                                             target[kUserRequest.size()] == '/' || target[kUserRequest.size()] == '?');
    if (!first_form || user_request) {
      if (first_form) target.remove_prefix(kUserRequest.size());
      route.kind = Route::Kind::DeployedApi;
      route.api = {std::string(id), "", std::string(stage), restOf(target)};
      return route;
    }
  }
  if (path.starts_with("/v1/repos/")) {
    route.kind = Route::Kind::Git;
    return route;
  }
  return std::nullopt;
}

void Router::routeRest(Route& route, const http::HttpRequest& head, std::string_view host) const {
  std::string path(head.path());
  if (route.service->name == "s3") {
    const std::string bucket = bucketOfHost(host);
    if (!bucket.empty()) path = "/" + base::encodePercent(bucket) + path;
  }
  RestMatch match = rest_.at(route.service)->match(head.method, path, head.query(), head.headers);
  if (match.operation != nullptr) {
    route.kind = Route::Kind::Operation;
    route.operation = match.operation;
    route.labels = std::move(match.labels);
  } else if (route.service->name == "s3") {
    route.error = {"MethodNotAllowed", "The specified method is not allowed against this resource.", 405};
  } else if (match.path_known) {
    route.error = {"MethodNotAllowedException", "The method " + head.method + " is not allowed here.", 405};
  } else {
    route.error = unknownOperation(head.method + " " + path);
  }
}

void Router::routeAction(Route& route, std::string_view form) const {
  const std::string action = actionOf(form);
  if (route.service == nullptr) {
    // Unsigned: the first service of the Query protocol that knows the action.
    for (const shapes::Service* service : shapes::allServices()) {
      const bool query = service->protocol == shapes::Protocol::Query || protocols::speaksQueryToo(*service);
      if (query && service->findOperation(action) != nullptr) {
        route.service = service;
        break;
      }
    }
  }
  if (route.service != nullptr) {
    route.operation = route.service->findOperation(action);
    if (protocols::speaksQueryToo(*route.service)) route.spoken = protocols::Spoken::Query;
  }
  if (route.operation != nullptr) {
    route.kind = Route::Kind::Operation;
    return;
  }
  route.kind = Route::Kind::Refused;
  route.protocol = shapes::Protocol::Query;
  route.error = action.empty() ? base::ApiError{"MissingAction", "The request must contain the parameter Action.", 400}
                               : base::ApiError{"InvalidAction",
                                                "Could not find operation " + action + " for version " +
                                                    (route.service != nullptr ? std::string(route.service->api_version)
                                                                              : std::string("NO_VERSION_SPECIFIED")),
                                                400};
}

void Router::routeForm(Route& route, std::string_view form) const {
  route.needs_form = false;
  routeAction(route, form);
}

Route Router::route(const http::HttpRequest& head) const {
  const std::string host = hostName(head.headers);
  auto by_place = routeByPlace(head, host);
  Route route = by_place ? std::move(*by_place) : Route();
  route.scope = readCredentialScope(head.headers, head.query());
  if (by_place) return route;

  if (const std::string* target = head.headers.find("x-amz-target")) {
    const std::size_t dot = target->rfind('.');
    const std::string prefix = target->substr(0, dot);
    const std::string name = dot == std::string::npos ? "" : target->substr(dot + 1);
    route.protocol = shapes::Protocol::Json11;
    route.service = shapes::findServiceByTargetPrefix(prefix);
    if (route.service != nullptr) route.operation = route.service->findOperation(name);
    if (route.operation != nullptr) {
      route.kind = Route::Kind::Operation;
      return route;
    }
    const shapes::ServiceName* known = nullptr;
    if (route.service == nullptr) {
      const auto names = shapes::allServiceNames();
      const auto found =
          std::find_if(names.begin(), names.end(), [&](const auto& each) { return each.target_prefix == prefix; });
      if (found != names.end()) known = &*found;
    }
    if (known == nullptr && (route.service == nullptr || answersByFrame(*route.service))) {
      route.kind = Route::Kind::NoOperation;
    }
    route.error = known != nullptr ? notImplementedService(*known) : unknownOperation(name);
    return route;
  }

  // Some signers leave the service empty when an address does not tell it.
  if (route.scope && !route.scope->service.empty()) {
    route.service = shapes::findService(route.scope->service);
    if (route.service == nullptr) {
      const shapes::ServiceName* known = shapes::findServiceName(route.scope->service);
      if (known != nullptr) route.protocol = known->protocol;
      route.error = known != nullptr ? notImplementedService(*known)
                                     : base::ApiError{"UnknownServiceException",
                                                      "The signature names the service '" + route.scope->service +
                                                          "', which AWS does not have.",
                                                      404};
      return route;
    }
  }
  if (route.service == nullptr) route.service = serviceOfHost(host);
  if (route.service != nullptr && answersByFrame(*route.service)) {
    route.kind = Route::Kind::NoOperation;
    return route;
  }
  const bool form = http::toLower(head.headers.get("content-type")).starts_with("application/x-www-form-urlencoded");
  const bool query_protocol = route.service != nullptr && (route.service->protocol == shapes::Protocol::Query ||
                                                           protocols::speaksQueryToo(*route.service));
  if (query_protocol || (route.service == nullptr && (form || !actionOf(head.query()).empty()))) {
    if (head.method == "POST" && actionOf(head.query()).empty()) {
      route.kind = Route::Kind::Operation;
      route.needs_form = true;
    } else {
      routeAction(route, head.query());
    }
    return route;
  }
  const bool read = head.method == "GET" || head.method == "HEAD";
  // Nobody who says nothing of themselves: a check of health as DynamoDB's endpoint has, which no client of S3 sends.
  const bool silent = head.query().empty() && !route.scope && !head.headers.contains("authorization") &&
                      !head.headers.contains("user-agent") && !head.headers.contains("accept");
  if (route.service == nullptr && head.path() == "/" && (!read || silent) && bucketOfHost(host).empty()) {
    route.kind = Route::Kind::NoOperation;
    return route;
  }
  if (route.service == nullptr) route.service = shapes::findService("s3");
  if (route.service != nullptr && rest_.contains(route.service)) {
    routeRest(route, head, host);
    return route;
  }
  // A JSON protocol without X-Amz-Target.
  route.error = unknownOperation("");
  return route;
}

}  // namespace thimble::wire
