// Projections: the parts of an item that an answer shows.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lang/expression/path.h"
#include "lang/expression/placeholders.h"
#include "lang/expression/value.h"

namespace thimble::lang::expression {

/// Paths, merged into one tree so that an item is walked once.
class Projection {
 public:
  Projection() = default;
  explicit Projection(std::vector<Path> paths);
  static base::Result<Projection> parse(std::string_view text, Placeholders& placeholders);
  /// AttributesToGet: names of top-level attributes.
  static base::Result<Projection> fromAttributesToGet(const base::Json& names);

  /// What the item has at the paths. Elements of lists move together; nothing stands for what is missing.
  Item apply(ItemView item) const;

  const std::vector<Path>& paths() const { return paths_; }
  std::set<std::string> attributes() const;

 private:
  /// What is wanted below one place.
  struct Selection {
    bool whole = false;
    std::map<std::string, Selection, std::less<>> members;
    std::map<std::size_t, Selection> elements;
  };
  static bool select(const Selection& selection, ValueView value, std::string& out);
  static std::size_t selectMembers(const Selection& selection, MapView map, std::string& out);

  std::vector<Path> paths_;
  Selection root_;
};

}  // namespace thimble::lang::expression
