#include "services/apigateway/integration_caller.h"

#include <atomic>

#include "base/encoding.h"
#include "services/apigateway/service_call.h"

namespace thimble::services::apigateway {
namespace {

constexpr std::string_view kPrincipal = "apigateway.amazonaws.com";
constexpr std::string_view kSessionName = "BackplaneAssumeRoleSession";

IntegrationResult failure(IntegrationResult::Failure kind, std::string explanation) {
  IntegrationResult result;
  result.failure = kind;
  result.explanation = std::move(explanation);
  return result;
}

/// The first of an answer and the end of the time allowed counts. What waits for the timer holds nothing of a request
/// that has been answered.
class FirstDone {
 public:
  explicit FirstDone(IntegrationDone done) : done_(std::move(done)) {}
  void give(IntegrationResult result) {
    if (given_.exchange(true)) return;
    const IntegrationDone done = std::move(done_);
    done(std::move(result));
  }

 private:
  std::atomic<bool> given_{false};
  IntegrationDone done_;
};

IntegrationDone withTimeout(dispatch::Doorway& doorway, int milliseconds, IntegrationDone done) {
  auto first = std::make_shared<FirstDone>(std::move(done));
  const dispatch::Environment& environment = doorway.environment();
  environment.executor.postAt(environment.clock.now().plusMilliseconds(milliseconds), [first] {
    first->give(failure(IntegrationResult::Failure::TimedOut, "Endpoint request timed out"));
  });
  return [first](IntegrationResult result) { first->give(std::move(result)); };
}

/// Gives the call its caller: the integration's role, the request's own caller, or API Gateway itself. An error when
/// the role cannot be assumed.
base::Result<void> identify(dispatch::Doorway& doorway, const std::string& credentials, const IntegrationCaller& caller,
                            dispatch::Call& call) {
  call.source_arn = caller.source_arn;
  call.source_ip = caller.source_ip;
  call.user_agent = kPrincipal;
  if (credentials == "arn:aws:iam::*:user/*" && caller.caller) {
    call.identity = *caller.caller;
    return {};
  }
  if (credentials.empty()) {
    call.identity.kind = dispatch::Identity::Kind::Service;
    call.identity.account = call.account;
    call.identity.arn = kPrincipal;
    return {};
  }
  const dispatch::Environment& environment = doorway.environment();
  store::Transaction transaction = environment.store.begin();
  TRY_ASSIGN(call.identity, environment.authorizer.assume(
                                transaction, {credentials, std::string(kPrincipal), std::string(kSessionName)}));
  return {};
}

void callService(dispatch::Doorway& doorway, const IntegrationRequest& request, const StageContext& stage,
                 const IntegrationCaller& caller, IntegrationDone done) {
  auto made = makeServiceCall(request, stage);
  if (auto* result = std::get_if<IntegrationResult>(&made)) return done(std::move(*result));
  auto call = std::make_shared<ServiceCall>(std::move(std::get<ServiceCall>(made)));
  if (auto identified = identify(doorway, request.credentials, caller, call->call); !identified.ok()) {
    return done(failure(IntegrationResult::Failure::Misconfigured, identified.error().message));
  }
  call->call.request_id = doorway.environment().random.uuid();
  const bool lambda = call->call.service == "lambda";
  // A transactional call answers with its commit; the others may wait for something.
  if (!doorway.isTransactional(call->call.service, call->call.operation)) {
    done = withTimeout(doorway, request.timeout_milliseconds, std::move(done));
  }
  dispatch::Call outgoing = call->call;
  doorway.call(std::move(outgoing), [call, lambda, done = std::move(done)](dispatch::CallOutcome outcome) {
    // What Lambda itself refuses (no such function, no permission) is the API's mistake and not the client's.
    if (lambda && !outcome.ok()) {
      const bool theirs = outcome.error().senderFault() && outcome.error().http_status != 429;
      return done(failure(theirs ? IntegrationResult::Failure::Misconfigured : IntegrationResult::Failure::Failed,
                          outcome.error().message));
    }
    done(resultOf(*call, call->call.request_id, outcome));
  });
}

void callHttp(dispatch::Doorway& doorway, const Outbound& outbound, IntegrationRequest request, IntegrationDone done) {
  if (!outbound) {
    return done(failure(IntegrationResult::Failure::Misconfigured, "There is no client for HTTP integrations"));
  }
  wire::http::ClientRequest out;
  out.method = request.method;
  out.url = request.uri;
  std::string separator = out.url.find('?') == std::string::npos ? "?" : "&";
  for (const auto& [name, value] : request.query) {
    out.url += separator + base::encodePercent(name) + "=" + base::encodePercent(value);
    separator = "&";
  }
  out.headers = std::move(request.headers);
  out.body = std::move(request.body);
  out.timeout = std::chrono::milliseconds(request.timeout_milliseconds);
  platform::Executor& executor = doorway.environment().executor;
  outbound(std::move(out), [&executor, done = std::move(done)](wire::http::ClientResult answer) {
    // The client's thread is for transfers; mapping goes elsewhere.
    auto shared = std::make_shared<wire::http::ClientResult>(std::move(answer));
    executor.post([shared, done] {
      if (!shared->ok()) {
        using Kind = wire::http::ClientError::Kind;
        const Kind kind = shared->error().kind;
        return done(
            failure(kind == Kind::Timeout ? IntegrationResult::Failure::TimedOut : IntegrationResult::Failure::Failed,
                    shared->error().message));
      }
      IntegrationResult result;
      result.status = shared->value().status;
      result.headers = shared->value().headers;
      result.body = shared->value().body;
      done(std::move(result));
    });
  });
}

}  // namespace

void callIntegration(dispatch::Doorway& doorway, const Outbound& outbound, IntegrationRequest request,
                     const StageContext& stage, const IntegrationCaller& caller, IntegrationDone done) {
  switch (request.type) {
    case IntegrationType::Aws:
      return callService(doorway, request, stage, caller, std::move(done));
    case IntegrationType::AwsProxy:
      request.method = "POST";
      return callService(doorway, request, stage, caller, std::move(done));
    default:
      return callHttp(doorway, outbound, std::move(request), std::move(done));
  }
}

void callAuthorizer(dispatch::Doorway& doorway, const AuthorizerCall& call, const StageContext& stage,
                    const IntegrationCaller& caller, IntegrationDone done) {
  IntegrationRequest request;
  request.type = IntegrationType::AwsProxy;
  request.uri =
      "arn:aws:apigateway:" + stage.region + ":lambda:path/2015-03-31/functions/" + call.function_arn + "/invocations";
  request.credentials = call.credentials;
  request.body = call.event.write();
  request.timeout_milliseconds = 10'000;
  callIntegration(doorway, nullptr, std::move(request), stage, caller, std::move(done));
}

}  // namespace thimble::services::apigateway
