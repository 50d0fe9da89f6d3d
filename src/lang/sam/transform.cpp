#include "lang/sam/transform.h"

#include <algorithm>
#include <array>
#include <variant>

#include "lang/sam/context.h"
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/macros.h"
#include "lang/sam/policies.h"
#include "lang/sam/prepare.h"
#include "lang/sam/resolver.h"

namespace thimble::lang::sam {
namespace {

/// What a resource's reference such as Ref MyApi.Stage stands for: the generated resource of that type.
struct Referable {
  std::string_view name, type;
};

/// One serverless resource type.
struct MacroKind {
  std::string_view type;
  int order;  ///< Functions and state machines change their APIs, so they come first; connectors read all others'
              ///< results.
  PropertyRules rules;
  Resources (*expand)(Context& context, Macro& macro);
  std::array<Referable, 7> referable = {};
};

const std::array<MacroKind, 11>& macroKinds() {
  static const std::array<MacroKind, 11> kinds = {{
      {"AWS::Serverless::Function",
       0,
       kFunctionRules,
       expandFunction,
       {{{"Alias", "AWS::Lambda::Alias"},
         {"Version", "AWS::Lambda::Version"},
         {"DestinationTopic", "AWS::SNS::Topic"},
         {"DestinationQueue", "AWS::SQS::Queue"}}}},
      {"AWS::Serverless::StateMachine", 1, kStateMachineRules, expandStateMachine},
      {"AWS::Serverless::Api",
       2,
       kApiRules,
       expandApi,
       {{{"Stage", "AWS::ApiGateway::Stage"},
         {"Deployment", "AWS::ApiGateway::Deployment"},
         {"DomainName", "AWS::ApiGateway::DomainName"},
         {"DomainNameV2", "AWS::ApiGateway::DomainNameV2"},
         {"UsagePlan", "AWS::ApiGateway::UsagePlan"},
         {"UsagePlanKey", "AWS::ApiGateway::UsagePlanKey"},
         {"ApiKey", "AWS::ApiGateway::ApiKey"}}}},
      {"AWS::Serverless::HttpApi",
       2,
       kHttpApiRules,
       expandHttpApi,
       {{{"Stage", "AWS::ApiGatewayV2::Stage"}, {"DomainName", "AWS::ApiGatewayV2::DomainName"}}}},
      {"AWS::Serverless::WebSocketApi",
       2,
       kWebSocketApiRules,
       expandWebSocketApi,
       {{{"Stage", "AWS::ApiGatewayV2::Stage"}, {"DomainName", "AWS::ApiGatewayV2::DomainName"}}}},
      {"AWS::Serverless::SimpleTable", 3, kSimpleTableRules, expandSimpleTable},
      {"AWS::Serverless::Application", 3, kApplicationRules, expandApplication},
      {"AWS::Serverless::LayerVersion", 3, kLayerVersionRules, expandLayerVersion},
      {"AWS::Serverless::GraphQLApi", 3, kGraphQLApiRules, expandGraphQLApi},
      {"AWS::Serverless::CapacityProvider", 3, kCapacityProviderRules, expandCapacityProvider},
      {"AWS::Serverless::Connector", 4, kConnectorRules, expandConnector},
  }};
  return kinds;
}

const MacroKind* findKind(const Value& resource) {
  if (!resource["Type"].isText()) return nullptr;
  for (const MacroKind& kind : macroKinds()) {
    if (kind.type == resource["Type"].str()) return &kind;
  }
  return nullptr;
}

/// Serverless types that Globals and the check of Properties know; connectors and GraphQL APIs are not among them.
bool isBasicType(const Value& type) {
  return type.isText() && type.str().starts_with("AWS::Serverless::") && !type.is("AWS::Serverless::Connector") &&
         !type.is("AWS::Serverless::GraphQLApi") &&
         std::any_of(macroKinds().begin(), macroKinds().end(),
                     [&](const auto& kind) { return kind.type == type.str(); });
}

void checkStructure(const Value& document) {
  const Value resources = document["Resources"];
  if (!resources.isMap() || !resources.truthy()) failDocument("'Resources' section is required");
  for (const auto& [id, resource] : resources.members()) {
    if (!resource.isMap()) {
      failDocument("All 'Resources' must be Objects. If you're using YAML, this may be an indentation issue.");
    }
  }
  try {
    for (const auto& [id, resource] : serverlessResources(document)) {
      if (resource.has("Properties")) expectMap(resource["Properties"], ofAttribute(id.text), "Properties");
    }
  } catch (const Fault& fault) {
    throw DocumentFault{{fault}};
  }
}

bool hasEvent(const Value& resource, std::string_view type) {
  for (const auto& [name, event] : resource["Properties"]["Events"].members()) {
    if (event["Type"].is(type)) return true;
  }
  return false;
}

/// Ids that are hashes of a definition are made in templates with a REST API, or with an HTTP API that has a default
/// authorizer; only there does it matter where a string comes from.
bool needsMarks(const Value& document) {
  const Value global_default = document["Globals"]["HttpApi"]["Auth"]["DefaultAuthorizer"];
  for (const auto& [id, resource] : document["Resources"].members()) {
    const Value type = resource["Type"];
    const bool has_events = type.is("AWS::Serverless::Function") || type.is("AWS::Serverless::StateMachine");
    if (type.is("AWS::Serverless::Api") || (has_events && hasEvent(resource, "Api"))) return true;
    if (type.is("AWS::Serverless::HttpApi") &&
        (resource["Properties"]["Auth"]["DefaultAuthorizer"].truthy() || global_default.truthy())) {
      return true;
    }
    if (global_default.truthy() && type.is("AWS::Serverless::Function") && hasEvent(resource, "HttpApi")) return true;
  }
  return false;
}

/// Marks the parts of the template that can enter an API's definition, and the logical ids.
void markTemplate(const Value& document) {
  if (document["Globals"].has("Api")) document["Globals"].set("Api", document["Globals"]["Api"].marked());
  const auto markNames = [&](const char* section, const auto& change) {
    if (!document[section].isMap()) return;
    Value marked = Value::hashedMap();
    for (const auto& [name, value] : document[section].members()) {
      change(value);
      marked.set(Text(name.text, true), value);
    }
    document.set(section, marked);
  };
  markNames("Parameters", [](const Value& parameter) {
    if (parameter.has("Default")) parameter.set("Default", parameter["Default"].marked());
  });
  markNames("Resources", [](const Value& resource) {
    const Value type = resource["Type"];
    const Value properties = resource["Properties"];
    if (properties.isNull()) return;
    if (type.is("AWS::Serverless::Api") || type.is("AWS::Serverless::HttpApi")) {
      resource.set("Properties", properties.marked());
    } else if (type.is("AWS::Serverless::Function") || type.is("AWS::Serverless::StateMachine")) {
      if (resource.has("Condition")) resource.set("Condition", resource["Condition"].marked());
      for (const char* name : {"FunctionName", "Events"}) {
        if (properties.has(name)) properties.set(name, properties[name].marked());
      }
    }
  });
}

Value readParameters(const TransformInput& input, const Value& document, bool marked) {
  Value parameters = marked ? Value::hashedMap() : Value::map();
  for (const auto& [name, value] : Value::fromJson(input.parameter_values).members()) {
    parameters.set(name, marked ? value.marked() : value);
  }
  for (const auto& [name, parameter] : document["Parameters"].members()) {
    if (!parameters.has(name.text) && parameter.has("Default")) parameters.set(name, parameter["Default"]);
  }
  parameters.setDefault("AWS::Region", input.region);
  parameters.setDefault("AWS::Partition", input.partition);
  return parameters;
}

/// A generated resource may take the place of the one that it is made of, but of no other.
bool mayUseId(const Resource& made, const Value& original) {
  if (!original.has(made.logical_id.text)) return true;
  struct Pair {
    std::string_view made, original;
  };
  static constexpr std::array kSame = {
      Pair{"AWS::Lambda::Function", "AWS::Serverless::Function"},
      Pair{"AWS::Lambda::LayerVersion", "AWS::Serverless::LayerVersion"},
      Pair{"AWS::Lambda::CapacityProvider", "AWS::Serverless::CapacityProvider"},
      Pair{"AWS::ApiGateway::RestApi", "AWS::Serverless::Api"},
      Pair{"AWS::ApiGatewayV2::Api", "AWS::Serverless::HttpApi"},
      Pair{"AWS::ApiGatewayV2::Api", "AWS::Serverless::WebSocketApi"},
      Pair{"AWS::S3::Bucket", "AWS::S3::Bucket"},
      Pair{"AWS::SNS::Topic", "AWS::SNS::Topic"},
      Pair{"AWS::DynamoDB::Table", "AWS::Serverless::SimpleTable"},
      Pair{"AWS::CloudFormation::Stack", "AWS::Serverless::Application"},
      Pair{"AWS::Cognito::UserPool", "AWS::Cognito::UserPool"},
      Pair{"AWS::ApiGateway::DomainName", "AWS::ApiGateway::DomainName"},
      Pair{"AWS::ApiGateway::BasePathMapping", "AWS::ApiGateway::BasePathMapping"},
      Pair{"AWS::ApiGateway::DomainNameV2", "AWS::ApiGateway::DomainNameV2"},
      Pair{"AWS::ApiGateway::BasePathMappingV2", "AWS::ApiGateway::BasePathMappingV2"},
      Pair{"AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine"},
      Pair{"AWS::AppSync::GraphQLApi", "AWS::Serverless::GraphQLApi"},
  };
  const Value type = original[made.logical_id.text]["Type"];
  return std::any_of(kSame.begin(), kSame.end(),
                     [&](const Pair& pair) { return pair.made == made.type && type.is(pair.original); });
}

Fault duplicateId(const std::string& logical_id, const Resource& made) {
  return {logical_id, "Transforming resource with id [" + logical_id + "] attempts to create a new resource with id [" +
                          made.logical_id.text + "] and type \"" + made.type +
                          "\". A resource with that id already exists within this template. Please use a different id "
                          "for that resource."};
}

/// Collects the names of functions behind each API, which are part of its deployment's hash.
void noteFunctionNames(Context& context, const Value& resource) {
  if (!resource["Type"].is("AWS::Serverless::Function")) return;
  for (const auto& [name, event] : resource["Properties"]["Events"].members()) {
    const Value api = event["Properties"]["RestApiId"];
    if (!event["Type"].is("Api") || !api.truthy()) continue;
    const Value api_id = api.has("Ref") ? api["Ref"] : api;
    if (!api_id.isText()) continue;
    const Value function_name = context.resolve(resource["Properties"]["FunctionName"].deepCopy());
    if (function_name.truthy()) context.function_names[api_id.str()] += markedPythonString(function_name);
  }
}

class Transformer {
 public:
  explicit Transformer(const TransformInput& input) : context_{.input = input} {}

