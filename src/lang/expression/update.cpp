// Applying updates.
//
// Right-hand sides are computed from the old item first. Then the attributes that are touched become trees, each opened
// only as deep as a path leads, and are written back.
#include "lang/expression/update.h"

#include <algorithm>
#include <map>
#include <memory>

#include "lang/expression/varint.h"

namespace thimble::lang::expression {

using base::ApiError;
using base::Result;

namespace {

ApiError wrongOperand() {
  return validationError("An operand in the update expression has an incorrect data type");
}
ApiError invalidPath() {
  return validationError("The document path provided in the update expression is invalid for update");
}
ApiError missingAttribute() {
  return validationError("The provided expression refers to an attribute that does not exist in the item");
}

Result<Value> sum(ValueView left, ValueView right, bool minus) {
  if (left.type() != Type::N || right.type() != Type::N) return wrongOperand();
  const Decimal addend = right.number();
  const auto result = Decimal::add(left.number(), minus ? addend.negated() : addend);
  // A sum of more than 38 digits is an overflow too.
  if (!result.ok()) return numberError(NumberError::Overflow, {});
  return Value::number(*result);
}

Value joinLists(ValueView left, ValueView right) {
  std::string body;
  appendVarint(body, left.count() + right.count());
  for (const ValueView& list : {left, right}) {
    ElementCursor cursor = list.elements();
    for (ValueView element; cursor.next(element);) element.appendTo(body);
  }
  return Value(ValueView(Type::L, body));
}

std::vector<std::string> membersOf(ValueView set) {
  std::vector<std::string> members;
  members.reserve(set.count());
  ElementCursor cursor = set.elements();
  for (ValueView member; cursor.next(member);) members.emplace_back(member.body());
  return members;
}

/// The value of an operand in `item`.
Result<Value> compute(const UpdateOperand& operand, ItemView item) {
  using Kind = UpdateOperand::Kind;
  switch (operand.kind) {
    case Kind::Value:
      return operand.value;
    case Kind::Path: {
      const auto found = resolve(item, operand.path);
      if (!found) return missingAttribute();
      return Value(*found);
    }
    case Kind::IfNotExists: {
      const auto found = resolve(item, operand.path);
      if (found) return Value(*found);
      return compute(operand.operands[0], item);
    }
    case Kind::ListAppend: {
      TRY_ASSIGN(const Value left, compute(operand.operands[0], item));
      TRY_ASSIGN(const Value right, compute(operand.operands[1], item));
      if (left.type() != Type::L || right.type() != Type::L) return wrongOperand();
      return joinLists(left, right);
    }
    case Kind::Plus:
    case Kind::Minus: {
      TRY_ASSIGN(const Value left, compute(operand.operands[0], item));
      TRY_ASSIGN(const Value right, compute(operand.operands[1], item));
      return sum(left, right, operand.kind == Kind::Minus);
    }
  }
  return wrongOperand();
}

/// A place in the tree of a touched attribute. Closed, it is bytes; open, it is a map or a list of places.
class Node {
 public:
  Node() = default;
  explicit Node(ValueView value) : closed_(value), present_(true) {}

  bool present() const { return present_; }
  const Value& closed() const { return closed_; }

  void set(Value value) {
    closed_ = std::move(value);
    present_ = true;
    open_ = false;
  }
  void remove() { present_ = false; }

  /// The place below `element`, made (absent) when there is none; nullptr when this is no container of that kind.
  Node* below(const PathElement& element) {
    if (!present_ || closed_.type() != (element.isIndex() ? Type::L : Type::M)) return nullptr;
    if (!open_) open();
    return element.isIndex() ? &elements_[element.index] : &members_[element.name];
  }

  /// Appends the encoded value; false when it nests deeper than allowed.
  bool write(std::string& out, int depth) const {
    if (!open_) {
      if (depth + nesting(closed_) > kMaxNesting) return false;
      out += closed_.bytes();
      return true;
    }
    if (depth >= kMaxNesting) return false;
    std::string entries;
    std::size_t count = 0;
    for (const auto& [name, member] : members_) {
      if (!member.present_) continue;
      appendBytes(entries, name);
      if (!member.write(entries, depth + 1)) return false;
      ++count;
    }
    // Elements set beyond the end follow the others in the order of their indexes, without gaps.
    for (const auto& [index, element] : elements_) {
      if (!element.present_) continue;
      if (!element.write(entries, depth + 1)) return false;
      ++count;
    }
    std::string body;
    appendVarint(body, count);
    ValueView(closed_.type(), body += entries).appendTo(out);
    return true;
  }

 private:
  static int nesting(ValueView value) {
    int deepest = 0;
    if (value.type() == Type::M) {
      MapView::Cursor cursor = value.map().entries();
      std::string_view name;
      for (ValueView member; cursor.next(name, member);) deepest = std::max(deepest, nesting(member));
      return deepest + 1;
    }
    if (value.type() != Type::L) return 0;
    ElementCursor cursor = value.elements();
    for (ValueView element; cursor.next(element);) deepest = std::max(deepest, nesting(element));
    return deepest + 1;
  }

