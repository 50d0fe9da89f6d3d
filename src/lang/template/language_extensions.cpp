#include "lang/template/language_extensions.h"

#include <algorithm>
#include <map>
#include <string>

#include "lang/template/references.h"

namespace thimble::lang::template_ {
namespace {

using base::Json;
using Variables = std::map<std::string, std::string>;

constexpr std::size_t kMaxValues = 500'000;

std::string alphanumericOnly(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
  return out;
}

/// ${Name} becomes the loop's value, &{Name} its letters and digits only.
std::string substitute(std::string text, const Variables& variables) {
  for (const auto& [name, value] : variables) {
    for (const auto& [mark, replacement] :
         {std::pair{"${" + name + "}", value}, {"&{" + name + "}", alphanumericOnly(value)}}) {
      for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + replacement.size())) {
        text.replace(at, mark.size(), replacement);
      }
    }
  }
  return text;
}

class Expander {
 public:
  explicit Expander(const Scope& scope) : scope_(scope) {}

  Outcome<Json> expand(const Json& value, const Variables& variables) {
    if (++values_ > kMaxValues) return TemplateError{"Template format error: Fn::ForEach makes too many values."};
    if (value.isString()) return Json(substitute(value.asString(), variables));
    if (value.isArray()) {
      Json out = Json::array();
      for (const Json& item : value.asArray()) {
        TRY_ASSIGN(Json element, expand(item, variables));
        out.push(std::move(element));
      }
      return out;
    }
    if (!value.isObject()) return value;
    if (functionName(value) == "Ref" && value["Ref"].isString()) {
      const auto found = variables.find(value["Ref"].asString());
      if (found != variables.end()) return Json(found->second);
    }
    Json out = Json::object();
    for (const auto& [name, member] : value.asObject()) {
      if (name.compare(0, 13, "Fn::ForEach::") == 0) {
        TRY(loop(name, member, variables, out));
        continue;
      }
      TRY_ASSIGN(Json element, expand(member, variables));
      out.set(substitute(name, variables), std::move(element));
    }
    return out;
  }

 private:
  Outcome<void> loop(const std::string& name, const Json& arguments, const Variables& outer, Json& out) {
    const bool shaped =
        arguments.isArray() && arguments.size() == 3 && arguments[std::size_t{0}].isString() && arguments[2].isObject();
    if (!shaped)
      return TemplateError{"Transform AWS::LanguageExtensions failed with: " + name + " layout is incorrect"};
    const UnknownReferences references;
    TRY_ASSIGN(Json written, expand(arguments[1], outer));
    TRY_ASSIGN(std::optional<Json> list, evaluate(written, scope_, references));
    if (!list || !list->isArray()) {
      return TemplateError{"Transform AWS::LanguageExtensions failed with: " + name +
                           " list must resolve to a list of strings"};
    }
    // A list may hold lists, as {"Ref": a list parameter} inside of it does.
    Json items = Json::array();
    for (const Json& item : list->asArray()) {
      if (!item.isArray()) items.push(item);
      for (const Json& inner : item.isArray() ? item.asArray() : Json::Array{}) items.push(inner);
    }
    for (const Json& item : items.asArray()) {
      Variables variables = outer;
      variables[arguments[std::size_t{0}].asString()] = scalarText(item);
      TRY_ASSIGN(Json body, expand(arguments[2], variables));
      for (const auto& [key, member] : body.asObject()) out.set(key, member);
    }
    return {};
  }

  const Scope& scope_;
  std::size_t values_ = 0;
};

}  // namespace

Outcome<Json> expandLanguageExtensions(const Json& document, const Scope& scope) {
  Expander expander(scope);
  Json out = document;
  for (const char* section : {"Conditions", "Resources", "Outputs"}) {
    const Json* value = document.find(section);
    if (value == nullptr) continue;
    TRY_ASSIGN(Json expanded, expander.expand(*value, {}));
    out.set(section, std::move(expanded));
  }
  out.erase("Transform");
  return out;
}

}  // namespace thimble::lang::template_
