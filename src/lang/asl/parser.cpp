#include "lang/asl/parser.h"

#include <algorithm>
#include <functional>

#include "lang/asl/json_diagnosis.h"

namespace thimble::lang::asl {

using base::Json;

namespace {

constexpr std::size_t kMaxStateNameCharacters = 80;

const std::map<std::string_view, StateType> kTypes = {{"Task", StateType::Task},         {"Pass", StateType::Pass},
                                                      {"Choice", StateType::Choice},     {"Wait", StateType::Wait},
                                                      {"Succeed", StateType::Succeed},   {"Fail", StateType::Fail},
                                                      {"Parallel", StateType::Parallel}, {"Map", StateType::Map}};

using Fields = std::set<std::string_view>;

/// The fields that a state of each type may have, apart from Type, Comment and QueryLanguage.
const Fields& jsonPathFields(StateType type) {
  static const std::map<StateType, Fields> table = {
      {StateType::Task,
       {"Next", "End", "InputPath", "OutputPath", "ResultPath", "Parameters", "ResultSelector", "Retry", "Catch",
        "Resource", "TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath", "Credentials"}},
      {StateType::Pass, {"Next", "End", "InputPath", "OutputPath", "ResultPath", "Parameters", "Result"}},
      {StateType::Choice, {"InputPath", "OutputPath", "Choices", "Default"}},
      {StateType::Wait,
       {"Next", "End", "InputPath", "OutputPath", "Seconds", "SecondsPath", "Timestamp", "TimestampPath"}},
      {StateType::Succeed, {"InputPath", "OutputPath"}},
      {StateType::Fail, {"Error", "ErrorPath", "Cause", "CausePath"}},
      {StateType::Parallel,
       {"Next", "End", "InputPath", "OutputPath", "ResultPath", "Parameters", "ResultSelector", "Retry", "Catch",
        "Branches"}},
      {StateType::Map,
       {"Next", "End", "InputPath", "OutputPath", "ResultPath", "Parameters", "ResultSelector", "Retry", "Catch",
        "ItemsPath", "ItemSelector", "ItemProcessor", "Iterator", "MaxConcurrency", "MaxConcurrencyPath",
        "ToleratedFailureCount", "ToleratedFailureCountPath", "ToleratedFailurePercentage",
        "ToleratedFailurePercentagePath"}}};
  return table.at(type);
}

const Fields kJsonPathOnly = {"InputPath",
                              "OutputPath",
                              "ResultPath",
                              "Parameters",
                              "ResultSelector",
                              "Result",
                              "ItemsPath",
                              "SecondsPath",
                              "TimestampPath",
                              "TimeoutSecondsPath",
                              "HeartbeatSecondsPath",
                              "ErrorPath",
                              "CausePath",
                              "MaxConcurrencyPath",
                              "ToleratedFailureCountPath",
                              "ToleratedFailurePercentagePath"};
/// Real fields of the language that this interpreter does not do yet; refused by name.
const Fields kNotYet = {"Assign", "ItemReader", "ItemBatcher", "ResultWriter", "Label"};
const Fields kJsonata = {"Output", "Arguments", "Items"};

bool mentionsJsonata(const Json& value) {
  if (value.isString()) return value.asString().compare(0, 2, "{%") == 0;
  if (value.isArray()) return std::any_of(value.asArray().begin(), value.asArray().end(), mentionsJsonata);
  if (!value.isObject()) return false;
  for (const auto& [name, member] : value.asObject()) {
    if (mentionsJsonata(member)) return true;
  }
  return false;
}

std::string quotedList(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return "[" + out + "]";
}

}  // namespace

std::string_view stateTypeName(StateType type) {
  for (const auto& [name, value] : kTypes) {
    if (value == type) return name;
  }
  return "";
}

void DefinitionReader::error(std::string code, std::string message, std::optional<std::string> location) {
  diagnostics.push_back({true, std::move(code), std::move(message), std::move(location)});
}

void DefinitionReader::schemaError(std::string message, const std::string& location) {
  error("SCHEMA_VALIDATION_FAILED", std::move(message), location.empty() ? "/" : location);
}

int DefinitionReader::target(const Json& name, const std::string& location,
                             const std::map<std::string, int>& siblings) {
  if (!name.isString()) {
    schemaError("Expected value of type String", location);
    return -1;
  }
  if (const auto found = siblings.find(name.asString()); found != siblings.end()) return found->second;
  if (single_state_) {
    // The state under test leads somewhere outside; only the name matters.
    State outside;
    outside.name = name.asString();
    definition.states.push_back(std::move(outside));
    return static_cast<int>(definition.states.size()) - 1;
  }
  missing_targets_.push_back(
      {true, "MISSING_TRANSITION_TARGET", "Missing 'Next' target: " + name.asString(), location});
  return -1;
}

int DefinitionReader::machine(const Json& source, const std::string& location, bool jsonata, int depth) {
  if (!source.isObject()) {
    schemaError("Expected value of type Object", location);
    return -1;
  }
  if (depth > kMaxMachineDepth) {
    schemaError("States are nested too deeply", location);
    return -1;
  }
  const bool outermost = location.empty();
  // 1. The machine's own fields.
  for (const auto& [name, value] : source.asObject()) {
    const bool known = name == "Comment" || name == "StartAt" || name == "States" || name == "QueryLanguage" ||
                       (outermost && (name == "Version" || name == "TimeoutSeconds")) ||
                       (!outermost && name == "ProcessorConfig");
    if (!known) schemaError("Field '" + name + "' is not supported", location);
  }
  std::vector<std::string> missing;
  for (const char* name : {"StartAt", "States"}) {
    if (!source.contains(name)) missing.emplace_back(name);
  }
  if (!missing.empty()) schemaError("These fields are required: " + quotedList(missing), location);
  if (const Json* language = source.find("QueryLanguage")) {
    if (*language != Json("JSONata") && *language != Json("JSONPath")) {
      schemaError("The field 'QueryLanguage' should have one of these values: [JSONPath, JSONata]",
                  location + "/QueryLanguage");
    }
    jsonata = *language == Json("JSONata");
  }
  if (const Json* version = source.find("Version"); version != nullptr && *version != Json("1.0")) {
    schemaError("The field 'Version' should have one of these values: [1.0]", location + "/Version");
  }
  if (const Json* timeout = source.find("TimeoutSeconds")) {
    if (!timeout->isInt()) {
      schemaError("Expected value of type Integer", "/TimeoutSeconds");
    } else if (timeout->asInt() <= 0 || timeout->asInt() > 99'999'999) {
      schemaError("Value is out of range", "/TimeoutSeconds");
    } else {
      definition.timeout_seconds = timeout->asInt();
    }
  }
  const Json* states = source.find("States");
  if (states == nullptr) return -1;
  if (!states->isObject() || states->empty()) {
    schemaError(states->isObject() ? "Value cannot be empty" : "Expected value of type Object", location + "/States");
    return -1;
  }
  // 2. Places for the states first, so that they can refer to each other.
  Machine machine{.location = location};
  for (const auto& [name, value] : states->asObject()) {
    State state;
    state.name = name;
    state.location = location + "/States/" + name;
    if (name.empty() || name.size() > kMaxStateNameCharacters * 4)
      schemaError("State name must have 1 to 80 characters", state.location);
    if (!names_.insert(name).second) error("DUPLICATE_STATE_NAME", "Duplicate State name: " + name, state.location);
    machine.states[name] = static_cast<int>(definition.states.size());
    definition.states.push_back(std::move(state));
  }
  // 3. The states themselves.
  for (const auto& [name, value] : states->asObject())
    state(value, machine.states[name], machine.states, jsonata, depth);
  if (const Json* start = source.find("StartAt")) machine.start = target(*start, location + "/StartAt", machine.states);
  const int first = machine.start;
  machines_.push_back(std::move(machine));
  return first;
}

void DefinitionReader::refuseJsonata(const Json& source, const State& state) {
  for (const auto& [name, value] : source.asObject()) {
    if (kJsonPathOnly.count(name) > 0) schemaError("Field '" + name + "' is not supported", state.location);
    if (kJsonata.count(name) > 0 || name == "ItemSelector" ||
        (name != "ItemProcessor" && name != "Branches" && name != "Comment" && mentionsJsonata(value))) {
      error("NOT_IMPLEMENTED", "The query language JSONata, used by the field '" + name + "', is not implemented yet",
            state.location);
    }
  }
}

void DefinitionReader::state(const Json& source, int position, const std::map<std::string, int>& siblings, bool jsonata,
                             int depth) {
  State state = definition.states[position];
  const std::string& location = state.location;
  const auto keep = [&] { definition.states[position] = std::move(state); };
  if (!source.isObject()) {
    schemaError("Expected value of type Object", location);
    return;
  }
  const Json* type = source.find("Type");
  if (type == nullptr) {
    schemaError("These fields are required: [Type]", location);
    return;
  }
  const auto found = type->isString() ? kTypes.find(type->asString()) : kTypes.end();
  if (found == kTypes.end()) {
    schemaError(
        "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]",
        location + "/Type");
    return;
  }
  state.type = found->second;
  bool own_jsonata = jsonata;
  if (const Json* language = source.find("QueryLanguage")) {
    own_jsonata = *language == Json("JSONata");
    if (jsonata && *language == Json("JSONPath")) {
      schemaError("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine", location);
    }
  }
  // 1. Fields that this type does not have.
  const Fields& fields = jsonPathFields(state.type);
  for (const auto& [name, value] : source.asObject()) {
    if (name == "Type" || name == "Comment" || name == "QueryLanguage" || fields.count(name) > 0) continue;
    if (kNotYet.count(name) > 0) {
      error("NOT_IMPLEMENTED", "The field '" + name + "' is not implemented yet", location);
    } else if (!own_jsonata || kJsonata.count(name) == 0) {
      schemaError("Field '" + name + "' is not supported", location);
    }
  }
  if (own_jsonata) {
    refuseJsonata(source, state);
    if (state.type == StateType::Choice) {
      error("NOT_IMPLEMENTED", "The query language JSONata, used by the field 'Condition', is not implemented yet",
            location);
    }
  }
  // 2. Where it leads.
  if (fields.count("Next") > 0) {
    const Json* next = source.find("Next");
    const Json* end = source.find("End");
    if (end != nullptr && !end->isBool()) schemaError("Expected value of type Boolean", location + "/End");
    const bool ends = end != nullptr && end->isBool() && end->asBool();
    if (next != nullptr && ends) {
      schemaError("Only one of the following fields can be used: [Next, End]", location);
    } else if (next == nullptr && !ends) {
      schemaError("One of the following fields is required: [Next, End]", location);
    }
    state.ends = ends;
    if (next != nullptr) state.next = target(*next, location + "/Next", siblings);
  }
  // 3. What it does with its data.
  state.input_path = readPath(*this, source, "InputPath", location, false);
  state.output_path = readPath(*this, source, "OutputPath", location, false);
  state.result_path = readPath(*this, source, "ResultPath", location, true);
  state.parameters = readTemplate(*this, source, "Parameters", location);
  state.result_selector = readTemplate(*this, source, "ResultSelector", location);
  if (fields.count("Retry") > 0) {
    state.retriers = readRetriers(*this, source, location);
    state.catchers = readCatchers(*this, source, location, siblings);
  }
  // 4. What its type is about.
  switch (state.type) {
    case StateType::Task:
      readTask(*this, source, state);
      break;
    case StateType::Choice:
      readChoice(*this, source, state, siblings);
      break;
    case StateType::Wait:
      readWait(*this, source, state);
      break;
    case StateType::Fail:
      readFail(*this, source, state);
      break;
    case StateType::Pass:
      if (const Json* result = source.find("Result")) state.result = *result;
      break;
    case StateType::Succeed:
      break;
    case StateType::Parallel: {
      const Json* branches = source.find("Branches");
      if (branches == nullptr) {
        schemaError("These fields are required: [Branches]", location);
      } else if (!branches->isArray()) {
        schemaError("Expected value of type Array", location + "/Branches");
      } else if (branches->empty()) {
        schemaError("Value cannot be empty", location + "/Branches");
      } else {
        for (std::size_t i = 0; i < branches->size(); ++i) {
          state.starts.push_back(machine((*branches)[i], location + "/Branches[" + std::to_string(i) + "]",
                                         own_jsonata && jsonata, depth + 1));
        }
      }
      break;
    }
    case StateType::Map: {
      const char* name = source.contains("ItemProcessor") ? "ItemProcessor" : "Iterator";
      const Json* processor = source.find(name);
      if (processor == nullptr) {
        schemaError("These fields are required: [ItemProcessor]", location);
      } else {
        if ((*processor)["ProcessorConfig"]["Mode"] == Json("DISTRIBUTED")) {
          error("NOT_IMPLEMENTED", "The Map state's mode 'DISTRIBUTED' is not implemented yet",
                location + "/" + name + "/ProcessorConfig");
        }
        state.starts.push_back(machine(*processor, location + "/" + name, own_jsonata && jsonata, depth + 1));
      }
      state.items_path = readPath(*this, source, "ItemsPath", location, true);
      if (source.contains("ItemSelector") && source.contains("Parameters")) {
        schemaError("Only one of the following fields can be used: [ItemSelector, Parameters]", location);
      }
      if (source.contains("ItemSelector") && !own_jsonata)
        state.parameters = readTemplate(*this, source, "ItemSelector", location);
      state.max_concurrency = readNumber(*this, source, "MaxConcurrency", location, 0, 99'999'999, true);
      state.tolerated_failure_count = readNumber(*this, source, "ToleratedFailureCount", location, 0, 10'000'000, true);
      state.tolerated_failure_percentage =
          readNumber(*this, source, "ToleratedFailurePercentage", location, 0, 100, false);
      break;
    }
  }
  keep();
}

void DefinitionReader::checkGraph() {
  diagnostics.insert(diagnostics.end(), missing_targets_.begin(), missing_targets_.end());
  for (const Machine& machine : machines_) {
    const auto terminal = [this](const auto& entry) {
      const State& state = definition.states[entry.second];
      return state.type == StateType::Succeed || state.type == StateType::Fail || state.ends;
    };
    if (std::none_of(machine.states.begin(), machine.states.end(), terminal)) {
      error("MISSING_END_STATE", "Workflow has no terminal state", std::nullopt);
      continue;
    }
    std::vector<bool> reached(definition.states.size(), false);
    std::vector<int> queue;
    const auto reach = [&](int position) {
      if (position < 0 || reached[position]) return;
      reached[position] = true;
      queue.push_back(position);
    };
    reach(machine.start);
    while (!queue.empty()) {
      const State& state = definition.states[queue.back()];
      queue.pop_back();
      reach(state.next);
      reach(state.default_next);
      for (const ChoiceBranch& choice : state.choices) reach(choice.next);
      for (const Catcher& catcher : state.catchers) reach(catcher.next);
    }
    for (const auto& [name, position] : machine.states) {
      if (reached[position]) continue;
      error("MISSING_TRANSITION_TARGET", "State \"" + name + "\" is not reachable.",
            definition.states[position].location);
    }
  }
}

ParseOutcome parseDefinition(std::string_view text, MachineType type) {
  ParseOutcome out;
  DefinitionReader reader(type, false);
  auto source = Json::parse(text, {.max_depth = 512, .max_bytes = kMaxDefinitionBytes});
  if (!source.ok()) {
    const auto diagnosis = diagnoseJson(text);
    const std::string message = diagnosis ? diagnosis->message + "\n at [Source: (String)\"" +
                                                std::string(text.substr(0, 500)) +
                                                "\"; line: " + std::to_string(diagnosis->line) +
                                                ", column: " + std::to_string(diagnosis->column) + "]"
                                          : source.error().message;
    out.diagnostics.push_back({true, "INVALID_JSON_DESCRIPTION", message, std::nullopt});
    return out;
  }
  reader.definition.source = std::move(source).value();
  reader.definition.start = reader.machine(Json(reader.definition.source), "", false, 1);
  if (reader.diagnostics.empty()) reader.checkGraph();
  out.diagnostics = std::move(reader.diagnostics);
  if (out.diagnostics.empty()) out.definition = std::make_shared<const Definition>(std::move(reader.definition));
  return out;
}

ParseOutcome parseSingleState(std::string_view text) {
  ParseOutcome out;
  DefinitionReader reader(MachineType::Standard, true);
  auto source = Json::parse(text, {.max_depth = 512, .max_bytes = kMaxDefinitionBytes});
  if (!source.ok()) {
    const auto diagnosis = diagnoseJson(text);
    out.diagnostics.push_back(
        {true, "INVALID_JSON_DESCRIPTION", diagnosis ? diagnosis->message : source.error().message, std::nullopt});
    return out;
  }
  reader.definition.source = std::move(source).value();
  State state;
  state.name = "StateName";
  state.location = "/States/StateName";
  reader.definition.states.push_back(std::move(state));
  reader.state(Json(reader.definition.source), 0, {}, false, 1);
  out.diagnostics = std::move(reader.diagnostics);
  if (out.diagnostics.empty()) out.definition = std::make_shared<const Definition>(std::move(reader.definition));
  return out;
}

std::string diagnosticsText(const std::vector<Diagnostic>& diagnostics) {
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!diagnostic.is_error) continue;
    out += (out.empty() ? "" : ", ") + diagnostic.code + ": " + diagnostic.message + " at " +
           diagnostic.location.value_or("null");
  }
  return out;
}

}  // namespace thimble::lang::asl
