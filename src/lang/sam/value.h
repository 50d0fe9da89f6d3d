// The document while it is being transformed: a tree that is shared by reference, and that remembers what AWS's logical
// ids depend on.
//
// The id of an API's deployment is a hash of the text that Python 2.7 would print for the API's definition: its keys
// come in the order of Python 2.7's hash table, and strings that stem from the template are marked u'...'. AWS keeps
// these ids stable to this day, so a Text knows where it comes from and a map made by hashedMap() iterates in that
// table's order.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"

namespace thimble::lang::sam {

/// A string and whether it stems from the template (`marked`) or from the transform. Concatenation keeps the left
/// one's mark.
struct Text {
  std::string text;
  bool marked = false;

  Text() = default;
  Text(std::string value, bool is_marked = false) : text(std::move(value)), marked(is_marked) {}  // NOLINT
  Text(std::string_view value) : text(value) {}                                                   // NOLINT
  Text(const char* value) : text(value) {}                                                        // NOLINT

  Text operator+(const Text& other) const { return Text(text + other.text, marked); }
  bool operator==(const Text& other) const { return text == other.text; }
  bool empty() const { return text.empty(); }
};

class Map;

class Value {
 public:
  using List = std::vector<Value>;
  using Member = std::pair<Text, Value>;

  Value() = default;
  Value(std::nullptr_t) {}                                      // NOLINT
  Value(bool value) : value_(value) {}                          // NOLINT
  Value(int value) : value_(std::int64_t{value}) {}             // NOLINT
  Value(std::int64_t value) : value_(value) {}                  // NOLINT
  Value(double value) : value_(value) {}                        // NOLINT
  Value(const char* value) : value_(Text(value)) {}             // NOLINT
  Value(std::string value) : value_(Text(std::move(value))) {}  // NOLINT
  Value(std::string_view value) : value_(Text(value)) {}        // NOLINT
  Value(Text value) : value_(std::move(value)) {}               // NOLINT

  static Value list(std::initializer_list<Value> items = {});
  static Value listOf(List items);
  /// Members in the order in which they are added.
  static Value map(std::initializer_list<Member> members = {});
  /// Members in the order of Python 2.7's hash table.
  static Value hashedMap(std::initializer_list<Member> members = {});
  /// A new, empty map of the same kind.
  static Value mapLike(const Value& other);

  /// From outside; all strings unmarked, all maps plain.
  static Value fromJson(const base::Json& json);
  base::Json toJson() const;
  /// A copy whose strings are marked and whose maps are hashed: how the template's own parts enter a hash.
  Value marked() const;
  Value deepCopy() const;

  bool isNull() const { return value_.index() == 0; }
  bool isBool() const { return value_.index() == 1; }
  /// As in Python, a boolean counts as an integer.
  bool isInt() const { return value_.index() == 2 || isBool(); }
  bool isDouble() const { return value_.index() == 3; }
  bool isText() const { return value_.index() == 4; }
  bool isList() const { return value_.index() == 5; }
  bool isMap() const { return value_.index() == 6; }
  bool isHashedMap() const;

  bool asBool() const { return std::get<bool>(value_); }
  std::int64_t asInt() const { return isBool() ? std::int64_t{asBool()} : std::get<std::int64_t>(value_); }
  double asDouble() const { return std::get<double>(value_); }
  const Text& asText() const& { return std::get<Text>(value_); }
  Text asText() const&& { return std::get<Text>(value_); }
  const std::string& str() const& { return asText().text; }
  std::string str() const&& { return std::get<Text>(value_).text; }
  List& items() const& { return *std::get<std::shared_ptr<List>>(value_); }
  /// A temporary may be the list's only holder, so what it hands out is a copy.
  const List items() const&& { return *std::get<std::shared_ptr<List>>(value_); }  // NOLINT

  /// Python's truth: null, false, 0, "" and empty containers are false.
  bool truthy() const;
  bool is(std::string_view text) const { return isText() && str() == text; }

  // Maps. Reading from anything else finds nothing.
  bool has(std::string_view name) const;
  Value operator[](std::string_view name) const;
  Value operator[](const char* name) const { return (*this)[std::string_view(name)]; }
  /// The members in iteration order, as they are now.
  std::vector<Member> members() const;
  /// Sets or replaces; an existing key keeps its place.
  void set(const Text& name, Value value) const;
  void erase(std::string_view name) const;
  /// The member of that name, added as `value` when there was none.
  Value setDefault(const Text& name, Value value) const;
  /// Adds all members of the other map.
  void update(const Value& other) const;
  /// A copy of this map or list whose members are shared.
  Value shallowCopy() const;

  // Lists.
  void push(Value value) const { items().push_back(std::move(value)); }
  bool listContains(const Value& value) const;

  /// Elements or members; 0 for all else.
  std::size_t size() const;
  bool operator==(const Value& other) const;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, Text, std::shared_ptr<List>, std::shared_ptr<Map>> value_;
};

/// The text that Python prints for a value, as AWS's messages show it: strings as they are at the top, quoted within
/// containers. The marks do not show.
std::string pythonString(const Value& value);
std::string pythonRepr(const Value& value);
/// The same with the marks: what deployments are hashes of.
std::string markedPythonString(const Value& value);
/// Name of the value's type in Python ("dict", "NoneType"), as AWS's messages show it.
std::string_view pythonTypeName(const Value& value);

/// Compact JSON with sorted keys and ASCII escapes, which other logical ids are hashes of.
std::string sortedJson(const Value& value);
/// JSON with ", " and ": " between, keys in iteration order, ASCII escapes.
std::string spacedJson(const Value& value);
/// JSON with sorted keys, indented by four spaces, ASCII escapes.
std::string indentedJson(const Value& value);

}  // namespace thimble::lang::sam
