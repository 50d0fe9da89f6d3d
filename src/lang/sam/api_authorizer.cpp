#include "lang/sam/api_authorizer.h"

#include <array>
#include <cstdlib>

#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"

namespace thimble::lang::sam {
namespace {

constexpr const char* kAuthorizerKey = "x-amazon-apigateway-authorizer";

}  // namespace

const Authorizer* findAuthorizer(const Authorizers& authorizers, const std::string& name) {
  for (const auto& [known, authorizer] : authorizers) {
    if (known.text == name) return &authorizer;
  }
  return nullptr;
}

void Authorizer::check() const {
  if (!payload_type.isNull() && !payload_type.is("TOKEN") && !payload_type.is("REQUEST")) {
    failResource(api_id,
                 name.text + " Authorizer has invalid 'FunctionPayloadType': " + pythonString(payload_type) + ".");
  }
  if (isRequest() && lacksIdentitySource()) {
    failResource(api_id, name.text +
                             " Authorizer must specify Identity with at least one of Headers, QueryStrings, "
                             "StageVariables, or Context.");
  }
  if (!scopes.isNull()) expectList(scopes, ofResource(api_id), "Authorizers." + name.text + ".AuthorizationScopes");
  if (!no_default_permissions.isNull()) {
    expectBool(no_default_permissions, ofResource(api_id),
               "Authorizers." + name.text + ".DisableFunctionDefaultPermissions");
  }
}

bool Authorizer::lacksIdentitySource() const {
  if (!identity.truthy()) return true;
  expectMap(identity, ofResource(api_id), "Authorizer." + name.text + ".Identity");
  const bool none = !identity["Headers"].truthy() && !identity["QueryStrings"].truthy() &&
                    !identity["StageVariables"].truthy() && !identity["Context"].truthy();
  const Value ttl = identity["ReauthorizeEvery"];
  if (ttl.isInt()) return ttl.asInt() > 0 && none;
  if (ttl.isDouble()) return ttl.asDouble() >= 1 && none;
  if (ttl.isText()) {
    char* end = nullptr;
    const long seconds = std::strtol(ttl.str().c_str(), &end, 10);
    if (!ttl.str().empty() && *end == '\0') return seconds > 0 && none;
  }
  return none;
}

Value Authorizer::headerName() const {
  if (!iam && !user_pool_arn.truthy() && isRequest()) return "Unused";
  if (identity.truthy() && !identity.isMap()) {
    failResource(api_id,
                 "Auth.Authorizers.<Authorizer>.Identity must be a dict (LambdaTokenAuthorizationIdentity, "
                 "LambdaRequestAuthorizationIdentity or CognitoAuthorizationIdentity).");
  }
  return identity["Header"].truthy() ? identity["Header"] : Value("Authorization");
}

Text Authorizer::identitySource() const {
  static constexpr std::array<std::pair<const char*, const char*>, 4> kSources = {
      {{"Headers", "method.request.header."},
       {"QueryStrings", "method.request.querystring."},
       {"StageVariables", "stageVariables."},
       {"Context", "context."}}};
  Text source;
  bool first = true;
  for (const auto& [property, prefix] : kSources) {
    const Value values = identity[property];
    if (!values.truthy()) continue;
    const std::string path = "Auth.Authorizers." + name.text + ".Identity." + property;
    expectListOfText(values, ofResource(api_id), path);
    for (const Value& value : values.items()) {
      source.text += (first ? "" : ", ") + std::string(prefix) + value.str();
      source.marked = source.marked || value.asText().marked;
      first = false;
    }
  }
  return source;
}

Value Authorizer::definition(const std::string& partition) const {
  const bool cognito = !iam && user_pool_arn.truthy();
  Value made = Value::hashedMap();
  made.set("type", "apiKey");
  made.set("name", headerName());
  made.set("in", "header");
  made.set("x-amazon-apigateway-authtype", iam ? "awsSigv4" : cognito ? "cognito_user_pools" : "custom");
  if (iam) return made;
  Value details = Value::hashedMap();
  if (cognito) {
    details.set("type", "cognito_user_pools");
    details.set("providerARNs", user_pool_arn.isList() ? user_pool_arn : Value::list({user_pool_arn}));
  } else {
    details.set("type", isRequest() ? "request" : "token");
    details.set("authorizerUri", sub(arnPattern(partition, "apigateway",
                                                "lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations", ""),
                                     Value::map({{"__FunctionArn__", function_arn}})));
    const Value ttl = identity["ReauthorizeEvery"];
    if (!ttl.isNull()) details.set("authorizerResultTtlInSeconds", ttl);
    if (invoke_role.truthy() && !invoke_role.is("NONE")) details.set("authorizerCredentials", invoke_role);
    if (isRequest()) {
      const Text source = identitySource();
      if (!source.empty()) details.set("identitySource", source);
    }
  }
  made.set(kAuthorizerKey, details);
  if (cognito || !isRequest()) {
    const Value expression = identity["ValidationExpression"];
    if (expression.truthy()) details.set("identityValidationExpression", expression);
  }
  return made;
}

}  // namespace thimble::lang::sam
