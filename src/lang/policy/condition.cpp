#include "lang/policy/condition.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/encoding.h"
#include "base/time.h"

namespace thimble::lang::policy {
namespace {

struct Name {
  std::string_view name;
  Comparison comparison;
  bool negated;
};

constexpr Name kNames[] = {
    {"stringequals", Comparison::StringEquals, false},
    {"stringnotequals", Comparison::StringEquals, true},
    {"stringequalsignorecase", Comparison::StringEqualsIgnoreCase, false},
    {"stringnotequalsignorecase", Comparison::StringEqualsIgnoreCase, true},
    {"stringlike", Comparison::StringLike, false},
    {"stringnotlike", Comparison::StringLike, true},
    {"numericequals", Comparison::NumericEquals, false},
    {"numericnotequals", Comparison::NumericEquals, true},
    {"numericlessthan", Comparison::NumericLessThan, false},
    {"numericlessthanequals", Comparison::NumericLessThanEquals, false},
    {"numericgreaterthan", Comparison::NumericGreaterThan, false},
    {"numericgreaterthanequals", Comparison::NumericGreaterThanEquals, false},
    {"dateequals", Comparison::DateEquals, false},
    {"datenotequals", Comparison::DateEquals, true},
    {"datelessthan", Comparison::DateLessThan, false},
    {"datelessthanequals", Comparison::DateLessThanEquals, false},
    {"dategreaterthan", Comparison::DateGreaterThan, false},
    {"dategreaterthanequals", Comparison::DateGreaterThanEquals, false},
    {"bool", Comparison::Bool, false},
    {"binaryequals", Comparison::BinaryEquals, false},
    {"ipaddress", Comparison::IpAddress, false},
    {"notipaddress", Comparison::IpAddress, true},
    {"arnequals", Comparison::ArnLike, false},
    {"arnlike", Comparison::ArnLike, false},
    {"arnnotequals", Comparison::ArnLike, true},
    {"arnnotlike", Comparison::ArnLike, true},
    {"null", Comparison::Null, false},
};

std::optional<double> parseNumber(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<bool> parseBool(std::string_view text) {
  const std::string lower = toLower(text);
  if (lower == "true") return true;
  if (lower == "false") return false;
  return std::nullopt;
}

/// The six parts of an ARN, the sixth with all its colons; fewer when the text has fewer.
std::vector<std::string_view> arnParts(std::string_view text) {
  std::vector<std::string_view> parts;
  while (parts.size() < 5) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) break;
    parts.push_back(text.substr(0, colon));
    text.remove_prefix(colon + 1);
  }
  parts.push_back(text);
  return parts;
}

template <class T>
bool compare(Comparison comparison, T subject, T value) {
  switch (comparison) {
    case Comparison::NumericEquals:
    case Comparison::DateEquals:
      return subject == value;
    case Comparison::NumericLessThan:
    case Comparison::DateLessThan:
      return subject < value;
    case Comparison::NumericLessThanEquals:
    case Comparison::DateLessThanEquals:
      return subject <= value;
    case Comparison::NumericGreaterThan:
    case Comparison::DateGreaterThan:
      return subject > value;
    case Comparison::NumericGreaterThanEquals:
    case Comparison::DateGreaterThanEquals:
      return subject >= value;
    default:
      return false;
  }
}

}  // namespace

std::optional<ConditionOperator> ConditionOperator::parse(std::string_view name) {
  ConditionOperator op;
  std::string lower = toLower(name);
  std::string_view rest = lower;
  if (rest.starts_with("forallvalues:")) {
    op.quantifier = Quantifier::ForAllValues;
    rest.remove_prefix(13);
  } else if (rest.starts_with("foranyvalue:")) {
    op.quantifier = Quantifier::ForAnyValue;
    rest.remove_prefix(12);
  }
  if (rest.ends_with("ifexists")) {
    op.if_exists = true;
    rest.remove_suffix(8);
  }
  for (const Name& known : kNames) {
    if (known.name != rest) continue;
    op.comparison = known.comparison;
    op.negated = known.negated;
    return op;
  }
  return std::nullopt;
}

std::optional<std::int64_t> parsePolicyDate(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && end == text.data() + text.size() && text.size() > 4) {
    if (seconds > 9'000'000'000'000 || seconds < -9'000'000'000'000) return std::nullopt;
    return seconds * 1000;
  }
  std::string full(text);
  if (full.size() == 4) full += "-01-01";
  if (full.size() == 7) full += "-01";
  if (full.size() == 10) full += "T00:00:00Z";
  const auto time = base::parseIso8601(full);
  if (!time) return std::nullopt;
  return time->milliseconds;
}

Condition::Condition(std::string_view operator_name, ConditionOperator op, std::string_view key,
                     std::vector<std::string> values, bool variables)
    : operator_name_(operator_name), operator_(op), key_(key), lower_key_(toLower(key)), values_(std::move(values)) {
  compiled_.reserve(values_.size());
  for (const std::string& value : values_) compiled_.push_back(compileValue(value, variables));
}