  Value run() {
    prepare();
    for (const auto& [id, resource] : inOrder()) expand(id, resource);
    addDeployments();
    context_.result.erase("Transform");
    if (!faults_.empty()) throw DocumentFault{faults_};
    resolveDependsOn(context_.result, changed_ids_);
    return resolveDerivedReferences(resolveChangedIds(context_.result, changed_ids_), references_);
  }

 private:
  void prepare() {
    const Value document = Value::fromJson(context_.input.document);
    checkStructure(document);
    const bool marks = needsMarks(document);
    if (marks) markTemplate(document);
    context_.parameters = readParameters(context_.input, document, marks);
    if (document.has("Mappings") && !document["Mappings"].isMap()) {
      failDocument("'Mappings' or 'Parameters' is either null or not a valid dictionary.");
    }
    context_.application_faults = resolveApplicationLocations(document, context_.parameters);
    addDefaultDefinitions(document);
    addImplicitApis(document);
    mergeGlobals(document);
    liftEmbeddedConnectors(document, faults_);
    context_.original = document;
    context_.result = document.deepCopy();
  }

  std::vector<Value::Member> inOrder() const {
    std::vector<Value::Member> found;
    for (const Value::Member& member : context_.original["Resources"].members()) {
      if (findKind(member.second) != nullptr) found.push_back(member);
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
      return findKind(a.second)->order < findKind(b.second)->order;
    });
    return found;
  }

