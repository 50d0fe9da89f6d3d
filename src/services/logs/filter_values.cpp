#include "services/logs/filter_values.h"

#include <re2/re2.h>

#include <cctype>
#include <charconv>

namespace thimble::services::logs {

void PatternReader::skipBlanks() {
  while (!atEnd() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
}

bool PatternReader::take(std::string_view token) {
  if (text_.substr(at_, token.size()) != token) return false;
  at_ += token.size();
  return true;
}

bool PatternReader::takeWord(std::string_view word) {
  if (text_.size() - at_ < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (std::toupper(static_cast<unsigned char>(text_[at_ + i])) != word[i]) return false;
  }
  if (at_ + word.size() < text_.size() && std::isalnum(static_cast<unsigned char>(text_[at_ + word.size()]))) {
    return false;
  }
  at_ += word.size();
  return true;
}

std::optional<std::string> PatternReader::takeDelimited() {
  const char end = take();
  std::string inside;
  while (!atEnd()) {
    const char c = take();
    if (c == end) return inside;
    if (c == '\\' && !atEnd() && (peek() == end || (end == '"' && peek() == '\\'))) {
      inside += take();
    } else {
      inside += c;
    }
  }
  return std::nullopt;
}

std::string PatternReader::takeUntil(std::string_view ends) {
  std::string taken;
  while (!atEnd() && ends.find(peek()) == std::string_view::npos) taken += take();
  return taken;
}

std::shared_ptr<const re2::RE2> compileExpression(const std::string& text) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  auto expression = std::make_shared<const re2::RE2>(text, options);
  return expression->ok() ? expression : nullptr;
}

bool containsExpression(const re2::RE2& expression, std::string_view text) {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), expression);
}

std::optional<double> asNumber(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<ComparedValue> ComparedValue::read(PatternReader& reader, std::string_view ends) {
  ComparedValue value;
  reader.skipBlanks();
  if (reader.take("!=")) {
    value.operator_ = Operator::NotEqual;
  } else if (reader.take("<=")) {
    value.operator_ = Operator::LessOrEqual;
  } else if (reader.take(">=")) {
    value.operator_ = Operator::GreaterOrEqual;
  } else if (reader.take("<")) {
    value.operator_ = Operator::Less;
  } else if (reader.take(">")) {
    value.operator_ = Operator::Greater;
  } else if (!reader.take("=")) {
    return std::nullopt;
  }
  reader.skipBlanks();
  if (reader.peek() == '%') {
    const auto text = reader.takeDelimited();
    if (!text) return std::nullopt;
    value.expression_ = compileExpression(*text);
    if (!value.expression_) return std::nullopt;
    return value;
  }
  if (reader.peek() == '"') {
    auto text = reader.takeDelimited();
    if (!text) return std::nullopt;
    value.text_ = *std::move(text);
  } else {
    value.text_ = reader.takeUntil(ends);
    while (!value.text_.empty() && value.text_.back() == ' ') value.text_.pop_back();
    if (value.text_.empty()) return std::nullopt;
    value.number_ = asNumber(value.text_);
  }
  const bool ordered = value.operator_ != Operator::Equal && value.operator_ != Operator::NotEqual;
  if (ordered && !value.number_) return std::nullopt;
  if (value.text_.starts_with('*')) {
    value.any_before_ = true;
    value.text_.erase(0, 1);
  }
  if (value.text_.ends_with('*')) {
    value.any_after_ = true;
    value.text_.pop_back();
  }
  return value;
}

bool ComparedValue::holds(std::string_view value) const {
  const auto number = number_ ? asNumber(value) : std::nullopt;
  switch (operator_) {
    case Operator::Less:
      return number && *number < *number_;
    case Operator::LessOrEqual:
      return number && *number <= *number_;
    case Operator::Greater:
      return number && *number > *number_;
    case Operator::GreaterOrEqual:
      return number && *number >= *number_;
    case Operator::Equal:
    case Operator::NotEqual:
      break;
  }
  bool same = false;
  if (expression_) {
    same = containsExpression(*expression_, value);
  } else if (number_ && number) {
    same = *number == *number_;
  } else if (any_before_ && any_after_) {
    same = value.find(text_) != std::string_view::npos;
  } else if (any_before_) {
    same = value.ends_with(text_);
  } else if (any_after_) {
    same = value.starts_with(text_);
  } else {
    same = value == text_;
  }
  return same == (operator_ == Operator::Equal);
}

}  // namespace thimble::services::logs
