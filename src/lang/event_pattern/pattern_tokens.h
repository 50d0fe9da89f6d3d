// A JSON text token by token, with the positions that Jackson, EventBridge's parser, would tell.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace thimble::lang::event_pattern {

class PatternTokens {
 public:
  enum class Kind { BeginObject, EndObject, BeginArray, EndArray, Name, String, Number, Literal, End };

  /// `text` is well-formed JSON, and outlives this.
  explicit PatternTokens(std::string_view text) : text_(text) {}

  /// Goes to the next token and tells its kind.
  Kind next();
  Kind kind() const { return kind_; }
  /// Name and String: the text it stands for; Number and Literal: as written.
  const std::string& value() const { return value_; }
  /// Name, String: without its quotes as written; for the words of messages.
  std::string shown() const;

  /// Bytes that Jackson has read: behind the token, but a string's only up to its opening quote, and after a name up to
  /// where its value begins.
  std::size_t location() const { return location_; }
  /// The message with "at [Source: ...; line: L, column: C]" behind it.
  std::string describe(const std::string& message) const;

  /// For looking ahead: a copy may be moved on.
  PatternTokens(const PatternTokens&) = default;
  PatternTokens& operator=(const PatternTokens&) = default;

 private:
  void skipBlanks();
  void readString();
  std::size_t locationOfValueAt(std::size_t at) const;

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t location_ = 0;
  Kind kind_ = Kind::End;
  std::string value_;
};

/// "\n at [Source: (String)"..."; line: L, column: C]", the text cut after 500 characters as Jackson does.
std::string sourceLocation(std::string_view text, std::size_t line, std::size_t column);

}  // namespace thimble::lang::event_pattern
