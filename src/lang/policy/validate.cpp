#include "lang/policy/validate.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <set>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lang/policy/condition.h"
#include "lang/policy/validate_resource.h"
#include "lang/policy/validate_trust.h"

namespace thimble::lang::policy {
namespace {

using base::Json;
using Message = std::optional<std::string>;

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;

bool isOneOf(std::string_view text, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), text) != names.end();
}

bool isStringOrStrings(const Json* json) {
  if (!json || json->isString()) return true;
  if (!json->isArray()) return false;
  return std::all_of(json->asArray().begin(), json->asArray().end(),
                     [](const Json& item) { return item.isString() || item.isNull(); });
}

bool conditionSyntaxHolds(const Json& condition) {
  if (!condition.isObject()) return false;
  for (const auto& [name, block] : condition.asObject()) {
    if (!block.isObject()) return false;
    for (const auto& [key, value] : block.asObject()) {
      if (value.isObject() || value.isNull()) return false;
      if (!value.isArray()) continue;
      for (const Json& item : value.asArray()) {
        if (item.isObject() || item.isArray()) return false;
      }
    }
    if (!block.empty() && !ConditionOperator::parse(name)) return false;
  }
  return true;
}

bool statementSyntaxHolds(const Json& statement) {
  if (!statement.isObject()) return false;
  for (const auto& [name, value] : statement.asObject()) {
    if (!isOneOf(name, {"Sid", "Action", "NotAction", "Resource", "NotResource", "Effect", "Principal", "NotPrincipal",
                        "Condition"})) {
      return false;
    }
  }
  if (statement.contains("Resource") && statement.contains("NotResource")) return false;
  if (statement.contains("Action") && statement.contains("NotAction")) return false;
  const Json& effect = statement["Effect"];
  if (!effect.isString() || !isOneOf(toLower(effect.asString()), {"allow", "deny"})) return false;
  for (const char* element : {"Action", "NotAction", "Resource", "NotResource"}) {
    if (!isStringOrStrings(statement.find(element))) return false;
  }
  const Json* condition = statement.find("Condition");
  if (condition && !conditionSyntaxHolds(*condition)) return false;
  const Json* sid = statement.find("Sid");
  return !sid || sid->isString();
}

bool syntaxHolds(const Json& document, const std::vector<Json>& statements) {
  if (!document.isObject()) return false;
  for (const auto& [name, value] : document.asObject()) {
    if (!isOneOf(name, {"Version", "Id", "Statement"})) return false;
  }
  if (const Json* version = document.find("Version")) {
    if (!version->isString() || !isOneOf(version->asString(), {"2008-10-17", "2012-10-17"})) return false;
  }
  if (const Json* id = document.find("Id"); id && !id->isString()) return false;
  if (statements.empty()) return false;
  return std::all_of(statements.begin(), statements.end(), statementSyntaxHolds);
}

bool inRange(std::string_view digits, std::int64_t low, std::int64_t high) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() && end == digits.data() + digits.size() && number >= low && number <= high;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

/// The dates that IAM's old parser takes: ISO 8601 with any number of its parts, or seconds since the epoch.
bool legacyDateHolds(std::string_view text) {
  const std::string lower = toLower(text);
  if (lower.find('t') == std::string::npos && lower.find('-') == std::string::npos) {
    return inRange(lower, 0, 9223372036854775807);
  }
  std::string_view rest = lower;
  const std::size_t t = rest.find('t');
  std::string_view date = rest.substr(0, t);
  const bool negative = date.starts_with('-');
  if (negative) date.remove_prefix(1);
  const auto days = split(date, '-');
  if (days.size() > 3 || !inRange(days[0], 0, negative ? 292275054 : 292278993)) return false;
  if (days.size() > 1 && !inRange(days[1], 1, 12)) return false;
  if (days.size() > 2 && !inRange(days[2], 1, 31)) return false;
  if (t == std::string_view::npos || t + 1 == rest.size()) return true;
  const std::string_view clock = rest.substr(t + 1);
  const std::size_t zone = clock.find_first_of("z+");
  if (zone != std::string_view::npos) {
    const std::string_view offset = clock.substr(zone + 1);
    if (clock[zone] == 'z') {
      if (!offset.empty()) return false;
    } else {
      const auto parts = split(offset, ':');
      if (parts.size() > 2 || parts[0].size() != 2 || !inRange(parts[0], 0, 23)) return false;
      if (parts.size() == 2 && (parts[1].size() != 2 || !inRange(parts[1], 0, 59))) return false;
    }
  }
  const auto times = split(clock.substr(0, zone), ':');
  if (times.size() > 3 || !inRange(times[0], 0, 23)) return false;
  if (times.size() > 1 && !inRange(times[1], 0, 59)) return false;
  if (times.size() > 2) {
    const auto seconds = split(times[2], '.');
    if (seconds.size() > 2 || !inRange(seconds[0], 0, 59)) return false;
    if (seconds.size() == 2 && !inRange(seconds[1], 0, 999999999)) return false;
  }
  return true;
}

