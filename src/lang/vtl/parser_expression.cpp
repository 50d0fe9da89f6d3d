// Expressions and references of the template language.
#include <charconv>

#include "lang/vtl/parser.h"

namespace thimble::lang::vtl {
namespace {

struct Operator {
  std::string_view text;
  int precedence;  ///< The higher, the tighter.
  Expression::Kind kind;
};

// Longer ones before those that begin like them.
constexpr Operator kOperators[] = {
    {"||", 0, Expression::Kind::Or},
    {"or", 0, Expression::Kind::Or},
    {"&&", 1, Expression::Kind::And},
    {"and", 1, Expression::Kind::And},
    {"==", 2, Expression::Kind::Equal},
    {"eq", 2, Expression::Kind::Equal},
    {"!=", 2, Expression::Kind::NotEqual},
    {"ne", 2, Expression::Kind::NotEqual},
    {"<=", 3, Expression::Kind::LessOrEqual},
    {"le", 3, Expression::Kind::LessOrEqual},
    {">=", 3, Expression::Kind::GreaterOrEqual},
    {"ge", 3, Expression::Kind::GreaterOrEqual},
    {"<", 3, Expression::Kind::Less},
    {"lt", 3, Expression::Kind::Less},
    {">", 3, Expression::Kind::Greater},
    {"gt", 3, Expression::Kind::Greater},
    {"+", 4, Expression::Kind::Add},
    {"-", 4, Expression::Kind::Subtract},
    {"*", 5, Expression::Kind::Multiply},
    {"/", 5, Expression::Kind::Divide},
    {"%", 5, Expression::Kind::Modulo},
};
constexpr int kHighestPrecedence = 5;

bool isWord(std::string_view text) {
  return isIdentifierStart(text.front());
}

}  // namespace

std::optional<Expression::Kind> Parser::peekOperator(int precedence, std::size_t& length) const {
  const std::string_view rest = text_.substr(position_);
  for (const Operator& each : kOperators) {
    if (!rest.starts_with(each.text)) continue;
    if (isWord(each.text) && rest.size() > each.text.size()) {
      const char after = rest[each.text.size()];
      if (isIdentifierStart(after) || isDigit(after)) continue;
    }
    if (each.precedence != precedence) return std::nullopt;
    length = each.text.size();
    return each.kind;
  }
  return std::nullopt;
}

Expression Parser::parseExpression(int precedence) {
  if (precedence > kHighestPrecedence) return parseUnary();
  Nested nested(*this);
  Expression left = parseExpression(precedence + 1);
  int chain = 0;
  while (!error_) {
    skipSpace();
    std::size_t length = 0;
    const auto kind = peekOperator(precedence, length);
    if (!kind) break;
    // A long chain leans to the left, and each link is a level for whoever walks the tree.
    if (++chain > 200) fail(position_, "The expression is too long");
    position_ += length;
    Expression both;
    both.kind = *kind;
    both.operands.push_back(std::move(left));
    both.operands.push_back(parseExpression(precedence + 1));
    left = std::move(both);
  }
  return left;
}

Expression Parser::parseUnary() {
  skipSpace();
  const bool word = text_.substr(position_, 3) == "not" && !isIdentifierStart(peek(3)) && !isDigit(peek(3));
  if (!word && (peek() != '!' || peek(1) == '=')) return parsePrimary();
  Nested nested(*this);
  position_ += word ? 3 : 1;
  Expression negated;
  negated.kind = Expression::Kind::Not;
  if (!error_) negated.operands.push_back(parseUnary());
  return negated;
}

Expression Parser::parsePrimary() {
  Nested nested(*this);
  Expression out;
  if (error_) return out;
  skipSpace();
  const char c = peek();
  if (c == '"' || c == '\'') return parseString();
  if (c == '[') return parseListOrRange();
  if (c == '{') return parseMap();
  if (isDigit(c) || (c == '-' && (isDigit(peek(1)) || peek(1) == '.')) || (c == '.' && isDigit(peek(1)))) {
    return parseNumber();
  }
  if (c == '$') {
    out.kind = Expression::Kind::Reference;
    if (!parseReference(out.reference)) fail(position_, "Expected a reference after \"$\"");
    return out;
  }
  if (accept("(")) {
    out = parseExpression();
    expect(")", "an expression");
    return out;
  }
  const std::size_t start = position_;
  const std::string_view word = identifier();
  if (word == "true" || word == "false") {
    out.literal = Value(word == "true");
  } else if (word != "null") {
    fail(start, "Expected an expression");
  }
  return out;
}

/// 'as it is' or "a template of its own". A backslash keeps a double quote from closing, and stays.
Expression Parser::parseString() {
  Expression out;
  const std::size_t open = position_;
  const char quote = text_[position_++];
  const std::size_t start = position_;
  while (!atEnd() && peek() != quote)
    position_ += quote == '"' && peek() == '\\' && position_ + 1 < text_.size() ? 2 : 1;
  if (atEnd()) {
    fail(open, "A string is not closed");
    return out;
  }
  const std::size_t end = position_++;
  const std::string_view content = text_.substr(start, end - start);
  if (quote == '\'' || content.find_first_of("$#") == std::string_view::npos) {
    out.literal = Value(std::string(content));
    return out;
  }
  out.kind = Expression::Kind::Interpolated;
  Parser inner(text_, start, end, program_, depth_);
  out.body = inner.parseAll();
  if (inner.error() && !error_) error_ = inner.error();
  return out;
}

Expression Parser::parseNumber() {
  const std::size_t start = position_;
  if (peek() == '-') ++position_;
  while (isDigit(peek())) ++position_;
  bool integer = true;
  if (peek() == '.' && peek(1) != '.') {
    integer = false;
    ++position_;
    while (isDigit(peek())) ++position_;
  }
  if (peek() == 'e' || peek() == 'E') {
    const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 2 : 1;
    if (isDigit(peek(sign))) {
      integer = false;
      position_ += sign;
      while (isDigit(peek())) ++position_;
    }
  }
  Expression out;
  const std::string_view text = text_.substr(start, position_ - start);
  std::int64_t whole = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (integer && result.ec == std::errc{}) {
    out.literal = Value(whole);
    return out;
  }
  double number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc{}) fail(start, "A number is out of range");
  out.literal = Value(number);
  return out;
}

