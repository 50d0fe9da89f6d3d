// A deployment, compiled: what the data plane needs of an API, immutable and shared by all requests.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lang/vtl/template.h"
#include "services/apigateway/document.h"
#include "services/apigateway/route_tree.h"

namespace re2 {
class RE2;
}

namespace thimble::services::apigateway {

/// Mapping templates by content type, in the order of the document. One that does not compile is kept as its error.
struct CompiledTemplate {
  std::string content_type;  ///< Small letters.
  std::optional<lang::vtl::Template> compiled;
  std::string error;
};
using Templates = std::vector<CompiledTemplate>;

using Mappings = std::vector<std::pair<std::string, std::string>>;  ///< Target, and where its value comes from.

enum class ContentHandling { Passthrough, ToText, ToBinary };

struct IntegrationResponse {
  int status = 200;
  std::shared_ptr<const re2::RE2> pattern;  ///< nullptr: the default.
  bool pattern_broken = false;              ///< The pattern is no regular expression: it never matches.
  Mappings parameters;                      ///< "method.response.header.X" from an expression.
  Templates templates;
  ContentHandling content_handling = ContentHandling::Passthrough;
};

enum class IntegrationType { Mock, Aws, AwsProxy, Http, HttpProxy };
enum class Passthrough { WhenNoMatch, WhenNoTemplates, Never };

struct Integration {
  IntegrationType type = IntegrationType::Mock;
  std::string http_method;  ///< "ANY": the request's own.
  std::string uri;
  std::string credentials;
  Mappings parameters;  ///< "integration.request.path.X", ".querystring.X", ".header.X" from an expression.
  Templates templates;
  Passthrough passthrough = Passthrough::WhenNoMatch;
  ContentHandling content_handling = ContentHandling::Passthrough;
  int timeout_milliseconds = 29'000;
  std::vector<IntegrationResponse> responses;
};

struct Method {
  enum class Authorization { None, Iam, Custom, Cognito };

  std::string resource_id;
  std::string resource_path;  ///< "/pets/{id}".
  std::string http_method;    ///< As declared: "ANY" for all.
  Authorization authorization = Authorization::None;
  Json authorizer;  ///< Custom: the Authorizer of the model.
  bool api_key_required = false;
  bool validates_body = false;
  bool validates_parameters = false;
  std::vector<std::string> required_parameters;  ///< "method.request.header.X", ...
  Json request_models;                           ///< Content type to model name.
  std::optional<Integration> integration;
};

class Snapshot {
 public:
  /// Compiles a document (document.h).
  explicit Snapshot(const Json& document);

  struct Match {
    const Method* method = nullptr;
    std::vector<std::pair<std::string, std::string>> path_parameters;
  };
  /// The method for a request; nothing when no resource has that path, or it has no such method.
  std::optional<Match> match(std::string_view method, std::string_view path) const;

  /// True when the media type (of a Content-Type or Accept header) is one of the API's binary ones.
  bool isBinary(std::string_view media_type) const;
  /// A model's schema by the model's name, or nullptr.
  const Json* schema(const std::string& model) const;
  /// The method of a resource, as declared, or nullptr. For TestInvokeMethod.
  const Method* find(const std::string& resource_id, const std::string& method) const;

  const Json& api() const { return api_; }
  /// The gateway response of a type (gateway_response.h), and its compiled templates.
  struct CompiledGatewayResponse {
    int status = 0;  ///< 0: the error's own.
    Mappings parameters;
    Templates templates;
  };
  /// The API's own for the type, else for DEFAULT_4XX or DEFAULT_5XX; nullptr: AWS's default.
  const CompiledGatewayResponse* gatewayResponse(const std::string& type, int status) const;

 private:
  struct Resource {
    std::string id;
    std::map<std::string, Method, std::less<>> methods;
  };

  Json api_;
  std::vector<Resource> resources_;
  RouteTree routes_;
  std::vector<std::string> binary_types_;
  std::map<std::string, Json, std::less<>> schemas_;
  std::map<std::string, CompiledGatewayResponse, std::less<>> gateway_responses_;
};

/// The media type of a Content-Type header in small letters, without its parameters.
std::string mediaType(std::string_view content_type);

}  // namespace thimble::services::apigateway