  void expand(const Text& id, const Value& resource) {
    const MacroKind& kind = *findKind(resource);
    try {
      if (kind.order <= 1) expandPolicyTemplates(resource["Properties"], id.text);
      if (kind.expand == expandApplication) locateApplication(context_, id.text, resource["Properties"]);
      Macro macro = readMacro(kind.type, id, resource, kind.rules);
      noteFunctionNames(context_, resource);
      const Resources made = kind.expand(context_, macro);
      noteReferences(kind, macro, made);
      if (macro.logical_id.text != id.text) changed_ids_[id.text] = macro.logical_id.text;
      const Value resources = context_.result["Resources"];
      resources.erase(id.text);
      for (const ResourcePointer& one : made) {
        if (mayUseId(*one, context_.original["Resources"]))
          resources.set(one->logical_id, one->toTemplate());
        else
          faults_.push_back(duplicateId(id.text, *one));
      }
    } catch (const Fault& fault) {
      faults_.push_back(fault);
    } catch (const EventFault& fault) {
      faults_.push_back(eventFault(fault));
    }
  }

  void noteReferences(const MacroKind& kind, const Macro& macro, const Resources& made) {
    for (const Referable& referable : kind.referable) {
      for (const ResourcePointer& one : made) {
        if (referable.type.empty() || one->type != referable.type) continue;
        references_[macro.logical_id.text][std::string(referable.name)] = one->logical_id.text;
      }
    }
  }

