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
constexpr std::size_t kMaxBranches = 1000;

/// What a condition says of one key attribute.
struct KeyTerm {
  const KeyAttribute* key = nullptr;
  bool is_partition = false;
  Op op = Op::Equal;  ///< As KeyPart's, or In.
  std::vector<Value> values;
};

/// The leaf as a condition on a key: equality or IN on the partition key, anything that a range holds on the sort key.
std::optional<KeyTerm> keyTerm(const Condition& where, const ConditionNode& node, const KeyAttribute& partition,
                               const KeyAttribute* sort) {
  const bool compares = node.op == Op::Equal || node.op == Op::Less || node.op == Op::LessOrEqual ||
                        node.op == Op::Greater || node.op == Op::GreaterOrEqual;
  if (!compares && node.op != Op::Between && node.op != Op::BeginsWith && node.op != Op::In) return std::nullopt;
  const ConditionOperand* operands = where.operands().data() + node.first;
  const std::size_t at = compares && operands[0].kind != Kind::Path ? 1 : 0;
  if (operands[at].kind != Kind::Path) return std::nullopt;
  const Path& path = where.paths()[operands[at].index];
  if (path.nested()) return std::nullopt;
  KeyTerm term;
  term.is_partition = path.root() == partition.name;
  if (!term.is_partition && (!sort || path.root() != sort->name)) return std::nullopt;
  term.key = term.is_partition ? &partition : sort;
  term.op = at == 0 ? node.op : mirrored(node.op);
  if (term.is_partition && term.op != Op::Equal && term.op != Op::In) return std::nullopt;
  for (std::uint32_t i = 0; i < node.count; ++i) {
    if (i == at) continue;
    if (operands[i].kind != Kind::Value) return std::nullopt;
    term.values.push_back(where.values()[operands[i].index]);
  }
  return term;
}

/// One way to satisfy a condition. Without a partition, or with two, any row may.
struct Branch {
  std::optional<Value> partition;
  bool contradicts = false;
  std::vector<KeyPart> sort;
  std::vector<std::string> filters;

  bool keyed() const { return partition && !contradicts; }

  void join(const Branch& other) {
    if (other.partition) {
      if (partition && !(*partition == *other.partition)) contradicts = true;
      if (!partition) partition = other.partition;
    }
    contradicts |= other.contradicts;
    sort.insert(sort.end(), other.sort.begin(), other.sort.end());
    filters.insert(filters.end(), other.filters.begin(), other.filters.end());
  }
};
using Branches = std::vector<Branch>;

class Planner {
 public:
  Planner(const Condition& where, const KeyAttribute& partition, const KeyAttribute* sort)
      : where_(where), partition_(partition), sort_(sort) {}

  Branches plan(std::uint32_t index) {
    const ConditionNode& node = where_.nodes()[index];
    if (node.op == Op::And) return both(plan(node.first), plan(node.second));
    if (node.op == Op::Or && namesKey(index)) {
      Branches branches = plan(node.first);
      Branches more = plan(node.second);
      branches.insert(branches.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
      if (branches.size() <= kMaxBranches) return branches;
      too_many_ = true;
      return {Branch()};
    }
    if (const auto term = keyTerm(where_, node, partition_, sort_)) return branchesOf(*term);
    Branch filtered;
    addAttributes(index, filtered.filters);
    return {std::move(filtered)};
  }

  /// Whether each way to satisfy the condition names a partition.
  bool namesPartition(std::uint32_t index) const {
    const ConditionNode& node = where_.nodes()[index];
    if (node.op == Op::And) return namesPartition(node.first) || namesPartition(node.second);
    if (node.op == Op::Or) return namesPartition(node.first) && namesPartition(node.second);
    const auto term = keyTerm(where_, node, partition_, sort_);
    return term && term->is_partition;
  }

  bool tooMany() const { return too_many_; }

 private:
  bool namesKey(std::uint32_t index) const {
    const ConditionNode& node = where_.nodes()[index];
    if (node.op == Op::And || node.op == Op::Or) return namesKey(node.first) || namesKey(node.second);
    return keyTerm(where_, node, partition_, sort_).has_value();
  }

  static Branches branchesOf(const KeyTerm& term) {
    const auto branch = [&](Op op, std::vector<Value> values) {
      Branch out;
      if (term.is_partition) {
        out.partition = std::move(values[0]);
      } else {
        out.sort.push_back({term.key->name, op, std::move(values)});
      }
      return out;
    };
    if (term.op != Op::In) return {branch(term.op, term.values)};
    Branches branches;
    for (const Value& value : term.values) branches.push_back(branch(Op::Equal, {value}));
    return branches;
  }

  Branches both(const Branches& left, const Branches& right) {
    if (left.size() * right.size() > kMaxBranches) {
      too_many_ = true;
      return {Branch()};
    }
    Branches joined;
    for (const Branch& a : left) {
      for (const Branch& b : right) joined.emplace_back(a).join(b);
    }
    return joined;
  }

  void addAttributes(std::uint32_t index, std::vector<std::string>& names) const {
    const ConditionNode& node = where_.nodes()[index];
    if (node.op == Op::And || node.op == Op::Or || node.op == Op::Not) {
      addAttributes(node.first, names);
      if (node.op != Op::Not) addAttributes(node.second, names);
      return;
    }
    for (std::uint32_t i = 0; i < node.count; ++i) addAttributes(where_.operands()[node.first + i], names);
  }
  void addAttributes(const ConditionOperand& operand, std::vector<std::string>& names) const {
    if (operand.kind == Kind::Path) names.push_back(where_.paths()[operand.index].root());
    if (operand.kind == Kind::Size) addAttributes(where_.operands()[operand.index], names);
    if (operand.kind == Kind::Truth) addAttributes(operand.index, names);
  }

  const Condition& where_;
  const KeyAttribute& partition_;
  const KeyAttribute* sort_;
  bool too_many_ = false;
};

/// The parts of a condition that AND joins, in their order.
void appendConjuncts(const Condition& where, std::uint32_t index, std::vector<std::uint32_t>& out) {
  const ConditionNode& node = where.nodes()[index];
  if (node.op != Op::And) {
    out.push_back(index);
    return;
  }
  appendConjuncts(where, node.first, out);
  appendConjuncts(where, node.second, out);
}

Result<void, ApiError> checkKeyTypesBelow(const Condition& where, std::uint32_t index, const KeyAttribute& partition,
                                          const KeyAttribute* sort) {
  const ConditionNode& node = where.nodes()[index];
  if (node.op == Op::And || node.op == Op::Or) {
    TRY(checkKeyTypesBelow(where, node.first, partition, sort));
    return checkKeyTypesBelow(where, node.second, partition, sort);
  }
  const auto term = keyTerm(where, node, partition, sort);
  if (!term) return {};
  for (const Value& value : term->values) {
    const Type type = value.type();
    if (type == term->key->type) continue;
    if (type != Type::S && type != Type::N && type != Type::B) {
      return validationError("Key value must be of type S, N, or B. Key name: " + term->key->name +
                             ", Key type: " + std::string(typeName(type)));
    }
    return validationError("Key attribute's data type should match its data type in table's schema: Key " +
                           term->key->name);
  }
  return {};
}

}  // namespace

