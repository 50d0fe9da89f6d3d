// Condition and filter expressions, compiled once per request and evaluated per item without allocation.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lang/expression/path.h"
#include "lang/expression/placeholders.h"
#include "lang/expression/value.h"

namespace thimble::lang::expression {

/// What a node of a condition does with its operands or, for And, Or and Not, with other nodes.
enum class ConditionOperator : std::uint8_t {
  Equal,
  NotEqual,
  Less,
  LessOrEqual,
  Greater,
  GreaterOrEqual,
  Between,
  In,
  AttributeExists,
  AttributeNotExists,
  AttributeType,
  BeginsWith,
  Contains,
  NotContains,  ///< Only in the legacy forms.
  And,
  Or,
  Not,
};

/// The operator that says the same of exchanged operands: Less for Greater. Others stay as they are.
ConditionOperator mirrored(ConditionOperator op);
/// "Incorrect operand type for operator or function; ..."
std::string operandTypeMessage(std::string_view op, std::string_view type);

/// A value or the place where an item may have one.
struct ConditionOperand {
  /// Truth is that of another node, which only PartiQL compares.
  enum class Kind : std::uint8_t { Path, Value, Size, Truth };
  Kind kind;
  std::uint32_t index;  ///< Into the condition's paths or values; of Size, into its operands, of Truth, its nodes.
};

/// And, Or and Not have child nodes in `first` and `second`; all else `count` operands from `first` on.
struct ConditionNode {
  ConditionOperator op;
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  std::uint32_t count = 0;
};

/// A compiled condition. Its parts are open to those who translate other forms into it.
class Condition {
 public:
  /// Reads and checks an expression. `kind` says how its errors begin. Placeholders used are marked.
  static base::Result<Condition> parse(ExpressionKind kind, std::string_view text, Placeholders& placeholders);

  /// Whether the condition holds for the item. An item that does not exist is an empty one.
  bool matches(ItemView item) const { return nodes_.empty() || holds(root_, item); }
  /// Whether one of its nodes does.
  bool holds(std::uint32_t node, ItemView item) const;

  /// Every path that the condition reads.
  const std::vector<Path>& paths() const { return paths_; }
  /// The top-level attributes that it reads.
  std::set<std::string> attributes() const;

  const std::vector<ConditionNode>& nodes() const { return nodes_; }
  const std::vector<ConditionOperand>& operands() const { return operands_; }
  const std::vector<Value>& values() const { return values_; }
  std::uint32_t root() const { return root_; }

  // Building, node by node. An empty condition holds for every item.
  std::uint32_t addPath(Path path);
  std::uint32_t addValue(Value value);
  /// Adds operands side by side; returns the first one's index.
  std::uint32_t addOperands(const std::vector<ConditionOperand>& operands);
  std::uint32_t addNode(const ConditionNode& node);
  void setRoot(std::uint32_t node) { root_ = node; }

 private:
  std::vector<ConditionNode> nodes_;
  std::vector<ConditionOperand> operands_;
  std::vector<Path> paths_;
  std::vector<Value> values_;
  std::uint32_t root_ = 0;
};

/// Operators and functions that one expression may have.
inline constexpr int kMaxOperators = 300;
/// Bytes of one expression.
inline constexpr std::size_t kMaxExpressionSize = 4096;
/// Operands of one IN.
inline constexpr std::size_t kMaxInOperands = 100;

}  // namespace thimble::lang::expression
