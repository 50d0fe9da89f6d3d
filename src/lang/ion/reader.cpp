#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/encoding.h"
#include "lang/ion/ion.h"
#include "lang/ion/names.h"

namespace thimble::lang::ion {
namespace {

constexpr std::string_view kVersion = "$ion_1_0";
constexpr std::uint32_t kFirstSurrogate = 0xD800;
constexpr std::uint32_t kFirstLowSurrogate = 0xDC00;
constexpr std::uint32_t kLastSurrogate = 0xDFFF;
constexpr std::uint32_t kLastCodePoint = 0x10FFFF;

void appendUtf8(std::string& out, std::uint32_t code) {
  const auto part = [&](std::uint32_t bits) { out += static_cast<char>(bits); };
  if (code < 0x80) {
    part(code);
  } else if (code < 0x800) {
    part(0xC0 | (code >> 6));
    part(0x80 | (code & 63));
  } else if (code < 0x10000) {
    part(0xE0 | (code >> 12));
    part(0x80 | ((code >> 6) & 63));
    part(0x80 | (code & 63));
  } else {
    part(0xF0 | (code >> 18));
    part(0x80 | ((code >> 12) & 63));
    part(0x80 | ((code >> 6) & 63));
    part(0x80 | (code & 63));
  }
}

/// Reads the text front to back. Each read...() is false, and all is, when there is no such thing.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool readAll(std::vector<Value>& values) {
    for (;;) {
      if (!skipSpace()) return false;
      if (at_ == text_.size()) return true;
      Value value;
      if (!readValue(value, 0)) return false;
      const bool marker = value.kind == Value::Kind::Symbol && !quoted_ && value.annotations.empty();
      if (marker && value.text == kVersion) continue;
      values.push_back(std::move(value));
    }
  }

