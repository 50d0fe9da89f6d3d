#include "lang/expression/token.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "lang/expression/condition.h"
#include "lang/expression/value.h"

namespace thimble::lang::expression {

extern const std::string_view kReservedWordsTxt;

namespace {

bool isLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
bool isWordPart(char c) {
  return isLetter(c) || isDigit(c) || c == '_';
}
char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

const std::unordered_set<std::string_view>& reservedWords() {
  static const std::unordered_set<std::string_view> words = [] {
    std::unordered_set<std::string_view> set;
    std::string_view rest = kReservedWordsTxt;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      if (end > 0) set.insert(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return set;
  }();
  return words;
}

std::size_t wordEnd(std::string_view text, std::size_t at) {
  while (at < text.size() && isWordPart(text[at])) ++at;
  return at;
}

Token readToken(std::string_view text, std::size_t at) {
  const char c = text[at];
  const auto token = [&](TokenType type, std::size_t end) { return Token{type, text.substr(at, end - at), at}; };
  if (isLetter(c)) return token(TokenType::Identifier, wordEnd(text, at));
  if (isDigit(c)) {
    std::size_t end = at;
    while (end < text.size() && isDigit(text[end])) ++end;
    return token(TokenType::Number, end);
  }
  if ((c == '#' || c == ':') && at + 1 < text.size() && isWordPart(text[at + 1])) {
    return token(c == '#' ? TokenType::Name : TokenType::Value, wordEnd(text, at + 1));
  }
  if (at + 1 < text.size()) {
    const char d = text[at + 1];
    if ((c == '<' && (d == '=' || d == '>')) || (c == '>' && d == '=')) return token(TokenType::Symbol, at + 2);
  }
  // An unknown character is a token of its own, with the bytes that continue it in UTF-8.
  std::size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  return token(TokenType::Symbol, end);
}

}  // namespace

std::string_view expressionName(ExpressionKind kind) {
  constexpr std::array<std::string_view, 6> names = {"UpdateExpression",       "ConditionExpression",
                                                     "KeyConditionExpression", "FilterExpression",
                                                     "ProjectionExpression",   "SearchConditionExpression"};
  return names[static_cast<std::size_t>(kind)];
}

bool equalsIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return upper(x) == upper(y); });
}

bool isReservedWord(std::string_view word) {
  std::string key(word);
  for (char& c : key) c = upper(c);
  return reservedWords().contains(key);
}

bool Token::isKeyword(std::string_view keyword) const {
  return type == TokenType::Identifier && equalsIgnoringCase(text, keyword);
}

TokenStream::TokenStream(ExpressionKind kind, std::string_view text) : kind_(kind), text_(text) {
  tokens_.reserve(std::min(text.size(), kMaxExpressionSize) / 3 + 2);
  // What is longer is refused before anything of it is read.
  if (text.size() > kMaxExpressionSize) text = {};
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      ++at;
      continue;
    }
    tokens_.push_back(readToken(text, at));
    at += tokens_.back().text.size();
  }
  tokens_.push_back({TokenType::End, {}, text.size()});
}

const Token& TokenStream::peek(std::size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

const Token& TokenStream::next() {
  const Token& token = tokens_[at_];
  if (at_ + 1 < tokens_.size()) ++at_;
  return token;
}

bool TokenStream::accept(std::string_view symbol) {
  if (!peek().is(symbol)) return false;
  next();
  return true;
}

bool TokenStream::acceptKeyword(std::string_view keyword) {
  if (!peek().isKeyword(keyword)) return false;
  next();
  return true;
}

base::ApiError TokenStream::error(std::string_view message) const {
  std::string text = "Invalid ";
  text += expressionName(kind_);
  text += ": ";
  text += message;
  return validationError(std::move(text));
}

base::ApiError TokenStream::syntaxError() const {
  const Token& token = tokens_[at_];
  const bool end = token.type == TokenType::End;
  const std::size_t begin = at_ > 0 ? tokens_[at_ - 1].offset : token.offset;
  const Token& last = end ? tokens_[at_ > 0 ? at_ - 1 : 0] : tokens_[std::min(at_ + 1, tokens_.size() - 1)];
  std::size_t finish = last.offset + last.text.size();
  if (last.type == TokenType::End) finish = token.offset + token.text.size();
  std::string message = "Syntax error; token: \"";
  message += end ? std::string_view("<EOF>") : token.text;
  message += "\", near: \"";
  message += text_.substr(begin, finish - begin);
  message += '"';
  return error(message);
}

}  // namespace thimble::lang::expression
