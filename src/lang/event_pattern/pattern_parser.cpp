#include "lang/event_pattern/pattern_parser.h"

#include <array>
#include <charconv>

#include "lang/asl/json_diagnosis.h"
#include "lang/event_pattern/pattern_tokens.h"

namespace thimble::lang::event_pattern {
namespace {

using Kind = PatternTokens::Kind;
using base::Json;

// AWS counts each way through the $or of a rule.
constexpr std::size_t kMaxCombinations = 1000;
constexpr std::size_t kMaxWildcards = 50;
constexpr double kNumericBound = 5e9;
constexpr std::array<std::string_view, 9> kOperators = {
    "exactly", "prefix", "suffix", "equals-ignore-case", "anything-but", "numeric", "exists", "cidr", "wildcard"};

/// Recursive descent in the order in which EventBridge reads, so that of several errors the same one is told.
class Parser {
 public:
  explicit Parser(std::string_view text) : tokens_(text) {}

  base::Result<PatternNode, PatternError> run() {
    if (tokens_.next() != Kind::BeginObject) return fail("Filter is not an object");
    return object(0);
  }

 private:
  PatternError fail(const std::string& message) const { return {tokens_.describe(message)}; }
  PatternError tooManyElements() const { return fail("Only one key allowed in match expression"); }

  base::Result<PatternNode, PatternError> object(int depth) {
    if (depth > kMaxPatternDepth) return fail("Event pattern is nested too deeply");
    PatternNode node;
    bool empty = true;
    while (tokens_.next() != Kind::EndObject) {
      empty = false;
      const std::string name = tokens_.value();
      const Kind kind = tokens_.next();
      if (kind == Kind::BeginObject) {
        TRY_ASSIGN(PatternNode inner, object(depth + 1));
        node.fields.push_back({name, {}, {std::move(inner)}});
      } else if (kind == Kind::BeginArray) {
        if (name == "$or" && isAlternatives()) {
          TRY_ASSIGN(std::vector<PatternNode> branches, alternatives(depth));
          node.alternatives.push_back(std::move(branches));
        } else {
          TRY_ASSIGN(std::vector<ValueMatcher> tests, values());
          node.fields.push_back({name, std::move(tests), {}});
        }
      } else {
        return fail("\"" + name + "\" must be an object or an array");
      }
    }
    if (empty) return fail("Empty objects are not allowed");
    return node;
  }

  /// $or means alternatives only when it holds two objects or more whose first names are no operators.
  bool isAlternatives() const {
    PatternTokens ahead = tokens_;
    std::size_t count = 0;
    int depth = 0;
    for (Kind kind = ahead.next(); depth > 0 || kind != Kind::EndArray; kind = ahead.next()) {
      if (kind == Kind::End) return false;
      if (depth == 0) {
        if (kind != Kind::BeginObject) return false;
        ++count;
        PatternTokens first = ahead;
        if (first.next() != Kind::Name) return false;
        for (std::string_view each : kOperators) {
          if (first.value() == each) return false;
        }
      }
      if (kind == Kind::BeginObject || kind == Kind::BeginArray) ++depth;
      if (kind == Kind::EndObject || kind == Kind::EndArray) --depth;
    }
    return count >= 2;
  }

  base::Result<std::vector<PatternNode>, PatternError> alternatives(int depth) {
    std::vector<PatternNode> out;
    while (tokens_.next() != Kind::EndArray) {
      TRY_ASSIGN(PatternNode branch, object(depth + 1));
      out.push_back(std::move(branch));
    }
    combinations_ *= out.size();
    if (combinations_ > kMaxCombinations) return fail("The rule has more than 1000 combinations of $or");
    return out;
  }

  base::Result<std::vector<ValueMatcher>, PatternError> values() {
    std::vector<ValueMatcher> out;
    ValueMatcher exact;
    for (Kind kind = tokens_.next(); kind != Kind::EndArray; kind = tokens_.next()) {
      if (kind == Kind::BeginObject) {
        TRY_ASSIGN(ValueMatcher test, expression());
        out.push_back(std::move(test));
      } else if (kind == Kind::String) {
        exact.values.emplace_back(tokens_.value());
      } else if (kind == Kind::Number || kind == Kind::Literal) {
        exact.values.push_back(plain());
      } else {
        return fail("Match value must be String, number, true, false, or null");
      }
    }
    if (!exact.values.empty()) out.push_back(std::move(exact));
    if (out.empty()) return fail("Empty arrays are not allowed");
    return out;
  }

  /// The number or literal at hand.
  Json plain() const {
    auto parsed = Json::parse(tokens_.value());
    return parsed.ok() ? *std::move(parsed) : Json();
  }

