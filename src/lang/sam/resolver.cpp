#include "lang/sam/resolver.h"

#include <functional>
#include <optional>
#include <vector>

#include "lang/sam/fault.h"

namespace thimble::lang::sam {
namespace {

/// A map of exactly one member is a candidate; returns what replaces it (or itself).
using Action = std::function<Value(const std::string& function, const Value& input)>;

/// A parameter whose value refers to itself would be put into itself without end.
constexpr int kDeepest = 1000;

/// Visits a node before its children, and the children of what replaced it.
Value walk(const Value& input, const Action& action, int depth = 0) {
  if (depth > kDeepest) failDocument("Intrinsic functions are nested too deeply.");
  Value value = input;
  if (value.isMap() && value.size() == 1) value = action(value.members().front().first.text, value);
  if (value.isMap()) {
    for (const auto& [name, member] : value.members()) value.set(name, walk(member, action, depth + 1));
  } else if (value.isList()) {
    for (std::size_t i = 0; i < value.items().size(); ++i) {
      const Value item = value.items()[i];
      value.items()[i] = walk(item, action, depth + 1);
    }
  }
  return value;
}

std::vector<std::string> splitDots(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t dot; (dot = text.find('.', begin)) != std::string::npos; begin = dot + 1) {
    parts.push_back(text.substr(begin, dot - begin));
  }
  parts.push_back(text.substr(begin));
  return parts;
}

/// Length of the variable name at the beginning of `rest`, which is followed by "}"; 0 when there is none.
std::size_t variableLength(std::string_view rest) {
  std::size_t end = 0;
  while (end < rest.size() && (std::isalnum(static_cast<unsigned char>(rest[end])) || rest[end] == '.')) ++end;
  if (end > 0 && end < rest.size() && rest[end] == '}') return end;
  if (!rest.starts_with("AWS::") || rest.size() < 6 || !std::isupper(static_cast<unsigned char>(rest[5]))) return 0;
  end = 6;
  while (end < rest.size() && std::isalpha(static_cast<unsigned char>(rest[end]))) ++end;
  return end < rest.size() && rest[end] == '}' ? end : 0;
}

void replaceFirst(std::string& text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  if (at != std::string::npos) text.replace(at, from.size(), to);
}

void replaceAll(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

/// What a variable "${name}" becomes.
using Variable = std::function<Value(const std::string& whole, const std::string& name)>;

Text substituted(const Text& text, const Variable& variable) {
  std::string out = text.text;
  bool changed = false;
  for (std::size_t at = 0; (at = text.text.find("${", at)) != std::string::npos;) {
    const std::size_t length = variableLength(std::string_view(text.text).substr(at + 2));
    if (length == 0) {
      ++at;
      continue;
    }
    const std::string name = text.text.substr(at + 2, length);
    const std::string whole = "${" + name + "}";
    const Value value = variable(whole, name);
    if (!value.isText()) {
      failDocument("Invalid Fn::Sub variable value " + pythonString(value) +
                   ". Fn::Sub expects all variables to be strings.");
    }
    replaceFirst(out, whole, value.str());
    changed = true;
    at += whole.size();
  }
  // Without a variable the text itself stays; a replaced one keeps its mark as well.
  return changed ? Text(out, text.marked) : text;
}

void substituteIn(const Value& input, const Variable& variable) {
  const Value argument = input["Fn::Sub"];
  if (argument.isText()) {
    input.set("Fn::Sub", substituted(argument.asText(), variable));
  } else if (argument.isList() && argument.size() > 0 && argument.items()[0].isText()) {
    argument.items()[0] = substituted(argument.items()[0].asText(), variable);
  }
}

/// A parameter's value; nothing when there is none, or where a value of a nested stack is not known yet.
std::optional<Value> parameterValue(const Value& parameters, const std::string& name) {
  if (!parameters.has(name)) return std::nullopt;
  Value value = parameters[name];
  if (value.isText() && value.str().starts_with("{{IntrinsicFunction:")) return std::nullopt;
  return value;
}

Value resolveRef(const Value& input, const Value& parameters) {
  const Value name = input["Ref"];
  if (!name.isText()) return input;
  return parameterValue(parameters, name.str()).value_or(input);
}

/// The parts of a Fn::GetAtt, all dots split; empty when its argument is no list of strings.
std::vector<std::string> getAttParts(const Value& argument) {
  if (!argument.isList() || argument.size() < 2) return {};
  std::string joined;
  for (const Value& item : argument.items()) {
    if (!item.isText()) return {};
    joined += (joined.empty() ? "" : ".") + item.str();
  }
  return splitDots(joined);
}

void setGetAtt(const Value& input, const std::string& id, const std::vector<std::string>& parts, std::size_t from) {
  Value list = Value::list({id});
  for (std::size_t i = from; i < parts.size(); ++i) list.push(parts[i]);
  input.set("Fn::GetAtt", list);
}

const std::string* findDerived(const DerivedReferences& references, const std::string& id, const std::string& name) {
  const auto found = references.find(id);
  if (found == references.end()) return nullptr;
  const auto property = found->second.find(name);
  return property == found->second.end() ? nullptr : &property->second;
}

}  // namespace

Value resolveRefs(const Value& input, const Value& parameters) {
  if (parameters.size() == 0) return input;
  return walk(input, [&](const std::string& function, const Value& value) {
    return function == "Ref" ? resolveRef(value, parameters) : value;
  });
}

Value resolveParameters(const Value& input, const Value& parameters) {
  if (parameters.size() == 0) return input;
  return walk(input, [&](const std::string& function, const Value& value) {
    if (function == "Ref") return resolveRef(value, parameters);
    if (function == "Fn::Sub") {
      substituteIn(value, [&](const std::string& whole, const std::string& name) {
        return parameterValue(parameters, name).value_or(Value(whole));
      });
    }
    return value;
  });
}

Value resolveMappings(const Value& input, const Value& mappings) {
  if (mappings.size() == 0) return input;
  return walk(input, [&](const std::string& function, const Value& value) -> Value {
    if (function != "Fn::FindInMap") return value;
    const Value keys = value["Fn::FindInMap"];
    if (!keys.isList() || keys.size() != 3) {
      failDocument("Invalid FindInMap value " + pythonString(keys) + ". FindInMap expects an array with 3 values.");
    }
    for (const Value& key : keys.items()) {
      if (!key.isText()) return value;
    }
    const std::string& map_name = keys.items()[0].str();
    const std::string& top = keys.items()[1].str();
    const std::string& second = keys.items()[2].str();
    const auto fail = [&] {
      failDocument("Cannot use Fn::FindInMap on Mapping '" + map_name + "' which is not a a two-level map.");
    };
    if (!mappings.has(map_name)) return value;
    if (!mappings[map_name].isMap()) fail();
    if (!mappings[map_name].has(top)) return value;
    if (!mappings[map_name][top].isMap()) fail();
    return mappings[map_name][top].has(second) ? mappings[map_name][top][second] : value;
  });
}

Value resolveDerivedReferences(const Value& input, const DerivedReferences& references) {
  if (references.empty()) return input;
  return walk(input, [&](const std::string& function, const Value& value) -> Value {
    if (function == "Ref" && value["Ref"].isText()) {
      const std::string name = value["Ref"].str();
      const std::size_t dot = name.find('.');
      if (dot == std::string::npos) return value;
      const std::string* found = findDerived(references, name.substr(0, dot), name.substr(dot + 1));
      return found == nullptr ? value : Value::map({{"Ref", *found}});
    }
    if (function == "Fn::Sub") {
      substituteIn(value, [&](const std::string& whole, const std::string& name) -> Value {
        const std::vector<std::string> parts = splitDots(name);
        const std::string* found = parts.size() < 2 ? nullptr : findDerived(references, parts[0], parts[1]);
        std::string out = whole;
        if (found != nullptr) replaceAll(out, parts[0] + "." + parts[1], *found);
        return out;
      });
    }
    if (function == "Fn::GetAtt") {
      const std::vector<std::string> parts = getAttParts(value["Fn::GetAtt"]);
      const std::string* found = parts.size() < 2 ? nullptr : findDerived(references, parts[0], parts[1]);
      if (found != nullptr) setGetAtt(value, *found, parts, 2);
    }
    return value;
  });
}

Value resolveChangedIds(const Value& input, const ChangedIds& ids) {
  if (ids.empty()) return input;
  const auto changed = [&](const std::string& id) {
    const auto found = ids.find(id);
    return found == ids.end() ? nullptr : &found->second;
  };
  return walk(input, [&](const std::string& function, const Value& value) -> Value {
    if (function == "Ref" && value["Ref"].isText()) {
      const std::string* found = changed(value["Ref"].str());
      return found == nullptr ? value : Value::map({{"Ref", *found}});
    }
    if (function == "Fn::Sub") {
      substituteIn(value, [&](const std::string& whole, const std::string& name) -> Value {
        const std::string id = splitDots(name)[0];
        std::string out = whole;
        if (const std::string* found = changed(id)) replaceAll(out, id, *found);
        return out;
      });
    }
    if (function == "Fn::GetAtt") {
      const std::vector<std::string> parts = getAttParts(value["Fn::GetAtt"]);
      const std::string* found = parts.empty() ? nullptr : changed(parts[0]);
      if (found != nullptr) setGetAtt(value, *found, parts, 1);
    }
    return value;
  });
}

void resolveDependsOn(const Value& input, const ChangedIds& ids) {
  if (input.isList()) {
    for (const Value& item : input.items()) resolveDependsOn(item, ids);
    return;
  }
  if (!input.isMap()) return;
  const Value depends_on = input["DependsOn"];
  if (depends_on.isText() && ids.contains(depends_on.str())) input.set("DependsOn", ids.find(depends_on.str())->second);
  if (depends_on.isList()) {
    for (Value& item : depends_on.items()) {
      if (item.isText() && ids.contains(item.str())) item = ids.find(item.str())->second;
    }
  }
  for (const auto& [name, member] : input.members()) resolveDependsOn(member, ids);
}

}  // namespace thimble::lang::sam
