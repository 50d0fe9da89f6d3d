#include "lang/template/evaluate.h"

#include <charconv>
#include <functional>
#include <set>

#include "base/encoding.h"
#include "lang/template/cidr.h"
#include "lang/template/references.h"

namespace thimble::lang::template_ {
namespace {

using base::Json;
using Value = Outcome<std::optional<Json>>;

TemplateError templateError(std::string text) {
  return {"Template error: " + std::move(text)};
}

const ParameterValue* findParameter(const Scope& scope, std::string_view name) {
  for (const ParameterValue& parameter : scope.parameters) {
    if (parameter.key == name) return &parameter;
  }
  return nullptr;
}

/// A pseudo parameter's value; nothing (as a Value) for AWS::NoValue.
std::optional<Json> pseudoValue(const Pseudo& pseudo, std::string_view name) {
  if (name == "AWS::AccountId") return Json(pseudo.account);
  if (name == "AWS::Region") return Json(pseudo.region);
  if (name == "AWS::Partition") return Json(pseudo.partition);
  if (name == "AWS::StackId") return Json(pseudo.stack_id);
  if (name == "AWS::StackName") return Json(pseudo.stack_name);
  if (name == "AWS::URLSuffix") return Json(pseudo.url_suffix);
  if (name == "AWS::NotificationARNs") {
    Json list = Json::array();
    for (const std::string& arn : pseudo.notification_arns) list.push(Json(arn));
    return list;
  }
  return std::nullopt;
}

bool isUnknown(const Json& value) {
  if (value.isString()) return value.asString().find(kKnownAfterApply) != std::string::npos;
  if (value.isArray()) {
    for (const Json& item : value.asArray()) {
      if (isUnknown(item)) return true;
    }
  }
  if (value.isObject()) {
    for (const auto& [name, member] : value.asObject()) {
      if (isUnknown(member)) return true;
    }
  }
  return false;
}

Json unknown() {
  return Json(kKnownAfterApply);
}

class Evaluator {
 public:
  Evaluator(const Scope& scope, const References& references) : scope_(scope), references_(references) {}

  Value evaluate(const Json& value) const {
    if (value.isArray()) {
      Json out = Json::array();
      for (const Json& item : value.asArray()) {
        TRY_ASSIGN(std::optional<Json> element, evaluate(item));
        if (element) out.push(*std::move(element));
      }
      return std::optional(out);
    }
    if (!value.isObject()) return std::optional(value);
    const std::string_view function = functionName(value);
    if (function == "Ref" || function.substr(0, 4) == "Fn::") return apply(function, value[function]);
    Json out = Json::object();
    for (const auto& [name, member] : value.asObject()) {
      TRY_ASSIGN(std::optional<Json> element, evaluate(member));
      if (element) out.set(name, *std::move(element));
    }
    return std::optional(out);
  }

 private:
  Value apply(std::string_view function, const Json& argument) const {
    if (function == "Ref") return ref(argument);
    if (function == "Fn::GetAtt") return getAtt(argument);
    if (function == "Fn::Sub") return sub(argument);
    if (function == "Fn::If") return choose(argument);
    if (function == "Fn::FindInMap") return findInMap(argument);
    if (function == "Fn::Equals" || function == "Fn::And" || function == "Fn::Or" || function == "Fn::Not") {
      return templateError(std::string(function) + " cannot be partially collapsed");
    }
    if (function == "Fn::Transform") {
      return TemplateError{"Fn::Transform " + argument.stringAt("Name") + " is not supported"};
    }
    TRY_ASSIGN(std::optional<Json> evaluated, evaluate(argument));
    if (!evaluated) return templateError("AWS::NoValue cannot be the argument of " + std::string(function));
    if (function != "Fn::Select" && isUnknown(*evaluated)) return std::optional(unknown());
    if (function == "Fn::Join") return join(*evaluated);
    if (function == "Fn::Select") return select(*evaluated);
    if (function == "Fn::Split") return split(*evaluated);
    if (function == "Fn::Base64") return base64(*evaluated);
    if (function == "Fn::Cidr") return cidr(*evaluated);
    if (function == "Fn::GetAZs") return zones(*evaluated);
    if (function == "Fn::ImportValue") return importValue(*evaluated);
    if (function == "Fn::Length") {
      if (!evaluated->isArray()) return templateError("Fn::Length requires a list as its argument");
      return std::optional(Json(evaluated->size()));
    }
    if (function == "Fn::ToJsonString") return std::optional(Json(evaluated->write()));
    return templateError("Encountered unsupported function: " + std::string(function));
  }

