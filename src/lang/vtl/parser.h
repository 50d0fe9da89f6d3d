// Compiles the text of a template to a Program. Internal to lang/vtl.
#pragma once

#include <optional>
#include <string_view>

#include "lang/vtl/program.h"
#include "lang/vtl/template.h"

namespace thimble::lang::vtl {

/// Parses text[position, end) and what nests in it; all parsers of a template share its Program.
class Parser {
 public:
  Parser(std::string_view text, std::size_t position, std::size_t end, Program& program, int depth)
      : text_(text.substr(0, end)), position_(position), program_(program), depth_(depth) {}

  /// The whole of the text. An #end or #else without its beginning is an error.
  Statements parseAll();
  const std::optional<TemplateError>& error() const { return error_; }

  /// The slot of `$name`, made when it is new.
  static std::size_t slotOf(Program& program, std::string_view name);

 private:
  enum class Terminator { EndOfText, End, Else, ElseIf };
  class Nested;

  // statements (parser.cpp)
  Statements parseBody(Terminator& terminator);
  void parseDollar(Statements& out, std::size_t backslashes);
  bool parseHash(Statements& out, Terminator& terminator, std::size_t backslashes);
  bool parseSet(Statements& out);
  void parseIf(Statements& out, std::size_t start);
  void parseForeach(Statements& out, std::size_t start);
  void parseDefine(Statements& out, std::size_t start);
  void parseMacro(std::size_t start);
  bool parseMacroCall(Statements& out, std::string_view name, std::size_t start);
  Statements parseUntilEnd(std::size_t start, std::string_view directive);
  void addText(Statements& out, std::string_view text);

  // expressions (parser_expression.cpp)
  Expression parseExpression(int precedence = 0);
  Expression parseUnary();
  Expression parsePrimary();
  Expression parseString();
  Expression parseNumber();
  Expression parseListOrRange();
  Expression parseMap();
  bool parseReference(Reference& out);
  bool parsePath(Reference& out);
  std::optional<Expression::Kind> peekOperator(int precedence, std::size_t& length) const;

  bool atEnd() const { return position_ >= text_.size(); }
  char peek(std::size_t ahead = 0) const { return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0'; }
  bool accept(std::string_view token);
  bool expect(std::string_view token, std::string_view where);
  void skipSpace();
  /// After a directive: blanks up to a newline, and the newline, vanish. Without a newline nothing does.
  void skipRestOfLine();
  std::string_view identifier();
  void fail(std::size_t at, std::string message);

  std::string_view text_;
  std::size_t position_;
  Program& program_;
  int depth_;
  std::optional<TemplateError> error_;
};

/// Counts nesting while it lives, and fails the parse when there is too much.
class Parser::Nested {
 public:
  explicit Nested(Parser& parser) : parser_(parser) {
    if (++parser_.depth_ > 100) parser_.fail(parser_.position_, "The template is nested too deeply");
  }
  ~Nested() { --parser_.depth_; }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;

 private:
  Parser& parser_;
};

inline bool isIdentifierStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
inline bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace thimble::lang::vtl
