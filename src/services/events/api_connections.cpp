// CreateConnection, UpdateConnection, DescribeConnection, ListConnections, DeauthorizeConnection, DeleteConnection.
#include "services/events/api_connections.h"

#include "base/arn.h"
#include "dispatch/sealed_context.h"
#include "services/events/errors.h"
#include "services/events/paging.h"
#include "wire/shapes/events.h"

namespace thimble::services::events {
namespace {

using namespace shapes::events;  // NOLINT: the operations of this file
using base::Json;

constexpr std::size_t kMaxConnections = 3000;

base::ApiError connectionNotFound(const std::string& name) {
  return notFound("Failed to describe the connection(s). Connection '" + name + "' does not exist.");
}

const char* memberOf(const std::string& type) {
  if (type == "BASIC") return "BasicAuthParameters";
  return type == "API_KEY" ? "ApiKeyAuthParameters" : "OAuthParameters";
}

/// Errors: ValidationException.
base::Result<void> check(const std::string& type, const Json& parameters) {
  if (parameters.contains("ConnectivityParameters")) return notImplemented("private connectivity of connections");
  const char* member = memberOf(type);
  if (!parameters[member].isObject()) {
    return validation("Parameter AuthParameters is not valid. Reason: " + std::string(member) +
                      " has to be given for the authorization type " + type + ".");
  }
  for (const char* other : {"BasicAuthParameters", "ApiKeyAuthParameters", "OAuthParameters"}) {
    if (std::string_view(other) != member && parameters.contains(other)) {
      return validation("Parameter AuthParameters is not valid. Reason: Only parameters of the authorization type " +
                        type + " can be given.");
    }
  }
  const std::string endpoint = parameters["OAuthParameters"].stringAt("AuthorizationEndpoint", "https://");
  if (!endpoint.starts_with("https://") && !endpoint.starts_with("http://")) {
    return validation("Parameter AuthorizationEndpoint is not valid. Reason: It has to be a URL.");
  }
  return {};
}

/// The parameters without what is secret in them.
Json withoutSecrets(const Json& value) {
  if (value.isArray()) {
    Json out = Json::array();
    for (const Json& each : value.asArray()) out.push(withoutSecrets(each));
    return out;
  }
  if (!value.isObject()) return value;
  const bool secret_value = value["IsValueSecret"] == Json(true);
  Json out = Json::object();
  for (const auto& [name, member] : value.asObject()) {
    if (name == "Password" || name == "ClientSecret" || name == "ApiKeyValue" || (secret_value && name == "Value")) {
      continue;
    }
    out.set(name, withoutSecrets(member));
  }
  return out;
}

/// Members given anew replace those of before, so that an update need not repeat a secret.
Json merged(const Json& before, const Json& given) {
  if (!before.isObject() || !given.isObject()) return given;
  Json out = before;
  for (const auto& [name, member] : given.asObject()) out.set(name, merged(before[name], member));
  return out;
}

/// What EventBridge keeps of a connection in Secrets Manager.
Json secretOf(const std::string& type, const Json& parameters) {
  const Json& own = parameters[memberOf(type)];
  Json secret;
  if (type == "BASIC") {
    secret = Json::object({{"username", own["Username"]}, {"password", own["Password"]}});
  } else if (type == "API_KEY") {
    secret = Json::object({{"api_key_name", own["ApiKeyName"]}, {"api_key_value", own["ApiKeyValue"]}});
  } else {
    secret = Json::object({{"client_id", own["ClientParameters"]["ClientID"]},
                           {"client_secret", own["ClientParameters"]["ClientSecret"]},
                           {"authorization_endpoint", own["AuthorizationEndpoint"]},
                           {"http_method", own["HttpMethod"]}});
    if (own.contains("OAuthHttpParameters")) secret.set("oauth_http_parameters", own["OAuthHttpParameters"]);
  }
  if (parameters["InvocationHttpParameters"].size() > 0) {
    secret.set("invocation_http_parameters", parameters["InvocationHttpParameters"]);
  }
  return secret;
}

/// A call of Secrets Manager, which EventBridge makes for the account by its service-linked role.
base::Result<Json> callSecrets(dispatch::Context& context, const dispatch::CallWithin& call_within,
                               const std::string& operation, Json input) {
  dispatch::Call call;
  call.identity = dispatch::Identity::root(context.account());
  call.account = context.account();
  call.region = context.region();
  call.service = "secretsmanager";
  call.operation = operation;
  call.input = std::move(input);
  auto outcome = call_within(context.transaction(), std::move(call));
  if (!outcome.ok()) return std::move(outcome).error();
  return std::move(outcome->output);
}

/// Makes the connection's secret, or gives it its new value.
base::Result<void> keepSecret(dispatch::Context& context, const dispatch::CallWithin& call_within,
                              rows::Connection& row, const Json& parameters) {
  if (!call_within) return {};
  const std::string value = secretOf(row.authorization_type(), parameters).write();
  if (!row.secret_arn().empty()) {
    TRY(callSecrets(context, call_within, "UpdateSecret",
                    Json::object({{"SecretId", row.secret_arn()}, {"SecretString", value}})));
    return {};
  }
  const std::string name = "events!connection/" + row.name() + "/" + context.random().uuid();
  TRY_ASSIGN(const Json made, callSecrets(context, call_within, "CreateSecret",
                                          Json::object({{"Name", name}, {"SecretString", value}})));
  row.set_secret_arn(made.stringAt("ARN"));
  return {};
}

base::Result<void> dropSecret(dispatch::Context& context, const dispatch::CallWithin& call_within,
                              rows::Connection& row) {
  if (!call_within || row.secret_arn().empty()) return {};
  TRY(callSecrets(context, call_within, "DeleteSecret",
                  Json::object({{"SecretId", row.secret_arn()}, {"ForceDeleteWithoutRecovery", true}})));
  row.clear_secret_arn();
  return {};
}

void setParameters(dispatch::SealedContext& context, rows::Connection& row, const Json& parameters) {
  row.set_parameters_json(withoutSecrets(parameters).write());
  row.set_sealed_parameters(context.sealer().seal(parameters.write(), purposeOf(row)));
  row.clear_sealed_token();
  row.clear_state_reason();
  // A token of OAuth is asked for when it is first needed.
  const bool known = row.authorization_type() != "OAUTH_CLIENT_CREDENTIALS";
  row.set_state(known ? "AUTHORIZED" : "AUTHORIZING");
  row.set_authorized(context.now().milliseconds);
}

void put(dispatch::Context& context, const rows::Connection& row) {
  kConnections.put(context.transaction(), row, context.account(), context.region(), row.name());
}

template <class Output>
Output stateOf(const rows::Connection& row) {
  Output output;
  output.ConnectionArn_ = row.arn();
  output.ConnectionState_ = row.state();
  output.CreationTime_ = base::Timestamp{row.created()};
  output.LastModifiedTime_ = base::Timestamp{row.modified()};
  if constexpr (requires { output.LastAuthorizedTime_; }) {
    if (row.authorized() != 0) output.LastAuthorizedTime_ = base::Timestamp{row.authorized()};
  }
  return output;
}

base::Result<CreateConnection::Output> create(const dispatch::CallWithin& call_within, dispatch::SealedContext& context,
                                              const CreateConnection::Input& input) {
  if (input.InvocationConnectivityParameters_) return notImplemented("private connectivity of connections");
  if (kConnections.has(context.transaction(), context.account(), context.region(), input.Name_)) {
    return alreadyExists("Connection " + input.Name_ + " already exists.");
  }
  if (kConnections.scan(context.transaction(), {.limit = kMaxConnections}, context.account(), context.region())
          .size() >= kMaxConnections) {
    return limitExceeded();
  }
  const Json parameters = toJson(input.AuthParameters_);
  TRY(check(input.AuthorizationType_, parameters));
  rows::Connection row;
  row.set_name(input.Name_);
  row.set_arn("arn:aws:events:" + context.region() + ":" + context.account() + ":connection/" + input.Name_ + "/" +
              context.random().uuid());
  row.set_description(input.Description_.value_or(""));
  row.set_kms_key(input.KmsKeyIdentifier_.value_or(""));
  row.set_authorization_type(input.AuthorizationType_);
  row.set_created(context.now().milliseconds);
  row.set_modified(context.now().milliseconds);
  setParameters(context, row, parameters);
  TRY(keepSecret(context, call_within, row, parameters));
  put(context, row);
  return stateOf<CreateConnection::Output>(row);
}

base::Result<rows::Connection> find(dispatch::Context& context, const std::string& name) {
  auto row = kConnections.get(context.transaction(), context.account(), context.region(), name);
  if (!row) return connectionNotFound(name);
  return *std::move(row);
}

base::Result<UpdateConnection::Output> update(const dispatch::CallWithin& call_within, dispatch::SealedContext& context,
                                              const UpdateConnection::Input& input) {
  TRY_ASSIGN(rows::Connection row, find(context, input.Name_));
  if (input.Description_) row.set_description(*input.Description_);
  if (input.KmsKeyIdentifier_) row.set_kms_key(*input.KmsKeyIdentifier_);
  const bool other_type = input.AuthorizationType_ && *input.AuthorizationType_ != row.authorization_type();
  if (input.AuthorizationType_) row.set_authorization_type(*input.AuthorizationType_);
  if (input.AuthParameters_) {
    Json before = Json::object();
    if (!other_type && !row.sealed_parameters().empty()) {
      before = Json::parse(context.sealer().open(row.sealed_parameters(), purposeOf(row))).value();
    }
    const Json parameters = merged(before, toJson(*input.AuthParameters_));
    TRY(check(row.authorization_type(), parameters));
    setParameters(context, row, parameters);
    TRY(keepSecret(context, call_within, row, parameters));
  } else if (other_type) {
    return validation(
        "Parameter AuthParameters is not valid. Reason: It has to be given with a new authorization type.");
  }
  row.set_modified(context.now().milliseconds);
  put(context, row);
  return stateOf<UpdateConnection::Output>(row);
}

base::Result<DescribeConnection::Output> describe(dispatch::Context& context, const DescribeConnection::Input& input) {
  TRY_ASSIGN(const rows::Connection row, find(context, input.Name_));
  auto output = stateOf<DescribeConnection::Output>(row);
  output.Name_ = row.name();
  if (!row.description().empty()) output.Description_ = row.description();
  if (!row.kms_key().empty()) output.KmsKeyIdentifier_ = row.kms_key();
  if (!row.state_reason().empty()) output.StateReason_ = row.state_reason();
  if (!row.secret_arn().empty()) output.SecretArn_ = row.secret_arn();
  output.AuthorizationType_ = row.authorization_type();
  output.AuthParameters_ =
      shapes::fromJson<ConnectionAuthResponseParameters>(Json::parse(row.parameters_json()).value());
  return output;
}

base::Result<ListConnections::Output> list(dispatch::Context& context, const ListConnections::Input& input) {
  TRY_ASSIGN(Page page, Page::begin(input.NextToken_, input.Limit_));
  ListConnections::Output output;
  output.Connections_.emplace();
  for (const auto& entry : kConnections.scan(context.transaction(), {}, context.account(), context.region())) {
    const rows::Connection& row = entry.record;
    if (!row.name().starts_with(input.NamePrefix_.value_or(""))) continue;
    if (input.ConnectionState_ && *input.ConnectionState_ != row.state()) continue;
    if (!page.takes(row.name())) continue;
    auto shown = stateOf<Connection>(row);
    shown.Name_ = row.name();
    shown.AuthorizationType_ = row.authorization_type();
    if (!row.state_reason().empty()) shown.StateReason_ = row.state_reason();
    output.Connections_->push_back(shown);
  }
  output.NextToken_ = page.nextToken();
  return output;
}

base::Result<DeauthorizeConnection::Output> deauthorize(const dispatch::CallWithin& call_within,
                                                        dispatch::Context& context,
                                                        const DeauthorizeConnection::Input& input) {
  TRY_ASSIGN(rows::Connection row, find(context, input.Name_));
  TRY(dropSecret(context, call_within, row));
  row.clear_sealed_parameters();
  row.clear_sealed_token();
  row.set_state("DEAUTHORIZED");
  row.set_modified(context.now().milliseconds);
  put(context, row);
  return stateOf<DeauthorizeConnection::Output>(row);
}

base::Result<DeleteConnection::Output> remove(const dispatch::CallWithin& call_within, dispatch::Context& context,
                                              const DeleteConnection::Input& input) {
  TRY_ASSIGN(rows::Connection row, find(context, input.Name_));
  TRY(dropSecret(context, call_within, row));
  kConnections.erase(context.transaction(), context.account(), context.region(), row.name());
  row.set_state("DELETING");
  return stateOf<DeleteConnection::Output>(row);
}

}  // namespace

std::optional<NamedPlace> placeOfArn(const std::string& arn, std::string_view kind) {
  const auto parts = base::parseArn(arn);
  const std::string prefix = std::string(kind) + "/";
  if (!parts || parts->service != "events" || !parts->resource.starts_with(prefix)) return std::nullopt;
  const std::string rest = parts->resource.substr(prefix.size());
  return NamedPlace{parts->account, parts->region, rest.substr(0, rest.find('/'))};
}

std::optional<rows::Connection> findConnection(store::Transaction& transaction, const std::string& arn) {
  const auto place = placeOfArn(arn, "connection");
  auto row = place ? kConnections.get(transaction, place->account, place->region, place->name) : std::nullopt;
  return row && row->arn() == arn ? row : std::nullopt;
}

std::string purposeOf(const rows::Connection& connection) {
  return "events.connection/" + connection.arn();
}

void registerConnections(dispatch::Registry& registry, platform::Sealer& sealer,
                         const dispatch::CallWithin& call_within) {
  dispatch::addSealed<CreateConnection>(
      registry, sealer, [call_within](dispatch::SealedContext& context, const CreateConnection::Input& input) {
        return create(call_within, context, input);
      });
  dispatch::addSealed<UpdateConnection>(
      registry, sealer, [call_within](dispatch::SealedContext& context, const UpdateConnection::Input& input) {
        return update(call_within, context, input);
      });
  registry.add<DescribeConnection>(describe);
  registry.add<ListConnections>(list);
  registry.add<DeauthorizeConnection>(
      [call_within](dispatch::Context& context, const DeauthorizeConnection::Input& input) {
        return deauthorize(call_within, context, input);
      });
  registry.add<DeleteConnection>([call_within](dispatch::Context& context, const DeleteConnection::Input& input) {
    return remove(call_within, context, input);
  });
}

}  // namespace thimble::services::events
