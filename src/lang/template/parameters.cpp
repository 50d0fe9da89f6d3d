#include "lang/template/parameters.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace thimble::lang::template_ {
namespace {

using base::Json;

constexpr std::array<std::string_view, 4> kPlainTypes = {"String", "Number", "List<Number>", "CommaDelimitedList"};

bool startsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

/// AWS-specific types whose values are plain text here, because the service behind them checks them.
bool isAwsType(std::string_view type) {
  if (startsWith(type, "List<") && type.back() == '>') type = type.substr(5, type.size() - 6);
  return startsWith(type, "AWS::EC2::") || type == "AWS::Route53::HostedZone::Id" || type == "List<String>" ||
         type == "String";
}

constexpr std::string_view kStoredType = "AWS::SSM::Parameter::Value<";

/// "String" of "AWS::SSM::Parameter::Value<String>"; all else as it is.
std::string_view valueType(std::string_view type) {
  if (!startsWith(type, kStoredType) || type.back() != '>') return type;
  return type.substr(kStoredType.size(), type.size() - kStoredType.size() - 1);
}

bool isKnownType(std::string_view type) {
  if (type == "AWS::SSM::Parameter::Name") return true;
  if (startsWith(type, kStoredType)) {
    type = valueType(type);
    return type == "String" || type == "CommaDelimitedList" || isAwsType(type);
  }
  return std::find(kPlainTypes.begin(), kPlainTypes.end(), type) != kPlainTypes.end() || isAwsType(type);
}

bool isList(std::string_view type) {
  type = valueType(type);
  return type == "CommaDelimitedList" || startsWith(type, "List<");
}

std::string listText(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::optional<double> toNumber(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string> splitList(std::string_view text) {
  std::vector<std::string> items;
  if (text.empty()) return items;
  for (;;) {
    const std::size_t comma = text.find(',');
    std::string_view item = text.substr(0, comma);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    items.emplace_back(item);
    if (comma == std::string_view::npos) return items;
    text.remove_prefix(comma + 1);
  }
}

/// The constraint's own description replaces what we would say, as AWS does.
TemplateError broken(const std::string& key, const Json& declaration, const std::string& message) {
  const std::string description = declaration.stringAt("ConstraintDescription");
  if (!description.empty()) return {"Parameter " + key + " failed to satisfy constraint: " + description};
  return {"Parameter '" + key + "' " + message};
}

Outcome<void> checkItem(const std::string& key, const Json& declaration, const std::string& type,
                        const std::string& item) {
  if (const Json* allowed = declaration.find("AllowedValues")) {
    bool found = false;
    if (allowed->isArray()) {
      for (const Json& value : allowed->asArray()) found = found || scalarText(value) == item;
    }
    if (!found) {
      return broken(key, declaration, "must be one of AllowedValues");
    }
  }
  if (type == "Number" || type == "List<Number>") {
    const auto number = toNumber(item);
    if (!number) return TemplateError{"Parameter '" + key + "' must be a number."};
    const auto least = declaration.contains("MinValue") ? toNumber(scalarText(declaration["MinValue"])) : std::nullopt;
    const auto most = declaration.contains("MaxValue") ? toNumber(scalarText(declaration["MaxValue"])) : std::nullopt;
    if (least && *number < *least) {
      return broken(key, declaration, "must be a number not less than " + scalarText(declaration["MinValue"]));
    }
    if (most && *number > *most) {
      return broken(key, declaration, "must be a number not greater than " + scalarText(declaration["MaxValue"]));
    }
    return {};
  }
  const auto shortest =
      declaration.contains("MinLength") ? toNumber(scalarText(declaration["MinLength"])) : std::nullopt;
  const auto longest =
      declaration.contains("MaxLength") ? toNumber(scalarText(declaration["MaxLength"])) : std::nullopt;
  const double length =
      static_cast<double>(std::count_if(item.begin(), item.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
  if (shortest && length < *shortest) {
    return broken(key, declaration, "must contain at least " + scalarText(declaration["MinLength"]) + " characters");
  }
  if (longest && length > *longest) {
    return broken(key, declaration, "must contain at most " + scalarText(declaration["MaxLength"]) + " characters");
  }
  if (const Json* pattern = declaration.find("AllowedPattern")) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(1 << 20);
    const RE2 expression(scalarText(*pattern), options);
    if (!expression.ok()) {
      return TemplateError{"Template format error: AllowedPattern of parameter " + key +
                           " is not a supported regular expression: " + expression.error()};
    }
    if (!RE2::FullMatch(item, expression))
      return broken(key, declaration, "must match pattern " + scalarText(*pattern));
  }
  return {};
}

/// `stored`: what Parameter Store has under the name `text`, for a parameter of such a type.
Outcome<ParameterValue> makeValue(const std::string& key, const Json& declaration, std::string text,
                                  const std::optional<std::string>& stored) {
  const std::string type = declaration.stringAt("Type");
  if (text.size() > 4096) {
    return TemplateError{"Parameter '" + key + "' must contain at most 4096 characters"};
  }
  ParameterValue result{key, std::move(text), {}, scalarText(declaration["NoEcho"]) == "true"};
  if (isStoredParameter(declaration)) {
    TRY(checkItem(key, declaration, type, result.text));
    if (!stored) {
      return TemplateError{"Unable to fetch parameters [" + result.text + "] from parameter store for this account."};
    }
    result.stored = true;
    result.value = Json(*stored);
    if (isList(type)) {
      result.value = Json::array();
      for (std::string& item : splitList(*stored)) result.value.push(Json(std::move(item)));
    }
    return result;
  }
  if (isList(type)) {
    result.value = Json::array();
    for (std::string& item : splitList(result.text)) {
      TRY(checkItem(key, declaration, type, item));
      result.value.push(Json(std::move(item)));
    }
  } else {
    TRY(checkItem(key, declaration, type, result.text));
    result.value = Json(result.text);
  }
  return result;
}

const ParameterValue* findValue(const std::vector<ParameterValue>& values, const std::string& key) {
  for (const ParameterValue& value : values) {
    if (value.key == key) return &value;
  }
  return nullptr;
}

}  // namespace

bool isStoredParameter(const Json& declaration) {
  return startsWith(declaration.stringAt("Type"), kStoredType);
}

std::string scalarText(const Json& scalar) {
  if (scalar.isString()) return scalar.asString();
  if (scalar.isNull()) return {};
  return scalar.write();
}

Outcome<void> validateParameterDeclarations(const Json& parameters) {
  if (!parameters.isObject()) return {};
  if (parameters.size() > 200) {
    return TemplateError{"Template format error: Number of parameters, " + std::to_string(parameters.size()) +
                         ", is greater than maximum allowed, 200"};
  }
  static constexpr std::array<std::string_view, 12> kMembers = {
      "Type",        "Default",  "AllowedPattern", "AllowedValues", "ConstraintDescription",
      "Description", "MaxValue", "MinValue",       "MaxLength",     "MinLength",
      "NoEcho",      "Id"};
  for (const auto& [key, declaration] : parameters.asObject()) {
    const bool alphanumeric = !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
      return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    });
    if (!alphanumeric) return TemplateError{"Template format error: Parameter name " + key + " is non alphanumeric."};
    if (!declaration.isObject() || !declaration["Type"].isString()) {
      return TemplateError{"Template format error: Every Parameters object must contain a Type member."};
    }
    for (const auto& [name, value] : declaration.asObject()) {
      if (std::find(kMembers.begin(), kMembers.end(), name) == kMembers.end()) {
        return TemplateError{"Invalid template parameter property '" + name + "'"};
      }
    }
    const std::string& type = declaration["Type"].asString();
    if (type.empty() || !isKnownType(type)) {
      return TemplateError{"Template format error: Unrecognized parameter type: " + type};
    }
    if (const Json* fallback = declaration.find("Default")) {
      if (fallback->isObject() || fallback->isArray()) {
        return TemplateError{"Template format error: Every Default member must be a string."};
      }
    }
    if (const Json* description = declaration.find("Description")) {
      if (!description->isString())
        return TemplateError{"Template format error: Every Description member must be a string."};
    }
    if (const Json* allowed = declaration.find("AllowedValues")) {
      if (!allowed->isArray())
        return TemplateError{"Template format error: Every AllowedValues member must be a list."};
    }
  }
  return {};
}

Outcome<std::vector<ParameterValue>> resolveParameters(const Json& declarations,
                                                       const std::vector<GivenParameter>& given,
                                                       const std::vector<ParameterValue>& previous) {
  std::vector<std::string> surplus;
  for (const GivenParameter& parameter : given) {
    if (!declarations.contains(parameter.key)) surplus.push_back(parameter.key);
    if (parameter.use_previous && parameter.value) {
      return TemplateError{"Invalid input for parameter key " + parameter.key +
                           ". Cannot specify usePreviousValue as true and non empty value for a parameter"};
    }
    if (parameter.use_previous && findValue(previous, parameter.key) == nullptr) {
      return TemplateError{
          "Invalid input for parameter key " + parameter.key +
          ". Cannot specify usePreviousValue as true for a parameter key not in the previous template"};
    }
  }
  if (!surplus.empty()) return TemplateError{"Parameters: [" + listText(surplus) + "] do not exist in the template"};
  std::vector<ParameterValue> values;
  if (!declarations.isObject()) return values;
  std::vector<std::string> missing;
  for (const auto& [key, declaration] : declarations.asObject()) {
    std::optional<std::string> text;
    std::optional<std::string> stored;
    for (const GivenParameter& parameter : given) {
      if (parameter.key != key) continue;
      if (parameter.stored) stored = parameter.stored;
      if (parameter.use_previous) {
        text = findValue(previous, key)->text;
      } else if (parameter.value || !parameter.stored) {
        text = parameter.value.value_or("");
      }
    }
    if (!text && declaration.contains("Default")) text = scalarText(declaration["Default"]);
    if (!text) {
      missing.push_back(key);
      continue;
    }
    TRY_ASSIGN(ParameterValue value, makeValue(key, declaration, *std::move(text), stored));
    values.push_back(std::move(value));
  }
  if (!missing.empty()) return TemplateError{"Parameters: [" + listText(missing) + "] must have values"};
  return values;
}

}  // namespace thimble::lang::template_
