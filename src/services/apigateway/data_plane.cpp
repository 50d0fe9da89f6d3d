#include "services/apigateway/data_plane.h"

#include <algorithm>
#include <list>
#include <mutex>

#include "dispatch/credentials.h"
#include "services/apigateway/api_keys.h"
#include "services/apigateway/throttle.h"
#include "wire/sigv4/verify.h"

namespace thimble::services::apigateway {
namespace {

constexpr std::uint64_t kMaxBodyBytes = std::uint64_t{10} << 20;
constexpr double kAccountRate = 10'000;
constexpr double kAccountBurst = 5'000;

/// A compiled deployment and whose it is.
struct Deployed {
  std::shared_ptr<const Snapshot> snapshot;
  std::string account;
  std::string region;
};

/// The deployments used last.
class SnapshotCache {
 public:
  std::shared_ptr<const Deployed> find(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second.second);
    return found->second.first;
  }

  void put(const std::string& key, std::shared_ptr<const Deployed> deployed) {
    const std::lock_guard lock(mutex_);
    if (entries_.contains(key)) return;
    order_.push_front(key);
    entries_.emplace(key, std::pair(std::move(deployed), order_.begin()));
    if (entries_.size() <= kKept) return;
    entries_.erase(order_.back());
    order_.pop_back();
  }

 private:
  static constexpr std::size_t kKept = 256;

  std::mutex mutex_;
  std::list<std::string> order_;  ///< Most recently used first.
  std::unordered_map<std::string, std::pair<std::shared_ptr<const Deployed>, std::list<std::string>::iterator>>
      entries_;
};

/// What API Gateway answers where there is no API to ask for its gateway responses.
wire::http::HttpResponse bareError(int status, const char* message, const char* type, const std::string& request_id) {
  wire::http::HttpResponse response;
  response.status = status;
  response.headers.set("x-amzn-RequestId", request_id);
  response.headers.set("Content-Type", "application/json");
  response.headers.set("x-amzn-ErrorType", type);
  response.body = Json::object({{"message", message}}).write();
  return response;
}

}  // namespace

struct DataPlane::Impl {
  Impl(dispatch::Doorway& its_doorway, Outbound its_outbound, const wire::sigv4::CredentialSource* credentials)
      : doorway(its_doorway), outbound(std::move(its_outbound)) {
    if (credentials) verifier.emplace(*credentials, doorway.environment().clock);
  }

  std::shared_ptr<const Deployed> deployed(store::Transaction& transaction, const std::string& api,
                                           const std::string& deployment) {
    const std::string key = api + "/" + deployment;
    if (auto found = snapshots.find(key)) return found;
    const auto owner = findApi(transaction, api);
    const auto document = findPart(transaction, api, Part::Snapshot, deployment);
    if (!owner || !document) return nullptr;
    auto made = std::make_shared<const Deployed>(
        Deployed{std::make_shared<const Snapshot>(*document), owner->account, owner->region});
    snapshots.put(key, made);
    return made;
  }

  dispatch::Doorway& doorway;
  Outbound outbound;
  std::optional<wire::sigv4::Verifier> verifier;
  SnapshotCache snapshots;
  Throttle throttle;
};

/// One request on its way.
class DataPlane::Running : public std::enable_shared_from_this<Running> {
 public:
  Running(Impl& plane, wire::http::HttpRequest request, std::function<void(wire::http::HttpResponse)> done)
      : plane_(plane), http_(std::move(request)), done_(std::move(done)) {}