Result<std::optional<std::vector<KeyLookup>>> planLookups(const Condition& where, const KeyAttribute& partition,
                                                          const KeyAttribute* sort) {
  if (where.nodes().empty()) return std::optional<std::vector<KeyLookup>>();
  Planner planner(where, partition, sort);
  Branches branches = planner.plan(where.root());
  if (planner.namesPartition(where.root()) && (planner.tooMany() || branches.size() > kMaxLookups)) {
    return validationError("Too many decomposed read operations for a given query.");
  }
  if (!std::all_of(branches.begin(), branches.end(), [](const Branch& branch) { return branch.keyed(); })) {
    return std::optional<std::vector<KeyLookup>>();
  }
  std::vector<KeyLookup> lookups;
  for (Branch& branch : branches) {
    lookups.push_back({*std::move(branch.partition), std::move(branch.sort), std::move(branch.filters)});
  }
  return std::optional(std::move(lookups));
}

Result<void, ApiError> checkKeyTypes(const Condition& where, const KeyAttribute& partition, const KeyAttribute* sort) {
  if (where.nodes().empty()) return {};
  return checkKeyTypesBelow(where, where.root(), partition, sort);
}

NamedKey namedKey(const Condition& where, const KeyAttribute& partition, const KeyAttribute* sort, bool one_of_one) {
  NamedKey named;
  std::vector<std::uint32_t> conjuncts;
  if (!where.nodes().empty()) appendConjuncts(where, where.root(), conjuncts);
  ItemBuilder key;
  std::optional<Value> found[2];
  for (const std::uint32_t index : conjuncts) {
    const auto term = keyTerm(where, where.nodes()[index], partition, sort);
    if (!term || (term->op != Op::Equal && !(one_of_one && term->op == Op::In && term->values.size() == 1))) {
      named.more = true;
      continue;
    }
    std::optional<Value>& value = found[term->is_partition ? 0 : 1];
    if (!value) {
      value = term->values[0];
      key.set(term->key->name, *value);
    } else if (!(*value == term->values[0])) {
      named.more = true;
      if (named.repeated.empty()) named.repeated = term->key->name;
    }
  }
  named.key = key.build();
  named.whole = found[0] && (!sort || found[1]);
  return named;
}

Result<NamedKey> wholeKey(const Condition& where, const KeyAttribute& partition, const KeyAttribute* sort) {
  NamedKey named = namedKey(where, partition, sort, false);
  if (!named.repeated.empty()) {
    return validationError("Multiple conditions on same key " + named.repeated +
                           ". Only single item Update/Insert/Delete are supported");
  }
  if (!named.whole) {
    return validationError("Where clause does not contain a mandatory equality on all key attributes");
  }
  return named;
}

}  // namespace thimble::lang::expression
