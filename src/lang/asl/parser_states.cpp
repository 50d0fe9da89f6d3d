// The parts of a definition that belong to one type of state.
#include "lang/asl/parser.h"

namespace thimble::lang::asl {

using base::Json;

namespace {

constexpr int kMaxRuleDepth = 64;

void readCredentials(DefinitionReader& reader, const Json& source, State& state) {
  const Json* credentials = source.find("Credentials");
  if (credentials == nullptr) return;
  const std::string location = state.location + "/Credentials";
  if (const Json* role = credentials->find("RoleArn"); role != nullptr && role->isString()) {
    state.credentials_role.value = role->asString();
  } else if (const Json* path = credentials->find("RoleArn.$"); path != nullptr && path->isString()) {
    state.credentials_role.path = Expression::parse(path->asString());
    if (!state.credentials_role.path) {
      reader.schemaError(
          "The value for the field 'RoleArn.$' must be a valid JSONPath or a valid intrinsic function call", location);
    }
  } else {
    reader.schemaError("The field 'RoleArn' is required but was missing", location);
  }
}

ChoiceRulePtr readRule(DefinitionReader& reader, const Json& source, const std::string& location, bool top, int depth) {
  auto rule = std::make_shared<ChoiceRule>();
  if (!source.isObject()) {
    reader.schemaError("Expected value of type Object", location);
    return rule;
  }
  if (depth > kMaxRuleDepth) {
    reader.schemaError("Choice rules are nested too deeply", location);
    return rule;
  }
  int operators = 0;
  for (const auto& [name, value] : source.asObject()) {
    if (name == "Variable" || name == "Comment" || (top && name == "Next")) continue;
    if (name == "Assign" || name == "Condition" || name == "Output") {
      reader.error("NOT_IMPLEMENTED", "The field '" + name + "' is not implemented yet", location);
      ++operators;
      continue;
    }
    if (name == "And" || name == "Or") {
      ++operators;
      rule->kind = name == "And" ? ChoiceRule::Kind::And : ChoiceRule::Kind::Or;
      if (!value.isArray() || value.empty()) {
        reader.schemaError(value.isArray() ? "Value cannot be empty" : "Expected value of type Array",
                           location + "/" + name);
        continue;
      }
      for (std::size_t i = 0; i < value.size(); ++i) {
        rule->rules.push_back(
            readRule(reader, value[i], location + "/" + name + "[" + std::to_string(i) + "]", false, depth + 1));
      }
      continue;
    }
    if (name == "Not") {
      ++operators;
      rule->kind = ChoiceRule::Kind::Not;
      rule->rules.push_back(readRule(reader, value, location + "/Not", false, depth + 1));
      continue;
    }
    bool by_path = false;
    if (!choiceOperator(name, rule->subject, rule->relation, by_path)) {
      reader.schemaError("Field '" + name + "' is not supported", location);
      continue;
    }
    ++operators;
    if (by_path) {
      if (value.isString()) rule->operand_path = Expression::parse(value.asString(), false);
      if (!rule->operand_path)
        reader.schemaError("The value for the field '" + name + "' must be a valid JSONPath", location);
      continue;
    }
    rule->operand = value;
    const char* expected = nullptr;
    switch (rule->subject) {
      case ChoiceRule::Subject::String:
        expected = value.isString() ? nullptr : "String";
        break;
      case ChoiceRule::Subject::Numeric:
        expected = value.isNumber() ? nullptr : "Number";
        break;
      case ChoiceRule::Subject::Boolean:
      case ChoiceRule::Subject::Test:
        expected = value.isBool() ? nullptr : "Boolean";
        break;
      case ChoiceRule::Subject::Timestamp:
        if (!value.isString() || !aslTimestamp(value.asString())) {
          reader.schemaError("String does not match RFC3339 timestamp", location + "/" + name);
        }
        break;
    }
    if (expected != nullptr)
      reader.schemaError(std::string("Expected value of type ") + expected, location + "/" + name);
  }
  if (operators != 1) {
    reader.schemaError(
        operators == 0 ? "A choice rule needs a comparison" : "A choice rule must have only one comparison", location);
  }
  if (rule->kind == ChoiceRule::Kind::Comparison) {
    const Json* variable = source.find("Variable");
    if (variable == nullptr) {
      if (operators == 1) reader.schemaError("These fields are required: [Variable]", location);
    } else {
      if (variable->isString()) rule->variable = Expression::parse(variable->asString(), false);
      if (!rule->variable) reader.schemaError("The value for the field 'Variable' must be a valid JSONPath", location);
    }
  }
  return rule;
}

}  // namespace

void readTask(DefinitionReader& reader, const Json& source, State& state) {
  const std::string location = state.location + "/Resource";
  const Json* resource = source.find("Resource");
  if (resource == nullptr) {
    reader.schemaError("These fields are required: [Resource]", state.location);
  } else if (!resource->isString()) {
    reader.schemaError("Expected value of type String", location);
  } else if (const auto parsed = Resource::parse(resource->asString())) {
    state.resource = *parsed;
    if (reader.type() == MachineType::Express) {
      if (parsed->kind == Resource::Kind::Activity) {
        reader.schemaError("Express state machine does not support Activity ARN", location);
      } else if (parsed->pattern == Resource::Pattern::WaitForTaskToken) {
        reader.schemaError("Express state machine does not support '.waitForTaskToken' service integration ", location);
      } else if (parsed->pattern != Resource::Pattern::RequestResponse) {
        reader.schemaError("Express state machine does not support '.sync' service integration", location);
      }
    }
  } else {
    reader.schemaError("The resource provided " + resource->asString() +
                           " is not recognized. The value is not a valid resource ARN, or the resource is not "
                           "available in this region.",
                       location);
  }
  readCredentials(reader, source, state);
  state.timeout_seconds = readNumber(reader, source, "TimeoutSeconds", state.location, 1, 99'999'999, true);
  state.heartbeat_seconds = readNumber(reader, source, "HeartbeatSeconds", state.location, 1, 99'999'999, true);
  if (state.timeout_seconds.value && state.heartbeat_seconds.value &&
      *state.heartbeat_seconds.value >= *state.timeout_seconds.value) {
    reader.schemaError("HeartbeatSeconds must be smaller than TimeoutSeconds", state.location);
  }
}

void readChoice(DefinitionReader& reader, const Json& source, State& state,
                const std::map<std::string, int>& siblings) {
  const Json* choices = source.find("Choices");
  if (choices == nullptr) {
    reader.schemaError("These fields are required: [Choices]", state.location);
  } else if (!choices->isArray() || choices->empty()) {
    reader.schemaError(choices->isArray() ? "Value cannot be empty" : "Expected value of type Array",
                       state.location + "/Choices");
  } else {
    for (std::size_t i = 0; i < choices->size(); ++i) {
      const Json& item = (*choices)[i];
      const std::string place = state.location + "/Choices[" + std::to_string(i) + "]";
      ChoiceBranch branch;
      branch.rule = readRule(reader, item, place, true, 1);
      if (const Json* next = item.find("Next")) {
        branch.next = reader.target(*next, place + "/Next", siblings);
      } else {
        reader.schemaError("These fields are required: [Next]", place);
      }
      state.choices.push_back(std::move(branch));
    }
  }
  if (const Json* next = source.find("Default"))
    state.default_next = reader.target(*next, state.location + "/Default", siblings);
}

void readWait(DefinitionReader& reader, const Json& source, State& state) {
  int ways = 0;
  for (const char* name : {"Seconds", "SecondsPath", "Timestamp", "TimestampPath"})
    ways += source.contains(name) ? 1 : 0;
  if (ways != 1) {
    reader.schemaError(std::string(ways == 0 ? "One of the following fields is required"
                                             : "Only one of the following fields can be used") +
                           ": [Seconds, SecondsPath, Timestamp, TimestampPath]",
                       state.location);
    return;
  }
  state.wait_seconds = readNumber(reader, source, "Seconds", state.location, 0, 99'999'999, true);
  state.wait_timestamp = readText(reader, source, "Timestamp", state.location, false);
  if (state.wait_timestamp.value && !aslTimestamp(*state.wait_timestamp.value)) {
    reader.schemaError("String does not match RFC3339 timestamp", state.location + "/Timestamp");
  }
}

void readFail(DefinitionReader& reader, const Json& source, State& state) {
  state.error = readText(reader, source, "Error", state.location, true);
  state.cause = readText(reader, source, "Cause", state.location, true);
}

}  // namespace thimble::lang::asl
