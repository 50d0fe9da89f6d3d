#include "services/apigateway/service_call.h"

#include <map>
#include <mutex>

#include "base/arn.h"
#include "base/encoding.h"
#include "wire/protocols/json_form.h"
#include "wire/protocols/protocol.h"
#include "wire/protocols/query_form.h"
#include "wire/router/rest_routes.h"

namespace thimble::services::apigateway {
namespace {

namespace protocols = wire::protocols;

constexpr std::uint64_t kMaxBodyBytes = std::uint64_t{10} << 20;

IntegrationResult misconfigured(std::string explanation) {
  IntegrationResult result;
  result.failure = IntegrationResult::Failure::Misconfigured;
  result.explanation = std::move(explanation);
  return result;
}

IntegrationResult fromParts(protocols::ResponseParts parts) {
  IntegrationResult result;
  result.status = parts.status;
  result.headers = std::move(parts.headers);
  result.body = std::move(parts.body);
  return result;
}

/// The routes of a REST service, made once.
const wire::RestRoutes& routesOf(const shapes::Service& service) {
  static std::mutex mutex;
  static std::map<const shapes::Service*, std::unique_ptr<wire::RestRoutes>> routes;
  const std::lock_guard lock(mutex);
  auto& place = routes[&service];
  if (!place) place = std::make_unique<wire::RestRoutes>(service);
  return *place;
}

bool isRest(const shapes::Service& service) {
  return service.protocol == shapes::Protocol::RestJson || service.protocol == shapes::Protocol::RestXml;
}

/// A form, whatever the client called it: command-line tools send JSON as a form, too.
bool isForm(const IntegrationRequest& request) {
  if (request.body.starts_with("{")) return false;
  return mediaType(request.headers.get("Content-Type")) == "application/x-www-form-urlencoded" ||
         request.body.starts_with("Action=");
}

/// The parameters of a Query call: the mapped query string's and, in a form, the body's.
protocols::Parameters queryParameters(const IntegrationRequest& request) {
  protocols::Parameters parameters = request.query;
  if (isForm(request)) {
    for (auto& pair : protocols::parseParameters(request.body)) parameters.push_back(std::move(pair));
  }
  return parameters;
}

std::string valueOf(const protocols::Parameters& parameters, std::string_view name) {
  for (const auto& [each, value] : parameters) {
    if (each == name) return value;
  }
  return {};
}

std::string queryText(const protocols::Parameters& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    text += (text.empty() ? "" : "&") + base::encodePercent(name) + "=" + base::encodePercent(value);
  }
  return text;
}

const shapes::Operation* findOperation(const shapes::Service& service, const IntegrationUri& uri,
                                       const IntegrationRequest& request, protocols::Parameters& labels) {
  if (uri.is_action) return service.findOperation(uri.target);
  if (isRest(service)) {
    std::string path = "/" + uri.target;
    if (!uri.subdomain.empty()) path = "/" + uri.subdomain + path;
    const std::size_t mark = path.find('?');
    std::string query = mark == std::string::npos ? "" : path.substr(mark + 1);
    path.resize(std::min(mark, path.size()));
    const std::string mapped = queryText(request.query);
    if (!mapped.empty()) query += (query.empty() ? "" : "&") + mapped;
    wire::RestMatch match = routesOf(service).match(request.method, path, query, request.headers);
    labels = std::move(match.labels);
    return match.operation;
  }
  if (const std::string target(request.headers.get("X-Amz-Target")); !target.empty()) {
    const std::size_t dot = target.rfind('.');
    return service.findOperation(dot == std::string::npos ? target : target.substr(dot + 1));
  }
  return service.findOperation(valueOf(queryParameters(request), "Action"));
}

base::Result<Json> readInput(const shapes::Operation& operation, const IntegrationUri& uri,
                             const IntegrationRequest& request, protocols::Parameters labels) {
  const shapes::Service& service = *operation.service;
  const bool query_form =
      service.protocol == shapes::Protocol::Query || (!isRest(service) && isForm(request) && !request.body.empty());
  if (query_form) {
    TRY_ASSIGN(Json input, protocols::readQueryForm(*operation.input, queryParameters(request)));
    // A queue is addressed by its path.
    if (!uri.is_action && operation.input->findMember("QueueUrl") && !input.contains("QueueUrl")) {
      input.set("QueueUrl", "https://" + uri.service + "." + uri.region + ".amazonaws.com/" + uri.target);
    }
    return input;
  }
  protocols::RequestParts parts;
  parts.path = std::move(labels);
  parts.query = request.query;
  parts.headers = request.headers;
  if (!protocols::streamedInput(operation)) parts.body = request.body;
  if (!isRest(service) && parts.body.empty() && !request.query.empty()) {
    // A JSON service without a body takes its members from the query string.
    Json body = Json::object();
    for (const auto& [name, value] : request.query) body.set(name, value);
    parts.body = body.write();
  }
  return protocols::parseRequest(operation, parts);
}

}  // namespace