  void addDeployments() {
    const DeploymentPreferences& preferences = context_.deployment_preferences;
    if (!preferences.anyEnabled()) return;
    const Value resources = context_.result["Resources"];
    for (const ResourcePointer& one : preferences.resources(context_.partition())) {
      resources.set(one->logical_id, one->toTemplate());
    }
    if (const Value conditions = preferences.aggregateCondition(); conditions.truthy()) {
      context_.result.setDefault("Conditions", Value::map()).update(conditions);
    }
    for (const std::string& id : preferences.enabledFunctions()) {
      try {
        const ResourcePointer group = preferences.deploymentGroup(id);
        resources.set(group->logical_id, group->toTemplate());
      } catch (const Fault& fault) {
        faults_.push_back(fault);
      }
    }
  }

  Context context_;
  std::vector<Fault> faults_;
  ChangedIds changed_ids_;
  DerivedReferences references_;
};

/// The same fault found twice is listed once; the list is in the order of the resources' names.
TransformError toError(std::vector<Fault> faults) {
  TransformError error;
  std::vector<Fault> once;
  for (const Fault& fault : faults) {
    const auto same = [&](const Fault& other) { return other.message == fault.message; };
    if (std::none_of(once.begin(), once.end(), same)) once.push_back(fault);
  }
  std::stable_sort(once.begin(), once.end(), [](const auto& a, const auto& b) { return a.sort_key < b.sort_key; });
  error.message =
      "Invalid Serverless Application Specification document. Number of errors found: " + std::to_string(once.size()) +
      ".";
  for (const Fault& fault : once) {
    error.causes.push_back(fault.message);
    error.message += " " + fault.message;
  }
  return error;
}

}  // namespace

std::vector<Value::Member> serverlessResources(const Value& document, const std::vector<std::string>& types) {
  std::vector<Value::Member> found;
  for (const Value::Member& member : document["Resources"].members()) {
    const Value type = member.second["Type"];
    const Value condition = member.second["Condition"];
    if (condition.truthy() && !condition.isText()) failDocument("Every Condition member must be a string.");
    if (!isBasicType(type)) continue;
    if (types.empty() || std::find(types.begin(), types.end(), type.str()) != types.end()) found.push_back(member);
  }
  return found;
}

bool wantsServerlessTransform(const base::Json& document) {
  constexpr std::string_view kName = "AWS::Serverless-2016-10-31";
  const base::Json& transform = document["Transform"];
  if (transform.isString()) return transform.asString() == kName;
  if (!transform.isArray()) return false;
  return std::any_of(transform.asArray().begin(), transform.asArray().end(),
                     [&](const base::Json& name) { return name.isString() && name.asString() == kName; });
}

base::Result<base::Json, TransformError> transform(const TransformInput& input) {
  try {
    return Transformer(input).run().toJson();
  } catch (const DocumentFault& fault) {
    return toError(fault.faults);
  } catch (const Fault& fault) {
    return toError({fault});
  } catch (const EventFault& fault) {
    return toError({eventFault(fault)});
  } catch (const std::bad_variant_access&) {
    // A value of the wrong kind where AWS's own transform checks nothing either.
    return TransformError{"Internal transform failure.", {}};
  }
}

}  // namespace thimble::lang::sam
