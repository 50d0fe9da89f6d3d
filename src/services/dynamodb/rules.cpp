#include "services/dynamodb/rules.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/utf16.h"
#include "services/dynamodb/errors.h"
#include "wire/shapes/constraints.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

constexpr std::size_t kMostErrors = 10;
constexpr std::string_view kNamePattern = "[a-zA-Z0-9_.-]+";
// A table may be named by its ARN, which is longer than a name.
constexpr std::size_t kLongestArn = 1024;

struct Constraint {
  enum class Kind { Pattern, MinLength, MaxLength, MinValue, MaxValue, Enum };
  Kind kind;
  std::int64_t limit = 0;
  std::string text;  ///< Enum: the values as they are shown.
  std::vector<std::string> values;

  std::string words() const {
    switch (kind) {
      case Kind::Pattern:
        return "Member must satisfy regular expression pattern: " + std::string(kNamePattern);
      case Kind::MinLength:
        return "Member must have length greater than or equal to " + std::to_string(limit);
      case Kind::MaxLength:
        return "Member must have length less than or equal to " + std::to_string(limit);
      case Kind::MinValue:
        return "Member must have value greater than or equal to " + std::to_string(limit);
      case Kind::MaxValue:
        return "Member must have value less than or equal to " + std::to_string(limit);
      case Kind::Enum:
        break;
    }
    return "Member must satisfy enum value set: [" + text + "]";
  }
};

