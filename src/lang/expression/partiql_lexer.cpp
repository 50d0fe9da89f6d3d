#include "lang/expression/partiql_lexer.h"

#include <algorithm>

#include "lang/expression/token.h"
#include "lang/expression/value.h"

namespace thimble::lang::expression {

using base::Result;

namespace {

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
bool isWordStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<StatementToken>> read() {
    using Type = StatementToken::Type;
    std::vector<StatementToken> tokens;
    for (;;) {
      TRY_ASSIGN(const bool more, skipBlanks());
      if (!more) break;
      const char c = text_[at_];
      StatementToken token;
      token.begin = at_;
      if (isWordStart(c)) {
        while (at_ < text_.size() && (isWordStart(text_[at_]) || isDigit(text_[at_]))) ++at_;
        token.type = Type::Identifier;
        token.text = text_.substr(token.begin, at_ - token.begin);
      } else if (isDigit(c) || (c == '.' && startsFraction(tokens))) {
        token.type = Type::Number;
        token.text = readNumber();
      } else if (c == '"' || c == '\'') {
        TRY_ASSIGN(token.text, readQuoted(c));
        token.type = c == '"' ? Type::Quoted : Type::String;
      } else {
        TRY_ASSIGN(token.text, readSymbol());
        token.type = Type::Symbol;
      }
      token.size = at_ - token.begin;
      tokens.push_back(std::move(token));
    }
    tokens.push_back({});
    tokens.back().begin = at_;
    return tokens;
  }

 private:
  /// False at the end. Comments are blanks.
  Result<bool> skipBlanks() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
        ++at_;
      } else if (text_.substr(at_, 2) == "--") {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (text_.substr(at_, 2) == "/*") {
        const std::size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return malformedStatement("");
        at_ = end + 2;
      } else {
        return true;
      }
    }
    return false;
  }

  /// Whether the dot here begins a number rather than the next step of a path.
  bool startsFraction(const std::vector<StatementToken>& tokens) const {
    if (at_ + 1 == text_.size() || !isDigit(text_[at_ + 1])) return false;
    if (tokens.empty()) return true;
    const StatementToken& last = tokens.back();
    return last.type != StatementToken::Type::Identifier && last.type != StatementToken::Type::Quoted && !last.is("]");
  }

  std::string readNumber() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (isDigit(text_[at_]) || text_[at_] == '.')) ++at_;
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      std::size_t end = at_ + 1;
      if (end < text_.size() && (text_[end] == '+' || text_[end] == '-')) ++end;
      if (end < text_.size() && isDigit(text_[end])) {
        while (end < text_.size() && isDigit(text_[end])) ++end;
        at_ = end;
      }
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  Result<std::string> readQuoted(char quote) {
    std::string out;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] != quote) {
        out += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == quote) {
        out += text_[++at_];
      } else {
        ++at_;
        return out;
      }
    }
    return malformedStatement("");
  }

  Result<std::string> readSymbol() {
    for (const std::string_view two : {"<<", ">>", "<>", "<=", ">=", "!=", "||"}) {
      if (text_.substr(at_, 2) != two) continue;
      at_ += 2;
      return std::string(two);
    }
    const char c = text_[at_];
    if (c == '#') return malformedStatement("");
    if (std::string_view("()[]{},.:?*+-=<>;/%").find(c) == std::string_view::npos) {
      return malformedStatement("Invalid character");
    }
    ++at_;
    return std::string(1, c);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

bool StatementToken::isKeyword(std::string_view keyword) const {
  return type == Type::Identifier && equalsIgnoringCase(text, keyword);
}

std::string tokenPlace(std::string_view statement, const StatementToken& token) {
  const auto characters = [](std::string_view bytes) {
    return std::count_if(bytes.begin(), bytes.end(), [](char c) { return (c & 0xC0) != 0x80; });
  };
  const std::string_view before = statement.substr(0, token.begin);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t line_begin = before.rfind('\n') + 1;  // 0 where there is none.
  return " at " + std::to_string(line) + ":" + std::to_string(characters(before.substr(line_begin)) + 1) + ":" +
         std::to_string(characters(statement.substr(token.begin, token.size)));
}

base::ApiError malformedStatement(std::string_view detail) {
  return validationError("Statement wasn't well formed, can't be processed: " + std::string(detail));
}

Result<std::vector<StatementToken>> readStatementTokens(std::string_view text) {
  return Lexer(text).read();
}

}  // namespace thimble::lang::expression
