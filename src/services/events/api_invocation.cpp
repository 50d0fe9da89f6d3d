#include "services/events/api_invocation.h"

#include <algorithm>

#include "dispatch/doorway.h"
#include "services/events/api_connections.h"
#include "services/events/api_request.h"
#include "services/events/errors.h"

namespace thimble::services::events {
namespace {

using base::Json;
using ContextPointer = std::shared_ptr<dispatch::AsyncContext>;

constexpr std::int64_t kDefaultTokenSeconds = 3600;
constexpr std::int64_t kMostTokenSeconds = 86'400;

/// The error of an answer that is no success; its status says whether the delivery is tried again.
base::ApiError refused(std::int64_t status, const char* who) {
  const bool again = status >= 500 || status == 401 || status == 407 || status == 409 || status == 429;
  return {"SDK_CLIENT_ERROR", std::string(who) + " answered with the HTTP status " + std::to_string(status) + ".",
          again ? 503 : 400};
}

class Invocation : public std::enable_shared_from_this<Invocation> {
 public:
  Invocation(ContextPointer context, dispatch::CallDone done, platform::Sealer& sealer)
      : context_(std::move(context)), done_(std::move(done)), sealer_(sealer) {}

  /// The destination and its rate, when the caller may call it and it can be.
  base::Result<std::int64_t> prepare() {
    const dispatch::Call& call = context_->call();
    const std::string arn = call.input.stringAt("ApiDestinationArn");
    store::Transaction transaction = context_->environment().store.begin();
    TRY(context_->environment().authorizer.authorise(transaction, call, "events:InvokeApiDestination", arn, {}));
    const auto place = placeOfArn(arn, "api-destination");
    const auto row =
        place ? kApiDestinations.get(transaction, place->account, place->region, place->name) : std::nullopt;
    if (!row || row->arn() != arn) return notFound("The API destination " + arn + " does not exist.");
    const auto connection = findConnection(transaction, row->connection_arn());
    if (!connection || connection->sealed_parameters().empty()) {
      return base::ApiError{"NO_PERMISSIONS", "The connection " + row->connection_arn() + " is not authorized."};
    }
    connection_ = *connection;
    api_.endpoint = row->endpoint();
    api_.method = row->method();
    api_.authorization = Json::parse(sealer_.open(connection_.sealed_parameters(), purposeOf(connection_))).value();
    api_.parameters = call.input["HttpParameters"];
    api_.body = call.input.stringAt("Body");
    if (!connection_.sealed_token().empty() && connection_.token_expires() > context_->now().milliseconds) {
      api_.access_token = sealer_.open(connection_.sealed_token(), purposeOf(connection_));
    }
    return std::max<std::int64_t>(1, row->rate_limit());
  }

  void begin() {
    if (isOAuth() && api_.access_token.empty()) return askForToken();
    send();
  }

 private:
  bool isOAuth() const { return api_.authorization.contains("OAuthParameters"); }

  void request(Json input, std::function<void(dispatch::CallOutcome)> done) {
    dispatch::Call call;
    call.identity = context_->call().identity;
    call.account = context_->account();
    call.region = context_->region();
    call.service = "thimble.http";
    call.operation = "Send";
    call.input = std::move(input);
    context_->doorway().call(std::move(call), std::move(done));
  }

  void send() {
    request(apiRequest(api_), [self = shared_from_this()](dispatch::CallOutcome outcome) {
      if (!outcome.ok()) return self->done_(std::move(outcome));
      const std::int64_t status = outcome->output["Status"].asInt();
      if (status < 300) return self->done_(dispatch::Answer{.output = Json::object(), .body = nullptr});
      if (status == 401 && self->isOAuth() && !self->fresh_) return self->askForToken();
      self->done_(refused(status, "The API destination"));
    });
  }

  void askForToken() {
    fresh_ = true;
    request(tokenRequest(api_.authorization["OAuthParameters"]),
            [self = shared_from_this()](dispatch::CallOutcome outcome) {
              if (!outcome.ok()) return self->keepToken("", 0, outcome.error());
              const std::int64_t status = outcome->output["Status"].asInt();
              const auto answer = Json::parse(outcome->output.stringAt("Body"));
              const std::string token = answer.ok() ? answer->stringAt("access_token") : std::string();
              if (status >= 300 || token.empty())
                return self->keepToken("", 0, refused(status, "The authorization endpoint"));
              const Json& seconds = (*answer)["expires_in"];
              self->keepToken(token, seconds.isInt() ? seconds.asInt() : kDefaultTokenSeconds, {});
            });
  }

  /// Writes the token, or that there is none, into the connection's row; then goes on.
  void keepToken(const std::string& token, std::int64_t seconds, const base::ApiError& problem) {
    api_.access_token = token;
    context_->transact<bool>(
        [self = shared_from_this(), token, seconds, problem](dispatch::Context& context) -> base::Result<bool> {
          auto row = findConnection(context.transaction(), self->connection_.arn());
          if (!row || row->sealed_parameters() != self->connection_.sealed_parameters()) return true;
          row->set_state(token.empty() ? "DEAUTHORIZED" : "AUTHORIZED");
          row->set_state_reason(token.empty() ? problem.message : "");
          row->set_sealed_token(token.empty() ? "" : self->sealer_.seal(token, purposeOf(*row)));
          row->set_token_expires(context.now().milliseconds +
                                 std::clamp<std::int64_t>(seconds, 0, kMostTokenSeconds) * 1000);
          if (!token.empty()) row->set_authorized(context.now().milliseconds);
          const auto place = placeOfArn(row->arn(), "connection");
          kConnections.put(context.transaction(), *row, place->account, place->region, place->name);
          return true;
        },
        [self = shared_from_this(), problem](const base::Result<bool>& result) {
          if (!result.ok()) return self->done_(result.error());
          if (self->api_.access_token.empty()) return self->done_(problem);
          self->send();
        });
  }

  ContextPointer context_;
  dispatch::CallDone done_;
  platform::Sealer& sealer_;
  rows::Connection connection_;
  ApiCall api_;
  bool fresh_ = false;  ///< The token was asked for by this.
};

}  // namespace

base::Timestamp ApiInvocations::turn(const std::string& destination, std::int64_t rate, base::Timestamp now) {
  const std::int64_t microseconds = now.milliseconds * 1000;
  const std::lock_guard lock(mutex_);
  std::int64_t& next = next_[destination];
  const std::int64_t mine = std::max(next, microseconds);
  next = mine + 1'000'000 / rate;
  return base::Timestamp{(mine + 999) / 1000};
}

void ApiInvocations::registerWith(dispatch::Registry& registry, platform::Sealer& sealer) {
  registry.addInternal("thimble.events", "InvokeApiDestination",
                       [this, &sealer](const ContextPointer& context, const dispatch::CallDone& done) {
                         auto invocation = std::make_shared<Invocation>(context, done, sealer);
                         const auto rate = invocation->prepare();
                         if (!rate.ok()) return done(rate.error());
                         const base::Timestamp at =
                             turn(context->call().input.stringAt("ApiDestinationArn"), *rate, context->now());
                         if (at <= context->now()) return invocation->begin();
                         context->environment().executor.postAt(at, [invocation] { invocation->begin(); });
                       });
}

}  // namespace thimble::services::events