Condition::Value Condition::compileValue(const std::string& text, bool variables) const {
  Value value;
  switch (operator_.comparison) {
    case Comparison::StringEquals:
      value.pattern = Pattern(text, {.wildcards = false, .variables = variables});
      break;
    case Comparison::StringEqualsIgnoreCase:
      value.pattern = Pattern(text, {.wildcards = false, .variables = variables, .ignore_case = true});
      break;
    case Comparison::StringLike:
      value.pattern = Pattern(text, {.variables = variables});
      break;
    case Comparison::ArnLike:
      if (variables && text.find("${") != std::string::npos) {
        value.pattern = Pattern(text, {.variables = true});  // A key inside "${}" has colons: matched as one text.
      } else {
        for (std::string_view part : arnParts(text)) value.arn.emplace_back(part, PatternOptions{.variables = false});
      }
      break;
    case Comparison::NumericEquals:
    case Comparison::NumericLessThan:
    case Comparison::NumericLessThanEquals:
    case Comparison::NumericGreaterThan:
    case Comparison::NumericGreaterThanEquals:
      value.number = parseNumber(text);
      break;
    case Comparison::DateEquals:
    case Comparison::DateLessThan:
    case Comparison::DateLessThanEquals:
    case Comparison::DateGreaterThan:
    case Comparison::DateGreaterThanEquals:
      value.milliseconds = parsePolicyDate(text);
      break;
    case Comparison::Bool:
    case Comparison::Null:
      value.boolean = parseBool(text);
      if (variables && text.starts_with("${")) value.pattern = Pattern(text, {.wildcards = false, .ignore_case = true});
      break;
    case Comparison::BinaryEquals:
      value.bytes = base::decodeBase64(text);
      break;
    case Comparison::IpAddress:
      value.network = IpNetwork::parse(text);
      break;
  }
  return value;
}

bool Condition::matchesOne(const std::string& subject, const Value& value, const ContextKeys& keys) const {
  switch (operator_.comparison) {
    case Comparison::StringEquals:
    case Comparison::StringEqualsIgnoreCase:
    case Comparison::StringLike:
      return value.pattern.matches(subject, keys);
    case Comparison::ArnLike: {
      if (value.arn.empty()) return value.pattern.matches(subject, keys);
      if (value.arn.size() == 1 && value.arn.front().text() == "*") return true;
      const std::vector<std::string_view> parts = arnParts(subject);
      if (parts.size() != value.arn.size()) return false;
      for (std::size_t i = 0; i < parts.size(); ++i) {
        if (!value.arn[i].matches(parts[i], keys)) return false;
      }
      return true;
    }
    case Comparison::NumericEquals:
    case Comparison::NumericLessThan:
    case Comparison::NumericLessThanEquals:
    case Comparison::NumericGreaterThan:
    case Comparison::NumericGreaterThanEquals: {
      const auto number = parseNumber(subject);
      return number && value.number && compare(operator_.comparison, *number, *value.number);
    }
    case Comparison::DateEquals:
    case Comparison::DateLessThan:
    case Comparison::DateLessThanEquals:
    case Comparison::DateGreaterThan:
    case Comparison::DateGreaterThanEquals: {
      const auto date = parsePolicyDate(subject);
      return date && value.milliseconds && compare(operator_.comparison, *date, *value.milliseconds);
    }
    case Comparison::Bool: {
      if (!value.boolean) return !value.pattern.text().empty() && value.pattern.matches(subject, keys);
      const auto boolean = parseBool(subject);
      return boolean && *boolean == *value.boolean;
    }
    case Comparison::BinaryEquals: {
      const auto bytes = base::decodeBase64(subject);
      return bytes && value.bytes && *bytes == *value.bytes;
    }
    case Comparison::IpAddress: {
      const auto address = IpNetwork::parse(subject);
      return address && value.network && value.network->contains(*address);
    }
    case Comparison::Null:
      return false;  // Decided in holds().
  }
  return false;
}

bool Condition::matchesAny(const std::string& subject, const ContextKeys& keys) const {
  return std::any_of(compiled_.begin(), compiled_.end(),
                     [&](const Value& value) { return matchesOne(subject, value, keys); });
}

bool Condition::holds(const ContextKeys& keys) const {
  const ContextKeys::Values* subjects = keys.find(lower_key_);
  const bool absent = !subjects || subjects->empty();
  if (operator_.comparison == Comparison::Null) {
    return std::any_of(compiled_.begin(), compiled_.end(),
                       [&](const Value& value) { return value.boolean && *value.boolean == absent; });
  }
  if (absent) {
    switch (operator_.quantifier) {
      case Quantifier::ForAllValues:
        return true;
      case Quantifier::ForAnyValue:
        return operator_.if_exists;
      case Quantifier::None:
        return operator_.if_exists || operator_.negated;
    }
  }
  const auto satisfied = [&](const std::string& subject) { return matchesAny(subject, keys) != operator_.negated; };
  // Without a quantifier a key is meant to hold one value; of several, one has to match, and none may where negated.
  const bool all = operator_.quantifier == Quantifier::ForAllValues ||
                   (operator_.quantifier == Quantifier::None && operator_.negated);
  return all ? std::all_of(subjects->begin(), subjects->end(), satisfied)
             : std::any_of(subjects->begin(), subjects->end(), satisfied);
}

}  // namespace thimble::lang::policy
