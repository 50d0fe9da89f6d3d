// Evaluation of compiled conditions.
#include "lang/expression/condition.h"

#include "base/utf16.h"

namespace thimble::lang::expression {

ConditionOperator mirrored(ConditionOperator op) {
  switch (op) {
    case ConditionOperator::Less:
      return ConditionOperator::Greater;
    case ConditionOperator::LessOrEqual:
      return ConditionOperator::GreaterOrEqual;
    case ConditionOperator::Greater:
      return ConditionOperator::Less;
    case ConditionOperator::GreaterOrEqual:
      return ConditionOperator::LessOrEqual;
    default:
      return op;
  }
}

std::string operandTypeMessage(std::string_view op, std::string_view type) {
  return "Incorrect operand type for operator or function; operator or function: " + std::string(op) +
         ", operand type: " + std::string(type);
}

std::uint32_t Condition::addPath(Path path) {
  paths_.push_back(std::move(path));
  return static_cast<std::uint32_t>(paths_.size() - 1);
}

std::uint32_t Condition::addValue(Value value) {
  values_.push_back(std::move(value));
  return static_cast<std::uint32_t>(values_.size() - 1);
}

std::uint32_t Condition::addOperands(const std::vector<ConditionOperand>& operands) {
  const auto first = static_cast<std::uint32_t>(operands_.size());
  operands_.insert(operands_.end(), operands.begin(), operands.end());
  return first;
}

std::uint32_t Condition::addNode(const ConditionNode& node) {
  nodes_.push_back(node);
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

std::set<std::string> Condition::attributes() const {
  std::set<std::string> names;
  for (const Path& path : paths_) names.insert(path.root());
  return names;
}

namespace {

/// What an operand stands for in one item; `number` holds the bytes of a computed size.
struct Operand {
  bool present = false;
  ValueView value;
  char number[Decimal::kMaxEncodedSize];
};

std::optional<std::size_t> sizeOf(ValueView value) {
  switch (value.type()) {
    case Type::S:
      return base::utf16Length(value.body());
    case Type::B:
      return value.body().size();
    case Type::Ss:
    case Type::Ns:
    case Type::Bs:
    case Type::L:
    case Type::M:
      return value.count();
    default:
      return std::nullopt;
  }
}

class Evaluator {
 public:
  Evaluator(const Condition& condition, ItemView item) : condition_(condition), item_(item) {}

  /// Reads the operand into `out`; false when the item has no such value.
  bool read(const ConditionOperand& operand, Operand& out) const {
    switch (operand.kind) {
      case ConditionOperand::Kind::Value:
        out.value = condition_.values()[operand.index];
        return out.present = true;
      case ConditionOperand::Kind::Path: {
        const auto found = resolve(item_, condition_.paths()[operand.index]);
        if (found) out.value = *found;
        return out.present = found.has_value();
      }
      case ConditionOperand::Kind::Size: {
        Operand inner;
        if (!read(condition_.operands()[operand.index], inner)) return out.present = false;
        const auto size = sizeOf(inner.value);
        if (!size) return out.present = false;
        std::string encoded;  // At most 22 bytes; of sizes below 10^10 within the string itself.
        Decimal(static_cast<std::int64_t>(*size)).appendEncoded(encoded);
        encoded.copy(out.number, sizeof out.number);
        out.value = ValueView(Type::N, std::string_view(out.number, encoded.size()));
        return out.present = true;
      }
      case ConditionOperand::Kind::Truth:
        out.number[0] = condition_.holds(operand.index, item_) ? '\1' : '\0';
        out.value = ValueView(Type::Bool, std::string_view(out.number, 1));
        return out.present = true;
    }
    return false;
  }

  bool holds(const ConditionNode& node) const {
    const ConditionOperand* operands = condition_.operands().data() + node.first;
    switch (node.op) {
      case ConditionOperator::AttributeExists:
        return read(operands[0], left_);
      case ConditionOperator::AttributeNotExists:
        return !read(operands[0], left_);
      case ConditionOperator::Equal:
      case ConditionOperator::NotEqual: {
        // An operand that the item lacks equals nothing.
        const bool both = read(operands[0], left_) && read(operands[1], right_);
        return (both && left_.value == right_.value) == (node.op == ConditionOperator::Equal);
      }
      case ConditionOperator::Less:
      case ConditionOperator::LessOrEqual:
      case ConditionOperator::Greater:
      case ConditionOperator::GreaterOrEqual: {
        if (!read(operands[0], left_) || !read(operands[1], right_)) return false;
        const auto order = compareValues(left_.value, right_.value);
        if (!order) return false;
        if (node.op == ConditionOperator::Less) return *order < 0;
        if (node.op == ConditionOperator::LessOrEqual) return *order <= 0;
        if (node.op == ConditionOperator::Greater) return *order > 0;
        return *order >= 0;
      }
      case ConditionOperator::Between: {
        if (!read(operands[0], left_)) return false;
        if (!read(operands[1], right_)) return false;
        const auto low = compareValues(left_.value, right_.value);
        if (!low || *low < 0) return false;
        if (!read(operands[2], right_)) return false;
        const auto high = compareValues(left_.value, right_.value);
        return high && *high <= 0;
      }
      case ConditionOperator::In:
        if (!read(operands[0], left_)) return false;
        for (std::uint32_t i = 1; i < node.count; ++i) {
          if (read(operands[i], right_) && left_.value == right_.value) return true;
        }
        return false;
      case ConditionOperator::AttributeType:
        return read(operands[0], left_) && read(operands[1], right_) &&
               typeName(left_.value.type()) == right_.value.text();
      case ConditionOperator::BeginsWith:
        return read(operands[0], left_) && read(operands[1], right_) && left_.value.type() == right_.value.type() &&
               (left_.value.type() == Type::S || left_.value.type() == Type::B) &&
               left_.value.text().starts_with(right_.value.text());
      case ConditionOperator::Contains:
        return read(operands[0], left_) && read(operands[1], right_) && contains(left_.value, right_.value);
      case ConditionOperator::NotContains:
        return read(operands[0], left_) && read(operands[1], right_) && !contains(left_.value, right_.value);
      default:
        return false;
    }
  }

 private:
  static bool contains(ValueView whole, ValueView part) {
    switch (whole.type()) {
      case Type::S:
      case Type::B:
        return part.type() == whole.type() && whole.text().find(part.text()) != std::string_view::npos;
      case Type::Ss:
      case Type::Ns:
      case Type::Bs:
      case Type::L: {
        ElementCursor cursor = whole.elements();
        for (ValueView element; cursor.next(element);) {
          if (element == part) return true;
        }
        return false;
      }
      default:
        return false;
    }
  }

  const Condition& condition_;
  ItemView item_;
  mutable Operand left_, right_;
};

}  // namespace

bool Condition::holds(std::uint32_t index, ItemView item) const {
  const ConditionNode& node = nodes_[index];
  switch (node.op) {
    case ConditionOperator::And:
      return holds(node.first, item) && holds(node.second, item);
    case ConditionOperator::Or:
      return holds(node.first, item) || holds(node.second, item);
    case ConditionOperator::Not:
      return !holds(node.first, item);
    default:
      return Evaluator(*this, item).holds(node);
  }
}

}  // namespace thimble::lang::expression