bool legacyStatementHolds(const Json& statement) {
  const std::string effect = statement.stringAt("Effect");
  if (effect != "Allow" && effect != "Deny") return false;
  const Json& condition = statement["Condition"];
  if (!condition.isObject()) return true;
  for (const auto& [name, block] : condition.asObject()) {
    const auto op = ConditionOperator::parse(name);
    if (!op || op->comparison < Comparison::DateEquals || op->comparison > Comparison::DateGreaterThanEquals) continue;
    for (const auto& [key, value] : block.asObject()) {
      for (const std::string& date : textsOf(&value)) {
        if (!date.starts_with("${") && !legacyDateHolds(date)) return false;
      }
    }
  }
  return true;
}

Message actionPrefixMessage(std::string_view action) {
  const auto parts = split(action, ':');
  if (parts.size() == 1 && parts[0] != "*") {
    return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
  }
  if (parts.size() > 2) return "Actions/Condition can contain only one colon.";
  const bool valid = std::all_of(parts[0].begin(), parts[0].end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
  if (parts[0] != "*" && !valid) return "Vendor " + std::string(parts[0]) + " is not valid";
  return std::nullopt;
}

bool hasOne(const Json& statement, const char* element, const char* inverse) {
  const Json* list = statement.find(element);
  if (!list) list = statement.find(inverse);
  return list && !(list->isArray() && list->empty());
}

Message identityMessage(const Json& document, DocumentKind kind) {
  const std::vector<Json> statements = statementsOf(document);
  if (!syntaxHolds(document, statements)) return "Syntax errors in policy.";
  if (kind == DocumentKind::Managed && document.stringAt("Version") != "2012-10-17") {
    return "Policy document must be version 2012-10-17 or greater.";
  }
  if (!std::all_of(statements.begin(), statements.end(), legacyStatementHolds)) {
    return "The policy failed legacy parsing";
  }
  const ResourceCheck resources = checkResources(statements);
  if (resources.legacy_failure) return "The policy failed legacy parsing";
  std::set<std::string> sids;
  for (const Json& statement : statements) {
    const std::string sid = statement.stringAt("Sid");
    const bool plain = std::all_of(sid.begin(), sid.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
    if (!plain) {
      return "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
             "[0-9A-Za-z]*";
    }
    if (!sid.empty() && !sids.insert(sid).second) return "Statement IDs (SID) in a single policy must be unique.";
  }
  for (const Json& statement : statements) {
    if (!hasOne(statement, "Action", "NotAction")) return "Policy statement must contain actions.";
  }
  if (!resources.message.empty()) return resources.message;
  for (const Json& statement : statements) {
    if (statement.contains("Principal") || statement.contains("NotPrincipal")) {
      return "Policy document should not specify a principal.";
    }
  }
  for (const Json& statement : statements) {
    if (!hasOne(statement, "Resource", "NotResource")) return "Policy statement must contain resources.";
  }
  for (const Json& statement : statements) {
    for (const char* element : {"Action", "NotAction"}) {
      for (const std::string& action : textsOf(statement.find(element))) {
        if (Message message = actionPrefixMessage(action)) return message;
      }
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<Json> statementsOf(const Json& document) {
  const Json& statements = document["Statement"];
  if (statements.isArray()) return statements.asArray();
  if (statements.isNull()) return {};
  return {statements};
}

std::vector<std::string> textsOf(const Json* json) {
  std::vector<std::string> texts;
  if (!json) return texts;
  if (json->isString()) return {json->asString()};
  if (!json->isArray()) return texts;
  for (const Json& item : json->asArray()) {
    if (item.isString()) texts.push_back(item.asString());
  }
  return texts;
}

std::optional<std::string> malformedPolicyMessage(std::string_view text, DocumentKind kind) {
  const auto json = Json::parse(text, {.max_depth = 32, .max_bytes = kMaxBytes});
  if (kind == DocumentKind::Trust) {
    if (!json.ok()) return "This policy contains invalid Json";
    return malformedTrustMessage(*json);
  }
  if (!json.ok()) return "Syntax errors in policy.";
  return identityMessage(*json, kind);
}

}  // namespace thimble::lang::policy