  base::Result<void, PatternError> endOfExpression() {
    if (tokens_.next() != Kind::EndObject) return tooManyElements();
    return {};
  }

  /// {"operator": ...}, behind its brace.
  base::Result<ValueMatcher, PatternError> expression() {
    if (tokens_.next() != Kind::Name) return fail("Match expression name not found");
    const std::string name = tokens_.value();
    ValueMatcher test;
    if (name == "exactly") {
      if (tokens_.next() != Kind::String) return fail("exact match pattern must be a string");
      test.values.emplace_back(tokens_.value());
    } else if (name == "prefix" || name == "suffix") {
      test.kind = name == "prefix" ? ValueMatcher::Kind::Prefix : ValueMatcher::Kind::Suffix;
      if (tokens_.next() == Kind::BeginObject) {
        if (tokens_.next() != Kind::Name) return fail(name + " expression name not found");
        if (tokens_.value() != "equals-ignore-case") {
          return fail("Unsupported " + name + " pattern: " + tokens_.value());
        }
        if (tokens_.next() != Kind::String) return fail("equals-ignore-case match pattern must be a string");
        test.ignore_case = true;
        test.texts.push_back(tokens_.value());
        TRY(endOfExpression());
      } else if (tokens_.kind() == Kind::String) {
        test.texts.push_back(tokens_.value());
      } else {
        return fail(name + " match pattern must be a string");
      }
    } else if (name == "equals-ignore-case") {
      test.kind = ValueMatcher::Kind::EqualsIgnoreCase;
      if (tokens_.next() != Kind::String) return fail("equals-ignore-case match pattern must be a string");
      test.texts.push_back(tokens_.value());
    } else if (name == "wildcard") {
      test.kind = ValueMatcher::Kind::Wildcard;
      if (tokens_.next() != Kind::String) return fail("wildcard match pattern must be a string");
      TRY(wildcard(test));
    } else if (name == "numeric") {
      test.kind = ValueMatcher::Kind::Numeric;
      if (tokens_.next() != Kind::BeginArray) return fail("Value of numeric must be an array.");
      TRY(numeric(test));
    } else if (name == "anything-but") {
      TRY(anythingBut(test));
    } else if (name == "exists") {
      if (tokens_.next() != Kind::Literal || tokens_.value() == "null") {
        return fail("exists match pattern must be either true or false.");
      }
      test.kind = tokens_.value() == "true" ? ValueMatcher::Kind::Exists : ValueMatcher::Kind::Absent;
    } else if (name == "cidr") {
      test.kind = ValueMatcher::Kind::Cidr;
      if (tokens_.next() != Kind::String) return fail("prefix match pattern must be a string");
      if (tokens_.value().find('/') == std::string::npos) return fail("Malformed CIDR, one '/' required");
      const auto network = policy::IpNetwork::parse(tokens_.value());
      if (!network) return fail("Malformed CIDR, mask bits must be an integer or the address is not valid");
      test.network = *network;
    } else {
      return fail("Unrecognized match type " + name);
    }
    TRY(endOfExpression());
    return test;
  }

  base::Result<void, PatternError> wildcard(ValueMatcher& test) {
    const std::string& text = tokens_.value();
    std::size_t stars = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\\') {
        if (i + 1 == text.size() || (text[i + 1] != '*' && text[i + 1] != '\\')) {
          return fail("Invalid escape character at pos " + std::to_string(i));
        }
        ++i;
      } else if (text[i] == '*') {
        if (i > 0 && text[i - 1] == '*' && (i < 2 || text[i - 2] != '\\')) {
          return fail("Consecutive wildcard characters at pos " + std::to_string(i - 1));
        }
        ++stars;
      }
    }
    if (stars > kMaxWildcards) {
      return fail(
          "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences "
          "after a wildcard character");
    }
    test.texts.push_back(text);
    return {};
  }

  base::Result<double, PatternError> number(const std::string& what) {
    if (tokens_.kind() != Kind::Number) return fail(what);
    const double value = plain().asDouble();
    if (value < -kNumericBound || value > kNumericBound) {
      return fail("Value must be between -5.0E9 and 5.0E9, inclusive");
    }
    return value;
  }

