// The Globals section: properties that all resources of a type share.
#include <algorithm>
#include <map>

#include "lang/sam/data.h"
#include "lang/sam/definition_editor.h"
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/prepare.h"

namespace thimble::lang::sam {
namespace {

constexpr const char* kPrefix = "AWS::Serverless::";

/// Properties that may be global, by section. In the order in which AWS's message lists them.
const std::map<std::string, std::vector<std::string>>& sections() {
  static const std::map<std::string, std::vector<std::string>> made = {
      {"Function",
       {"Handler",
        "Runtime",
        "CodeUri",
        "DeadLetterQueue",
        "Description",
        "MemorySize",
        "Timeout",
        "VpcConfig",
        "Environment",
        "Tags",
        "PropagateTags",
        "Tracing",
        "KmsKeyArn",
        "AutoPublishAlias",
        "AutoPublishAliasAllProperties",
        "Layers",
        "DeploymentPreference",
        "RolePath",
        "PermissionsBoundary",
        "ReservedConcurrentExecutions",
        "ProvisionedConcurrencyConfig",
        "AssumeRolePolicyDocument",
        "EventInvokeConfig",
        "FileSystemConfigs",
        "CodeSigningConfigArn",
        "Architectures",
        "SnapStart",
        "EphemeralStorage",
        "FunctionUrlConfig",
        "RuntimeManagementConfig",
        "LoggingConfig",
        "RecursiveLoop",
        "SourceKMSKeyArn",
        "TenancyConfig",
        "DurableConfig",
        "CapacityProviderConfig",
        "FunctionScalingConfig",
        "PublishToLatestPublished",
        "VersionDeletionPolicy"}},
      {"Api",
       {"Auth",
        "Name",
        "DefinitionUri",
        "CacheClusterEnabled",
        "CacheClusterSize",
        "MergeDefinitions",
        "Variables",
        "EndpointConfiguration",
        "MethodSettings",
        "BinaryMediaTypes",
        "MinimumCompressionSize",
        "Cors",
        "GatewayResponses",
        "AccessLogSetting",
        "CanarySetting",
        "TracingEnabled",
        "OpenApiVersion",
        "Domain",
        "AlwaysDeploy",
        "PropagateTags",
        "SecurityPolicy",
        "EndpointAccessMode"}},
      {"HttpApi",
       {"Auth", "AccessLogSettings", "StageVariables", "Tags", "CorsConfiguration", "DefaultRouteSettings", "Domain",
        "RouteSettings", "FailOnWarnings", "PropagateTags"}},
      {"SimpleTable", {"SSESpecification"}},
      {"StateMachine", {"PropagateTags"}},
      {"LayerVersion", {"PublishLambdaVersion"}},
      {"CapacityProvider",
       {"VpcConfig", "OperatorRole", "Tags", "InstanceRequirements", "ScalingConfig", "KmsKeyArn", "PropagateTags"}},
      {"WebSocketApi",
       {"AccessLogSettings", "ApiKeySelectionExpression", "DefaultRouteSettings", "DisableExecuteApiEndpoint",
        "DisableSchemaValidation", "Domain", "FailOnWarnings", "IpAddressType", "PropagateTags",
        "RouteSelectionExpression", "RouteSettings", "StageVariables", "Tags"}},
  };
  return made;
}

std::string listed(const std::vector<std::string>& names) {
  Value list = Value::list();
  for (const std::string& name : names) list.push(name);
  return pythonRepr(list);
}

[[noreturn]] void failGlobals(const std::string& detail) {
  throw DocumentFault{{{"Globals", "'Globals' section is invalid. " + detail}}};
}

void check(const Value& globals) {
  if (!globals.isMap()) failGlobals("It must be a non-empty dictionary");
  for (const auto& [section, properties] : globals.members()) {
    const auto known = sections().find(section.text);
    if (known == sections().end()) {
      std::vector<std::string> names;
      for (const auto& [name, allowed] : sections()) names.push_back(name);
      failGlobals("'" + section.text + "' is not supported. Must be one of the following values - " + listed(names));
    }
    if (!properties.isMap()) failGlobals("Value of ${section} must be a dictionary");
    for (const auto& [name, value] : properties.members()) {
      if (std::find(known->second.begin(), known->second.end(), name.text) != known->second.end()) continue;
      failGlobals("'" + name.text + "' is not a supported property of '" + section.text +
                  "'. Must be one of the following values - " + listed(known->second));
    }
  }
}

/// Maps merge member by member, lists are joined, and for all else the resource's own value stands.
Value merge(const Value& global, const Value& local) {
  if (global.isList() && local.isList()) {
    const Value list = global.shallowCopy();
    for (const Value& item : local.items()) list.push(item);
    return list;
  }
  if (!global.isMap() || !local.isMap() || isIntrinsic(global) || isIntrinsic(local)) return local;
  const Value map = global.shallowCopy();
  for (const auto& [name, value] : local.members()) {
    map.set(name, map.has(name.text) ? merge(map[name.text], value) : value);
  }
  return map;
}

/// The global properties without those that IgnoreGlobals names.
Value globalsFor(const Value& globals, const Value& ignore, const std::string& id) {
  if (!ignore.truthy()) return globals;
  const auto fail = [&](const std::string& detail) {
    throw DocumentFault{
        {resourceFault(id, "Resource " + id + " has invalid resource attribute 'IgnoreGlobals'" + detail + ".")}};
  };
  if (ignore.is("*")) return Value::map();
  if (!ignore.isList()) fail("");
  const Value rest = globals.deepCopy();
  for (const Value& name : ignore.items()) {
    if (!name.isText() || !rest.has(name.str())) fail(" on item '" + pythonString(name) + "'");
    rest.erase(name.str());
  }
  return rest;
}

/// APIs whose definition is AWS's to write begin with the OpenAPI version that they ask for.
void setOpenApiVersions(const Value& resources) {
  for (const auto& [id, resource] : resources.members()) {
    if (!resource["Type"].is("AWS::Serverless::Api")) continue;
    const Value properties = resource["Properties"];
    if (!properties.has("OpenApiVersion") || !properties.has("__MANAGE_SWAGGER")) continue;
    const Value version = properties["OpenApiVersion"];
    if (!isOpenApi3(version)) continue;
    if (!version.isText()) properties.set("OpenApiVersion", pythonString(version));
    const Value definition = properties["DefinitionBody"];
    if (!properties.has("DefinitionBody")) continue;
    definition.set("openapi", properties["OpenApiVersion"]);
    if (definition["swagger"].truthy()) definition.erase("swagger");
  }
}

}  // namespace

void mergeGlobals(const Value& document) {
  const Value globals = document["Globals"];
  if (document.has("Globals")) check(globals);
  for (const auto& [id, resource] : serverlessResources(document)) {
    const std::string section = resource["Type"].str().substr(std::string_view(kPrefix).size());
    const Value own = resource.has("Properties") ? resource["Properties"] : Value::map();
    resource.set("Properties", !globals.has(section)
                                   ? own
                                   : merge(globalsFor(globals[section], resource["IgnoreGlobals"], id.text), own));
  }
  document.erase("Globals");
  setOpenApiVersions(document["Resources"]);
}

}  // namespace thimble::lang::sam