  void open() {
    const ValueView value = closed_;
    members_.clear();
    elements_.clear();
    if (value.type() == Type::M) {
      MapView::Cursor cursor = value.map().entries();
      std::string_view name;
      for (ValueView member; cursor.next(name, member);) members_.emplace(name, Node(member));
    } else {
      ElementCursor cursor = value.elements();
      std::int64_t index = 0;
      for (ValueView element; cursor.next(element);) elements_.emplace(index++, Node(element));
    }
    open_ = true;
  }

  Value closed_;
  bool present_ = false;
  bool open_ = false;
  std::map<std::string, Node> members_;
  std::map<std::int64_t, Node> elements_;
};

}  // namespace

Update::Update(std::vector<UpdateAction> actions, bool legacy) : actions_(std::move(actions)), legacy_(legacy) {
  std::vector<Path> targets;
  for (const UpdateAction& action : actions_) targets.push_back(action.path);
  targets_ = Projection(std::move(targets));
}

namespace {

void collectPaths(const UpdateOperand& operand, std::vector<const Path*>& paths) {
  if (!operand.path.elements.empty()) paths.push_back(&operand.path);
  for (const UpdateOperand& inner : operand.operands) collectPaths(inner, paths);
}

/// ADD to what is there, if anything; `legacy` also appends to lists.
Result<Value> added(const Node& place, const Value& value, bool legacy) {
  if (!place.present()) return value;
  const Value& old = place.closed();
  if (old.type() != value.type()) {
    return legacy ? validationError("Type mismatch for attribute to update") : wrongOperand();
  }
  if (value.type() == Type::N) return sum(old, value, false);
  if (value.type() == Type::L) return joinLists(old, value);
  std::vector<std::string> members = membersOf(old);
  for (std::string& member : membersOf(value)) members.push_back(std::move(member));
  return Value::set(value.type(), std::move(members));
}

/// Removes the members of `value` from the set at `place`, and an emptied set with them.
Result<void, ApiError> subtract(Node& place, const Value& value, bool legacy) {
  if (!place.present()) return {};
  const Value& old = place.closed();
  if (old.type() != value.type()) {
    return legacy ? validationError("Type mismatch for attribute to update") : wrongOperand();
  }
  const std::vector<std::string> removed = membersOf(value);
  std::vector<std::string> left;
  for (std::string& member : membersOf(old)) {
    if (!std::binary_search(removed.begin(), removed.end(), member)) left.push_back(std::move(member));
  }
  if (left.empty()) {
    place.remove();
  } else {
    place.set(Value::set(value.type(), std::move(left)));
  }
  return {};
}

}  // namespace

std::vector<const Path*> Update::paths() const {
  std::vector<const Path*> paths;
  for (const UpdateAction& action : actions_) paths.push_back(&action.path);
  for (const UpdateAction& action : actions_) collectPaths(action.operand, paths);
  return paths;
}

bool Update::onlyTakesAway() const {
  return !actions_.empty() && std::all_of(actions_.begin(), actions_.end(), [](const UpdateAction& action) {
    return action.kind == UpdateAction::Kind::Remove || action.kind == UpdateAction::Kind::Delete;
  });
}

Result<Item> Update::apply(ItemView item) const {
  // 1. The right-hand sides of SET.
  std::vector<Value> values(actions_.size());
  for (std::size_t i = 0; i < actions_.size(); ++i) {
    if (actions_[i].kind != UpdateAction::Kind::Set) continue;
    TRY_ASSIGN(values[i], compute(actions_[i].operand, item));
  }
  // 2. The places.
  std::map<std::string_view, Node> roots;
  for (std::size_t i = 0; i < actions_.size(); ++i) {
    const UpdateAction& action = actions_[i];
    const auto [root, fresh] = roots.try_emplace(action.path.root());
    if (fresh) {
      if (const auto value = item.find(action.path.root())) root->second.set(Value(*value));
    }
    Node* place = &root->second;
    for (std::size_t step = 1; step < action.path.elements.size(); ++step) {
      place = place->below(action.path.elements[step]);
      if (place == nullptr) return invalidPath();
    }
    switch (action.kind) {
      case UpdateAction::Kind::Set:
        place->set(std::move(values[i]));
        break;
      case UpdateAction::Kind::Remove:
        place->remove();
        break;
      case UpdateAction::Kind::Add: {
        TRY_ASSIGN(Value sum, added(*place, action.operand.value, legacy_));
        place->set(std::move(sum));
        break;
      }
      case UpdateAction::Kind::Delete:
        TRY(subtract(*place, action.operand.value, legacy_));
        break;
    }
  }
  // 3. The item with the places written back.
  ItemBuilder builder(item);
  std::string bytes;
  for (const auto& [name, node] : roots) {
    if (!node.present()) {
      builder.erase(name);
      continue;
    }
    bytes.clear();
    if (!node.write(bytes, 1)) return validationError("Nesting Levels have exceeded supported limits");
    std::string_view rest = bytes;
    builder.set(name, ValueView::take(rest).value_or(ValueView()));
  }
  return builder.build();
}

}  // namespace thimble::lang::expression
