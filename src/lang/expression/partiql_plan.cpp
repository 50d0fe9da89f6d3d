// Which rows a statement's WHERE can be about.
#include <algorithm>

#include "lang/expression/partiql.h"

namespace thimble::lang::expression {

using base::ApiError;
using base::Result;

namespace {

using Op = ConditionOperator;
using Kind = ConditionOperand::Kind;

constexpr std::size_t kMaxLookups = 50;

/// One way to satisfy a condition, as far as keys are concerned. Without `partition` any row may.
struct Alternative {
  std::optional<Value> partition;
  std::optional<KeyPart> sort;
};
using Alternatives = std::vector<Alternative>;

class Planner {
 public:
  Planner(const Condition& where, const KeyAttribute& partition, const KeyAttribute* sort)
      : where_(where), partition_(partition), sort_(sort) {}

  Result<Alternatives> plan(std::uint32_t index) const {
    const ConditionNode& node = where_.nodes()[index];
    if (node.op == Op::Or || node.op == Op::And) {
      TRY_ASSIGN(Alternatives left, plan(node.first));
      TRY_ASSIGN(const Alternatives right, plan(node.second));
      if (node.op == Op::And) return both(left, right);
      left.insert(left.end(), right.begin(), right.end());
      if (left.size() > kMaxLookups && named(left)) return tooMany();
      // Beyond the bound only a scan is left, which one alternative says as well as many.
      if (left.size() > kMaxLookups) left = {Alternative()};
      return left;
    }
    return leaf(node);
  }

  static bool named(const Alternatives& alternatives) {
    return std::all_of(alternatives.begin(), alternatives.end(),
                       [](const Alternative& a) { return a.partition.has_value(); });
  }

  static ApiError tooMany() { return validationError("Too many decomposed read operations for a given query."); }

 private:
  static Result<Alternatives> both(const Alternatives& left, const Alternatives& right) {
    if (left.size() * right.size() > kMaxLookups) {
      if (named(left) || named(right)) return tooMany();
      return Alternatives{Alternative()};
    }
    Alternatives joined;
    for (const Alternative& a : left) {
      for (const Alternative& b : right) {
        // Two different partitions at once: no row.
        if (a.partition && b.partition && !(*a.partition == *b.partition)) continue;
        Alternative alternative = a;
        if (!alternative.partition) alternative.partition = b.partition;
        if (!alternative.sort || (b.sort && b.sort->op == Op::Equal)) {
          if (b.sort) alternative.sort = b.sort;
        }
        joined.push_back(std::move(alternative));
      }
    }
    return joined;
  }

  Alternatives leaf(const ConditionNode& node) const {
    const ConditionOperand* operands = where_.operands().data() + node.first;
    std::size_t at = 0;
    switch (node.op) {
      case Op::Equal:
      case Op::Less:
      case Op::LessOrEqual:
      case Op::Greater:
      case Op::GreaterOrEqual:
        at = operands[0].kind == Kind::Path ? 0 : 1;
        break;
      case Op::Between:
      case Op::BeginsWith:
      case Op::In:
        break;
      default:
        return {Alternative()};
    }
    if (operands[at].kind != Kind::Path) return {Alternative()};
    const Path& path = where_.paths()[operands[at].index];
    std::vector<Value> values;
    for (std::uint32_t i = 0; i < node.count; ++i) {
      if (i == at) continue;
      if (operands[i].kind != Kind::Value) return {Alternative()};
      values.push_back(where_.values()[operands[i].index]);
    }
    if (path.nested()) return {Alternative()};
    const bool is_partition = path.root() == partition_.name;
    if (!is_partition && (sort_ == nullptr || path.root() != sort_->name)) return {Alternative()};
    const Type type = is_partition ? partition_.type : sort_->type;
    Alternatives alternatives;
    if (node.op == Op::In || (is_partition && node.op == Op::Equal)) {
      for (const Value& value : values) {
        if (value.type() != type) continue;  // Never equal.
        Alternative alternative;
        if (is_partition) {
          alternative.partition = value;
        } else {
          alternative.sort = KeyPart{path.root(), Op::Equal, {value}};
        }
        alternatives.push_back(std::move(alternative));
      }
      return alternatives;
    }
    if (is_partition) return {Alternative()};
    for (const Value& value : values) {
      if (value.type() != type) return alternatives;
    }
    const Op op = at == 0 ? node.op : mirrored(node.op);
    alternatives.push_back({std::nullopt, KeyPart{path.root(), op, std::move(values)}});
    return alternatives;
  }

  const Condition& where_;
  const KeyAttribute& partition_;
  const KeyAttribute* sort_;
};

}  // namespace

Result<std::optional<std::vector<KeyLookup>>> planLookups(const Condition& where, const KeyAttribute& partition,
                                                          const KeyAttribute* sort) {
  if (where.nodes().empty()) return std::optional<std::vector<KeyLookup>>();
  TRY_ASSIGN(const Alternatives alternatives, Planner(where, partition, sort).plan(where.root()));
  if (!Planner::named(alternatives)) return std::optional<std::vector<KeyLookup>>();
  std::vector<KeyLookup> lookups;
  for (const Alternative& alternative : alternatives) lookups.push_back({*alternative.partition, alternative.sort});
  return std::optional(std::move(lookups));
}

Result<Item> wholeKey(const Condition& where, const KeyAttribute& partition, const KeyAttribute* sort) {
  const auto incomplete = [] {
    return validationError("Where clause does not contain a mandatory equality on all key attributes");
  };
  TRY_ASSIGN(const auto lookups, planLookups(where, partition, sort));
  if (!lookups || lookups->size() != 1) return incomplete();
  const KeyLookup& lookup = lookups->front();
  if (sort != nullptr && (!lookup.sort || lookup.sort->op != Op::Equal)) return incomplete();
  ItemBuilder key;
  key.set(partition.name, lookup.partition);
  if (sort != nullptr) key.set(sort->name, lookup.sort->values[0]);
  return key.build();
}

}  // namespace thimble::lang::expression
