#include "wire/front_door/front_door.h"

#include <utility>

#include "base/encoding.h"
#include "wire/front_door/content_coding.h"
#include "wire/front_door/no_operation.h"
#include "wire/front_door/origin_check.h"
#include "wire/front_door/response.h"
#include "wire/protocols/protocol.h"

namespace thimble::wire {
namespace {

constexpr std::size_t kDynamoIdLength = 52;
constexpr std::string_view kHealthPage = "/_thimble/health";

/// What `plan` found out, kept for `handle`.
struct Planned {
  Route route;
  std::string request_id;
  std::string json_type;                           ///< The media type of the answer, where the request chooses it.
  bool shared_origin = false;                      ///< Pages of our other origins may read the answer.
  ContentCoding coding = ContentCoding::Identity;  ///< Of a long answer.
  std::shared_ptr<const void> admission;           ///< The authenticator's; null while the service is not known.
  std::shared_ptr<void> raw;                       ///< The context of a raw handler.
};

bool isDynamoDb(const shapes::Service* service) {
  return service != nullptr && (service->name == "dynamodb" || service->name == "dynamodbstreams");
}

/// The media type of an answer is that of its question, its id has its own form, and contents may be packed.
bool isDynamoDb(const Route& route) {
  return route.kind == Route::Kind::NoOperation || isDynamoDb(route.service);
}

/// What an answer has because of its request's head.
http::HttpResponse finished(const Planned& planned, http::HttpResponse response) {
  if (!planned.json_type.empty()) response.headers.set("Content-Type", planned.json_type);
  if (planned.shared_origin) response.headers.set("Access-Control-Allow-Origin", "*");
  encodeContent(planned.coding, response);
  return response;
}

http::HttpResponse plainRefusal(int status, std::string_view code, std::string_view message) {
  http::HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.body = base::Json::object({{"code", code}, {"message", message}}).write();
  return response;
}

http::HttpResponse writeRefusal(const Route& route, const base::ApiError& error, std::string_view request_id,
                                bool head_only) {
  if (route.operation != nullptr) return toResponse(*route.operation, error, request_id, head_only, route.spoken);
  auto response = toResponse(route.service != nullptr
                                 ? protocols::writeError(*route.service, nullptr, error, request_id, route.spoken)
                                 : protocols::writeError(route.protocol, error, request_id));
  response.headers.set("x-amzn-RequestId", request_id);
  if (head_only) response.body.clear();
  return response;
}

/// The payload of a request as a source that keeps the staged file for as long as it is read.
class StagedBytes final : public platform::ByteSource {
 public:
  explicit StagedBytes(std::shared_ptr<http::StagedFile> file) : file_(std::move(file)), bytes_(file_->path()) {}
  std::uint64_t size() const override { return bytes_.size(); }
  std::size_t read(std::uint64_t offset, char* out, std::size_t length) const override {
    return bytes_.read(offset, out, length);
  }
  std::string path() const override { return bytes_.path(); }

