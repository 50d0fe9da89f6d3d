#include "services/sns/filter_policy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <vector>

#include "lang/asl/json_diagnosis.h"
#include "services/sns/errors.h"

namespace thimble::services::sns {
namespace {

using base::Json;

constexpr std::size_t kMaxKeys = 5;
constexpr std::size_t kMaxCombinations = 150;
constexpr double kLargestNumber = 1e9;

base::ApiError refusal(const std::string& reason) {
  return invalidParameter("Attributes Reason: FilterPolicy: " + reason);
}

struct Network {
  int family = AF_INET;
  unsigned char bytes[16] = {};
  int bits = 0;
};

base::Result<Network> parseNetwork(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos || text.find('/', slash + 1) != std::string::npos) {
    return refusal("Malformed CIDR, one '/' required");
  }
  Network network;
  const std::string mask = text.substr(slash + 1);
  const auto [end, error] = std::from_chars(mask.data(), mask.data() + mask.size(), network.bits);
  if (error != std::errc() || end != mask.data() + mask.size()) {
    return refusal("Malformed CIDR, mask bits must be an integer");
  }
  const std::string address = text.substr(0, slash);
  network.family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
  if (inet_pton(network.family, address.c_str(), network.bytes) != 1) {
    return refusal("Nonstandard IP address: " + address);
  }
  const int most = network.family == AF_INET ? 32 : 128;
  if (network.bits < 0 || network.bits > most) {
    return refusal("Malformed CIDR, mask bits must be >= 0 and <= " + std::to_string(most));
  }
  return network;
}

bool inNetwork(const Network& network, const std::string& text) {
  unsigned char bytes[16];
  if (inet_pton(network.family, text.c_str(), bytes) != 1) return false;
  for (int bit = 0; bit < network.bits; ++bit) {
    const int mask = 0x80 >> (bit % 8);
    if ((bytes[bit / 8] & mask) != (network.bytes[bit / 8] & mask)) return false;
  }
  return true;
}

base::Result<void> checkNumeric(const Json& terms) {
  if (!terms.isArray()) return refusal("Value of numeric must be an array.");
  if (terms.empty()) return refusal("Invalid member in numeric match: ]");
  for (std::size_t i = 0; i < terms.size(); i += 2) {
    if (!terms[i].isString()) return refusal("Invalid member in numeric match: " + terms[i].write());
    const std::string& op = terms[i].asString();
    if (op != "=" && op != "<" && op != "<=" && op != ">" && op != ">=") {
      return refusal("Unrecognized numeric range operator: " + op);
    }
    if (i + 1 == terms.size() || !terms[i + 1].isNumber()) return refusal("Value of " + op + " must be numeric");
    const double value = terms[i + 1].asDouble();
    if (value < -kLargestNumber || value > kLargestNumber) {
      return refusal("Value of " + op + " must be between -1.0E9 and 1.0E9, inclusive");
    }
  }
  if (terms.size() > 4) return refusal("Too many elements in numeric expression");
  if (terms.size() == 4) {
    if (terms[std::size_t{0}].asString().front() != '>' || terms[2].asString().front() != '<') {
      return refusal("Too many terms in numeric range expression");
    }
    if (terms[1].asDouble() >= terms[3].asDouble()) return refusal("Bottom must be less than top");
  }
  return {};
}

base::Result<void> checkAnythingBut(const Json& value) {
  if (value.isObject()) {
    const auto& [name, pattern] = *value.asObject().begin();
    if (value.size() != 1 || name != "prefix") return refusal("Unsupported anything-but pattern: " + name);
    if (!pattern.isString()) return refusal("prefix match pattern must be a string");
    return {};
  }
  if (value.isArray()) {
    if (value.empty()) return refusal("Empty arrays are not allowed");
    const bool texts =
        std::all_of(value.asArray().begin(), value.asArray().end(), [](const Json& v) { return v.isString(); });
    const bool numbers =
        std::all_of(value.asArray().begin(), value.asArray().end(), [](const Json& v) { return v.isNumber(); });
    if (!texts && !numbers)
      return refusal("Inside anything but list, either all values are number or string, mixed type is not supported");
    return {};
  }
  if (!value.isString() && !value.isNumber())
    return refusal("Value of anything-but must be an array or single string/number value.");
  return {};
}

base::Result<void> checkCondition(const Json& condition) {
  if (condition.isArray()) return refusal("Match value must be String, number, true, false, or null");
  if (!condition.isObject()) return {};
  if (condition.size() != 1) return refusal("Only one key allowed in match expression");
  const auto& [name, value] = *condition.asObject().begin();
  if (name == "prefix" || name == "suffix" || name == "equals-ignore-case") {
    if (!value.isString()) return refusal(name + " match pattern must be a string");
    return {};
  }
  if (name == "anything-but") return checkAnythingBut(value);
  if (name == "exists") {
    if (!value.isBool()) return refusal("exists match pattern must be either true or false.");
    return {};
  }
  if (name == "numeric") return checkNumeric(value);
  if (name == "cidr") {
    if (!value.isString()) return refusal("prefix match pattern must be a string");
    auto network = parseNetwork(value.asString());
    if (!network.ok()) return std::move(network).error();
    return {};
  }
  return refusal("Unrecognized match type " + name);
}

base::Result<void> checkLevel(const Json& level, bool body_scope, std::size_t depth, std::size_t& keys,
                              std::size_t& combinations) {
  for (const auto& [name, value] : level.asObject()) {
    if (name == "$or" && value.isArray() && value.size() >= 2) {
      for (const Json& alternative : value.asArray()) {
        if (!alternative.isObject()) return refusal("\"$or\" must be an array of objects");
        TRY(checkLevel(alternative, body_scope, depth, keys, combinations));
      }
      continue;
    }
    if (value.isObject()) {
      if (!body_scope) {
        for (const auto& [inner, ignored] : value.asObject()) {
          return refusal("\"" + inner + "\" must be an object or an array");
        }
        return refusal("\"" + name + "\" must be an object or an array");
      }
      if (value.empty()) return refusal("Empty objects are not allowed");
      TRY(checkLevel(value, body_scope, depth + 1, keys, combinations));
      continue;
    }
    if (!value.isArray()) return refusal("\"" + name + "\" must be an object or an array");
    if (value.empty()) return refusal("Empty arrays are not allowed");
    ++keys;
    // Nested keys weigh more: the level multiplies.
    combinations = std::min<std::size_t>(combinations * value.size() * depth, SIZE_MAX / (1 << 20));
    for (const Json& condition : value.asArray()) TRY(checkCondition(condition));
  }
  return {};
}

bool numericMatches(const Json& terms, double value) {
  for (std::size_t i = 0; i + 1 < terms.size(); i += 2) {
    const std::string& op = terms[i].asString();
    const double bound = terms[i + 1].asDouble();
    const bool holds = op == "="    ? value == bound
                       : op == "<"  ? value < bound
                       : op == "<=" ? value <= bound
                       : op == ">"  ? value > bound
                                    : value >= bound;
    if (!holds) return false;
  }
  return true;
}

bool equalIgnoringCase(const std::string& a, const std::string& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](unsigned char x, unsigned char y) {
           return std::tolower(x) == std::tolower(y);
         });
}

