// Filter: the expression of a `[?( ... )]` step.
#pragma once

#include <memory>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "lang/jsonpath/path.h"

namespace thimble::lang::jsonpath {

/// A predicate over one node. "@" is that node, "$" the document.
class Filter {
 public:
  virtual ~Filter() = default;
  /// `budget` is counted down by the nodes visited; at zero the answer is false and the evaluation fails.
  virtual bool matches(const base::Json& node, const base::Json& root, std::size_t& budget) const = 0;

  /// Reads an expression up to the closing parenthesis of "?(", and moves `position` onto it.
  static base::Result<std::shared_ptr<const Filter>, ParseError> parse(std::string_view text, std::size_t& position,
                                                                       int depth);
};

/// Evaluates with a budget of visits shared by the whole evaluation.
base::Result<base::Json, EvaluationError> readWithin(const Path& path, const base::Json& node, const base::Json& root,
                                                     std::size_t& budget);

}  // namespace thimble::lang::jsonpath