Expression Parser::parseListOrRange() {
  Expression out;
  out.kind = Expression::Kind::ListLiteral;
  accept("[");
  skipSpace();
  if (accept("]")) return out;
  for (;;) {
    out.operands.push_back(parseExpression());
    if (error_) return out;
    skipSpace();
    if (out.operands.size() == 1 && accept("..")) {
      out.kind = Expression::Kind::Range;
      out.operands.push_back(parseExpression());
      if (!error_) expect("]", "a range");
      return out;
    }
    if (accept(",")) continue;
    expect("]", "a list");
    return out;
  }
}

Expression Parser::parseMap() {
  Expression out;
  out.kind = Expression::Kind::MapLiteral;
  accept("{");
  skipSpace();
  if (accept("}")) return out;
  for (;;) {
    out.operands.push_back(parseExpression());
    if (error_ || !expect(":", "a map")) return out;
    out.operands.push_back(parseExpression());
    if (error_) return out;
    skipSpace();
    if (accept(",")) continue;
    expect("}", "a map");
    return out;
  }
}

/// $name, $!name, ${name}, $!{name}, each with a path. False, and the position is undefined, when it is none.
bool Parser::parseReference(Reference& out) {
  Nested nested(*this);
  const std::size_t start = position_;
  if (!accept("$")) return false;
  accept("!");
  const bool braces = accept("{");
  const std::string_view name = identifier();
  if (name.empty()) return false;
  if (!parsePath(out)) return false;
  if (braces && !accept("}")) return false;
  // Only a reference that stands makes a slot.
  out.slot = slotOf(program_, name);
  out.source = text_.substr(start, position_ - start);
  return true;
}

bool Parser::parsePath(Reference& out) {
  while (!error_) {
    if (peek() == '[') {
      const std::size_t before = position_++;
      Access access;
      access.kind = Access::Kind::Index;
      const std::optional<TemplateError> error_before = error_;
      access.arguments.push_back(parsePrimary());
      skipSpace();
      if (error_ || !accept("]")) {
        // A bracket that holds no index is text.
        error_ = error_before;
        position_ = before;
        return true;
      }
      out.path.push_back(std::move(access));
      continue;
    }
    if (peek() != '.' || !isIdentifierStart(peek(1)) || peek(1) == '_') return true;
    ++position_;
    Access access;
    access.name = identifier();
    if (peek() == '(') {
      access.kind = Access::Kind::Method;
      ++position_;
      skipSpace();
      if (!accept(")")) {
        for (;;) {
          access.arguments.push_back(parseExpression());
          if (error_) return false;
          skipSpace();
          if (accept(",")) continue;
          if (!expect(")", "the arguments of " + access.name)) return false;
          break;
        }
      }
    }
    out.path.push_back(std::move(access));
  }
  return false;
}

}  // namespace thimble::lang::vtl
