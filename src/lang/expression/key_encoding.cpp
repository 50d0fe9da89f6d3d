#include "lang/expression/key_encoding.h"

namespace thimble::lang::expression {

// S and B: a zero byte ends the key. The bytes 0 and 1 within are written as 1 0 and 1 1, which keeps the order.

void appendKeyPrefix(std::string& out, ValueView prefix) {
  for (const char c : prefix.body()) {
    if (static_cast<unsigned char>(c) < 2) out += '\1';
    out += c;
  }
}

void appendKey(std::string& out, ValueView key) {
  if (key.type() == Type::N) {
    out += key.body();
    return;
  }
  appendKeyPrefix(out, key);
  out += '\0';
}

void appendLastKey(std::string& out, ValueView key) {
  out += key.body();
}

std::optional<Value> takeKey(std::string_view& bytes, Type type) {
  if (type == Type::N) {
    if (bytes.empty()) return std::nullopt;
    std::size_t size = 1;
    if (bytes[0] != 1) {
      // A negative number's bytes are complemented, its end with them.
      const char end = bytes[0] == 0 ? '\xFF' : '\0';
      size = bytes.find(end, 2);
      if (size == std::string_view::npos || ++size > Decimal::kMaxEncodedSize) return std::nullopt;
    }
    const Value value(ValueView(Type::N, bytes.substr(0, size)));
    bytes.remove_prefix(size);
    return value;
  }
  std::string body;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\0') {
      bytes.remove_prefix(i + 1);
      return Value(ValueView(type, body));
    }
    if (bytes[i] == '\1' && (++i == bytes.size() || static_cast<unsigned char>(bytes[i]) > 1)) return std::nullopt;
    body += bytes[i];
  }
  return std::nullopt;
}

}  // namespace thimble::lang::expression
