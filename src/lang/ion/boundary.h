// Where a text of Ion may be cut: for reading a long one, a sequence of values, some values at a time.
#pragma once

#include <string_view>

namespace thimble::lang::ion {

/// Knows brackets, texts and comments and nothing else: whether the text is Ion is for parse to say.
class Boundary {
 public:
  /// The next lines of the text, whole ones, with their ends.
  void read(std::string_view lines);
  /// Whether nothing is open: no list, struct, text or comment.
  bool between() const { return depth_ == 0 && state_ == State::Outside; }

 private:
  enum class State { Outside, Comment, String, Symbol, LongString };

  State state_ = State::Outside;
  int depth_ = 0;
};

}  // namespace thimble::lang::ion
