// The front door: what happens to a request between the socket and the doorway.
//
// 1. The head is routed (wire/router); the body's bound and framing follow from the route.
// 2. Own pages, deployed APIs and git go to their handlers.
// 3. Control APIs refuse a foreign Origin or Host, and are not served on the public listener at all.
// 4. The signature is checked (Authenticator), a body in gzip is unpacked where the service reads such, and the input
//    is read by the service's protocol (wire/protocols).
// 5. The call is made (CallSink), and its outcome is written by the same protocol.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/random.h"
#include "wire/front_door/call_sink.h"
#include "wire/http/message.h"
#include "wire/router/router.h"

namespace thimble::wire {

struct FrontDoorOptions {
  std::vector<std::string> host_names;                        ///< Further names of this machine, lower case.
  std::uint64_t max_request_bytes = std::uint64_t{70} << 20;  ///< A function's zip in base64 is the largest.
  std::uint64_t max_json_bytes = std::uint64_t{32} << 20;  ///< Of the JSON protocols CreateCommit's 20 MB are the most.
  std::uint64_t max_dynamodb_bytes = std::uint64_t{16} << 20;  ///< DynamoDB's limit, also of what was in gzip.
  std::uint64_t max_xml_bytes = std::uint64_t{4} << 20;        ///< S3's documents: 10,000 parts of an upload.
  std::uint64_t max_form_bytes = std::uint64_t{4} << 20;       ///< A template in a Query request.
  std::uint64_t max_payload_bytes = std::uint64_t{5} << 30;    ///< S3's largest single upload.
  std::uint64_t max_api_bytes = std::uint64_t{10} << 20;       ///< API Gateway's quota.
};

/// Handlers of what is no API call. Each may be absent (404).
struct RawHandlers {
  std::function<void(http::HttpRequest, http::Responder)> own_page;
  std::function<void(http::HttpRequest, Route::Api, http::Responder)> deployed_api;
  /// Decides about a body from its head; what it leaves as the head's `context` is given back to `git`.
  std::function<http::BodyPlan(http::HttpRequest& head)> git_plan;
  std::function<void(http::HttpRequest, http::Responder)> git;
  /// Whether an own page may be seen through the public listener.
  std::function<bool(std::string_view path)> public_page;
  /// Whether code in a sandbox may use an own page: one whose address is itself the permission.
  std::function<bool(std::string_view path)> sandbox_page;
};

class FrontDoor final : public http::Handler {
 public:
  /// All are borrowed and outlive the front door.
  FrontDoor(FrontDoorOptions options, Authenticator& authenticator, CallSink& sink, platform::Random& random,
            RawHandlers raw);

  http::BodyPlan plan(http::HttpRequest& head) override;
  void handle(http::HttpRequest request, http::Responder responder) override;

 private:
  /// What a listener does not serve, and what browsers must not reach.
  std::optional<http::HttpResponse> refuseByListener(const Route& route, const http::HttpRequest& head) const;
  /// The longest body of an operation that takes a document.
  std::uint64_t documentLimit(const shapes::Service* service) const;
  void handleOperation(std::shared_ptr<http::HttpRequest> request, const Route& route, http::Responder responder);

  FrontDoorOptions options_;
  Authenticator& authenticator_;
  CallSink& sink_;
  platform::Random& random_;
  RawHandlers raw_;
  Router router_;
};

}  // namespace thimble::wire