  Value ref(const Json& argument) const {
    if (!argument.isString())
      return TemplateError{"Template format error: Every Ref object must have a single String value."};
    const std::string& name = argument.asString();
    if (name == "AWS::NoValue") return std::optional<Json>();
    if (const ParameterValue* parameter = findParameter(scope_, name)) return std::optional(parameter->value);
    if (auto value = pseudoValue(scope_.pseudo, name)) return value;
    TRY_ASSIGN(std::optional<Json> found, references_.ref(name));
    return found ? found : std::optional(unknown());
  }

  Value getAtt(const Json& argument) const {
    std::string resource;
    Json attribute;
    if (!splitGetAtt(argument, resource, attribute)) {
      return templateError(
          "every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute");
    }
    TRY_ASSIGN(std::optional<Json> name, evaluate(attribute));
    if (!name || !name->isString()) return templateError("the attribute of Fn::GetAtt must be a string");
    TRY_ASSIGN(std::optional<Json> found, references_.getAtt(resource, name->asString()));
    return found ? found : std::optional(unknown());
  }

  Value sub(const Json& argument) const {
    const Json& text = argument.isArray() ? argument[std::size_t{0}] : argument;
    const Json& variables = argument.isArray() ? argument[std::size_t{1}] : Json();
    if (!text.isString())
      return templateError(
          "One or more Fn::Sub intrinsic functions don't specify expected arguments. "
          "Specify a string as first argument, and an optional second argument to specify a mapping of values to "
          "replace in the string");
    TRY_ASSIGN(std::vector<SubPiece> pieces, splitSub(text.asString()));
    std::string out;
    for (const SubPiece& piece : pieces) {
      if (!piece.variable) {
        out += piece.text;
        continue;
      }
      const Json* own = variables.find(piece.text);
      const std::size_t dot = piece.text.find('.');
      TRY_ASSIGN(std::optional<Json> value, own != nullptr             ? evaluate(*own)
                                            : dot == std::string::npos ? ref(Json(piece.text))
                                                                       : getAtt(Json(piece.text)));
      if (!value || value->isObject() || value->isArray()) {
        return templateError("Fn::Sub expression does not resolve to a string: " + piece.text);
      }
      out += scalarText(*value);
    }
    Json result(std::move(out));
    return std::optional(isUnknown(result) ? unknown() : result);
  }

  Value choose(const Json& argument) const {
    if (!argument.isArray() || argument.size() != 3 || !argument[std::size_t{0}].isString()) {
      return templateError("Fn::If requires a list argument with three elements");
    }
    const std::string& name = argument[std::size_t{0}].asString();
    const auto condition = scope_.conditions.find(name);
    if (condition == scope_.conditions.end()) {
      return templateError("unresolved condition dependency " + name + " in Fn::If");
    }
    return evaluate(argument[std::size_t{condition->second ? 1u : 2u}]);
  }

  Value findInMap(const Json& argument) const {
    TRY_ASSIGN(std::optional<Json> path, evaluate(argument));
    if (!path || !path->isArray() || path->size() < 3) {
      return templateError(
          "every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return "
          "value");
    }
    const std::string map = scalarText((*path)[std::size_t{0}]);
    const std::string key = scalarText((*path)[1]);
    const std::string attribute = scalarText((*path)[2]);
    const Json& fallback = (*path)[3]["DefaultValue"];
    if (!scope_.mappings.contains(map) && fallback.isNull()) {
      return templateError("Mapping named '" + map + "' is not present in the 'Mappings' section of template.");
    }
    if (const Json* found = scope_.mappings[map][key].find(attribute)) return std::optional(*found);
    if (!fallback.isNull()) return std::optional(fallback);
    return templateError("Unable to get mapping for " + map + "::" + key + "::" + attribute);
  }

