// Makes the calls that executions ask for: AWS services through the doorway, HTTP through the server's client.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "dispatch/doorway.h"
#include "services/apigateway/execution.h"
#include "wire/http/client.h"

namespace thimble::services::apigateway {

/// Sends one HTTP request; gives the result once, on any thread. wire::http::Client::send, or a test's.
using Outbound = std::function<void(wire::http::ClientRequest, std::function<void(wire::http::ClientResult)>)>;

using IntegrationDone = std::function<void(IntegrationResult)>;

/// In whose name an integration is called.
struct IntegrationCaller {
  std::string source_arn;                    ///< The method's ARN (aws:SourceArn).
  std::optional<dispatch::Identity> caller;  ///< An IAM method's caller, for credentials of "arn:aws:iam::*:user/*".
  std::string source_ip;
};

/// Calls, within the request's time limit. `done` is called exactly once, on any thread.
void callIntegration(dispatch::Doorway& doorway, const Outbound& outbound, IntegrationRequest request,
                     const StageContext& stage, const IntegrationCaller& caller, IntegrationDone done);

/// Invokes an authorizer's function with its event.
void callAuthorizer(dispatch::Doorway& doorway, const AuthorizerCall& call, const StageContext& stage,
                    const IntegrationCaller& caller, IntegrationDone done);

}  // namespace thimble::services::apigateway
