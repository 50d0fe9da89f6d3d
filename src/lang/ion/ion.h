// Amazon Ion 1.0 in text. https://amazon-ion.github.io/ion-docs/docs/spec.html
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thimble::lang::ion {

struct Field;

struct Value {
  enum class Kind { Null, Bool, Number, String, Symbol, Blob, List, Struct };

  Kind kind = Kind::Null;
  std::vector<std::string> annotations;
  bool flag = false;  ///< Of a Bool.
  /// A String's or Symbol's text, a Blob's bytes, a Number's digits as in JSON.
  std::string text;
  std::vector<Value> items;   ///< Of a List.
  std::vector<Field> fields;  ///< Of a Struct, in order; names may repeat.
};

struct Field {
  std::string name;
  Value value;
};

/// Levels of lists and structs that a text may have.
inline constexpr int kMostNesting = 64;

/// The values of a text, without its version markers. Nothing when it is no Ion 1.0, is nested too deep, or has a value
/// of which Value has no kind: timestamps, clobs, S-expressions, numbers that are none.
std::optional<std::vector<Value>> parse(std::string_view text);

/// As the name of a field or an annotation, in quotes where it needs them.
void writeSymbol(std::string& out, std::string_view text);
void writeString(std::string& out, std::string_view text);
void writeBlob(std::string& out, std::string_view bytes);
/// A number in decimal digits, with an exponent or without ("1.5", "-20", "3E+40"), as a decimal.
void writeDecimal(std::string& out, std::string_view digits);

}  // namespace thimble::lang::ion
