// Document paths: "a.b[3].#c".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lang/expression/token.h"
#include "lang/expression/value.h"

namespace thimble::lang::expression {

/// One step: a member of a map, or an element of a list.
struct PathElement {
  std::string name;         ///< The attribute's name; while unresolved, a placeholder with its '#'.
  std::int64_t index = -1;  ///< At least 0 when this is a list index.
  bool placeholder = false;

  bool isIndex() const { return index >= 0; }
  bool operator==(const PathElement&) const = default;
};

/// The first element is a name, the top-level attribute.
struct Path {
  std::vector<PathElement> elements;

  const std::string& root() const { return elements.front().name; }
  bool nested() const { return elements.size() > 1; }
  /// As errors show it: "[a, b, [3]]".
  std::string text() const;
  bool operator==(const Path&) const = default;
};

/// The value at the path; nothing when the item has none there.
std::optional<ValueView> resolve(ItemView item, const Path& path);

/// Reads a path at the stream's position. Names may be reserved words; that is found by checks later.
base::Result<Path> parsePath(TokenStream& tokens);
/// Reads what may follow a path's beginning: ".name" and "[index]", any number of them.
base::Result<void, base::ApiError> parsePathSteps(TokenStream& tokens, Path& path);

/// "Two document paths overlap / conflict ..." for the first two paths that do; overlaps are looked for first.
std::optional<std::string> overlapMessage(const std::vector<const Path*>& paths);

inline constexpr std::size_t kMaxPathElements = 32;

}  // namespace thimble::lang::expression
