#include "lang/sam/definition_editor.h"

#include <algorithm>
#include <cctype>

#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"

namespace thimble::lang::sam {
namespace {

/// A digit of `majors`, then up to two times "." and a digit; the first is needed unless `bare`.
bool isVersion(const Value& version, std::string_view majors) {
  const std::string text = pythonString(version);
  if (text.empty() || majors.find(text[0]) == std::string_view::npos) return false;
  std::size_t at = 1;
  int parts = 0;
  while (at + 1 < text.size() && text[at] == '.' && std::isdigit(static_cast<unsigned char>(text[at + 1])) &&
         parts < 2) {
    at += 2;
    ++parts;
  }
  return at == text.size() && parts >= 1;
}

}  // namespace

std::vector<Value> branches(const Value& item) {
  if (!item.has("Fn::If")) return {item};
  const Value arguments = item["Fn::If"];
  if (!arguments.isList()) failDocument("Value of Fn::If must be a list.");
  std::vector<Value> contents;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (!isNoValue(arguments.items()[i])) contents.push_back(arguments.items()[i]);
  }
  return contents;
}

Text normalMethod(const Text& method) {
  std::string lower = method.text;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower == "any" ? Text(kAnyMethod) : Text(lower, method.marked);
}

bool isOpenApi3(const Value& version) {
  return isVersion(version, "3");
}
bool isSupportedVersion(const Value& version) {
  return isVersion(version, "23");
}

Text pathPattern(const Text& path, bool greedy_by_any_name) {
  std::string out;
  const std::string& text = path.text;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '{') {
      std::size_t end = at + 1;
      while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '.' ||
                                   text[end] == '_' || text[end] == '-')) {
        ++end;
      }
      const std::string name = text.substr(at + 1, end - at - 1);
      if (end < text.size() && text[end] == '+' && (greedy_by_any_name || name == "proxy")) ++end;
      if (!name.empty() && end < text.size() && text[end] == '}') {
        out += '*';
        at = end;
        continue;
      }
    }
    out += text[at];
  }
  return Text(out, path.marked);
}

void requireMap(const Value& value, const std::string& detail) {
  if (!value.isMap()) failDocument(detail);
}
void requirePathItem(const Value& item, const std::string& path) {
  requireMap(item, "Value of '" + path + "' path must be a dictionary according to Swagger spec.");
}
void requireMethodDefinition(const Value& definition, const std::string& path, const std::string& method) {
  requireMap(definition, "Definition of method '" + method + "' for path '" + path + "' should be a map.");
}
bool definitionHasIntegration(const Value& definition) {
  return definition[kIntegration].truthy();
}

std::vector<Text> DefinitionEditor::pathNames() const {
  std::vector<Text> names;
  for (const auto& [name, item] : paths_.members()) names.push_back(name);
  return names;
}

bool DefinitionEditor::hasIntegration(const std::string& path, const Text& method) const {
  const std::string name = normalMethod(method).text;
  if (!paths_.has(path)) return false;
  for (const Value& item : branches(paths_[path])) {
    if (!item.has(name)) return false;
  }
  for (const Value& item : branches(paths_[path])) {
    requirePathItem(item, path);
    if (!item[name].isMap()) return false;
    bool found = false;
    for (const Value& definition : branches(item[name])) {
      requireMethodDefinition(definition, path, name);
      if (definitionHasIntegration(definition)) {
        found = true;
        break;
      }
    }
    if (!found) return false;
  }
  return true;
}

void DefinitionEditor::addPath(const Text& path, const Text& method) const {
  const Value item = paths_.setDefault(path, Value::hashedMap());
  requirePathItem(item, path.text);
  for (const Value& branch : branches(item)) branch.setDefault(normalMethod(method), Value::hashedMap());
}

void DefinitionEditor::makePathConditional(const Text& path, const Value& condition) const {
  paths_.set(path, conditional(condition, paths_[path.text]));
}

void DefinitionEditor::setTimeout(const std::string& path, const Text& method, const Value& timeout) const {
  eachDefinition(path, method,
                 [&](const Value& definition) { definition[kIntegration].set("timeoutInMillis", timeout); });
}

void DefinitionEditor::eachDefinition(const std::string& path, const Text& method, const Visit& visit, bool all) const {
  const std::string name = normalMethod(method).text;
  for (const Value& item : branches(paths_[path])) {
    requirePathItem(item, path);
    for (const Value& definition : branches(item[name])) {
      requireMethodDefinition(definition, path, method.text);
      if (all || definitionHasIntegration(definition)) visit(definition);
    }
  }
}

Value deepGet(Value value, const std::vector<std::string>& path, std::string& error) {
  std::string done;
  for (const std::string& step : path) {
    if (value.isNull()) return {};
    if (!value.isMap()) {
      error = done.empty() ? "It should be a map" : "The value of '" + done + "' should be a map";
      return {};
    }
    value = value[step];
    done += (done.empty() ? "" : ".") + step;
  }
  return value;
}

}  // namespace thimble::lang::sam