  static Value join(const Json& argument) {
    const Json& items = argument[1];
    if (!argument.isArray() || argument.size() != 2 || !argument[std::size_t{0}].isString() || !items.isArray()) {
      return templateError(
          "every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be "
          "joined "
          "or a function that returns a list of strings (such as Fn::GetAZs) to be joined.");
    }
    std::string out;
    bool first = true;
    for (const Json& item : items.asArray()) {
      if (item.isObject() || item.isArray()) {
        return templateError("every value of the list of Fn::Join must be a string");
      }
      if (!first) out += argument[std::size_t{0}].asString();
      first = false;
      out += scalarText(item);
    }
    return std::optional(Json(std::move(out)));
  }

  static Value select(const Json& argument) {
    if (!argument.isArray() || argument.size() != 2) {
      return templateError("Fn::Select requires a list argument with two elements: an integer index and a list");
    }
    if (isUnknown(argument[std::size_t{0}])) return std::optional(unknown());
    const std::string text = scalarText(argument[std::size_t{0}]);
    std::size_t index = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), index);
    if (text.empty() || end.ec != std::errc() || end.ptr != text.data() + text.size()) {
      return templateError("Fn::Select requires a list argument with a valid index value");
    }
    if (!argument[1].isArray()) {
      if (isUnknown(argument[1])) return std::optional(unknown());
      return templateError("Fn::Select requires a list argument with two elements: an integer index and a list");
    }
    if (index >= argument[1].size()) {
      return templateError("Fn::Select cannot select nonexistent value at index " + std::to_string(index));
    }
    return std::optional(argument[1][index]);
  }

  static Value split(const Json& argument) {
    const bool strings = argument.isArray() && argument.size() == 2 && argument[std::size_t{0}].isString() &&
                         argument[1].isString() && !argument[std::size_t{0}].asString().empty();
    if (!strings) {
      return templateError(
          "every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a "
          "function that returns a string to be split.");
    }
    const std::string& delimiter = argument[std::size_t{0}].asString();
    std::string_view rest = argument[1].asString();
    Json out = Json::array();
    for (;;) {
      const std::size_t at = rest.find(delimiter);
      out.push(Json(rest.substr(0, at)));
      if (at == std::string_view::npos) return std::optional(out);
      rest.remove_prefix(at + delimiter.size());
    }
  }

  static Value base64(const Json& argument) {
    if (argument.isObject() || argument.isArray()) {
      return templateError("every Fn::Base64 object must have a String-typed value.");
    }
    return std::optional(Json(base::encodeBase64(scalarText(argument))));
  }

  static Value cidr(const Json& argument) {
    TRY_ASSIGN(Json blocks, cidrBlocks(scalarText(argument[std::size_t{0}]), scalarText(argument[1]),
                                       argument.size() > 2 ? scalarText(argument[2]) : std::string("0")));
    return std::optional(blocks);
  }

  Value zones(const Json& argument) const {
    std::string region = scalarText(argument);
    if (region.empty()) region = scope_.pseudo.region;
    return std::optional(Json::array({Json(region + "a"), Json(region + "b"), Json(region + "c")}));
  }

  Value importValue(const Json& argument) const {
    if (!argument.isString()) {
      return templateError("the attribute in Fn::ImportValue must be a string or a function that returns a string");
    }
    TRY_ASSIGN(std::optional<Json> found, references_.importValue(argument.asString()));
    return found ? found : std::optional(unknown());
  }

  const Scope& scope_;
  const References& references_;
};

/// Conditions by name, each evaluated once.
class ConditionEvaluator {
 public:
  ConditionEvaluator(const Json& conditions, const Scope& scope) : conditions_(conditions), scope_(scope) {}

