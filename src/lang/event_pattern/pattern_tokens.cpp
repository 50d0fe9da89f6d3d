#include "lang/event_pattern/pattern_tokens.h"

#include "base/json.h"
#include "base/result.h"

namespace thimble::lang::event_pattern {
namespace {

constexpr std::size_t kShownCharacters = 500;

bool isBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool endsPlainValue(char c) {
  return isBlank(c) || c == ',' || c == ']' || c == '}';
}

}  // namespace

std::string sourceLocation(std::string_view text, std::size_t line, std::size_t column) {
  std::string out = "\n at [Source: (String)\"" + std::string(text.substr(0, kShownCharacters)) + "\"";
  if (text.size() > kShownCharacters) {
    out += "[truncated " + std::to_string(text.size() - kShownCharacters) + " chars]";
  }
  return out + "; line: " + std::to_string(line) + ", column: " + std::to_string(column) + "]";
}

void PatternTokens::skipBlanks() {
  while (at_ < text_.size() && (isBlank(text_[at_]) || text_[at_] == ',')) ++at_;
}

void PatternTokens::readString() {
  const std::size_t begin = at_++;
  while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
  at_ = std::min(at_ + 1, text_.size());
  const auto parsed = base::Json::parse(text_.substr(begin, at_ - begin));
  value_ = parsed.ok() && parsed->isString() ? parsed->asString() : std::string();
}

std::size_t PatternTokens::locationOfValueAt(std::size_t at) const {
  if (at >= text_.size()) return text_.size();
  const char c = text_[at];
  if (c == '"' || c == '{' || c == '[') return at + 1;
  while (at < text_.size() && !endsPlainValue(text_[at])) ++at;
  return at;
}

PatternTokens::Kind PatternTokens::next() {
  skipBlanks();
  value_.clear();
  if (at_ >= text_.size()) {
    location_ = text_.size();
    return kind_ = Kind::End;
  }
  location_ = locationOfValueAt(at_);
  switch (text_[at_]) {
    case '{':
      ++at_;
      return kind_ = Kind::BeginObject;
    case '[':
      ++at_;
      return kind_ = Kind::BeginArray;
    case '}':
      location_ = ++at_;
      return kind_ = Kind::EndObject;
    case ']':
      location_ = ++at_;
      return kind_ = Kind::EndArray;
    case '"': {
      readString();
      std::size_t after = at_;
      while (after < text_.size() && isBlank(text_[after])) ++after;
      if (after >= text_.size() || text_[after] != ':') return kind_ = Kind::String;
      at_ = after + 1;
      while (at_ < text_.size() && isBlank(text_[at_])) ++at_;
      location_ = locationOfValueAt(at_);
      return kind_ = Kind::Name;
    }
    default: {
      const std::size_t begin = at_;
      while (at_ < text_.size() && !endsPlainValue(text_[at_])) ++at_;
      value_ = text_.substr(begin, at_ - begin);
      const bool number = value_[0] == '-' || (value_[0] >= '0' && value_[0] <= '9');
      return kind_ = number ? Kind::Number : Kind::Literal;
    }
  }
}

std::string PatternTokens::shown() const {
  switch (kind_) {
    case Kind::BeginObject:
      return "{";
    case Kind::EndObject:
      return "}";
    case Kind::BeginArray:
      return "[";
    case Kind::EndArray:
      return "]";
    default:
      return value_;
  }
}

std::string PatternTokens::describe(const std::string& message) const {
  std::size_t line = 1;
  std::size_t column = 1;
  for (std::size_t i = 0; i < location_ && i < text_.size(); ++i) {
    ++column;
    if (text_[i] == '\n') {
      ++line;
      column = 1;
    }
  }
  return message + sourceLocation(text_, line, column);
}

}  // namespace thimble::lang::event_pattern
