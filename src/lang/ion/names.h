// What texts may stand as symbols without quotes.
#pragma once

#include <algorithm>
#include <string_view>

namespace thimble::lang::ion {

inline bool isIdentifierStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
inline bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
inline bool isIdentifierPart(char c) {
  return isIdentifierStart(c) || isDigit(c);
}
inline bool isIdentifier(std::string_view text) {
  return !text.empty() && isIdentifierStart(text[0]) && std::all_of(text.begin(), text.end(), isIdentifierPart);
}
/// Words that are values.
inline bool isKeyword(std::string_view text) {
  return text == "null" || text == "true" || text == "false" || text == "nan";
}
/// "$10": a symbol by its number.
inline bool isSymbolId(std::string_view text) {
  return text.size() > 1 && text[0] == '$' && std::all_of(text.begin() + 1, text.end(), isDigit);
}

}  // namespace thimble::lang::ion
