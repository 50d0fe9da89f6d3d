#include "lang/template/functions_shape.h"

#include <string>
#include <string_view>

#include "lang/template/references.h"

namespace thimble::lang::template_ {
namespace {

using base::Json;

TemplateError templateError(std::string text) {
  return {"Template error: " + std::move(text)};
}

bool isFunction(const Json& value) {
  return !functionName(value).empty();
}

bool isListOf(const Json& value, std::size_t least, std::size_t most) {
  return value.isArray() && value.size() >= least && value.size() <= most;
}

Outcome<void> checkSub(const Json& argument) {
  const bool pair = argument.isArray() && argument.size() == 2 && argument[std::size_t{0}].isString() &&
                    argument[std::size_t{1}].isObject();
  if (!argument.isString() && !pair) {
    return templateError(
        "One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, "
        "and an optional second argument to specify a mapping of values to replace in the string");
  }
  TRY(splitSub(pair ? argument[std::size_t{0}].asString() : argument.asString()));
  return {};
}

Outcome<void> checkShape(std::string_view function, const Json& argument) {
  if (function == "Ref") {
    if (!argument.isString())
      return TemplateError{"Template format error: Every Ref object must have a single String value."};
  } else if (function == "Fn::GetAtt") {
    std::string resource;
    Json attribute;
    if (!splitGetAtt(argument, resource, attribute)) {
      return templateError(
          "every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute");
    }
  } else if (function == "Fn::Sub") {
    return checkSub(argument);
  } else if (function == "Fn::Join") {
    const bool pair = isListOf(argument, 2, 2) && argument[std::size_t{0}].isString() &&
                      (argument[1].isArray() || isFunction(argument[1]));
    if (!pair) {
      return templateError(
          "every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be "
          "joined "
          "or a function that returns a list of strings (such as Fn::GetAZs) to be joined.");
    }
  } else if (function == "Fn::Select") {
    if (!isListOf(argument, 2, 2)) {
      return templateError("Fn::Select requires a list argument with two elements: an integer index and a list");
    }
  } else if (function == "Fn::Split") {
    if (!isListOf(argument, 2, 2) || !argument[std::size_t{0}].isString()) {
      return templateError(
          "every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a "
          "function that returns a string to be split.");
    }
  } else if (function == "Fn::FindInMap") {
    if (!isListOf(argument, 3, 4)) {
      return templateError(
          "every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return "
          "value");
    }
  } else if (function == "Fn::If") {
    if (!isListOf(argument, 3, 3)) return templateError("Fn::If requires a list argument with three elements");
    if (!argument[std::size_t{0}].isString()) {
      return templateError("Fn::If requires a list argument with the first element being a condition");
    }
  } else if (function == "Fn::Equals") {
    if (!isListOf(argument, 2, 2))
      return templateError("every Fn::Equals object requires a list of 2 string parameters.");
  } else if (function == "Fn::Not") {
    if (!isListOf(argument, 1, 1)) return templateError("every Fn::Not object requires a list of 1 boolean parameter.");
  } else if (function == "Fn::And" || function == "Fn::Or") {
    if (!isListOf(argument, 2, 10)) {
      return templateError("every " + std::string(function) +
                           " object requires a list of at least 2 and at most 10 boolean parameters.");
    }
  } else if (function == "Fn::Cidr") {
    if (!isListOf(argument, 2, 3)) {
      return templateError("every Fn::Cidr object requires two required parameters, (1) ipBlock and (2) count.");
    }
  } else if (function == "Fn::Transform") {
    if (!argument.isObject() || !argument["Name"].isString()) {
      return TemplateError{"Key Name of transform definition must be a string."};
    }
  } else if (function == "Fn::ImportValue") {
    if (!argument.isString() && !isFunction(argument)) {
      return templateError("the attribute in Fn::ImportValue must be a string or a function that returns a string");
    }
  }
  return {};
}

}  // namespace

Outcome<void> checkFunctionShapes(const Json& value) {
  if (value.isArray()) {
    for (const Json& item : value.asArray()) TRY(checkFunctionShapes(item));
    return {};
  }
  if (!value.isObject()) return {};
  const std::string_view function = functionName(value);
  if (!function.empty()) TRY(checkShape(function, value[function]));
  for (const auto& [name, member] : value.asObject()) TRY(checkFunctionShapes(member));
  return {};
}

Outcome<void> checkIfConditions(const Json& value, const Json& conditions) {
  if (value.isArray()) {
    for (const Json& item : value.asArray()) TRY(checkIfConditions(item, conditions));
    return {};
  }
  if (!value.isObject()) return {};
  if (functionName(value) == "Fn::If") {
    const Json& name = value["Fn::If"][std::size_t{0}];
    if (name.isString() && !conditions.contains(name.asString())) {
      return templateError("unresolved condition dependency " + name.asString() + " in Fn::If");
    }
  }
  for (const auto& [name, member] : value.asObject()) TRY(checkIfConditions(member, conditions));
  return {};
}

}  // namespace thimble::lang::template_
