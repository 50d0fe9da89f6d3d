// AWS::Serverless::Connector: the permissions that one resource needs to use another.
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "lang/sam/data.h"
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/macros.h"
#include "lang/sam/prepare.h"

namespace thimble::lang::sam {
namespace {

constexpr PropertyRule kRules[] = {
    {"Source", Is::MapOfAnything, Presence::Required},
    {"Destination", Is::MapOrListOfMaps, Presence::Required},
    {"Permissions", Is::ListOfTexts, Presence::Required},
};

/// One end of a connector. Members are null where nothing is known.
struct End {
  std::string logical_id, type;
  Value arn, role_name, queue_url, resource_id, name, qualifier;
};

/// Replaces "%{Name}" in a text: by the value itself where that is all of it, else by a variable of Fn::Sub.
Value filledText(const std::string& given, const std::map<std::string, Value>& values,
                 const std::string& connector_id) {
  std::string text = given;
  Value variables = Value::map();
  for (const auto& [name, value] : values) {
    const std::string pattern = "%{" + name + "}";
    if (text.find(pattern) == std::string::npos) continue;
    if (value.isNull()) failResource(connector_id, name + " is missing.");
    if (text == pattern) return value;
    std::string variable;
    for (const char c : name) {
      if (std::isalnum(static_cast<unsigned char>(c))) variable += c;
    }
    for (std::size_t at; (at = text.find(pattern)) != std::string::npos;)
      text.replace(at, pattern.size(), "${" + variable + "}");
    variables.set(variable, value);
  }
  const std::size_t open = text.find("${");
  if (open == std::string::npos || text.find('}', open + 3) == std::string::npos) return text;
  return sub(text, variables);
}

Value filled(const base::Json& json, const std::map<std::string, Value>& values, const std::string& connector_id) {
  if (json.isString()) return filledText(json.asString(), values, connector_id);
  if (json.isArray()) {
    Value list = Value::list();
    for (const base::Json& item : json.asArray()) list.push(filled(item, values, connector_id));
    return list;
  }
  if (!json.isObject()) return Value::fromJson(json);
  Value map = Value::map();
  for (const auto& [name, member] : json.asObject()) map.set(name, filled(member, values, connector_id));
  return map;
}

std::string plainType(const std::string& type) {
  static const std::map<std::string, std::string> types = {
      {"AWS::Serverless::Function", "AWS::Lambda::Function"},
      {"AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine"},
      {"AWS::Serverless::Api", "AWS::ApiGateway::RestApi"},
      {"AWS::Serverless::HttpApi", "AWS::ApiGatewayV2::Api"},
      {"AWS::Serverless::SimpleTable", "AWS::DynamoDB::Table"}};
  const auto found = types.find(type);
  return found == types.end() ? type : found->second;
}

/// The role of a resource: of a rule, that of its target on the connector's other end.
Value roleOf(const base::Json& inputs, const Value& properties, const Value& other_end) {
  const base::Json& role = inputs["Role"];
  if (role.isString()) return properties[role.asString()];
  if (role.stringAt("Function") != "GetEventsRuleRole" || !properties["Targets"].isList()) return {};
  for (const Value& target : properties["Targets"].items()) {
    const Value id = logicalIdOf(target["Arn"]);
    if ((id.truthy() && id == other_end["Id"]) || (other_end["Arn"].truthy() && target["Arn"] == other_end["Arn"])) {
      return target["RoleArn"];
    }
  }
  return {};
}

End readEnd(const Context& context, const Value& given, const Value& other_end, const std::string& connector_id) {
  bool others = false;
  for (const auto& [name, value] : given.members()) others = others || (name.text != "Id" && name.text != "Qualifier");
  if (given.has("Id") == others) {
    failResource(connector_id,
                 "Must provide 'Id' (with optional 'Qualifier') or a supported combination of other properties.");
  }
  const auto requireType = [&](const Value& type) {
    if (!type.truthy() || !type.isText()) failResource(connector_id, "'Type' is missing or not a string.");
    return type.str();
  };
  const Value id = given["Id"];
  if (!id.truthy()) {
    return {"",
            plainType(requireType(given["Type"])),
            given["Arn"],
            given["RoleName"],
            given["QueueUrl"],
            given["ResourceId"],
            given["Name"],
            given["Qualifier"]};
  }
  if (!id.isText()) failResource(connector_id, "'Id' is missing or not a string.");
  const Value resource = context.result["Resources"][id.str()];
  if (!resource.truthy()) failResource(connector_id, "Unable to find resource with logical ID '" + id.str() + "'.");
  End end;
  end.logical_id = id.str();
  end.type = requireType(resource["Type"]);
  const base::Json& known = connectorProfiles()["Resources"][end.type];
  const auto output = [&](const char* name) -> Value {
    const base::Json* value = known["Outputs"].find(name);
    return value == nullptr ? Value() : filled(*value, {{"logicalId", id}}, connector_id);
  };
  end.arn = output("Arn");
  end.queue_url = output("Url");
  end.resource_id = output("Id");
  end.name = output("Name");
  end.qualifier = given.has("Qualifier") ? given["Qualifier"] : output("Qualifier");
  const Value role_id = logicalIdOf(roleOf(known["Inputs"], resource["Properties"], other_end));
  if (role_id.truthy()) end.role_name = ref(role_id.asText());
  return end;
}

void addDependsOn(const Value& resource, const Value& ids) {
  const Value given = resource["DependsOn"];
  const Value list = given.isList() ? given.shallowCopy() : given.isNull() ? Value::list() : Value::list({given});
  for (const Value& id : ids.items()) {
    if (!list.listContains(id)) list.push(id);
  }
  resource.set("DependsOn", list);
}

/// The expansion of one connector.
class Expansion {
 public:
  Expansion(Context& context, const Macro& macro) : context_(context), macro_(macro), id_(macro.logical_id.text) {
    for (const Value& permission : macro["Permissions"].items()) permissions_.insert(permission.str());
  }

