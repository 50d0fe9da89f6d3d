// What a request is for, decided from its head.
//
// 1. Own pages (/_thimble/...), deployed APIs, git repositories: by host and path.
// 2. JSON protocols: by X-Amz-Target.
// 3. All else: by the service that the signature's scope names; REST by method, path and query, Query by its Action,
//    which for a POST stands in the body (`needs_form`).
// 4. Without a signature: Query by its Action; else S3, which also answers anonymous callers. What S3 has no operation
//    for (anything but a read of "/") is answered as the frame does that AWS's JSON services have in common.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/api_error.h"
#include "wire/http/message.h"
#include "wire/protocols/protocol.h"
#include "wire/router/credential_scope.h"
#include "wire/router/rest_routes.h"
#include "wire/shapes/model.h"

namespace thimble::wire {

struct Route {
  enum class Kind {
    OwnPage,      ///< /_thimble/...
    DeployedApi,  ///< A request of an API's user; `api` says which.
    Git,          ///< /v1/repos/...
    Operation,    ///< `service` and `operation`, or with `needs_form` only `service`.
    NoOperation,  ///< For a JSON service, `service` when it is known, but none of its operations.
    Refused,      ///< `error`, written in the protocol of `service` when it is set, else of `protocol`.
  };
  struct Api {
    std::string id;
    std::string region;  ///< Empty in the path form.
    std::string stage;
    std::string target;  ///< Path after the stage (begins with "/") and the query, as sent.
  };

  Kind kind = Kind::Refused;
  std::optional<CredentialScope> scope;
  const shapes::Service* service = nullptr;
  const shapes::Operation* operation = nullptr;
  bool needs_form = false;
  Labels labels;  ///< REST: decoded labels of the path.
  Api api;
  base::ApiError error;
  shapes::Protocol protocol = shapes::Protocol::RestJson;
  protocols::Spoken spoken = protocols::Spoken::Own;
};

class Router {
 public:
  Router();

  Route route(const http::HttpRequest& head) const;

  /// Completes a route with `needs_form` by the body of the request, a form.
  void routeForm(Route& route, std::string_view form) const;

 private:
  std::optional<Route> routeByPlace(const http::HttpRequest& head, std::string_view host) const;
  void routeRest(Route& route, const http::HttpRequest& head, std::string_view host) const;
  void routeAction(Route& route, std::string_view form) const;

  std::map<const shapes::Service*, std::unique_ptr<RestRoutes>> rest_;
};

/// The Host header's name in lower case without its port; "[::1]" loses its brackets.
std::string hostName(const http::Headers& headers);

}  // namespace thimble::wire