  Outcome<bool> named(const std::string& name) {
    const auto found = done_.find(name);
    if (found != done_.end()) return found->second;
    const Json* condition = conditions_.find(name);
    if (condition == nullptr) {
      return TemplateError{"Template format error: Unresolved condition dependency " + name +
                           " in the Conditions block of the template"};
    }
    if (!active_.insert(name).second) {
      return TemplateError{"Template format error: Found circular condition dependency between " + name +
                           " and itself"};
    }
    TRY_ASSIGN(const bool value, evaluate(*condition));
    active_.erase(name);
    done_[name] = value;
    return value;
  }

  Outcome<bool> evaluate(const Json& condition) {
    const std::string_view function = functionName(condition);
    const Json& argument = condition[function];
    if (function == "Condition" && argument.isString()) return named(argument.asString());
    if (function == "Fn::Equals") return equals(argument);
    if (function == "Fn::Not") {
      TRY_ASSIGN(const bool value, evaluate(argument[std::size_t{0}]));
      return !value;
    }
    if (function == "Fn::And" || function == "Fn::Or") {
      const bool all = function == "Fn::And";
      bool result = all;
      if (!argument.isArray()) return notBoolean();
      for (const Json& item : argument.asArray()) {
        TRY_ASSIGN(const bool value, evaluate(item));
        result = all ? result && value : result || value;
      }
      return result;
    }
    if (function == "Fn::Contains") {
      TRY_ASSIGN(Json list, plain(argument[std::size_t{0}]));
      TRY_ASSIGN(Json item, plain(argument[1]));
      if (!list.isArray()) return false;
      for (const Json& candidate : list.asArray()) {
        if (scalarText(candidate) == scalarText(item)) return true;
      }
      return false;
    }
    if (condition.isBool()) return condition.asBool();
    if (condition.isString() && (condition.asString() == "true" || condition.asString() == "false")) {
      return condition.asString() == "true";
    }
    return notBoolean();
  }

 private:
  static TemplateError notBoolean() {
    return {"Template format error: Conditions can only be boolean operations on parameters and other conditions"};
  }

  Outcome<Json> plain(const Json& value) {
    Scope scope = scope_;
    // Fn::If inside of a condition needs the conditions it names.
    for (const Reference& reference : collectReferences(value)) {
      if (reference.kind == Reference::Kind::Condition) {
        TRY_ASSIGN(scope.conditions[reference.name], named(reference.name));
      }
    }
    const UnknownReferences references;
    TRY_ASSIGN(std::optional<Json> result, Evaluator(scope, references).evaluate(value));
    return result.value_or(Json());
  }

  Outcome<bool> equals(const Json& argument) {
    if (!argument.isArray() || argument.size() != 2) {
      return templateError("every Fn::Equals object requires a list of 2 string parameters.");
    }
    TRY_ASSIGN(Json left, plain(argument[std::size_t{0}]));
    TRY_ASSIGN(Json right, plain(argument[1]));
    const bool scalars = !left.isArray() && !left.isObject() && !right.isArray() && !right.isObject();
    return scalars ? scalarText(left) == scalarText(right) : left == right;
  }

  const Json& conditions_;
  const Scope& scope_;
  std::map<std::string, bool> done_;
  std::set<std::string> active_;
};

}  // namespace

Value UnknownReferences::ref(const std::string&) const {
  return std::optional<Json>();
}
Value UnknownReferences::getAtt(const std::string&, const std::string&) const {
  return std::optional<Json>();
}
Value UnknownReferences::importValue(const std::string&) const {
  return std::optional<Json>();
}

Outcome<std::map<std::string, bool>> evaluateConditions(const Json& conditions, const Scope& scope) {
  std::map<std::string, bool> result;
  if (!conditions.isObject()) return result;
  ConditionEvaluator evaluator(conditions, scope);
  for (const auto& [name, condition] : conditions.asObject()) {
    TRY_ASSIGN(result[name], evaluator.named(name));
  }
  return result;
}

Outcome<bool> evaluateCondition(const Json& condition, const Scope& scope) {
  const Json none;
  return ConditionEvaluator(none, scope).evaluate(condition);
}

Outcome<std::optional<Json>> evaluate(const Json& value, const Scope& scope, const References& references) {
  return Evaluator(scope, references).evaluate(value);
}

}  // namespace thimble::lang::template_