  Resources run(const Value& given, std::size_t index, bool several) {
    const End destination = readEnd(context_, given, macro_["Source"], id_);
    const End source = readEnd(context_, macro_["Source"], given, id_);
    const base::Json& profile = connectorProfiles()["Profiles"][source.type][destination.type];
    suffix_ = several ? "Destination" + std::to_string(index) : "";
    checkPermissions(profile, source, destination);
    const std::map<std::string, Value> values = {{"Source.Arn", source.arn},
                                                 {"Destination.Arn", destination.arn},
                                                 {"Source.ResourceId", source.resource_id},
                                                 {"Destination.ResourceId", destination.resource_id},
                                                 {"Source.Name", source.name},
                                                 {"Destination.Name", destination.name},
                                                 {"Source.Qualifier", source.qualifier},
                                                 {"Destination.Qualifier", destination.qualifier}};
    categories_ = filled(profile["AccessCategories"], values, id_);
    Resources made = make(profile, source, destination);
    addMetadata(made, source, destination);
    return made;
  }

 private:
  void checkPermissions(const base::Json& profile, const End& source, const End& destination) const {
    const std::string from_to = " from " + source.type + " to " + destination.type;
    if (profile.isNull()) {
      failResource(id_, "Unable to create connector" + from_to + "; it's not supported or the template is invalid.");
    }
    std::string valid;
    for (const auto& [name, statements] : profile["AccessCategories"].asObject())
      valid += (valid.empty() ? "" : ", ") + name;
    if (permissions_.empty()) failResource(id_, "'Permissions' cannot be empty; valid values are: " + valid + ".");
    for (const std::string& permission : permissions_) {
      if (!profile["AccessCategories"].contains(permission)) {
        failResource(
            id_, "Unsupported 'Permissions' provided for connector" + from_to + "; valid values are: " + valid + ".");
      }
    }
    const base::Json& combinations = profile["ValidAccessCategories"];
    if (!combinations.isArray() || combinations.empty()) return;
    std::string listed;
    for (const base::Json& combination : combinations.asArray()) {
      std::set<std::string> names;
      for (const base::Json& name : combination.asArray()) names.insert(name.asString());
      if (names == permissions_) return;
      std::string joined;
      for (const std::string& name : names) joined += (joined.empty() ? "" : " + ") + name;
      listed += (listed.empty() ? "" : ", ") + joined;
    }
    failResource(id_, "Unsupported 'Permissions' provided for connector" + from_to +
                          "; valid combinations are: " + listed + ".");
  }

