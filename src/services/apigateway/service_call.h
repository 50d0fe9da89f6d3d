// AWS service integrations: an integration's request as a call of an operation, and the call's outcome as a result.
// https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html (uri)
#pragma once

#include <string>
#include <variant>

#include "dispatch/call.h"
#include "services/apigateway/execution.h"
#include "wire/shapes/model.h"

namespace thimble::services::apigateway {

/// "arn:aws:apigateway:{region}:{subdomain.service|service}:path|action/{service_api}".
struct IntegrationUri {
  std::string region;
  std::string subdomain;
  std::string service;
  bool is_action = false;
  std::string target;  ///< The action's name, or the path without its first slash.
};
std::optional<IntegrationUri> parseIntegrationUri(const std::string& uri);

struct ServiceCall {
  dispatch::Call call;  ///< Without identity or role.
  const shapes::Operation* operation = nullptr;
  bool answers_json = false;  ///< A service that would answer in XML is asked for JSON, as API Gateway does.
};

/// The call; or why there is none, as a result: the service's own error for an input that cannot be read, a
/// misconfiguration for a service or operation that is not there.
std::variant<ServiceCall, IntegrationResult> makeServiceCall(const IntegrationRequest& request,
                                                             const StageContext& stage);

/// Bodies up to 10 MiB, API Gateway's quota.
IntegrationResult resultOf(const ServiceCall& call, const std::string& request_id,
                           const dispatch::CallOutcome& outcome);

}  // namespace thimble::services::apigateway
