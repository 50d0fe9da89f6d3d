// The words of an expression, and DynamoDB's syntax errors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace thimble::lang::expression {

/// Which parameter a text came from; the beginning of its errors.
enum class ExpressionKind { Update, Condition, KeyCondition, Filter, Projection, SearchCondition };
/// "UpdateExpression" and so on.
std::string_view expressionName(ExpressionKind kind);

enum class TokenType : std::uint8_t {
  Identifier,  ///< Also keywords; the parser knows where they count.
  Name,        ///< "#name"
  Value,       ///< ":value"
  Number,
  Symbol,  ///< = <> < <= > >= ( ) [ ] . , + - and, alone, any character that belongs to nothing
  End,
};

struct Token {
  TokenType type;
  std::string_view text;  ///< Empty at the end.
  std::size_t offset;     ///< Bytes from the beginning of the expression.

  bool is(std::string_view symbol) const { return type == TokenType::Symbol && text == symbol; }
  /// Compares without regard to case.
  bool isKeyword(std::string_view keyword) const;
};

/// The tokens of one expression, read one after the other.
class TokenStream {
 public:
  TokenStream(ExpressionKind kind, std::string_view text);

  const Token& peek(std::size_t ahead = 0) const;
  const Token& next();
  bool atEnd() const { return peek().type == TokenType::End; }
  bool accept(std::string_view symbol);
  bool acceptKeyword(std::string_view keyword);
  std::size_t position() const { return at_; }
  ExpressionKind kind() const { return kind_; }

  /// "Invalid XExpression: <message>"
  base::ApiError error(std::string_view message) const;
  /// The syntax error that points at the next token.
  base::ApiError syntaxError() const;

 private:
  ExpressionKind kind_;
  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

/// Whether DynamoDB reserves the word, in any case.
bool isReservedWord(std::string_view word);
bool equalsIgnoringCase(std::string_view a, std::string_view b);

/// Refuses an empty expression and one above 4 KB.
base::Result<void, base::ApiError> checkExpressionSize(const TokenStream& tokens, std::string_view text);

}  // namespace thimble::lang::expression