 private:
  char look(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool ahead(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  bool take(std::string_view what) {
    if (!ahead(what)) return false;
    at_ += what.size();
    return true;
  }

  bool skipSpace() {
    for (;;) {
      while (at_ < text_.size() && std::string_view(" \t\r\n\v\f").find(text_[at_]) != std::string_view::npos) ++at_;
      if (take("//")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (take("/*")) {
        const std::size_t end = text_.find("*/", at_);
        if (end == std::string_view::npos) return false;
        at_ = end + 2;
      } else {
        return true;
      }
    }
  }

  bool readValue(Value& value, int depth) {
    if (depth > kMostNesting || !skipSpace()) return false;
    quoted_ = false;
    const char c = look();
    if (take("{{")) return readBlob(value);
    if (take("{")) return readStruct(value, depth);
    if (take("[")) return readList(value, depth);
    if (c == '"' || ahead("'''")) {
      value.kind = Value::Kind::String;
      return readText(value.text);
    }
    if (c == '-' || c == '+' || isDigit(c)) return readNumber(value);
    std::string symbol;
    bool quoted = false;
    if (!readSymbol(symbol, quoted)) return false;
    // 1. What stands before "::" is an annotation.
    const std::size_t behind = at_;
    if (!skipSpace()) return false;
    if (take("::")) {
      value.annotations.push_back(std::move(symbol));
      return readValue(value, depth + 1);
    }
    at_ = behind;
    // 2. A word that is a value.
    if (!quoted && (symbol == "true" || symbol == "false")) {
      value.kind = Value::Kind::Bool;
      value.flag = symbol == "true";
      return true;
    }
    if (!quoted && symbol == "null") {
      std::string type;
      return !take(".") || readSymbol(type, quoted);
    }
    if (!quoted && (symbol == "nan" || isSymbolId(symbol))) return false;
    value.kind = Value::Kind::Symbol;
    value.text = std::move(symbol);
    quoted_ = quoted;
    return true;
  }

  bool readSymbol(std::string& out, bool& quoted) {
    quoted = look() == '\'';
    if (quoted) {
      ++at_;
      return readQuoted(out, "'");
    }
    if (!isIdentifierStart(look())) return false;
    while (isIdentifierPart(look())) out += text_[at_++];
    return true;
  }

  /// A string, or the parts of a long one.
  bool readText(std::string& out) {
    if (take("\"")) return readQuoted(out, "\"");
    while (take("'''")) {
      if (!readQuoted(out, "'''") || !skipSpace()) return false;
    }
    return true;
  }

  bool readQuoted(std::string& out, std::string_view end) {
    while (at_ < text_.size()) {
      if (take(end)) return base::isUtf8(out);
      const char c = text_[at_++];
      if (c == '\\') {
        if (!readEscape(out)) return false;
      } else {
        if (c == '\n' && end.size() == 1) return false;
        out += c;
      }
    }
    return false;
  }

  bool readEscape(std::string& out) {
    const char c = look();
    if (at_ == text_.size()) return false;
    ++at_;
    constexpr std::string_view kLetters = "abtnfrv0";
    constexpr std::string_view kMeanings("\a\b\t\n\f\r\v\0", 8);
    if (const std::size_t letter = kLetters.find(c); letter != std::string_view::npos) {
      out += kMeanings[letter];
      return true;
    }
    if (c == '\n') return true;
    if (std::string_view("\\\"'/?").find(c) != std::string_view::npos) {
      out += c;
      return true;
    }
    const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    std::uint32_t code = 0;
    if (digits == 0 || !readHex(digits, code)) return false;
    if (code >= kFirstSurrogate && code < kFirstLowSurrogate) {
      std::uint32_t low = 0;
      if (!take("\\u") || !readHex(4, low) || low < kFirstLowSurrogate || low > kLastSurrogate) return false;
      code = 0x10000 + ((code - kFirstSurrogate) << 10) + (low - kFirstLowSurrogate);
    }
    if (code > kLastCodePoint || (code >= kFirstSurrogate && code <= kLastSurrogate)) return false;
    appendUtf8(out, code);
    return true;
  }

  bool readHex(std::size_t digits, std::uint32_t& code) {
    const std::string_view part = text_.substr(at_, digits);
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), code, 16);
    if (error != std::errc() || part.size() != digits || end != part.data() + digits) return false;
    at_ += digits;
    return true;
  }

  bool readNumber(Value& value) {
    value.kind = Value::Kind::Number;
    const std::size_t begin = at_;
    while (isIdentifierPart(look()) || look() == '.' || look() == '-' || look() == '+' || look() == ':') ++at_;
    std::string digits(text_.substr(begin, at_ - begin));
    // Underscores stand between digits.
    for (std::size_t i = 0; i < digits.size(); ++i) {
      if (digits[i] != '_') continue;
      if (i == 0 || i + 1 == digits.size() || !isIdentifierPart(digits[i - 1]) || digits[i + 1] == '_') return false;
    }
    std::erase(digits, '_');
    const bool negative = digits.starts_with('-');
    std::string_view rest(digits);
    if (negative) rest.remove_prefix(1);
    if (rest.starts_with("0x") || rest.starts_with("0X") || rest.starts_with("0b") || rest.starts_with("0B")) {
      const int radix = rest[1] == 'x' || rest[1] == 'X' ? 16 : 2;
      rest.remove_prefix(2);
      std::uint64_t whole = 0;
      const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), whole, radix);
      value.text = (negative ? "-" : "") + std::to_string(whole);
      return error == std::errc() && end == rest.data() + rest.size();
    }
    return readDecimal(rest, negative, value.text);
  }

  /// Digits, perhaps a point with digits or none behind it, perhaps an exponent.
  static bool readDecimal(std::string_view rest, bool negative, std::string& out) {
    const auto digits = [&rest] {
      std::size_t count = 0;
      while (count < rest.size() && isDigit(rest[count])) ++count;
      const std::string_view found = rest.substr(0, count);
      rest.remove_prefix(count);
      return found;
    };
    const std::string_view whole = digits();
    if (whole.empty() || (whole.size() > 1 && whole[0] == '0')) return false;
    out = negative ? "-" : "";
    out += whole;
    if (rest.starts_with('.')) {
      rest.remove_prefix(1);
      if (const std::string_view fraction = digits(); !fraction.empty()) out += "." + std::string(fraction);
    }
    if (rest.empty()) return true;
    if (std::string_view("dDeE").find(rest[0]) == std::string_view::npos) return false;
    rest.remove_prefix(1);
    out += 'e';
    if (rest.starts_with('-') || rest.starts_with('+')) {
      out += rest[0];
      rest.remove_prefix(1);
    }
    const std::string_view power = digits();
    out += power;
    return !power.empty() && rest.empty();
  }

  bool readBlob(Value& value) {
    value.kind = Value::Kind::Blob;
    const std::size_t end = text_.find("}}", at_);
    if (end == std::string_view::npos) return false;
    std::string base64;
    for (const char c : text_.substr(at_, end - at_)) {
      if (std::string_view(" \t\r\n").find(c) == std::string_view::npos) base64 += c;
    }
    at_ = end + 2;
    auto bytes = base::decodeBase64(base64);
    if (!bytes) return false;
    value.text = *std::move(bytes);
    return true;
  }

  bool readList(Value& value, int depth) {
    value.kind = Value::Kind::List;
    for (;;) {
      if (!skipSpace()) return false;
      if (take("]")) return true;
      if (!readValue(value.items.emplace_back(), depth + 1) || !skipSpace()) return false;
      if (!take(",") && !ahead("]")) return false;
    }
  }

  bool readStruct(Value& value, int depth) {
    value.kind = Value::Kind::Struct;
    for (;;) {
      if (!skipSpace()) return false;
      if (take("}")) return true;
      auto& [name, field] = value.fields.emplace_back();
      bool quoted = false;
      const bool text = look() == '"' || ahead("'''");
      if (!(text ? readText(name) : readSymbol(name, quoted)) || !skipSpace()) return false;
      if (!take(":") || !readValue(field, depth + 1) || !skipSpace()) return false;
      if (!take(",") && !ahead("}")) return false;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool quoted_ = false;  ///< The symbol read last stood in quotes.
};

}  // namespace

std::optional<std::vector<Value>> parse(std::string_view text) {
  std::vector<Value> values;
  if (!Reader(text).readAll(values)) return std::nullopt;
  return values;
}

}  // namespace thimble::lang::ion
