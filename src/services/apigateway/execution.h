// One request of a deployed API, decided without side effects: which method, what to call with what, what to answer.
//
// Steps, in API Gateway's order; each either gives the final answer or lets the next one follow:
//   1. route: the resource and method.
//   2. authorise: IAM (the edge asks), or a Lambda authorizer (the edge calls it with the event made here).
//   3. validate: required parameters, the body against its model.
//   4. integrationRequest: the mapped request; a mock's result is known at once.
//   5. respond: the result, mapped back.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-integration-settings.html
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"
#include "services/apigateway/snapshot.h"
#include "wire/http/headers.h"

namespace thimble::services::apigateway {

/// What the client sent, and where.
struct ApiRequest {
  std::string method;
  std::string path;   ///< After the stage, as sent: "/pets/a%20b".
  std::string query;  ///< As sent, without "?".
  wire::http::Headers headers;
  std::string body;
  std::string source_ip;
  std::string request_id;
  std::string extended_request_id;  ///< x-amz-apigw-id.
  std::string trace_id;             ///< X-Amzn-Trace-Id.
  base::Timestamp time;
};

/// Where the API is served.
struct StageContext {
  std::string api_id;
  std::string account;
  std::string region;
  std::string stage;
  std::string deployment_id;
  Json variables;  ///< Object of strings, or null.
};

struct ApiResponse {
  int status = 200;
  wire::http::Headers headers;
  std::string body;
};

/// What the edge is to call.
struct IntegrationRequest {
  IntegrationType type = IntegrationType::Http;
  std::string method;
  std::string uri;  ///< An ARN, or a URL without the mapped query.
  std::vector<std::pair<std::string, std::string>> query;
  wire::http::Headers headers;
  std::string body;
  std::string credentials;
  int timeout_milliseconds = 29'000;
};

/// What came of it.
struct IntegrationResult {
  enum class Failure {
    None,
    Failed,  ///< Not reached, or broke off: 504 for HTTP as on AWS, 500 for services.
    TimedOut,
    Misconfigured,  ///< No such function, no permission, an unknown service: 500.
  };
  Failure failure = Failure::None;
  std::string explanation;  ///< For logs; never shown to the client.
  int status = 200;
  wire::http::Headers headers;
  std::string body;
  bool function_error = false;  ///< The Lambda function ended with an error; `body` is its error object.
};

/// Who the caller is, as an authorizer says.
struct AuthorizerCall {
  std::string function_arn;
  std::string credentials;
  Json event;
};

class Execution {
 public:
  Execution(std::shared_ptr<const Snapshot> snapshot, StageContext stage, ApiRequest request);

  using Answer = std::optional<ApiResponse>;  ///< Nothing: go on.

  Answer route();
  /// TestInvokeMethod: the method is given; the path only gives parameters.
  void routeTo(const Method& method, std::vector<std::pair<std::string, std::string>> path_parameters);
  const Method& method() const { return *method_; }
  /// The API has a resource policy, which then judges every caller.
  bool hasPolicy() const { return !snapshot_->api().stringAt("policy").empty(); }
  /// "arn:aws:execute-api:region:account:api/stage/METHOD/path", for policies.
  std::string methodArn() const;

  /// For a Custom method: what to call, or the answer when there is no token.
  std::variant<ApiResponse, AuthorizerCall> authorizerCall();
  /// Takes the authorizer function's result.
  Answer authorised(const IntegrationResult& result);
  /// The caller of an IAM method, for $context.identity.
  void setCaller(const std::string& arn, const std::string& account, const std::string& user_id,
                 const std::string& access_key);
  void setApiKey(const std::string& id, const std::string& value);
  /// The key that the request carries, or "".
  std::string apiKey() const;

  Answer validate();
  std::variant<ApiResponse, IntegrationRequest> integrationRequest();
  ApiResponse respond(const IntegrationResult& result);

  /// An answer of API Gateway's own, by the API's gateway response of that type. `message`: null or the text.
  ApiResponse gatewayError(const std::string& type, const Json& message, int status = 0);

  const ApiRequest& request() const { return request_; }
  const StageContext& stage() const { return stage_; }
  /// For the execution log of TestInvokeMethod.
  const Json& parameters() const { return parameters_; }

 private:
  struct Rendered {
    std::string text;
    std::string error;       ///< Empty: it went well.
    std::string body_error;  ///< The body is not the JSON that the template asked for.
  };

  void readParameters();
  Json makeContext() const;
  Rendered render(const CompiledTemplate& chosen, const std::string& body);
  /// The value of a mapping expression; nothing when there is none. `result`: nullptr in requests.
  std::optional<std::string> evaluate(const std::string& expression, const IntegrationResult* result) const;
  std::optional<std::string> evaluateBody(const std::string& body, std::string_view path) const;
  void applyMappings(IntegrationRequest& out);
  void applyRequestOverrides(IntegrationRequest& out, std::vector<std::pair<std::string, std::string>>& path);
  std::string substitute(std::string uri, const std::vector<std::pair<std::string, std::string>>& path,
                         bool encode) const;
  /// The body as text or bytes, as the method's content handling says; nothing when it should be base64 and is not.
  std::optional<std::string> requestBody(bool& is_binary) const;
  void passRequestThrough(IntegrationRequest& out) const;
  ApiResponse respondMock(const std::string& text);
  ApiResponse respondMapped(const IntegrationResult& result);
  ApiResponse respondHttpProxy(const IntegrationResult& result) const;
  ApiResponse respondLambdaProxy(const IntegrationResult& result);
  ApiResponse failed(const IntegrationResult& result);
  void applyResponseOverrides(ApiResponse& response) const;
  void addOwnHeaders(wire::http::Headers& headers) const;

  std::shared_ptr<const Snapshot> snapshot_;
  StageContext stage_;
  ApiRequest request_;
  const Method* method_ = nullptr;
  Json parameters_;        ///< {"path": {...}, "querystring": {...}, "header": {...}}, the last of equal names.
  Json multi_parameters_;  ///< The same with arrays of all values.
  Json context_;           ///< $context.
  Json overrides_;         ///< requestOverride and responseOverride as the last template left them.
};

/// The event of a Lambda proxy integration.
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
Json lambdaProxyEvent(const Execution& execution, const Json& context, const Json& parameters,
                      const Json& multi_parameters, const std::string& body, bool is_base64);

}  // namespace thimble::services::apigateway