 private:
  std::shared_ptr<http::StagedFile> file_;
  platform::FileBytes bytes_;
};

/// "aws-chunked" names how the body travelled; what is left of Content-Encoding belongs to the object.
void removeChunkedCoding(http::Headers& headers) {
  const std::string* coding = headers.find("content-encoding");
  if (coding == nullptr || coding->find("aws-chunked") == std::string::npos) return;
  std::string rest;
  for (std::string_view list = *coding; !list.empty();) {
    const std::size_t comma = list.find(',');
    std::string_view each = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    while (each.starts_with(' ')) each.remove_prefix(1);
    while (each.ends_with(' ')) each.remove_suffix(1);
    if (each == "aws-chunked" || each.empty()) continue;
    rest.append(rest.empty() ? "" : ",").append(each);
  }
  if (rest.empty()) {
    headers.erase("content-encoding");
  } else {
    headers.set("content-encoding", rest);
  }
}

platform::ByteSourcePointer toBytes(http::Body& body) {
  if (body.inFile()) return std::make_shared<StagedBytes>(body.file());
  return std::make_shared<platform::MemoryBytes>(body.takeBytes());
}

}  // namespace

FrontDoor::FrontDoor(FrontDoorOptions options, Authenticator& authenticator, CallSink& sink, platform::Random& random,
                     RawHandlers raw)
    : options_(std::move(options)), authenticator_(authenticator), sink_(sink), random_(random), raw_(std::move(raw)) {}

std::optional<http::HttpResponse> FrontDoor::refuseByListener(const Route& route, const http::HttpRequest& head) const {
  switch (head.listener) {
    case http::ListenerKind::Public:
      if (route.kind == Route::Kind::OwnPage) {
        if (raw_.public_page && raw_.public_page(head.path())) return std::nullopt;
        return plainRefusal(404, "NotFound", "There is no such page.");
      }
      return plainRefusal(403, "AccessDenied", "This address serves deployed APIs only.");
    case http::ListenerKind::Sandbox:
      // The pages act with the operator's rights; code in a sandbox has its own.
      if (route.kind == Route::Kind::OwnPage && head.path() != kHealthPage &&
          !(raw_.sandbox_page && raw_.sandbox_page(head.path()))) {
        return plainRefusal(403, "AccessDenied", "Pages of the server are not shown to code in a sandbox.");
      }
      return std::nullopt;
    case http::ListenerKind::Loopback:
      break;
  }
  if (!hostIsOurs(head.headers, options_.host_names)) {
    return plainRefusal(403, "AccessDenied",
                        "The control APIs answer to this machine's names only; '" +
                            hostName(head.headers).substr(0, 255) + "' is none (see --host-name).");
  }
  // A link to an object that somebody follows reads and changes nothing else; all else of foreign pages is refused.
  const bool followed_link = isNavigation(head.headers) && head.method == "GET" &&
                             (route.kind == Route::Kind::OwnPage ||
                              (route.service != nullptr && route.service->protocol == shapes::Protocol::RestXml));
  if (!originIsOurs(head.headers, options_.host_names) || (sentByForeignPage(head.headers) && !followed_link)) {
    return plainRefusal(403, "AccessDenied", "The control APIs do not answer to pages of another origin.");
  }
  return std::nullopt;
}

std::uint64_t FrontDoor::documentLimit(const shapes::Service* service) const {
  if (service == nullptr) return options_.max_request_bytes;
  switch (service->protocol) {
    case shapes::Protocol::Json10:
    case shapes::Protocol::Json11:
      return isDynamoDb(service) ? options_.max_dynamodb_bytes : options_.max_json_bytes;
    case shapes::Protocol::RestXml:
      return options_.max_xml_bytes;
    default:
      return options_.max_request_bytes;
  }
}

http::BodyPlan FrontDoor::plan(http::HttpRequest& head) {
  auto planned = std::make_shared<Planned>();
  planned->route = router_.route(head);
  head.context = planned;
  const Route& route = planned->route;
  if (isDynamoDb(route)) {
    planned->request_id = random_.text(kDynamoIdLength, "0123456789ABCDEFGHIJKLMNOPQRSTUV");
    if (route.kind == Route::Kind::Operation) {
      planned->json_type = jsonTypeOf(head.headers);
      planned->coding = acceptedCoding(head.headers);
    }
    planned->shared_origin = head.headers.contains("origin");
  } else {
    planned->request_id = random_.uuid();
  }
  const bool head_only = head.method == "HEAD";

  http::BodyPlan plan;
  if (route.kind == Route::Kind::DeployedApi) {
    plan.max_bytes = options_.max_api_bytes;
    plan.on_error = [planned](const base::ApiError&) {
      auto response = plainRefusal(413, "RequestEntityTooLarge", "Request Too Long");
      response.body = R"({"message":"Request Too Long"})";
      response.headers.set("x-amzn-RequestId", planned->request_id);
      response.headers.set("x-amzn-ErrorType", "RequestTooLargeException");
      return response;
    };
    return plan;
  }
  if (auto refusal = refuseByListener(route, head)) {
    plan.refuse = std::move(refusal);
    return plan;
  }
  if (route.kind == Route::Kind::OwnPage) {
    plan.max_bytes = std::uint64_t{1} << 20;
    return plan;
  }
  if (route.kind == Route::Kind::Git) {
    if (!raw_.git_plan) return plan;
    head.context.reset();
    plan = raw_.git_plan(head);
    planned->raw = std::exchange(head.context, planned);
    return plan;
  }
  if (route.kind == Route::Kind::Refused) {
    plan.refuse = writeRefusal(route, route.error, planned->request_id, head_only);
    return plan;
  }

  if (route.kind == Route::Kind::NoOperation) {
    plan.max_bytes = kMostWithoutOperation;
    return plan;
  }

  const bool streamed = route.operation != nullptr && protocols::streamedInput(*route.operation) != nullptr;
  plan.max_bytes = streamed           ? options_.max_payload_bytes
                   : route.needs_form ? options_.max_form_bytes
                                      : documentLimit(route.service);
  plan.on_error = [planned, head_only](const base::ApiError& error) {
    return writeRefusal(planned->route, error, planned->request_id, head_only);
  };
  if (route.service != nullptr) {
    auto admission = authenticator_.begin(head, *route.service, route.operation);
    if (!admission.ok()) {
      plan.refuse = writeRefusal(route, admission.error(), planned->request_id, head_only);
      plan.refuse = finished(*planned, std::move(*plan.refuse));
    } else {
      planned->admission = std::move(admission->state);
      plan.decoder = std::move(admission->decoder);
    }
  }
  return plan;
}

void FrontDoor::handle(http::HttpRequest request, http::Responder responder) {
  const auto planned = std::static_pointer_cast<Planned>(request.context);
  Route& route = planned->route;
  switch (route.kind) {
    case Route::Kind::OwnPage:
      if (!raw_.own_page) {
        responder.send(plainRefusal(404, "NotFound", "There is no such page."));
        return;
      }
      raw_.own_page(std::move(request), std::move(responder));
      return;
    case Route::Kind::DeployedApi:
      if (!raw_.deployed_api) {
        responder.send(plainRefusal(404, "NotFound", "No APIs are deployed here."));
        return;
      }
      raw_.deployed_api(std::move(request), route.api, std::move(responder));
      return;
    case Route::Kind::Git:
      if (!raw_.git) {
        responder.send(plainRefusal(501, "NotImplemented", "Thimble does not implement CodeCommit repositories yet."));
        return;
      }
      request.context = std::move(planned->raw);
      raw_.git(std::move(request), std::move(responder));
      return;
    case Route::Kind::NoOperation:
      responder.send(finished(*planned, answerWithoutOperation(request, route, planned->request_id)));
      return;
    case Route::Kind::Refused:
      responder.send(writeRefusal(route, route.error, planned->request_id, request.method == "HEAD"));
      return;
    case Route::Kind::Operation:
      break;
  }
  if (route.needs_form) {
    const auto form = request.body.read(options_.max_form_bytes);
    router_.routeForm(route, form.value_or(""));
    if (route.kind == Route::Kind::Refused) {
      responder.send(writeRefusal(route, route.error, planned->request_id, false));
      return;
    }
  }
  handleOperation(std::make_shared<http::HttpRequest>(std::move(request)), route, std::move(responder));
}

void FrontDoor::handleOperation(std::shared_ptr<http::HttpRequest> request, const Route& route,
                                http::Responder responder) {
  const auto planned = std::static_pointer_cast<Planned>(request->context);
  const shapes::Operation& operation = *route.operation;
  const bool head_only = request->method == "HEAD";
  auto refuse = [&](const base::ApiError& error) {
    responder.send(
        finished(*planned, toResponse(operation, error, planned->request_id, head_only, planned->route.spoken)));
  };

  if (!planned->admission) {
    auto admission = authenticator_.begin(*request, *operation.service, &operation);
    if (!admission.ok()) {
      refuse(admission.error());
      return;
    }
    planned->admission = std::move(admission->state);
  }
  auto principal = authenticator_.finish(planned->admission, *request, operation);
  if (!principal.ok()) {
    refuse(principal.error());
    return;
  }

  const bool streamed = protocols::streamedInput(operation) != nullptr;
  protocols::RequestParts parts;
  parts.path = route.labels;
  parts.query = protocols::parseParameters(request->query());
  std::string user_agent(request->headers.get("user-agent"));
  parts.headers = std::move(request->headers);
  removeChunkedCoding(parts.headers);
  // Trailing fields of a chunked upload (checksums) count as headers; they cannot replace one that was sent.
  for (const http::Header& trailer : request->trailers) {
    if (!parts.headers.contains(trailer.name)) parts.headers.add(trailer.name, trailer.value);
  }
  if (!streamed) parts.body = request->body.read(options_.max_request_bytes).value_or("");
  if (isDynamoDb(route)) {
    const auto decoded = decodeContent(parts.headers, parts.body, options_.max_dynamodb_bytes);
    if (!decoded.ok()) {
      refuse(decoded.error());
      return;
    }
  }
  // In the query protocol a queue can be named by the address that is called.
  if (route.spoken == protocols::Spoken::Query && request->path().size() > 1) {
    parts.query.insert(parts.query.begin(), {"QueueUrl", std::string(request->path())});
  }
  auto input = protocols::parseRequest(operation, parts, route.spoken);
  if (!input.ok()) {
    refuse(input.error());
    return;
  }

  WireCall call;
  call.operation = &operation;
  call.region = route.scope && !route.scope->region.empty() ? route.scope->region : "us-east-1";
  call.input = std::move(*input);
  if (streamed) call.body = toBytes(request->body);
  call.principal = std::move(*principal);
  call.request_id = planned->request_id;
  call.source_ip = request->peer;
  call.user_agent = std::move(user_agent);
  sink_.call(std::move(call), [&operation, planned, head_only, responder](WireOutcome outcome) {
    auto response = toResponse(operation, std::move(outcome), planned->request_id, head_only, planned->route.spoken);
    responder.send(finished(*planned, std::move(response)));
  });
}

}  // namespace thimble::wire
