#include "base/encoding.h"
#include "lang/ion/ion.h"
#include "lang/ion/names.h"

namespace thimble::lang::ion {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr unsigned char kFirstPrintable = 0x20;

void writeQuoted(std::string& out, std::string_view text, char quote) {
  out += quote;
  for (const char c : text) {
    if (c == quote || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < kFirstPrintable) {
      out += "\\x";
      out += kHexDigits[static_cast<unsigned char>(c) >> 4];
      out += kHexDigits[static_cast<unsigned char>(c) & 15];
    } else {
      out += c;
    }
  }
  out += quote;
}

}  // namespace

void writeSymbol(std::string& out, std::string_view text) {
  if (isIdentifier(text) && !isKeyword(text) && !isSymbolId(text)) {
    out += text;
  } else {
    writeQuoted(out, text, '\'');
  }
}

void writeString(std::string& out, std::string_view text) {
  writeQuoted(out, text, '"');
}

void writeBlob(std::string& out, std::string_view bytes) {
  out += "{{" + base::encodeBase64(bytes) + "}}";
}

void writeDecimal(std::string& out, std::string_view digits) {
  const std::size_t exponent = digits.find_first_of("eE");
  std::string_view front = digits.substr(0, exponent);
  if (exponent != std::string_view::npos) {
    std::string_view power = digits.substr(exponent + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    out += front;
    out += 'd';
    out += power;
    return;
  }
  if (front.find('.') != std::string_view::npos) {
    out += front;
    return;
  }
  // A whole number has a point, or its zeros as an exponent: 103., 6d2.
  std::size_t zeros = 0;
  while (zeros + 1 < front.size() && front[front.size() - 1 - zeros] == '0') ++zeros;
  if (zeros > 0 && front != "-0") {
    out += front.substr(0, front.size() - zeros);
    out += "d" + std::to_string(zeros);
  } else {
    out += front;
    out += '.';
  }
}

}  // namespace thimble::lang::ion
