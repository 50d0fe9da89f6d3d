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

/// The key of a table or an index. Global indexes may have several attributes of each kind, all others have one
/// partition attribute and at most one sort attribute.
struct KeySchema {
  std::vector<KeyAttribute> partition;  ///< At least one.
  std::vector<KeyAttribute> sort;       ///< In the order by which items are sorted.

  std::size_t size() const { return partition.size() + sort.size(); }
  bool hasSeveral() const { return partition.size() > 1 || sort.size() > 1; }
  /// The first attribute of each kind, which is the only one unless hasSeveral(). `range` is null when there is none.
  const KeyAttribute& hash() const { return partition.front(); }
  const KeyAttribute* range() const { return sort.empty() ? nullptr : &sort.front(); }
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

/// More conditions than a key of one attribute of each kind can have.
base::ApiError tooManyKeyConditions();

class KeyCondition {
 public:
  static base::Result<KeyCondition> parse(std::string_view text, Placeholders& placeholders);
  /// Takes a condition apart that parsed as one of a KeyConditionExpression.
  static base::Result<KeyCondition> fromCondition(const Condition& condition);
  /// KeyConditions in model form.
  static base::Result<KeyCondition> fromLegacy(const base::Json& key_conditions);

  const std::vector<KeyPart>& parts() const { return parts_; }
  const KeyPart* find(std::string_view attribute) const;

  /// Checks the condition against the key it is for: no more parts than attributes; an Equal for each partition
  /// attribute; parts of sort attributes from the first on, of which all but the last are an Equal; types must match.
  /// Errors as Query answers them.
  base::Result<void, base::ApiError> checkCount(const KeySchema& keys) const;
  base::Result<void, base::ApiError> checkPartition(const KeySchema& keys) const;
  base::Result<void, base::ApiError> checkSort(const KeySchema& keys) const;

 private:
  /// Operators and types of the parts that are about these attributes.
  base::Result<void, base::ApiError> checkParts(const std::vector<KeyAttribute>& attributes) const;
  bool isEqual(const KeyAttribute& key) const;

  std::vector<KeyPart> parts_;
};

}  // namespace thimble::lang::expression
