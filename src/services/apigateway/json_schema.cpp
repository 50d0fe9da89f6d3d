#include "services/apigateway/json_schema.h"

#include <re2/re2.h>

#include <cmath>
#include <string>

namespace thimble::services::apigateway {
namespace {

using base::Json;

std::size_t codePoints(const std::string& text) {
  std::size_t count = 0;
  for (unsigned char c : text) count += (c & 0xC0) != 0x80;
  return count;
}

bool isWhole(const Json& value) {
  return value.isInt() || (value.isDouble() && std::floor(value.asDouble()) == value.asDouble());
}

class Validation {
 public:
  Validation(const Json& root, const SchemaLookup& lookup) : root_(&root), lookup_(lookup) {}

  bool check(const Json& value, const Json& schema, int depth = 0) {
    if (++steps_ > 100'000 || depth > 64) return false;
    if (!schema.isObject()) return !(schema.isBool() && !schema.asBool());
    if (const Json* reference = schema.find("$ref"); reference && reference->isString()) {
      return checkReference(value, reference->asString(), depth);
    }
    return checkType(value, schema["type"]) && checkEnum(value, schema["enum"]) && checkNumber(value, schema) &&
           checkText(value, schema) && checkArray(value, schema, depth) && checkObject(value, schema, depth) &&
           checkCombined(value, schema, depth);
  }

 private:
  bool checkReference(const Json& value, const std::string& reference, int depth) {
    if (reference.empty() || reference[0] != '#') {
      const Json* found = lookup_(reference);
      if (!found) return false;
      // References inside of another schema are to that one.
      const Json* const before = std::exchange(root_, found);
      const bool matches = check(value, *found, depth + 1);
      root_ = before;
      return matches;
    }
    const Json* found = root_;
    std::string_view rest = std::string_view(reference).substr(1);
    while (found && !rest.empty()) {
      rest.remove_prefix(1);
      const std::size_t end = std::min(rest.find('/'), rest.size());
      found = found->find(rest.substr(0, end));
      rest.remove_prefix(end);
    }
    return found && check(value, *found, depth + 1);
  }

  static bool isType(const Json& value, const Json& type) {
    if (!type.isString()) return false;
    const std::string& name = type.asString();
    if (name == "object") return value.isObject();
    if (name == "array") return value.isArray();
    if (name == "string") return value.isString();
    if (name == "number") return value.isNumber();
    if (name == "integer") return isWhole(value);
    if (name == "boolean") return value.isBool();
    if (name == "null") return value.isNull();
    return name == "any";
  }

  static bool checkType(const Json& value, const Json& type) {
    if (type.isNull()) return true;
    if (!type.isArray()) return isType(value, type);
    for (const Json& each : type.asArray()) {
      if (isType(value, each)) return true;
    }
    return false;
  }

  bool checkEnum(const Json& value, const Json& values) {
    if (!values.isArray()) return true;
    steps_ += values.size();
    for (const Json& each : values.asArray()) {
      if (each.kind() == value.kind() && each == value) return true;
      if (each.isNumber() && value.isNumber() && each == value) return true;
    }
    return false;
  }

  static bool checkNumber(const Json& value, const Json& schema) {
    if (!value.isNumber()) return true;
    const double number = value.asDouble();
    const Json& minimum = schema["minimum"];
    const Json& maximum = schema["maximum"];
    const Json& multiple = schema["multipleOf"];
    if (minimum.isNumber()) {
      const bool exclusive = schema["exclusiveMinimum"] == Json(true);
      if (number < minimum.asDouble() || (exclusive && number == minimum.asDouble())) return false;
    }
    if (maximum.isNumber()) {
      const bool exclusive = schema["exclusiveMaximum"] == Json(true);
      if (number > maximum.asDouble() || (exclusive && number == maximum.asDouble())) return false;
    }
    if (multiple.isNumber() && multiple.asDouble() > 0) {
      const double quotient = number / multiple.asDouble();
      if (std::fabs(quotient - std::round(quotient)) > 1e-9) return false;
    }
    return true;
  }

  static bool within(std::size_t count, const Json& least, const Json& most) {
    if (least.isNumber() && static_cast<double>(count) < least.asDouble()) return false;
    return !most.isNumber() || static_cast<double>(count) <= most.asDouble();
  }

  bool checkText(const Json& value, const Json& schema) {
    if (!value.isString()) return true;
    const std::string& text = value.asString();
    steps_ += text.size() / 1024;
    if (!within(codePoints(text), schema["minLength"], schema["maxLength"])) return false;
    if (!schema["pattern"].isString()) return true;
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(1 << 20);
    const RE2 pattern(schema["pattern"].asString(), options);
    return pattern.ok() && RE2::PartialMatch(text, pattern);
  }

  bool checkArray(const Json& value, const Json& schema, int depth) {
    if (!value.isArray()) return true;
    const Json::Array& items = value.asArray();
    if (!within(items.size(), schema["minItems"], schema["maxItems"])) return false;
    if (schema["uniqueItems"] == Json(true)) {
      for (std::size_t i = 0; i < items.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
          if (++steps_ > 100'000 || (items[i].kind() == items[k].kind() && items[i] == items[k])) return false;
        }
      }
    }
    const Json& element = schema["items"];
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (element.isObject()) {
        if (!check(items[i], element, depth + 1)) return false;
      } else if (element.isArray()) {
        const Json& own = i < element.size() ? element[i] : schema["additionalItems"];
        if (!check(items[i], own.isNull() ? Json(true) : own, depth + 1)) return false;
      }
    }
    return true;
  }

  bool checkObject(const Json& value, const Json& schema, int depth) {
    if (!value.isObject()) return true;
    if (!within(value.size(), schema["minProperties"], schema["maxProperties"])) return false;
    if (schema["required"].isArray()) {
      for (const Json& name : schema["required"].asArray()) {
        if (name.isString() && !value.contains(name.asString())) return false;
      }
    }
    for (const auto& [name, member] : value.asObject()) {
      bool known = false;
      if (const Json* own = schema["properties"].find(name)) {
        known = true;
        if (!check(member, *own, depth + 1)) return false;
      }
      if (schema["patternProperties"].isObject()) {
        for (const auto& [pattern, own] : schema["patternProperties"].asObject()) {
          RE2::Options options;
          options.set_log_errors(false);
          const RE2 expression(pattern, options);
          if (!expression.ok() || !RE2::PartialMatch(name, expression)) continue;
          known = true;
          if (!check(member, own, depth + 1)) return false;
        }
      }
      const Json& additional = schema["additionalProperties"];
      if (!known && !additional.isNull() && !check(member, additional, depth + 1)) return false;
    }
    return true;
  }

  bool checkCombined(const Json& value, const Json& schema, int depth) {
    auto count = [&](const Json& schemas) {
      std::size_t matching = 0;
      for (const Json& each : schemas.asArray()) matching += check(value, each, depth + 1);
      return matching;
    };
    const Json& all = schema["allOf"];
    const Json& any = schema["anyOf"];
    const Json& one = schema["oneOf"];
    if (all.isArray() && count(all) != all.size()) return false;
    if (any.isArray() && count(any) == 0) return false;
    if (one.isArray() && count(one) != 1) return false;
    return schema["not"].isNull() || !check(value, schema["not"], depth + 1);
  }

  const Json* root_;
  const SchemaLookup& lookup_;
  std::size_t steps_ = 0;
};

}  // namespace

bool matchesSchema(const Json& value, const Json& schema, const SchemaLookup& lookup) {
  return Validation(schema, lookup).check(value, schema);
}

}  // namespace thimble::services::apigateway