struct Rule {
  std::string name;  ///< "*": an element of a list or a value of a map.
  bool not_null = false;
  bool required = false;            ///< Absence is reported alone, before all else.
  bool table_name = false;          ///< So is a length outside of 3 to 255.
  std::vector<std::string> unless;  ///< Must not be null while none of these is there.
  std::vector<Constraint> constraints;
  std::vector<Constraint> keys;          ///< Of a map.
  std::vector<Constraint> values;        ///< Of a map.
  const shapes::Shape* shape = nullptr;  ///< Of what is shown in the way of Java's toString instead of as JSON.
  std::vector<Rule> children;
};

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> out;
  while (true) {
    const std::size_t end = text.find(at);
    out.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

std::int64_t number(std::string_view text) {
  std::int64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

void addLengths(std::vector<Constraint>& to, std::string_view range, bool greatest_first) {
  const std::size_t dots = range.find("..");
  const std::string_view low = range.substr(0, dots);
  const std::string_view high = dots == std::string_view::npos ? std::string_view() : range.substr(dots + 2);
  const auto add = [&](Constraint::Kind kind, std::string_view limit) {
    if (!limit.empty()) to.push_back({kind, number(limit), {}, {}});
  };
  if (greatest_first) add(Constraint::Kind::MaxLength, high);
  add(Constraint::Kind::MinLength, low);
  if (!greatest_first) add(Constraint::Kind::MaxLength, high);
}

/// The shape of a member of an operation's input.
const shapes::Shape* shapeOf(const std::string& operation, const std::string& name) {
  for (const shapes::Member& member : shapes::findService("dynamodb")->findOperation(operation)->input->members) {
    if (member.name == name) return member.shape;
  }
  return nullptr;
}

Rule parseRule(const std::string& operation, std::string_view line) {
  Rule rule;
  std::vector<std::string> words = split(line, ' ');
  rule.name = words[0];
  if (rule.name.ends_with('!')) {
    rule.not_null = true;
    rule.name.pop_back();
  }
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const std::string_view value = word.substr(word.find(':') + 1);
    if (word == "required") {
      rule.required = true;
    } else if (word == "table") {
      rule.table_name = true;
    } else if (word == "java") {
      rule.shape = shapeOf(operation, rule.name);
    } else if (word == "name") {
      rule.constraints.push_back({Constraint::Kind::Pattern, 0, {}, {}});
    } else if (word.starts_with("unless:")) {
      rule.unless = split(value, '|');
    } else if (word.starts_with("len:")) {
      addLengths(rule.constraints, value, false);
    } else if (word.starts_with("min:")) {
      rule.constraints.push_back({Constraint::Kind::MinValue, number(value), {}, {}});
    } else if (word.starts_with("max:")) {
      rule.constraints.push_back({Constraint::Kind::MaxValue, number(value), {}, {}});
    } else if (word.starts_with("enum:")) {
      Constraint constraint{Constraint::Kind::Enum, 0, {}, split(value, '|')};
      for (const std::string& each : constraint.values) constraint.text += (constraint.text.empty() ? "" : ", ") + each;
      rule.constraints.push_back(std::move(constraint));
    } else if (word.starts_with("keys:")) {
      addLengths(rule.keys, value, true);
      rule.keys.push_back({Constraint::Kind::Pattern, 0, {}, {}});
    } else if (word.starts_with("values:")) {
      addLengths(rule.values, value, true);
    }
  }
  return rule;
}

std::map<std::string, std::vector<Rule>, std::less<>> parseRules(std::string_view text) {
  std::map<std::string, std::vector<Rule>, std::less<>> out;
  std::vector<std::vector<Rule>*> levels;
  std::string operation;
  for (const std::string& line : split(text, '\n')) {
    const std::size_t depth = line.find_first_not_of(' ');
    if (depth == std::string::npos) continue;
    const std::string_view content = std::string_view(line).substr(depth);
    if (depth == 0) {
      levels.assign(1, nullptr);
      // One operation's rules may be another's too.
      const std::vector<std::string> names = split(content, '=');
      out[names[0]] = names.size() > 1 ? out[names[1]] : std::vector<Rule>();
      levels[0] = &out[names[0]];
      operation = names[0];
      continue;
    }
    levels.resize(depth);
    std::vector<Rule>& siblings = *levels[depth - 1];
    siblings.push_back(parseRule(operation, content));
    levels.push_back(&siblings.back().children);
  }
  return out;
}

std::string lowerFirst(std::string name) {
  if (!name.empty() && name[0] >= 'A' && name[0] <= 'Z') name[0] = static_cast<char>(name[0] + 32);
  return name;
}

std::string shown(const Json& value) {
  if (value.isNull()) return "null";
  if (value.isString()) return value.asString();
  if (!value.isArray()) return value.write();
  std::string out = "[";
  for (const Json& item : value.asArray()) out += (out.size() > 1 ? ", " : "") + shown(item);
  return out + "]";
}

bool holds(const Constraint& constraint, const Json& value) {
  switch (constraint.kind) {
    case Constraint::Kind::Pattern: {
      if (!value.isString()) return true;
      const std::string& text = value.asString();
      if (text.starts_with("arn:") && text.size() <= kLongestArn) return true;
      for (const char c : text) {
        const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                          c == '.' || c == '-';
        if (!good) return false;
      }
      return !text.empty();
    }
    case Constraint::Kind::MinLength:
    case Constraint::Kind::MaxLength: {
      std::size_t length = value.size();
      if (value.isString()) {
        const std::string& text = value.asString();
        length = base::utf16Length(text);
        if (text.starts_with("arn:") && text.size() <= kLongestArn && constraint.limit >= 3) return true;
      }
      const auto measured = static_cast<std::int64_t>(length);
      return constraint.kind == Constraint::Kind::MinLength ? measured >= constraint.limit
                                                            : measured <= constraint.limit;
    }
    case Constraint::Kind::MinValue:
      return !value.isNumber() || value.asDouble() >= static_cast<double>(constraint.limit);
    case Constraint::Kind::MaxValue:
      return !value.isNumber() || value.asDouble() <= static_cast<double>(constraint.limit);
    case Constraint::Kind::Enum:
      break;
  }
  if (!value.isString()) return true;
  for (const std::string& each : constraint.values) {
    if (each == value.asString()) return true;
  }
  return false;
}

class Checker {
 public:
  void check(const Rule& rule, const Json& value, const std::string& path) {
    if (value.isNull()) {
      if (rule.not_null) report(rule, value, path, "Member must not be null");
      return;
    }
    for (const Constraint& constraint : rule.constraints) {
      if (!holds(constraint, value)) report(rule, value, path, constraint.words());
    }
    if (value.isObject()) {
      for (const auto& [key, item] : value.asObject()) {
        if (!allHold(rule.keys, Json(key))) {
          report(rule, value, path, "Map keys must satisfy constraint: [" + wordsOf(rule.keys) + "]");
        }
      }
      for (const auto& [key, item] : value.asObject()) {
        if (!allHold(rule.values, item)) {
          report(rule, value, path, "Map value must satisfy constraint: [" + wordsOf(rule.values) + "]");
        }
      }
    }
    if (rule.children.empty()) return;
    if (rule.children[0].name != "*") {
      checkMembers(rule.children, value, path + ".");
      return;
    }
    if (value.isArray()) {
      std::size_t position = 0;
      for (const Json& item : value.asArray()) {
        check(rule.children[0], item, path + "." + std::to_string(++position) + ".member");
      }
    } else if (value.isObject()) {
      for (const auto& [key, item] : value.asObject()) check(rule.children[0], item, path + "." + key + ".member");
    }
  }

  void checkMembers(const std::vector<Rule>& rules, const Json& value, const std::string& prefix) {
    for (const Rule& rule : rules) {
      if (errors_.size() == kMostErrors) return;
      const bool missing =
          !rule.unless.empty() && value[rule.name].isNull() &&
          std::all_of(rule.unless.begin(), rule.unless.end(), [&](const auto& each) { return value[each].isNull(); });
      if (missing) report(rule, value[rule.name], prefix + lowerFirst(rule.name), "Member must not be null");
      check(rule, value[rule.name], prefix + lowerFirst(rule.name));
    }
  }

  base::Result<void> result() const {
    if (errors_.empty()) return {};
    std::string message =
        std::to_string(errors_.size()) + " validation error" + (errors_.size() == 1 ? "" : "s") + " detected: ";
    for (std::size_t i = 0; i < errors_.size(); ++i) message += (i == 0 ? "" : "; ") + errors_[i];
    return validationException(std::move(message));
  }

 private:
  static bool allHold(const std::vector<Constraint>& constraints, const Json& value) {
    for (const Constraint& constraint : constraints) {
      if (!holds(constraint, value)) return false;
    }
    return true;
  }
  static std::string wordsOf(const std::vector<Constraint>& constraints) {
    std::string out;
    for (const Constraint& constraint : constraints) out += (out.empty() ? "" : ", ") + constraint.words();
    return out;
  }
  void report(const Rule& rule, const Json& value, const std::string& path, const std::string& words) {
    if (errors_.size() == kMostErrors) return;
    const std::string text =
        value.isNull() ? "null" : "'" + (rule.shape != nullptr ? javaText(*rule.shape, value) : shown(value)) + "'";
    errors_.push_back("Value " + text + " at '" + path + "' failed to satisfy constraint: " + words);
  }

  std::vector<std::string> errors_;
};

}  // namespace

base::Result<void> checkRules(std::string_view operation, const Json& input) {
  static const auto* const rules = new std::map<std::string, std::vector<Rule>, std::less<>>(parseRules(rulesText()));
  const auto found = rules->find(operation);
  if (found == rules->end()) return {};
  for (const Rule& rule : found->second) {
    const Json& value = input[rule.name];
    if (rule.required && value.isNull()) {
      return validationException("The parameter '" + rule.name + "' is required but was not present in the request");
    }
    if (rule.table_name && value.isString()) {
      const std::size_t length = base::utf16Length(value.asString());
      const std::size_t most = value.asString().starts_with("arn:") ? kLongestArn : 255;
      if (length < 3 || length > most) {
        return validationException(rule.name + " must be at least 3 characters long and at most 255 characters long");
      }
    }
  }
  Checker checker;
  checker.checkMembers(found->second, input, "");
  return checker.result();
}

}  // namespace thimble::services::dynamodb
