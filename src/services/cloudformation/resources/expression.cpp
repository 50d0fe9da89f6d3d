#include "services/cloudformation/resources/expression.h"

#include <charconv>
#include <string>
#include <string_view>

#include "base/result.h"
#include "services/cloudformation/resources/inline_code.h"

namespace thimble::services::cloudformation {
namespace {

using base::Json;

const Json* find(const Json& variables, std::string_view path) {
  const Json* value = &variables;
  while (!path.empty()) {
    const std::size_t dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    if (value->isArray()) {
      std::size_t index = 0;
      const auto end = std::from_chars(name.data(), name.data() + name.size(), index);
      if (end.ec != std::errc() || index >= value->size()) return nullptr;
      value = &(*value)[index];
    } else {
      value = value->find(name);
      if (value == nullptr) return nullptr;
    }
  }
  return value->isNull() ? nullptr : value;
}

std::string textOf(const Json& value) {
  return value.isString() ? value.asString() : value.write();
}

std::optional<Json> interpolate(const std::string& text, const Json& variables) {
  std::string out;
  std::size_t position = 0;
  for (;;) {
    const std::size_t start = text.find("{$", position);
    const std::size_t end = start == std::string::npos ? start : text.find('}', start);
    if (end == std::string::npos) return Json(out + text.substr(position));
    out += text.substr(position, start - position);
    const Json* value = find(variables, std::string_view(text).substr(start + 2, end - start - 2));
    if (value == nullptr) return std::nullopt;
    out += textOf(*value);
    position = end + 1;
  }
}

bool differs(const Json& variables, const std::string& property) {
  const Json* before = find(variables["O"], property);
  const Json* after = find(variables["P"], property);
  if (before == nullptr || after == nullptr) return before != after;
  return !(*before == *after);
}

Json patchOperations(const Json& paths, const Json& variables) {
  Json out = Json::array();
  for (const auto& [path, property] : paths.asObject()) {
    if (!differs(variables, property.asString())) continue;
    const Json* value = find(variables["P"], property.asString());
    Json operation = Json::object({{"op", Json(value != nullptr ? "replace" : "remove")}, {"path", Json(path)}});
    if (value != nullptr) operation.set("value", Json(textOf(*value)));
    out.push(std::move(operation));
  }
  return out;
}

bool listHas(const Json& list, const Json& element, const std::string& key) {
  if (!list.isArray()) return false;
  for (const Json& other : list.asArray()) {
    if (key.empty() ? other == element : other[key] == element[key]) return true;
  }
  return false;
}

std::optional<Json> pieceOf(const Json& arguments) {
  const std::string text = textOf(arguments[std::size_t{0}]);
  const std::string delimiter = textOf(arguments[1]);
  std::vector<std::string> pieces;
  std::size_t position = 0;
  for (;;) {
    const std::size_t at = text.find(delimiter, position);
    pieces.push_back(text.substr(position, at - position));
    if (at == std::string::npos) break;
    position = at + delimiter.size();
  }
  std::int64_t index = arguments[2].isInt() ? arguments[2].asInt() : 0;
  if (index < 0) index += static_cast<std::int64_t>(pieces.size());
  if (index < 0 || index >= static_cast<std::int64_t>(pieces.size())) return std::nullopt;
  return Json(pieces[static_cast<std::size_t>(index)]);
}

Json named(const Json& object, const Json& names, bool keep) {
  Json out = Json::object();
  if (!object.isObject()) return out;
  for (const auto& [name, value] : object.asObject()) {
    if (listHas(names, Json(name), "") == keep) out.set(name, value);
  }
  return out;
}

std::string replaceAll(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string jsonPointer(const std::string& text) {
  return replaceAll(replaceAll(text, "~", "~0"), "/", "~1");
}

/// "/*" is all methods' path; any other path is one escaped name.
std::string methodPath(const std::string& path) {
  return path == "/*" ? "*" : jsonPointer(path);
}

/// "BucketOwnerFullControl" is "bucket-owner-full-control".
std::string cannedAcl(const std::string& name) {
  std::string out;
  for (char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && !out.empty()) out += '-';
    out += upper ? static_cast<char>(c + 32) : c;
  }
  return out;
}

std::string joinedList(const Json& value) {
  if (!value.isArray()) return textOf(value);
  std::string out;
  for (const Json& item : value.asArray()) out += (out.empty() ? "" : ",") + textOf(item);
  return out;
}

/// Every scalar within as text: the form in which a custom resource gets its properties.
Json withTexts(const Json& value) {
  if (value.isArray()) {
    Json out = Json::array();
    for (const Json& element : value.asArray()) out.push(withTexts(element));
    return out;
  }
  if (!value.isObject()) return value.isNull() ? value : Json(textOf(value));
  Json out = Json::object();
  for (const auto& [name, member] : value.asObject()) out.set(name, withTexts(member));
  return out;
}

/// Functions that make texts of texts.
std::optional<Json> applyText(std::string_view function, const Json& value) {
  if (function == "$pointer") return Json(jsonPointer(textOf(value)));
  if (function == "$methodPath") return Json(methodPath(textOf(value)));
  if (function == "$acl") return Json(cannedAcl(textOf(value)));
  if (function == "$list") return Json(joinedList(value));
  return Json(textOf(value));  // $json, $text
}

std::optional<Json> applyToLists(std::string_view function, const Json& argument, const Json& variables) {
  const Json list = evaluateExpression(argument[std::size_t{0}], variables).value_or(Json());
  if (function == "$each") {
    if (!list.isArray()) return std::nullopt;
    Json out = Json::array();
    Json inner = variables;
    for (const Json& element : list.asArray()) {
      inner.set("I", element);
      if (auto value = evaluateExpression(argument[1], inner)) out.push(*std::move(value));
    }
    return out;
  }
  // $map
  Json out = Json::object();
  for (const Json& element : list.isArray() ? list.asArray() : Json::Array{}) {
    out.set(element.stringAt(argument[1].asString()), element[argument[2].asString()]);
  }
  return out;
}

/// Functions whose arguments are all evaluated first; a missing argument is null.
std::optional<Json> applyEager(std::string_view function, const Json& argument, const Json& variables) {
  const auto at = [&](std::size_t index) { return evaluateExpression(argument[index], variables); };
  if (function == "$or") {
    for (std::size_t i = 0; i < argument.size(); ++i) {
      if (auto value = at(i)) return value;
    }
    return std::nullopt;
  }
  if (function == "$and") {
    for (std::size_t i = 0; i < argument.size(); ++i) {
      if (!isTrue(at(i))) return Json(false);
    }
    return Json(true);
  }
  if (function == "$if") return isTrue(at(0)) ? at(1) : at(2);
  if (function == "$each" || function == "$map") return applyToLists(function, argument, variables);
  if (function == "$parse") {
    const auto text = evaluateExpression(argument, variables);
    auto parsed = Json::parse(text && text->isString() ? text->asString() : "");
    return parsed.ok() ? std::optional(*std::move(parsed)) : std::nullopt;
  }
  if (function == "$has") return Json(evaluateExpression(argument, variables).has_value());
  if (function == "$true")
    return isTrue(evaluateExpression(argument, variables)) ? std::optional(Json(true)) : std::nullopt;
  if (function == "$in") return Json(listHas(argument[1], at(0).value_or(Json()), ""));
  if (function == "$join") {
    std::string out;
    for (std::size_t i = 0; i < argument.size(); ++i) {
      const auto part = at(i);
      if (!part) return std::nullopt;
      out += textOf(*part);
    }
    return Json(std::move(out));
  }
  if (function == "$substitute") {
    auto text = at(0);
    if (!text) return std::nullopt;
    std::string out = textOf(*text);
    const Json values = at(1).value_or(Json());
    if (!values.isObject()) return Json(std::move(out));
    for (const auto& [name, value] : values.asObject())
      out = replaceAll(std::move(out), "${" + name + "}", textOf(value));
    return Json(std::move(out));
  }
  if (function == "$present") {
    auto object = at(0);
    return object && object->contains(argument[1].asString()) ? object : std::nullopt;
  }
  if (function == "$zip") {
    const auto text = at(0);
    const std::string runtime = textOf(at(1).value_or(Json("")));
    if (!text) return std::nullopt;
    return Json(inlineCodeArchive(runtime, textOf(*text)));
  }
  if (function == "$not") return Json(!isTrue(evaluateExpression(argument, variables)));
  if (function == "$equals") return Json(at(0).value_or(Json()) == at(1).value_or(Json()));
  if (function == "$merge") {
    Json out = Json::object();
    for (std::size_t i = 0; i < argument.size(); ++i) {
      const Json object = at(i).value_or(Json());
      if (!object.isObject()) continue;
      for (const auto& [name, value] : object.asObject()) out.set(name, value);
    }
    return out;
  }
  if (function == "$omit") return named(at(0).value_or(Json()), argument[1], false);
  if (function == "$pick") return named(at(0).value_or(Json()), argument[1], true);
  if (function == "$concat") {
    Json out = Json::array();
    for (std::size_t i = 0; i < argument.size(); ++i) {
      const Json list = at(i).value_or(Json());
      if (!list.isArray()) continue;
      for (const Json& element : list.asArray()) out.push(element);
    }
    return out;
  }
  if (function == "$minus") {
    Json out = Json::array();
    const Json list = at(0).value_or(Json::array());
    const Json without = at(1).value_or(Json::array());
    for (const Json& element : list.isArray() ? list.asArray() : Json::Array{}) {
      if (!listHas(without, element, argument[2].asString())) out.push(element);
    }
    return out;
  }
  if (function == "$split") {
    auto text = at(0);
    if (!text) return std::nullopt;
    return pieceOf(Json::array({*text, argument[1], argument[2]}));
  }
  auto value = evaluateExpression(argument, variables);
  if (!value) return std::nullopt;
  if (function == "$entries") {
    Json out = Json::array();
    if (!value->isObject()) return out;
    for (const auto& [name, member] : value->asObject())
      out.push(Json::object({{"Key", Json(name)}, {"Value", member}}));
    return out;
  }
  if (function == "$texts") return withTexts(*value);
  return applyText(function, *value);
}

}  // namespace

bool isTrue(const std::optional<Json>& value) {
  if (!value || value->isNull()) return false;
  if (value->isBool()) return value->asBool();
  if (value->isString()) return !value->asString().empty() && value->asString() != "false";
  if (value->isArray() || value->isObject()) return !value->empty();
  return true;
}

std::optional<Json> evaluateExpression(const Json& expression, const Json& variables) {
  if (expression.isString()) {
    const std::string& text = expression.asString();
    if (text.size() > 1 && text[0] == '$') {
      const Json* value = find(variables, std::string_view(text).substr(1));
      return value == nullptr ? std::nullopt : std::optional(*value);
    }
    return interpolate(text, variables);
  }
  if (expression.isArray()) {
    Json out = Json::array();
    for (const Json& element : expression.asArray()) {
      if (auto value = evaluateExpression(element, variables)) out.push(*std::move(value));
    }
    return out;
  }
  if (expression.isNull()) return std::nullopt;
  if (!expression.isObject()) return expression;
  if (expression.size() == 1 && !expression.asObject().begin()->first.empty() &&
      expression.asObject().begin()->first[0] == '$') {
    const auto& [function, argument] = *expression.asObject().begin();
    if (function == "$literal") return argument;
    if (function == "$patch") return patchOperations(argument, variables);
    if (function == "$changed") {
      for (const Json& property : argument.asArray()) {
        if (differs(variables, property.asString())) return Json(true);
      }
      return Json(false);
    }
    return applyEager(function, argument, variables);
  }
  Json out = Json::object();
  for (const auto& [name, member] : expression.asObject()) {
    if (auto value = evaluateExpression(member, variables)) out.set(name, *std::move(value));
  }
  return out;
}

}  // namespace thimble::services::cloudformation