std::optional<IntegrationUri> parseIntegrationUri(const std::string& uri) {
  const auto arn = base::parseArn(uri);
  if (!arn || arn->service != "apigateway") return std::nullopt;
  IntegrationUri out;
  out.region = arn->region;
  out.service = arn->account;
  if (const std::size_t dot = out.service.rfind('.'); dot != std::string::npos) {
    out.subdomain = out.service.substr(0, dot);
    out.service = out.service.substr(dot + 1);
  }
  for (std::string_view kind : {"action/", "path/"}) {
    if (!arn->resource.starts_with(kind)) continue;
    out.is_action = kind == "action/";
    out.target = arn->resource.substr(kind.size());
    if (out.is_action) out.target.resize(std::min(out.target.find('&'), out.target.size()));
    if (!out.is_action && out.target.starts_with("/")) out.target.erase(0, 1);
    return out;
  }
  return std::nullopt;
}

std::variant<ServiceCall, IntegrationResult> makeServiceCall(const IntegrationRequest& request,
                                                             const StageContext& stage) {
  const auto uri = parseIntegrationUri(request.uri);
  if (!uri) return misconfigured("The integration's URI names no service: " + request.uri);
  const shapes::Service* service = shapes::findService(uri->service);
  if (!service) return misconfigured("Thimble does not implement the service " + uri->service + " yet.");
  protocols::Parameters labels;
  const shapes::Operation* operation = findOperation(*service, *uri, request, labels);
  if (!operation) {
    return misconfigured("The integration's request names no operation of " + std::string(service->full_name));
  }
  ServiceCall out;
  out.operation = operation;
  out.answers_json = service->protocol == shapes::Protocol::Query &&
                     request.headers.get("Accept").find("xml") == std::string_view::npos;
  auto input = readInput(*operation, *uri, request, std::move(labels));
  if (!input.ok()) return fromParts(protocols::writeError(*service, operation, input.error(), ""));
  out.call.input = std::move(input).value();
  if (protocols::streamedInput(*operation)) out.call.body = std::make_shared<platform::MemoryBytes>(request.body);
  out.call.account = stage.account;
  out.call.region = uri->region.empty() ? stage.region : uri->region;
  out.call.service = uri->service;
  out.call.operation = std::string(operation->name);
  return out;
}

IntegrationResult resultOf(const ServiceCall& call, const std::string& request_id,
                           const dispatch::CallOutcome& outcome) {
  const shapes::Service& service = *call.operation->service;
  if (!outcome.ok()) {
    const base::ApiError& error = outcome.error();
    if (error.http_status == 501) return misconfigured(error.message);
    if (!call.answers_json) return fromParts(protocols::writeError(service, call.operation, error, request_id));
    IntegrationResult result;
    result.status = error.http_status;
    result.headers.set("Content-Type", "application/json");
    result.body = Json::object({{"Error", Json::object({{"Code", error.code},
                                                        {"Message", error.message},
                                                        {"Type", error.senderFault() ? "Sender" : "Receiver"}})},
                                {"RequestId", request_id}})
                      .write();
    return result;
  }
  if (call.answers_json) {
    const std::string name(call.operation->name);
    Json answer = Json::object();
    if (call.operation->output && !call.operation->output->members.empty()) {
      answer.set(name + "Result", protocols::writeJsonForm(*call.operation->output, outcome->output));
    }
    answer.set("ResponseMetadata", Json::object({{"RequestId", request_id}}));
    IntegrationResult result;
    result.headers.set("Content-Type", "application/json");
    result.body = Json::object({{name + "Response", answer}}).write();
    return result;
  }
  IntegrationResult result =
      fromParts(protocols::writeResponse(*call.operation, outcome->output, request_id, outcome->http_status));
  if (outcome->body) {
    if (outcome->body->size() > kMaxBodyBytes) {
      result.failure = IntegrationResult::Failure::Failed;
      result.explanation = "The answer is longer than 10 MiB";
      return result;
    }
    result.body = outcome->body->readAll();
  }
  result.function_error = result.headers.contains("X-Amz-Function-Error");
  return result;
}

}  // namespace thimble::services::apigateway
