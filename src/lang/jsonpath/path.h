// Path: a compiled JSONPath of the dialect that Step Functions uses (Jayway's), without functions.
// https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace thimble::lang::jsonpath {

class Filter;

/// Longest text of a path, in bytes; longer ones do not parse.
inline constexpr std::size_t kMaxPathBytes = 16 * 1024;
/// Nodes that one evaluation may visit; beyond it the evaluation is an error.
inline constexpr std::size_t kMaxVisits = 500'000;

struct ParseError {
  std::string message;
};

/// Why a legal path gave nothing. The message is worded as Step Functions shows it after "Invalid path '...' : ".
struct EvaluationError {
  std::string message;
};

class Path {
 public:
  enum class StepKind { Member, Members, Index, Indexes, Slice, Wildcard, Descend, Filter };

  struct Step {
    StepKind kind = StepKind::Member;
    std::vector<std::string> names;        ///< Member: one; Members: two or more.
    std::vector<std::int64_t> indexes;     ///< Index: one; Indexes: two or more. Negative ones count from the end.
    std::optional<std::int64_t> from, to;  ///< Slice; empty is the array's own end.
    std::shared_ptr<const Filter> filter;
  };

  /// Reads a path that begins with "$" (or "@" inside of a filter).
  static base::Result<Path, ParseError> parse(std::string_view text);

  const std::string& text() const { return text_; }
  /// Just "$".
  bool isRoot() const { return steps_.empty(); }
  /// True when the path can name at most one node, so that its value is that node and not an array of matches.
  bool isDefinite() const { return definite_; }
  /// True for members and single non-negative indexes only: what may be written to.
  bool isReference() const;

  /// The node that a definite path names, or nullptr. No copies. For an indefinite path always nullptr.
  const base::Json* find(const base::Json& root) const;
  /// The node, or for an indefinite path the array of all matches (which may be empty).
  base::Result<base::Json, EvaluationError> read(const base::Json& root) const;
  /// `root` with `value` put where this reference path points; objects on the way are made as needed.
  base::Result<base::Json, EvaluationError> write(base::Json root, base::Json value) const;

  /// For the filter's parser: reads a path inside of a longer text, and moves `position` behind it.
  static base::Result<Path, ParseError> parsePrefix(std::string_view text, std::size_t& position, int depth);

 private:
  friend class Evaluation;

  std::string text_;
  std::vector<Step> steps_;
  bool definite_ = true;
};

}  // namespace thimble::lang::jsonpath
