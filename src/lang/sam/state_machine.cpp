// AWS::Serverless::StateMachine: the state machine, its role, version and alias, and what its events make.
#include <algorithm>

#include "lang/sam/events.h"
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/macros.h"
#include "lang/sam/policies.h"
#include "lang/sam/policy_documents.h"

namespace thimble::lang::sam {
namespace {

constexpr PropertyRule kRules[] = {
    {"Definition", Is::Map},
    {"DefinitionUri", Is::TextOrMap},
    {"Logging", Is::Map},
    {"Role", Is::Text},
    {"RolePath"},
    {"DefinitionSubstitutions", Is::Map},
    {"Events", Is::MapOfMaps},
    {"Name", Is::Text},
    {"Type", Is::Text},
    {"Tags", Is::Map},
    {"PropagateTags", Is::Boolean},
    {"Policies", Is::PoliciesNoMap},
    {"Tracing", Is::Map},
    {"PermissionsBoundary", Is::Text},
    {"AutoPublishAlias"},
    {"DeploymentPreference"},
    {"UseAliasAsEventTarget", Is::Boolean, Presence::Optional, Intrinsics::Refused},
};

/// "{{resolve:...}}", which CloudFormation fills in later.
bool isDynamicReference(const Value& value) {
  if (!value.isText()) return false;
  const std::string& text = value.str();
  return text.starts_with("{{resolve:") && text.find("}}") != std::string::npos;
}

/// Takes what is not known yet out of the definition, in the order of its paths, and leaves "${...}" in its place.
void takeOutDynamicValues(const Value& node, Value& substitutions) {
  const auto visit = [&](const Value& value) -> Value {
    if (isIntrinsic(value) || isDynamicReference(value)) {
      const std::string name = "definition_substitution_" + std::to_string(substitutions.size() + 1);
      substitutions.set(name, value);
      return "${" + name + "}";
    }
    takeOutDynamicValues(value, substitutions);
    return value;
  };
  if (node.isList()) {
    for (Value& item : node.items()) item = visit(item);
  } else if (node.isMap()) {
    std::vector<Value::Member> members = node.members();
    std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.first.text < b.first.text; });
    for (const auto& [name, member] : members) node.set(name, visit(member));
  }
}

Value lines(const std::string& text) {
  Value list = Value::list();
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    list.push(text.substr(begin, end - begin));
  }
  list.push(text.substr(begin));
  return list;
}

void setDefinition(const Macro& macro, Resource& machine) {
  const std::string& id = macro.logical_id.text;
  const Value definition = macro["Definition"];
  const Value uri = macro["DefinitionUri"];
  const Value given = macro["DefinitionSubstitutions"];
  if (given.truthy()) machine.set("DefinitionSubstitutions", given);
  if (definition.truthy() && uri.truthy()) {
    failResource(id, "Specify either 'Definition' or 'DefinitionUri' property and not both.");
  }
  if (definition.truthy()) {
    const Value copy = definition.deepCopy();
    Value substitutions = Value::map();
    takeOutDynamicValues(copy, substitutions);
    if (substitutions.size() > 0) {
      if (given.truthy())
        given.update(substitutions);
      else
        machine.set("DefinitionSubstitutions", substitutions);
    }
    machine.set("DefinitionString", Value::map({{"Fn::Join", Value::list({"\n", lines(indentedJson(copy))})}}));
  } else if (uri.truthy()) {
    machine.set("DefinitionS3Location", s3Location(uri, id, "DefinitionUri"));
  } else {
    failResource(id, "Either 'Definition' or 'DefinitionUri' property must be specified.");
  }
}

Value machineTags(const Macro& macro) {
  Value list = tagList(Value::map({{"stateMachine:createdBy", "SAM"}}));
  for (const Value& tag : tagList(macro["Tags"]).items()) list.push(tag);
  return list;
}

