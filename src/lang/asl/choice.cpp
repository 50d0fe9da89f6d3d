#include "lang/asl/choice.h"

#include <cstring>
#include <map>

#include "base/time.h"

namespace thimble::lang::asl {

using base::Json;
using base::Result;

namespace {

template <class T>
bool holds(ChoiceRule::Relation relation, const T& left, const T& right) {
  switch (relation) {
    case ChoiceRule::Relation::Equals:
      return left == right;
    case ChoiceRule::Relation::Less:
      return left < right;
    case ChoiceRule::Relation::LessOrEqual:
      return left <= right;
    case ChoiceRule::Relation::Greater:
      return left > right;
    default:
      return left >= right;
  }
}

WorkflowError invalidReference(const Expression& path) {
  return WorkflowError::runtime("Invalid path '" + path.text() +
                                "': The choice state's condition path references an invalid value.");
}

/// Kind and relation of "IsPresent" and its kin.
bool isTest(ChoiceRule::Relation relation, const Json& value) {
  switch (relation) {
    case ChoiceRule::Relation::IsNull:
      return value.isNull();
    case ChoiceRule::Relation::IsNumeric:
      return value.isNumber();
    case ChoiceRule::Relation::IsString:
      return value.isString();
    case ChoiceRule::Relation::IsBoolean:
      return value.isBool();
    case ChoiceRule::Relation::IsTimestamp:
      return value.isString() && aslTimestamp(value.asString()).has_value();
    default:
      return true;
  }
}

bool compares(const ChoiceRule& rule, const Json& left, const Json& right) {
  switch (rule.subject) {
    case ChoiceRule::Subject::String:
      if (!left.isString() || !right.isString()) return false;
      if (rule.relation == ChoiceRule::Relation::Matches) return matchesWildcard(left.asString(), right.asString());
      return holds(rule.relation, left.asString(), right.asString());
    case ChoiceRule::Subject::Numeric:
      if (!left.isNumber() || !right.isNumber()) return false;
      if (left.isInt() && right.isInt()) return holds(rule.relation, left.asInt(), right.asInt());
      return holds(rule.relation, left.asDouble(), right.asDouble());
    case ChoiceRule::Subject::Boolean:
      return left.isBool() && right.isBool() && left.asBool() == right.asBool();
    case ChoiceRule::Subject::Timestamp: {
      if (!left.isString() || !right.isString()) return false;
      const auto a = aslTimestamp(left.asString()), b = aslTimestamp(right.asString());
      return a && b && holds(rule.relation, *a, *b);
    }
    case ChoiceRule::Subject::Test:
      return right.isBool() && isTest(rule.relation, left) == right.asBool();
  }
  return false;
}

}  // namespace

std::optional<std::int64_t> aslTimestamp(std::string_view text) {
  if (text.size() < 20 || text[10] != 'T' || text.back() == 'z') return std::nullopt;
  const auto time = base::parseIso8601(text);
  if (!time) return std::nullopt;
  return time->milliseconds;
}

bool matchesWildcard(std::string_view text, std::string_view pattern) {
  // 1. The literal pieces between the stars.
  std::vector<std::string> pieces(1);
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size() && (pattern[i + 1] == '*' || pattern[i + 1] == '\\')) {
      pieces.back() += pattern[++i];
    } else if (pattern[i] == '*') {
      pieces.emplace_back();
    } else {
      pieces.back() += pattern[i];
    }
  }
  if (pieces.size() == 1) return text == pieces[0];
  // 2. The first begins the text, the last ends it.
  const std::string& first = pieces.front();
  const std::string& last = pieces.back();
  if (text.size() < first.size() + last.size() || text.substr(0, first.size()) != first ||
      text.substr(text.size() - last.size()) != last) {
    return false;
  }
  text = text.substr(first.size(), text.size() - first.size() - last.size());
  // 3. The others follow each other in between, each at its first place; memmem is linear.
  for (std::size_t i = 1; i + 1 < pieces.size(); ++i) {
    if (pieces[i].empty()) continue;
    const void* found = memmem(text.data(), text.size(), pieces[i].data(), pieces[i].size());
    if (found == nullptr) return false;
    text.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) + pieces[i].size());
  }
  return true;
}

bool choiceOperator(std::string_view name, ChoiceRule::Subject& subject, ChoiceRule::Relation& relation,
                    bool& by_path) {
  using Relation = ChoiceRule::Relation;
  using Subject = ChoiceRule::Subject;
  static const std::map<std::string_view, Relation> kTests = {
      {"IsNull", Relation::IsNull},     {"IsPresent", Relation::IsPresent}, {"IsNumeric", Relation::IsNumeric},
      {"IsString", Relation::IsString}, {"IsBoolean", Relation::IsBoolean}, {"IsTimestamp", Relation::IsTimestamp}};
  static const std::map<std::string_view, Relation> kRelations = {{"Equals", Relation::Equals},
                                                                  {"LessThan", Relation::Less},
                                                                  {"LessThanEquals", Relation::LessOrEqual},
                                                                  {"GreaterThan", Relation::Greater},
                                                                  {"GreaterThanEquals", Relation::GreaterOrEqual}};
  static const std::pair<std::string_view, Subject> kSubjects[] = {{"String", Subject::String},
                                                                   {"Numeric", Subject::Numeric},
                                                                   {"Boolean", Subject::Boolean},
                                                                   {"Timestamp", Subject::Timestamp}};
  by_path = false;
  if (const auto test = kTests.find(name); test != kTests.end()) {
    subject = Subject::Test;
    relation = test->second;
    return true;
  }
  for (const auto& [prefix, value] : kSubjects) {
    if (name.substr(0, prefix.size()) != prefix) continue;
    std::string_view rest = name.substr(prefix.size());
    subject = value;
    if (value == Subject::String && rest == "Matches") {
      relation = Relation::Matches;
      return true;
    }
    if (rest.size() > 4 && rest.substr(rest.size() - 4) == "Path") {
      by_path = true;
      rest.remove_suffix(4);
    }
    const auto found = kRelations.find(rest);
    if (found == kRelations.end() || (value == Subject::Boolean && found->second != Relation::Equals)) return false;
    relation = found->second;
    return true;
  }
  return false;
}

Result<bool, WorkflowError> ChoiceRule::matches(const Json& input, Environment& environment) const {
  if (kind != Kind::Comparison) {
    for (const auto& rule : rules) {
      TRY_ASSIGN(const bool matched, rule->matches(input, environment));
      if (kind == Kind::Not) return !matched;
      if (matched == (kind == Kind::Or)) return matched;
    }
    return kind == Kind::And;
  }
  const Json* left = variable->find(input, environment);
  Json found;
  if (left == nullptr) {
    auto value = variable->read(input, environment);
    if (value.ok()) {
      found = std::move(value).value();
      left = &found;
    }
  }
  if (relation == Relation::IsPresent) return operand.isBool() && (left != nullptr) == operand.asBool();
  if (left == nullptr) return invalidReference(*variable);
  if (!operand_path) return compares(*this, *left, operand);
  auto right = operand_path->read(input, environment);
  if (!right.ok()) return invalidReference(*operand_path);
  return compares(*this, *left, right.value());
}

}  // namespace thimble::lang::asl