/// Does one value satisfy one condition? `value` null means JSON's null.
bool conditionMatches(const Json& condition, const Json& value) {
  if (!condition.isObject()) return condition == value;
  const auto& [name, pattern] = *condition.asObject().begin();
  if (name == "exists") return pattern.asBool();
  if (name == "numeric") return value.isNumber() && numericMatches(pattern, value.asDouble());
  if (name == "anything-but") {
    if (pattern.isObject()) {
      return !value.isString() || !value.asString().starts_with(pattern["prefix"].asString());
    }
    if (pattern.isArray()) {
      return std::none_of(pattern.asArray().begin(), pattern.asArray().end(),
                          [&](const Json& each) { return each == value; });
    }
    return !(pattern == value);
  }
  if (!value.isString()) return false;
  const std::string& text = value.asString();
  if (name == "prefix") return text.starts_with(pattern.asString());
  if (name == "suffix") return text.ends_with(pattern.asString());
  if (name == "equals-ignore-case") return equalIgnoringCase(text, pattern.asString());
  if (name == "cidr") {
    const auto network = parseNetwork(pattern.asString());
    return network.ok() && inNetwork(*network, text);
  }
  return false;
}

/// `values` empty: the key is absent.
bool conditionsMatch(const Json& conditions, const std::vector<Json>& values) {
  return std::any_of(conditions.asArray().begin(), conditions.asArray().end(), [&](const Json& condition) {
    if (values.empty()) {
      const Json* exists = condition.find("exists");
      return exists != nullptr && !exists->asBool();
    }
    if (const Json* exists = condition.find("exists")) return exists->asBool();
    return std::any_of(values.begin(), values.end(),
                       [&](const Json& value) { return conditionMatches(condition, value); });
  });
}

