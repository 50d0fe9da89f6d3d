// Conditions joined by && and ||, with parentheses, as field and JSON patterns have them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "services/logs/filter_values.h"

namespace thimble::services::logs {

/// A tree of conditions over a subject. Nested at most kMaxDepth deep.
template <class Subject>
class ConditionTree {
 public:
  static constexpr int kMaxDepth = 50;
  using Leaf = std::function<bool(const Subject&)>;
  using LeafReader = std::function<std::optional<Leaf>(PatternReader&)>;

  /// Reads `a && (b || c)`; && binds closer. Nothing when malformed.
  static std::optional<ConditionTree> read(PatternReader& reader, const LeafReader& leaf, int depth = 0) {
    ConditionTree any;
    any.kind_ = Kind::Any;
    do {
      ConditionTree all;
      all.kind_ = Kind::All;
      do {
        auto one = readOne(reader, leaf, depth);
        if (!one) return std::nullopt;
        all.children_.push_back(*std::move(one));
        reader.skipBlanks();
      } while (reader.take("&&"));
      any.children_.push_back(std::move(all));
    } while (reader.take("||"));
    return any;
  }

  bool holds(const Subject& subject) const {
    if (kind_ == Kind::Leaf) return leaf_(subject);
    for (const ConditionTree& child : children_) {
      if (child.holds(subject) != (kind_ == Kind::All)) return kind_ == Kind::Any;
    }
    return kind_ == Kind::All;
  }

 private:
  enum class Kind { All, Any, Leaf };

  static std::optional<ConditionTree> readOne(PatternReader& reader, const LeafReader& leaf, int depth) {
    reader.skipBlanks();
    if (reader.take("(")) {
      if (depth >= kMaxDepth) return std::nullopt;
      auto inner = read(reader, leaf, depth + 1);
      reader.skipBlanks();
      if (!inner || !reader.take(")")) return std::nullopt;
      return inner;
    }
    auto made = leaf(reader);
    if (!made) return std::nullopt;
    ConditionTree tree;
    tree.kind_ = Kind::Leaf;
    tree.leaf_ = *std::move(made);
    return tree;
  }

  Kind kind_ = Kind::Leaf;
  std::vector<ConditionTree> children_;
  Leaf leaf_;
};

}  // namespace thimble::services::logs