  base::Result<void, PatternError> numeric(ValueMatcher& test) {
    if (tokens_.next() != Kind::String) return fail("Invalid member in numeric match: " + tokens_.shown());
    const std::string first = tokens_.value();
    if (first != "=" && first != ">" && first != ">=" && first != "<" && first != "<=") {
      tokens_.next();
      return fail("Unrecognized numeric range operator: " + first);
    }
    tokens_.next();
    TRY_ASSIGN(const double value,
               number("Value of " + (first == "=" ? std::string("equals") : first) + " must be numeric"));
    if (first == "=") {
      test.low = test.high = value;
      if (tokens_.next() != Kind::EndArray) return fail("Too many terms in numeric range expression");
      return {};
    }
    const bool lower_first = first[0] == '>';
    (lower_first ? test.low : test.high) = value;
    (lower_first ? test.low_open : test.high_open) = first.size() == 1;
    if (tokens_.next() == Kind::EndArray) return {};
    if (!lower_first) return fail("Too many terms in numeric range expression");
    if (tokens_.kind() != Kind::String) return fail("Bad value in numeric range: " + tokens_.shown());
    const std::string second = tokens_.value();
    tokens_.next();
    if (second != "<" && second != "<=") return fail("Bad numeric range operator: " + second);
    TRY_ASSIGN(test.high, number("Value of " + second + " must be numeric"));
    test.high_open = second.size() == 1;
    if (tokens_.next() != Kind::EndArray) return fail("Too many terms in numeric range expression");
    if (test.low >= test.high) return fail("Bottom must be less than top");
    return {};
  }

  base::Result<void, PatternError> anythingBut(ValueMatcher& test) {
    test.kind = ValueMatcher::Kind::AnythingBut;
    const Kind kind = tokens_.next();
    if (kind == Kind::BeginObject) return anythingButExpression(test);
    if (kind == Kind::String) {
      test.values.emplace_back(tokens_.value());
      return {};
    }
    if (kind == Kind::Number) {
      test.values.push_back(plain());
      return {};
    }
    if (kind != Kind::BeginArray) {
      return fail("Value of anything-but must be an array or single string/number value.");
    }
    while (tokens_.next() != Kind::EndArray) {
      if (tokens_.kind() != Kind::String && tokens_.kind() != Kind::Number) {
        return fail("Inside anything but list, start|null|boolean is not supported.");
      }
      const bool is_string = tokens_.kind() == Kind::String;
      if (!test.values.empty() && test.values[0].isString() != is_string) {
        return fail("Inside anything but list, either all values are number or string, mixed type is not supported");
      }
      test.values.push_back(is_string ? Json(tokens_.value()) : plain());
    }
    if (test.values.empty()) return fail("Empty arrays are not allowed");
    return {};
  }

  /// {"anything-but": {"prefix": "a"}}, with prefix, suffix, equals-ignore-case or wildcard, of a text or a list.
  base::Result<void, PatternError> anythingButExpression(ValueMatcher& test) {
    if (tokens_.next() != Kind::Name) return fail("Anything-But expression name not found");
    const std::string name = tokens_.value();
    if (name == "prefix") {
      test.kind = ValueMatcher::Kind::Prefix;
    } else if (name == "suffix") {
      test.kind = ValueMatcher::Kind::Suffix;
    } else if (name == "equals-ignore-case") {
      test.kind = ValueMatcher::Kind::EqualsIgnoreCase;
    } else if (name == "wildcard") {
      test.kind = ValueMatcher::Kind::Wildcard;
    } else {
      return fail("Unsupported anything-but pattern: " + name);
    }
    test.negated = true;
    const auto add = [&]() -> base::Result<void, PatternError> {
      if (name == "wildcard") return wildcard(test);
      if (tokens_.value().empty() && name != "equals-ignore-case") return fail("Null prefix/suffix not allowed");
      test.texts.push_back(tokens_.value());
      return {};
    };
    if (tokens_.next() == Kind::String) {
      TRY(add());
    } else if (tokens_.kind() == Kind::BeginArray) {
      while (tokens_.next() != Kind::EndArray) {
        if (tokens_.kind() != Kind::String) {
          return fail("Inside anything but list, number|start|null|boolean is not supported.");
        }
        TRY(add());
      }
      if (test.texts.empty()) return fail("Empty arrays are not allowed");
    } else {
      return fail(name + " match pattern must be a string");
    }
    return endOfExpression();
  }

  PatternTokens tokens_;
  std::size_t combinations_ = 1;
};

}  // namespace

base::Result<PatternNode, PatternError> parsePattern(std::string_view text) {
  if (text.size() > kMaxPatternBytes) return PatternError{"Event pattern is too long"};
  if (const auto diagnosis = asl::diagnoseJson(text)) {
    return PatternError{diagnosis->message + sourceLocation(text, static_cast<std::size_t>(diagnosis->line),
                                                            static_cast<std::size_t>(diagnosis->column))};
  }
  if (!Json::parse(text).ok()) return PatternError{"Event pattern is not valid JSON"};
  return Parser(text).run();
}

}  // namespace thimble::lang::event_pattern
