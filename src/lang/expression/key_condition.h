// The condition on the keys of a Query: from a KeyConditionExpression or from KeyConditions.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lang/expression/condition.h"
#include "lang/expression/placeholders.h"
#include "lang/expression/value.h"

namespace thimble::lang::expression {

/// A key attribute of a table or an index.
struct KeyAttribute {
  std::string name;
  Type type = Type::S;  ///< S, N or B.
};

/// The part of a key condition that is about one attribute.
struct KeyPart {
  std::string attribute;
  /// Equal, Less, LessOrEqual, Greater, GreaterOrEqual, Between or BeginsWith; of KeyConditions also what no key
  /// allows, which the checks refuse.
  ConditionOperator op = ConditionOperator::Equal;
  std::vector<Value> values;  ///< One; two of Between.

  /// Whether a key value satisfies the part.
  bool matches(ValueView value) const;
};

class KeyCondition {
 public:
  static base::Result<KeyCondition> parse(std::string_view text, Placeholders& placeholders);
  /// Takes a condition apart that parsed as one of a KeyConditionExpression.
  static base::Result<KeyCondition> fromCondition(const Condition& condition);
  /// KeyConditions in model form.
  static base::Result<KeyCondition> fromLegacy(const base::Json& key_conditions);

  const std::vector<KeyPart>& parts() const { return parts_; }
  const KeyPart* find(std::string_view attribute) const;

  /// Checks the condition against the keys it is for, the partition key first: it must have an Equal, the sort key may
  /// have a part, types must match. Errors as Query answers them.
  base::Result<void, base::ApiError> checkPartition(const KeyAttribute& key, bool has_sort) const;
  base::Result<void, base::ApiError> checkSort(const KeyAttribute& key) const;

 private:
  base::Result<void, base::ApiError> checkPart(const KeyAttribute& key, bool is_partition) const;

  std::vector<KeyPart> parts_;
};

}  // namespace thimble::lang::expression