  ResourcePointer makeOne(std::string_view type, const std::string& name) const {
    ResourcePointer made = makeResource(type, id_ + name + suffix_, macro_.attributes);
    made->depends_on = macro_.depends_on;
    return made;
  }

  Value policyDocument() const {
    Value statements = Value::list();
    for (const auto& [name, category] : categories_.members()) {
      if (!permissions_.contains(name.text)) continue;
      for (const Value& statement : category["Statement"].items()) statements.push(statement);
    }
    return Value::map({{"Version", "2012-10-17"}, {"Statement", statements}});
  }

  Value required(const Value& value, bool of_source, const char* what) const {
    if (value.truthy()) return value;
    failResource(
        id_, "Unable to get " + std::string(what) + " from '" + (of_source ? "Source" : "Destination") + "' resource.");
  }

  Resources make(const base::Json& profile, const End& source, const End& destination) {
    const std::string type = profile.stringAt("Type");
    const bool of_source = profile["SourcePolicy"].isBool() && profile["SourcePolicy"].asBool();
    const End& owner = of_source ? source : destination;
    if (type == "AWS_IAM_ROLE_MANAGED_POLICY") return {makeManagedPolicy(profile, source, destination, of_source)};
    if (type == "AWS_SQS_QUEUE_POLICY") {
      const Value url = required(owner.queue_url, of_source, "SQS queue URL");
      ResourcePointer policy = makeOne("AWS::SQS::QueuePolicy", "QueuePolicy");
      policy->set("PolicyDocument", policyDocument());
      policy->set("Queues", Value::list({url}));
      return {policy};
    }
    if (type == "AWS_SNS_TOPIC_POLICY") {
      const Value arn = required(owner.arn, of_source, "SNS topic ARN");
      ResourcePointer policy = makeOne("AWS::SNS::TopicPolicy", "TopicPolicy");
      policy->set("Topics", Value::list({arn}));
      policy->set("PolicyDocument", policyDocument());
      return {policy};
    }
    const Value arn = required(owner.arn, of_source, "Lambda function ARN");
    Resources made;
    for (const auto& [name, category] : categories_.members()) {
      if (!permissions_.contains(name.text)) continue;
      made.push_back(makeOne("AWS::Lambda::Permission", name.text + "LambdaPermission"));
      made.back()->set("FunctionName", arn);
      for (const char* property : {"Action", "Principal", "SourceArn", "SourceAccount"})
        made.back()->set(property, category[property]);
    }
    return made;
  }

  ResourcePointer makeManagedPolicy(const base::Json& profile, const End& source, const End& destination,
                                    bool of_source) {
    const Value role = required((of_source ? source : destination).role_name, of_source, "IAM role name");
    ResourcePointer policy = makeOne("AWS::IAM::ManagedPolicy", "Policy");
    policy->set("PolicyDocument", policyDocument());
    policy->set("Roles", Value::list({role}));
    const std::string depended_by = profile.stringAt("DependedBy");
    const Value resources = context_.result["Resources"];
    const Value ids = Value::list({policy->logical_id});
    if (depended_by == "SOURCE" && !source.logical_id.empty() && resources.has(source.logical_id)) {
      addDependsOn(resources[source.logical_id], ids);
    }
    if (depended_by != "DESTINATION_EVENT_SOURCE_MAPPING" || source.logical_id.empty() ||
        destination.logical_id.empty()) {
      return policy;
    }
    std::vector<Value> mappings;
    for (const auto& [id, resource] : resources.members()) {
      const Value properties = resource["Properties"];
      if (resource["Type"].is("AWS::Lambda::EventSourceMapping") &&
          logicalIdOf(properties["FunctionName"]).is(destination.logical_id) &&
          logicalIdOf(properties["EventSourceArn"]).is(source.logical_id)) {
        mappings.push_back(resource);
      }
    }
    if (mappings.size() == 1) addDependsOn(mappings.front(), ids);
    return policy;
  }

