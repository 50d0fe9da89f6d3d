// The rules of a Choice state.
// https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lang/asl/expression.h"

namespace thimble::lang::asl {

class ChoiceRule {
 public:
  enum class Kind { And, Or, Not, Comparison };
  enum class Subject { String, Numeric, Boolean, Timestamp, Test };
  enum class Relation {
    Equals,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Matches,
    IsNull,
    IsPresent,
    IsNumeric,
    IsString,
    IsBoolean,
    IsTimestamp
  };

  Kind kind = Kind::Comparison;
  std::vector<std::shared_ptr<const ChoiceRule>> rules;  ///< Of And, Or (one or more) and Not (one).
  ExpressionPtr variable;
  Subject subject = Subject::Test;
  Relation relation = Relation::Equals;
  base::Json operand;          ///< What to compare with, unless
  ExpressionPtr operand_path;  ///< a path says where it is.

  base::Result<bool, WorkflowError> matches(const base::Json& input, Environment& environment) const;
};

using ChoiceRulePtr = std::shared_ptr<const ChoiceRule>;

/// The operator of that name (for example "NumericLessThanPath"); false when there is none.
bool choiceOperator(std::string_view name, ChoiceRule::Subject& subject, ChoiceRule::Relation& relation, bool& by_path);

/// StringMatches: "*" stands for any characters; a backslash makes "*" and itself ordinary. Linear in the length of the
/// text for each piece between stars.
bool matchesWildcard(std::string_view text, std::string_view pattern);

/// A text as ASL's timestamps must be: RFC 3339 with "T", and "Z" or an offset; in milliseconds since the epoch.
std::optional<std::int64_t> aslTimestamp(std::string_view text);

}  // namespace thimble::lang::asl
