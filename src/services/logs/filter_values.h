// What the three kinds of filter patterns share: reading the text, and comparing a value.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace thimble::services::logs {

/// Reads a pattern from left to right.
class PatternReader {
 public:
  explicit PatternReader(std::string_view text) : text_(text) {}

  void skipBlanks();
  bool atEnd() const { return at_ >= text_.size(); }
  char peek() const { return atEnd() ? '\0' : text_[at_]; }
  char take() { return text_[at_++]; }
  /// Takes `token` when it comes next.
  bool take(std::string_view token);
  /// As take, for a word without regard to case that no further letter follows.
  bool takeWord(std::string_view word);
  /// The text between the quotes or percent signs that begin here; nothing when it does not end. A backslash protects
  /// the closing character.
  std::optional<std::string> takeDelimited();
  /// Characters up to one of `ends`.
  std::string takeUntil(std::string_view ends);

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

/// The right-hand side of a comparison: a text with "*" at its ends, a number, or a %regular expression%.
class ComparedValue {
 public:
  enum class Operator { Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual };

  /// Reads operator and value; nothing when malformed.
  static std::optional<ComparedValue> read(PatternReader& reader, std::string_view ends);

  bool holds(std::string_view value) const;

 private:
  Operator operator_ = Operator::Equal;
  std::string text_;
  bool any_before_ = false;
  bool any_after_ = false;
  std::optional<double> number_;
  std::shared_ptr<const re2::RE2> expression_;
};

/// nullptr for an expression that is malformed or too large.
std::shared_ptr<const re2::RE2> compileExpression(const std::string& text);
bool containsExpression(const re2::RE2& expression, std::string_view text);

std::optional<double> asNumber(std::string_view text);

}  // namespace thimble::services::logs