  void start(Address address) {
    const dispatch::Environment& environment = plane_.doorway.environment();
    const std::string request_id = environment.random.uuid();
    store::Transaction transaction = environment.store.begin();
    stage_row_ = findPart(transaction, address.api, Part::Stage, address.stage).value_or(Json());
    if (stage_row_.isNull()) return done_(bareError(403, "Forbidden", "ForbiddenException", request_id));
    StageContext stage;
    stage.api_id = address.api;
    stage.stage = address.stage;
    stage.deployment_id = stage_row_.stringAt("deploymentId");
    stage.variables = stage_row_["variables"];
    chooseCanary(stage);
    const auto deployed = plane_.deployed(transaction, address.api, stage.deployment_id);
    if (!deployed || deployed->snapshot->api()["disableExecuteApiEndpoint"] == Json(true)) {
      return done_(bareError(403, "Forbidden", "ForbiddenException", request_id));
    }
    stage.account = deployed->account;
    stage.region = deployed->region;

    ApiRequest request;
    request.method = http_.method;
    const std::size_t mark = std::min(address.target.find('?'), address.target.size());
    request.path = address.target.substr(0, mark);
    request.query = mark < address.target.size() ? address.target.substr(mark + 1) : "";
    request.headers = http_.headers;
    request.source_ip = http_.peer;
    request.request_id = request_id;
    request.extended_request_id =
        environment.random.text(15, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") + "=";
    request.time = environment.clock.now();
    char seconds[16];
    std::snprintf(seconds, sizeof seconds, "%08llx",
                  static_cast<unsigned long long>(request.time.seconds()) & 0xffffffffULL);
    request.trace_id = std::string("Root=1-") + seconds + "-" + environment.random.hex(24);
    auto body = http_.body.read(kMaxBodyBytes);
    const bool too_long = !body;
    if (body) request.body = *std::move(body);
    execution_.emplace(deployed->snapshot, std::move(stage), std::move(request));

    if (auto answer = execution_->route()) return finish(std::move(*answer));
    if (too_long) return finish(execution_->gatewayError("REQUEST_TOO_LARGE", "Request Too Long"));
    authorise(transaction);
  }

 private:
  const Method& method() const { return execution_->method(); }

  /// Sends a part of the requests to the stage's canary.
  void chooseCanary(StageContext& stage) {
    const Json& canary = stage_row_["canarySettings"];
    const Json& percent = canary["percentTraffic"];
    if (!percent.isNumber() || percent.asDouble() <= 0) return;
    const auto drawn = static_cast<double>(plane_.doorway.environment().random.below(10'000)) / 100.0;
    if (drawn >= percent.asDouble()) return;
    if (canary.contains("deploymentId")) stage.deployment_id = canary.stringAt("deploymentId");
    if (!canary["stageVariableOverrides"].isObject()) return;
    for (const auto& [name, value] : canary["stageVariableOverrides"].asObject()) stage.variables.set(name, value);
  }

  void authorise(store::Transaction& transaction) {
    switch (method().authorization) {
      case Method::Authorization::None:
        if (execution_->hasPolicy()) return authoriseCaller(transaction, dispatch::Identity());
        return admitted(transaction);
      case Method::Authorization::Iam:
        return authoriseIam(transaction);
      case Method::Authorization::Custom:
        return askAuthorizer();
      case Method::Authorization::Cognito:
        return finish(execution_->gatewayError("AUTHORIZER_CONFIGURATION_ERROR",
                                               "Thimble does not implement Cognito user pools as authorizers."));
    }
  }

  void authoriseIam(store::Transaction& transaction) {
    const wire::sigv4::Expectation expectation{.signing_name = "execute-api", .allow_unsigned_payload = true};
    if (!plane_.verifier) {
      return finish(execution_->gatewayError("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token"));
    }
    auto verification = plane_.verifier->begin(http_, expectation);
    if (!verification.ok()) return refuseSignature(verification.error());
    using Outcome = wire::sigv4::Verification::Outcome;
    if (verification->outcome == Outcome::Anonymous) {
      return finish(execution_->gatewayError("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token"));
    }
    if (verification->outcome == Outcome::Verified) {
      if (auto checked = plane_.verifier->finish(*verification, http_, expectation); !checked.ok()) {
        return refuseSignature(checked.error());
      }
      return authoriseCaller(transaction, *static_cast<const dispatch::Identity*>(verification->principal.get()));
    }
    const bool open_door = http_.listener == wire::http::ListenerKind::Loopback;
    auto signer = dispatch::findSigner(transaction, verification->authorization->access_key_id,
                                       std::string(http_.headers.get("X-Amz-Security-Token")),
                                       plane_.doorway.environment().clock.now(), open_door, nullptr);
    if (!signer.ok() || signer->verify) {
      return finish(
          execution_->gatewayError("INVALID_SIGNATURE", "The security token included in the request is invalid."));
    }
    authoriseCaller(transaction, signer->identity);
  }

  void refuseSignature(const base::ApiError& error) {
    finish(execution_->gatewayError(error.code == "ExpiredTokenException" ? "EXPIRED_TOKEN" : "INVALID_SIGNATURE",
                                    error.message));
  }

  void authoriseCaller(store::Transaction& transaction, const dispatch::Identity& identity) {
    dispatch::Call call;
    call.identity = identity;
    call.account = execution_->stage().account;
    call.region = execution_->stage().region;
    call.service = "execute-api";
    call.operation = "Invoke";
    call.source_ip = execution_->request().source_ip;
    auto allowed = plane_.doorway.environment().authorizer.authorise(transaction, call, "execute-api:Invoke",
                                                                     execution_->methodArn(), {});
    if (!allowed.ok()) {
      std::string message = allowed.error().message;
      if (identity.kind == dispatch::Identity::Kind::Anonymous) {
        message =
            "User: anonymous is not authorized to perform: execute-api:Invoke on resource: " + execution_->methodArn();
      }
      return finish(execution_->gatewayError("ACCESS_DENIED", hideAccount(std::move(message))));
    }
    if (identity.kind != dispatch::Identity::Kind::Anonymous) {
      caller_ = identity;
      execution_->setCaller(identity.arn, identity.account, identity.user_id, identity.access_key_id);
    }
    admitted(transaction);
  }

  /// AWS shows strangers only the end of the account that an API belongs to.
  std::string hideAccount(std::string message) const {
    const StageContext& stage = execution_->stage();
    const std::string whole = ":" + stage.account + ":" + stage.api_id + "/";
    const std::size_t place = message.find(whole);
    if (place == std::string::npos || stage.account.size() < 4) return message;
    return message.replace(place, whole.size(),
                           ":********" + stage.account.substr(stage.account.size() - 4) + ":" + stage.api_id + "/");
  }

  void askAuthorizer() {
    auto call = execution_->authorizerCall();
    if (auto* answer = std::get_if<ApiResponse>(&call)) return finish(std::move(*answer));
    IntegrationCaller caller = integrationCaller();
    // The function's permission names the authorizer and not the method.
    caller.source_arn = "arn:aws:execute-api:" + execution_->stage().region + ":" + execution_->stage().account + ":" +
                        execution_->stage().api_id + "/authorizers/" + method().authorizer.stringAt("id");
    callAuthorizer(plane_.doorway, std::get<AuthorizerCall>(call), execution_->stage(), caller,
                   [self = shared_from_this()](IntegrationResult result) {
                     if (auto answer = self->execution_->authorised(result)) return self->finish(std::move(*answer));
                     store::Transaction transaction = self->plane_.doorway.environment().store.begin();
                     self->admitted(transaction);
                   });
  }

  /// The caller may; now the limits, the request's form, and the integration.
  void admitted(store::Transaction& transaction) {
    const base::Timestamp now = plane_.doorway.environment().clock.now();
    const StageContext& stage = execution_->stage();
    std::optional<Quota> quota;
    if (method().api_key_required) {
      const auto key =
          findApiKey(transaction, stage.account, stage.region, stage.api_id, stage.stage, execution_->apiKey());
      if (!key) return finish(execution_->gatewayError("INVALID_API_KEY", "Forbidden"));
      execution_->setApiKey(key->id, execution_->apiKey());
      if (key->rate > 0 && !plane_.throttle.take("key/" + key->plan + "/" + key->id, key->rate, key->burst, now)) {
        return finish(execution_->gatewayError("THROTTLED", "Too Many Requests"));
      }
      quota = key->quota;
    }
    if (!takeStageToken(now) ||
        !plane_.throttle.take("account/" + stage.account + "/" + stage.region, kAccountRate, kAccountBurst, now)) {
      return finish(execution_->gatewayError("THROTTLED", "Too Many Requests"));
    }
    if (auto answer = execution_->validate()) return finish(std::move(*answer));
    if (!quota) return integrate();
    countAgainstQuota(*quota);
  }

  bool takeStageToken(base::Timestamp now) {
    const Json& settings = stage_row_["methodSettings"];
    if (!settings.isObject()) return true;
    // "pets~1{id}/GET", and "*/*" for all.
    std::string path;
    for (char c : method().resource_path) path += c == '/' ? std::string("~1") : std::string(1, c);
    const StageContext& stage = execution_->stage();
    for (const std::string& key :
         {path + "/" + method().http_method,
          path.substr(std::min<std::size_t>(2, path.size())) + "/" + method().http_method, std::string("*/*")}) {
      const Json* own = settings.find(key);
      if (!own) continue;
      const Json& rate = (*own)["throttlingRateLimit"];
      const Json& burst = (*own)["throttlingBurstLimit"];
      if (!rate.isNumber() || !burst.isNumber()) return true;
      return plane_.throttle.take("stage/" + stage.api_id + "/" + stage.stage + "/" + key, rate.asDouble(),
                                  burst.asDouble(), now);
    }
    return true;
  }

  /// A request of a plan with a quota counts durably before it is served.
  void countAgainstQuota(const Quota& quota) {
    const dispatch::Environment& environment = plane_.doorway.environment();
    store::Transaction transaction = environment.store.begin();
    if (!countRequest(transaction, execution_->stage().account, execution_->stage().region, quota,
                      environment.clock.now())) {
      return finish(execution_->gatewayError("QUOTA_EXCEEDED", "Limit Exceeded"));
    }
    auto committed = [self = shared_from_this(), quota](store::CommitOutcome outcome) {
      self->plane_.doorway.environment().executor.post([self, quota, outcome] {
        if (outcome == store::CommitOutcome::Committed) return self->integrate();
        if (outcome == store::CommitOutcome::Conflict) return self->countAgainstQuota(quota);
        self->finish(self->execution_->gatewayError("DEFAULT_5XX", "Internal server error", 500));
      });
    };
    environment.store.commit(std::move(transaction), std::move(committed));
  }

  IntegrationCaller integrationCaller() const {
    return {execution_->methodArn(), caller_, execution_->request().source_ip};
  }

  void integrate() {
    auto planned = execution_->integrationRequest();
    if (auto* answer = std::get_if<ApiResponse>(&planned)) return finish(std::move(*answer));
    callIntegration(plane_.doorway, plane_.outbound, std::move(std::get<IntegrationRequest>(planned)),
                    execution_->stage(), integrationCaller(), [self = shared_from_this()](IntegrationResult result) {
                      self->finish(self->execution_->respond(result));
                    });
  }

  void finish(ApiResponse answer) {
    wire::http::HttpResponse response;
    response.status = answer.status;
    for (const auto& header : answer.headers) {
      // The server's own.
      const std::string name = wire::http::toLower(header.name);
      if (name == "content-length" || name == "transfer-encoding" || name == "connection" || name == "date") continue;
      if (header.value.find_first_of("\r\n") != std::string::npos) continue;
      response.headers.add(header.name, header.value);
    }
    response.body = std::move(answer.body);
    done_(std::move(response));
  }

  Impl& plane_;
  wire::http::HttpRequest http_;
  std::function<void(wire::http::HttpResponse)> done_;
  Json stage_row_;
  std::optional<Execution> execution_;
  std::optional<dispatch::Identity> caller_;
};

DataPlane::DataPlane(dispatch::Doorway& doorway, Outbound outbound, const wire::sigv4::CredentialSource* credentials)
    : impl_(std::make_unique<Impl>(doorway, std::move(outbound), credentials)) {}

DataPlane::~DataPlane() = default;

void DataPlane::handle(Address address, wire::http::HttpRequest request,
                       std::function<void(wire::http::HttpResponse)> done) {
  std::make_shared<Running>(*impl_, std::move(request), std::move(done))->start(std::move(address));
}

}  // namespace thimble::services::apigateway