using Lookup = std::function<std::vector<Json>(const std::string& name)>;

bool levelMatches(const Json& level, const Lookup& lookup) {
  return std::all_of(level.asObject().begin(), level.asObject().end(), [&](const auto& member) {
    if (member.first == "$or" && member.second.isArray() && member.second.size() >= 2) {
      return std::any_of(member.second.asArray().begin(), member.second.asArray().end(),
                         [&](const Json& alternative) { return levelMatches(alternative, lookup); });
    }
    return conditionsMatch(member.second, lookup(member.first));
  });
}

bool objectMatches(const Json& level, const Json& object) {
  return std::all_of(level.asObject().begin(), level.asObject().end(), [&](const auto& member) {
    const auto& [name, pattern] = member;
    if (name == "$or" && pattern.isArray() && pattern.size() >= 2) {
      return std::any_of(pattern.asArray().begin(), pattern.asArray().end(),
                         [&](const Json& alternative) { return objectMatches(alternative, object); });
    }
    const Json* value = object.find(name);
    if (pattern.isObject()) {
      if (value == nullptr) return objectMatches(pattern, Json::object());
      if (value->isArray()) {
        return std::any_of(value->asArray().begin(), value->asArray().end(),
                           [&](const Json& item) { return objectMatches(pattern, item); });
      }
      return objectMatches(pattern, *value);
    }
    std::vector<Json> values;
    if (value != nullptr) {
      if (value->isArray()) {
        values = value->asArray();
      } else {
        values.push_back(*value);
      }
    }
    return conditionsMatch(pattern, values);
  });
}

}  // namespace

std::string diagnosis(const std::string& text) {
  const auto found = lang::asl::diagnoseJson(text);
  if (!found) return "";
  return found->message + "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: " +
         std::to_string(found->line) + ", column: " + std::to_string(found->column) + "]";
}

base::Result<Json> parseFilterPolicy(const std::string& text, bool body_scope) {
  auto parsed = Json::parse(text, {.max_depth = 32, .max_bytes = std::size_t{256} << 10});
  if (!parsed.ok()) return refusal("failed to parse JSON. " + diagnosis(text));
  if (!parsed->isObject()) return refusal("Filter is not an object");
  std::size_t keys = 0;
  std::size_t combinations = 1;
  TRY(checkLevel(*parsed, body_scope, 1, keys, combinations));
  if (keys > kMaxKeys) return refusal("Filter policy can not have more than 5 keys");
  if (combinations > kMaxCombinations) return refusal("Filter policy is too complex");
  return std::move(*parsed);
}

bool attributesMatch(const Json& policy, const Json& attributes) {
  return levelMatches(policy, [&](const std::string& name) {
    std::vector<Json> values;
    const Json* attribute = attributes.find(name);
    if (attribute == nullptr) return values;
    const std::string type = attribute->stringAt("Type");
    const std::string text = attribute->stringAt("Value");
    if (type == "String.Array") {
      // An array's elements count one by one.
      if (auto parsed = Json::parse(text); parsed.ok() && parsed->isArray()) return parsed->asArray();
      return values;
    }
    if (type.starts_with("Number")) {
      if (auto parsed = Json::parse(text); parsed.ok() && parsed->isNumber()) values.push_back(*parsed);
    } else if (type.starts_with("String")) {
      values.emplace_back(text);
    }
    return values;
  });
}

bool bodyMatches(const Json& policy, const std::string& body) {
  const auto parsed = Json::parse(body, {.max_depth = 128});
  return parsed.ok() && parsed->isObject() && objectMatches(policy, *parsed);
}

}  // namespace thimble::services::sns