  void addMetadata(const Resources& made, const End& source, const End& destination) const {
    const auto typeOf = [&](const End& end) {
      const Value type = context_.original["Resources"][end.logical_id]["Type"];
      return Value::map({{"Type", type.truthy() ? type : Value(end.type)}});
    };
    for (const ResourcePointer& resource : made) {
      Value metadata = Value::map();
      if (resource->attributes["Metadata"].isMap()) metadata.update(resource->attributes["Metadata"]);
      metadata.set("aws:sam:connectors",
                   Value::map({{id_, Value::map({{"Source", typeOf(source)}, {"Destination", typeOf(destination)}})}}));
      resource->attributes.set("Metadata", metadata);
    }
  }

  Context& context_;
  const Macro& macro_;
  std::string id_, suffix_;
  std::set<std::string> permissions_;
  Value categories_;
};

}  // namespace

const PropertyRules kConnectorRules = kRules;

Resources expandConnector(Context& context, Macro& macro) {
  const Value destination = macro["Destination"];
  const bool several = destination.isList();
  const Value destinations = several ? destination : Value::list({destination});
  Resources made;
  for (std::size_t i = 0; i < destinations.size(); ++i) {
    const Resources one = Expansion(context, macro).run(destinations.items()[i], i, several);
    made.insert(made.end(), one.begin(), one.end());
  }
  // What depended on the connector depends on what it made.
  Value ids = Value::list();
  for (const ResourcePointer& resource : made) ids.push(resource->logical_id);
  for (const auto& [id, resource] : context.result["Resources"].members()) {
    const Value depends_on = resource["DependsOn"];
    if (!depends_on.is(macro.logical_id.text) && !depends_on.listContains(macro.logical_id)) continue;
    Value others = Value::list();
    if (depends_on.isList()) {
      for (const Value& other : depends_on.items()) {
        if (!other.is(macro.logical_id.text)) others.push(other);
      }
    }
    resource.set("DependsOn", others);
    addDependsOn(resource, ids);
  }
  if (made.empty()) failResource(macro.logical_id.text, "'Destination' is an empty list");
  return made;
}

void liftEmbeddedConnectors(const Value& document, std::vector<Fault>& faults) {
  const Value resources = document["Resources"];
  Value lifted = Value::map();
  for (const auto& [source_id, resource] : resources.members()) {
    if (!resource.has("Connectors")) continue;
    const auto liftOne = [&](const Text& name, const Value& given) {
      const Text id = source_id + name;
      if (!given.isMap()) failResource(id.text, source_id.text + "." + id.text + " should be a map.");
      const Value connector = given.deepCopy();
      connector.set("Type", "AWS::Serverless::Connector");
      const std::string path = "Connectors." + name.text + ".Properties";
      const Value properties = expectMap(connector["Properties"], ofAttribute(source_id.text), path);
      Value source = Value::map({{"Id", source_id}});
      if (properties.has("SourceReference")) {
        const Value reference =
            expectMap(properties["SourceReference"], ofResource(source_id.text), path + ".SourceReference");
        if (reference.has("Id")) failResource(name.text, "'Id' shouldn't be defined in 'SourceReference'.");
        source.update(reference);
        properties.erase("SourceReference");
      }
      properties.set("Source", source);
      readMacro("AWS::Serverless::Connector", id, connector, kConnectorRules);
      if (resources.has(id.text)) {
        throw Fault{source_id.text,
                    "Transforming resource with id [" + source_id.text +
                        "] attempts to create a new resource with id [" + id.text +
                        "] and type \"AWS::Serverless::Connector\". A resource with that id already exists "
                        "within this template. Please use a different id for that resource."};
      }
      lifted.set(id, connector);
    };
    try {
      expectMap(resource["Connectors"], ofAttribute(source_id.text), source_id.text + ".Connectors");
    } catch (const Fault& fault) {
      faults.push_back(fault);
      continue;
    }
    for (const auto& [name, given] : resource["Connectors"].members()) {
      try {
        liftOne(name, given);
      } catch (const Fault& fault) {
        faults.push_back(fault);
      }
    }
  }
  resources.update(lifted);
  for (const auto& [id, resource] : resources.members()) resource.erase("Connectors");
}

}  // namespace thimble::lang::sam
