#include "lang/sam/http_api_authorizer.h"

#include <array>
#include <cctype>

#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"

namespace thimble::lang::sam {
namespace {

constexpr const char* kAuthorizerKey = "x-amazon-apigateway-authorizer";

/// A property, whether only JWT authorizers have it (else only Lambda authorizers), and how the message names those.
struct Rule {
  const char* name;
  bool jwt;
  const char* owners;
};
constexpr std::array kRules = {
    Rule{"AuthorizationScopes", true, "OAuth2 Authorizer"},
    Rule{"JwtConfiguration", true, "OAuth2 Authorizer"},
    Rule{"IdentitySource", true, "OAuth2 Authorizer. For Lambda Authorizer, use the 'Identity' property instead"},
    Rule{"FunctionArn", false, "Lambda Authorizer"},
    Rule{"FunctionInvokeRole", false, "Lambda Authorizer"},
    Rule{"Identity", false, "Lambda Authorizer"},
    Rule{"AuthorizerPayloadFormatVersion", false, "Lambda Authorizer"},
    Rule{"EnableSimpleResponses", false, "Lambda Authorizer"},
    Rule{"EnableFunctionDefaultPermissions", false, "Lambda Authorizer"},
};

Value identitySource(const std::string& api_id, const std::string& name, const Value& identity) {
  Value sources = Value::list();
  for (const auto& [prefix, property] :
       {std::pair{"$request.header.", "Headers"}, std::pair{"$request.querystring.", "QueryStrings"},
        std::pair{"$stageVariables.", "StageVariables"}, std::pair{"$context.", "Context"}}) {
    const Value values = identity[property];
    if (!values.truthy()) continue;
    expectListOfText(values, ofResource(api_id), "Authorizers." + name + ".Identity." + property);
    for (const Value& value : values.items()) sources.push(prefix + value.str());
  }
  return sources;
}

Value smallKeys(const Value& map) {
  Value made = Value::map();
  for (const auto& [name, value] : map.members()) {
    Text key = name;
    for (char& c : key.text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    made.set(key, value);
  }
  return made;
}

}  // namespace

void HttpAuthorizer::check(const std::string& api_id) const {
  if (iam) return;
  const bool jwt = config["JwtConfiguration"].truthy();
  if (jwt) expectMap(config["JwtConfiguration"], ofResource(api_id), "JwtConfiguration");
  if (!config["AuthorizationScopes"].isNull() && !config["AuthorizationScopes"].isList()) {
    failResource(api_id, "AuthorizationScopes must be a list.");
  }
  for (const Rule& rule : kRules) {
    if (rule.jwt == jwt || config[rule.name].isNull()) continue;
    // An empty JwtConfiguration counts as none.
    if (rule.name == std::string_view("JwtConfiguration") && !config[rule.name].truthy()) continue;
    failResource(api_id, std::string(rule.name) + " is only supported for " + rule.owners + ".");
  }
  const auto require = [&](const char* property, const char* kind) {
    if (config[property].truthy()) return;
    failResource(api_id, name.text + " " + kind + " Authorizer must define '" + property + "'.");
  };
  if (jwt) {
    require("IdentitySource", "OAuth2");
  } else {
    require("FunctionArn", "Lambda");
    require("AuthorizerPayloadFormatVersion", "Lambda");
  }
  if (const Value enable = config["EnableFunctionDefaultPermissions"]; !enable.isNull()) {
    expectBool(enable, ofResource(api_id), "Authorizers." + name.text + ".EnableFunctionDefaultPermissions");
  }
}

Value HttpAuthorizer::scheme(const std::string& api_id, const std::string& partition) const {
  if (iam) {
    return Value::map({{"type", "apiKey"},
                       {"name", "Authorization"},
                       {"in", "header"},
                       {"x-amazon-apigateway-authtype", "awsSigv4"}});
  }
  if (config["JwtConfiguration"].truthy()) {
    return Value::map({{"type", "oauth2"},
                       {kAuthorizerKey, Value::map({{"jwtConfiguration", smallKeys(config["JwtConfiguration"])},
                                                    {"identitySource", config["IdentitySource"]},
                                                    {"type", "jwt"}})}});
  }
  Value details = Value::map({{"type", "request"}});
  details.set("authorizerUri", sub(arnPattern(partition, "apigateway",
                                              "lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations", ""),
                                   Value::map({{"__FunctionArn__", config["FunctionArn"]}})));
  if (const Value role = config["FunctionInvokeRole"]; role.truthy() && !role.is("NONE")) {
    details.set("authorizerCredentials", role);
  }
  if (const Value identity = config["Identity"]; identity.truthy()) {
    expectMap(identity, ofResource(api_id), "Auth.Authorizers." + name.text + ".Identity");
    if (!identity["ReauthorizeEvery"].isNull())
      details.set("authorizerResultTtlInSeconds", identity["ReauthorizeEvery"]);
    details.set("identitySource", identitySource(api_id, name.text, identity));
  }
  details.set("authorizerPayloadFormatVersion", config["AuthorizerPayloadFormatVersion"]);
  if (config["EnableSimpleResponses"].truthy()) details.set("enableSimpleResponses", config["EnableSimpleResponses"]);
  return Value::map({{"type", "apiKey"}, {"name", "Unused"}, {"in", "header"}, {kAuthorizerKey, details}});
}

HttpAuthorizers readHttpAuthorizers(const std::string& api_id, const Value& auth) {
  HttpAuthorizers made;
  if (auth["EnableIamAuthorizer"] == Value(true))
    made.emplace_back("AWS_IAM", HttpAuthorizer{"AWS_IAM", Value::map(), true});
  const Value config = auth["Authorizers"];
  if (!config.truthy()) return made;
  expectMap(config, ofResource(api_id), "Auth.Authorizers");
  for (const auto& [name, given] : config.members()) {
    expectMap(given, ofResource(api_id), "Auth.Authorizers." + name.text);
    if (given.has("OpenIdConnectUrl")) {
      failResource(api_id, "'OpenIdConnectUrl' is no longer a supported property for authorizer '" + name.text +
                               "'. Please refer to the AWS SAM documentation.");
    }
    HttpAuthorizer authorizer{name, given, false};
    authorizer.check(api_id);
    made.emplace_back(name, authorizer);
  }
  return made;
}

}  // namespace thimble::lang::sam