ResourcePointer makeRole(Context& context, const Macro& macro) {
  const Value given = macro["Policies"];
  Value policies = given.isList() ? given.shallowCopy() : given.truthy() ? Value::list({given}) : Value::list();
  if (macro["Tracing"]["Enabled"] == Value(true)) {
    policies.push(context.partition() == "aws" ? "AWSXrayWriteOnlyAccess" : "AWSXRayDaemonWriteAccess");
  }
  return makeExecutionRole(context, {.resource_id = macro.logical_id,
                                     .attributes = passedThrough(macro.attributes),
                                     .trust_policy = assumeRolePolicy("states.amazonaws.com"),
                                     .policies = policies,
                                     .path = macro["RolePath"],
                                     .permissions_boundary = macro["PermissionsBoundary"],
                                     .tags = machineTags(macro)});
}

/// A version of each revision and the alias that shifts traffic to it.
Resources makeVersionAndAlias(const Macro& macro, const Resource& machine) {
  const std::string& id = macro.logical_id.text;
  const Value name = macro["AutoPublishAlias"];
  if (!name.truthy()) {
    if (macro["UseAliasAsEventTarget"].truthy()) {
      failResource(id, "'UseAliasAsEventTarget' requires 'AutoPublishAlias' property to be specified.");
    }
    if (macro["DeploymentPreference"].truthy()) {
      failResource(id, "'DeploymentPreference' requires 'AutoPublishAlias' property to be specified.");
    }
    return {};
  }
  const Value attributes = passedThrough(macro.attributes);
  ResourcePointer version = makeResource("AWS::StepFunctions::StateMachineVersion", id + "Version", attributes);
  version->attributes.setDefault("DeletionPolicy", "Retain");
  version->attributes.setDefault("UpdateReplacePolicy", "Retain");
  version->set("StateMachineArn", arnOf(machine));
  version->set("StateMachineRevisionId", getAtt(machine.logical_id, "StateMachineRevisionId"));
  ResourcePointer alias =
      makeResource("AWS::StepFunctions::StateMachineAlias", id + "Alias" + pythonString(name), attributes);
  alias->set("Name", name);
  const Value preference =
      macro["DeploymentPreference"].truthy() ? macro["DeploymentPreference"] : Value::map({{"Type", "ALL_AT_ONCE"}});
  preference.set("StateMachineVersionArn", arnOf(*version));
  alias->set("DeploymentPreference", preference);
  return {version, alias};
}

}  // namespace

const PropertyRules kStateMachineRules = kRules;

Resources expandStateMachine(Context& context, Macro& macro) {
  const std::string& id = macro.logical_id.text;
  const EventLinks links = linkEvents(context, macro, EventsOf::StateMachine);
  ResourcePointer machine = makeResource("AWS::StepFunctions::StateMachine", macro.logical_id, macro.attributes);
  machine->depends_on = macro.depends_on;
  Resources made{machine};
  setDefinition(macro, *machine);
  if (macro["Role"].truthy() && macro["Policies"].truthy()) {
    failResource(id, "Specify either 'Role' or 'Policies' (but not both at the same time) or neither of them");
  }
  if (macro["Role"].truthy()) {
    machine->set("RoleArn", macro["Role"]);
  } else {
    made.push_back(makeRole(context, macro));
    machine->set("RoleArn", arnOf(*made.back()));
  }
  machine->set("StateMachineName", macro["Name"]);
  machine->set("StateMachineType", macro["Type"]);
  machine->set("LoggingConfiguration", macro["Logging"]);
  machine->set("TracingConfiguration", macro["Tracing"]);
  machine->set("Tags", machineTags(macro));

  const Resources published = makeVersionAndAlias(macro, *machine);
  made.insert(made.end(), published.begin(), published.end());
  const bool to_alias = macro["UseAliasAsEventTarget"].truthy() && !published.empty();
  EventTarget target{.context = context,
                     .resource = to_alias ? *published.back() : *machine,
                     .permissions_boundary = macro["PermissionsBoundary"]};
  const Resources events = expandEvents(target, macro, links, EventsOf::StateMachine);
  made.insert(made.end(), events.begin(), events.end());
  propagateTags(made, macro["Tags"], macro["PropagateTags"]);
  return made;
}

}  // namespace thimble::lang::sam
