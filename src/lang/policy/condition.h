// The Condition element: operators, their modifiers, and how they judge a request.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/policy/context.h"
#include "lang/policy/ip_network.h"
#include "lang/policy/pattern.h"

namespace thimble::lang::policy {

enum class Comparison {
  StringEquals,
  StringEqualsIgnoreCase,
  StringLike,
  NumericEquals,
  NumericLessThan,
  NumericLessThanEquals,
  NumericGreaterThan,
  NumericGreaterThanEquals,
  DateEquals,
  DateLessThan,
  DateLessThanEquals,
  DateGreaterThan,
  DateGreaterThanEquals,
  Bool,
  BinaryEquals,
  IpAddress,
  ArnLike,  ///< ArnEquals is the same.
  Null,
};

enum class Quantifier { None, ForAllValues, ForAnyValue };

/// An operator's name taken apart: "ForAllValues:StringNotLikeIfExists".
struct ConditionOperator {
  Comparison comparison = Comparison::StringEquals;
  bool negated = false;    ///< The "Not" forms.
  bool if_exists = false;  ///< A request without the key satisfies it.
  Quantifier quantifier = Quantifier::None;

  /// Nothing when IAM has no such operator. Names are compared without case.
  static std::optional<ConditionOperator> parse(std::string_view name);
};

/// "operator": {"key": values}, for one key.
class Condition {
 public:
  Condition(std::string_view operator_name, ConditionOperator op, std::string_view key, std::vector<std::string> values,
            bool variables);

  bool holds(const ContextKeys& keys) const;

  const std::string& operatorName() const { return operator_name_; }
  const std::string& key() const { return key_; }
  const std::vector<std::string>& values() const { return values_; }

 private:
  /// A value compiled for its comparison; where it is not of the operator's type it matches nothing.
  struct Value {
    Pattern pattern;
    std::vector<Pattern> arn;  ///< Six parts, for the Arn operators without variables.
    std::optional<double> number;
    std::optional<std::int64_t> milliseconds;
    std::optional<bool> boolean;
    std::optional<std::string> bytes;
    std::optional<IpNetwork> network;
  };

  Value compileValue(const std::string& text, bool variables) const;
  bool matchesAny(const std::string& subject, const ContextKeys& keys) const;
  bool matchesOne(const std::string& subject, const Value& value, const ContextKeys& keys) const;

  std::string operator_name_;
  ConditionOperator operator_;
  std::string key_;  ///< As written.
  std::string lower_key_;
  std::vector<std::string> values_;
  std::vector<Value> compiled_;
};

/// A date as IAM takes it: ISO 8601 (date alone too) or seconds since the epoch. Milliseconds since the epoch.
std::optional<std::int64_t> parsePolicyDate(std::string_view text);

}  // namespace thimble::lang::policy
