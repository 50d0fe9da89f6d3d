#include "lang/asl/json_diagnosis.h"

#include <cctype>

namespace thimble::lang::asl {

namespace {

constexpr int kMaxDepth = 512;

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::optional<JsonDiagnosis> run() {
    if (value(0)) {
      spaces();
      if (at_ < text_.size() && message_.empty()) unexpected("was expecting end of input");
    }
    if (message_.empty()) return std::nullopt;
    JsonDiagnosis out{.message = message_};
    for (std::size_t i = 0; i < at_ && i < text_.size(); ++i) {
      ++out.column;
      if (text_[i] == '\n') {
        ++out.line;
        out.column = 1;
      }
    }
    return out;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool ended() const { return at_ >= text_.size(); }
  void spaces() {
    while (!ended() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')) ++at_;
  }
  bool fail(std::string message) {
    message_ = std::move(message);
    return false;
  }
  bool unexpected(const char* expectation) {
    return fail(std::string("Unexpected character ('") + peek() + "' (code " +
                std::to_string(static_cast<unsigned char>(peek())) + ")): " + expectation);
  }
  bool endOfInput(const char* where) { return fail(std::string("Unexpected end-of-input") + where); }

  bool value(int depth) {
    spaces();
    if (ended()) return endOfInput(depth == 0 ? "" : " within/between Array entries");
    if (depth > kMaxDepth) return fail("Document nesting depth exceeds the maximum allowed");
    const char c = peek();
    if (c == '{') return object(depth);
    if (c == '[') return array(depth);
    if (c == '"') return string();
    if (c == '-' || std::isdigit(static_cast<unsigned char>(c))) return number();
    if (std::isalpha(static_cast<unsigned char>(c)) || c == '_') return token();
    return unexpected("expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')");
  }

  bool token() {
    const std::size_t begin = at_;
    while (!ended() && (std::isalnum(static_cast<unsigned char>(peek())) || peek() == '_')) ++at_;
    const std::string word(text_.substr(begin, at_ - begin));
    if (word == "true" || word == "false" || word == "null") return true;
    return fail("Unrecognized token '" + word +
                "': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')");
  }

  bool number() {
    if (peek() == '-') ++at_;
    if (!std::isdigit(static_cast<unsigned char>(peek())))
      return unexpected("expected digit (0-9) to follow minus sign, for valid numeric value");
    if (peek() == '0' && at_ + 1 < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_ + 1]))) {
      return fail("Invalid numeric value: Leading zeroes not allowed");
    }
    while (std::isalnum(static_cast<unsigned char>(peek())) || peek() == '.' || peek() == '+' || peek() == '-') ++at_;
    return true;
  }

  bool string() {
    for (++at_; !ended(); ++at_) {
      const char c = peek();
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c == '\\') {
        ++at_;
        if (ended()) break;
        if (std::string_view("\"\\/bfnrtu").find(peek()) == std::string_view::npos) {
          return fail(std::string("Unrecognized character escape '") + peek() + "' (code " +
                      std::to_string(static_cast<unsigned char>(peek())) + ")");
        }
      } else if (static_cast<unsigned char>(c) < 0x20) {
        return fail("Illegal unquoted character ((CTRL-CHAR, code " + std::to_string(static_cast<int>(c)) +
                    ")): has to be escaped using backslash to be included in string value");
      }
    }
    return endOfInput(": was expecting closing quote for a string value");
  }

  bool object(int depth) {
    ++at_;
    spaces();
    if (peek() == '}') return ++at_, true;
    while (true) {
      spaces();
      if (ended()) return endOfInput(" within/between Object entries");
      if (peek() != '"') return unexpected("was expecting double-quote to start field name");
      if (!string()) return false;
      spaces();
      if (ended()) return endOfInput(" within/between Object entries");
      if (peek() != ':') return unexpected("was expecting a colon to separate field name and value");
      ++at_;
      if (!value(depth + 1)) return false;
      spaces();
      if (peek() == '}') return ++at_, true;
      if (ended()) return endOfInput(" within/between Object entries");
      if (peek() != ',') return unexpected("was expecting comma to separate Object entries");
      ++at_;
    }
  }

  bool array(int depth) {
    ++at_;
    spaces();
    if (peek() == ']') return ++at_, true;
    while (true) {
      if (!value(depth + 1)) return false;
      spaces();
      if (peek() == ']') return ++at_, true;
      if (ended()) return endOfInput(" within/between Array entries");
      if (peek() != ',') return unexpected("was expecting comma to separate Array entries");
      ++at_;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string message_;
};

}  // namespace

std::optional<JsonDiagnosis> diagnoseJson(std::string_view text) {
  return Scanner(text).run();
}

}  // namespace thimble::lang::asl
