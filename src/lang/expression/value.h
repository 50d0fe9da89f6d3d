// AttributeValue: DynamoDB's value type, as bytes.
//
// A value is one compact run of bytes (Value owns them, ValueView looks at them), an item one run of sorted attributes.
// Expressions, comparisons and sizes work on views, so that an item which the store holds is never turned into a tree.
// Sets are kept sorted and without duplicates, maps sorted by name, numbers in an order-preserving form: equal values
// have equal bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lang/expression/decimal.h"

namespace thimble::lang::expression {

/// The data types, in the order in which a value's members are checked.
enum class Type : std::uint8_t { S, B, N, Bool, Null, Bs, Ns, Ss, L, M };

/// AWS's short name: "S", "BOOL", "NULL", "SS" and so on.
std::string_view typeName(Type type);
std::optional<Type> typeFromName(std::string_view name);
/// The long name that update expressions' errors use: "STRING", "NUMBER_SET".
std::string_view longTypeName(Type type);
inline bool isSet(Type type) {
  return type == Type::Ss || type == Type::Ns || type == Type::Bs;
}
/// The type of a set's members.
Type memberType(Type set);

/// Levels of lists and maps that a value may have.
inline constexpr int kMaxNesting = 32;

class ElementCursor;
class MapView;

/// A value that someone else's bytes hold. Cheap to copy; valid as long as those bytes.
class ValueView {
 public:
  ValueView() = default;  ///< The null value.
  ValueView(Type type, std::string_view body) : body_(body), type_(type) {}

  /// Reads the value at the front of `bytes` and removes it; nothing when the bytes are damaged.
  static std::optional<ValueView> take(std::string_view& bytes);

  Type type() const { return type_; }
  /// S and B: the bytes. N: the encoded number. Bool: one byte. Sets, L, M: the count and the elements.
  std::string_view body() const { return body_; }
  std::string_view text() const { return body_; }
  Decimal number() const { return Decimal::decode(body_); }
  bool boolean() const { return !body_.empty() && body_[0] != 0; }
  /// Sets, L, M: how many elements.
  std::size_t count() const;
  /// Sets and L: their elements in order (a set's members as values of their own type).
  ElementCursor elements() const;
  /// L: the element at `index`.
  std::optional<ValueView> at(std::size_t index) const;
  /// M: its entries.
  MapView map() const;

  /// The whole value's encoded form, appended.
  void appendTo(std::string& out) const;

  bool operator==(const ValueView& other) const { return type_ == other.type_ && body_ == other.body_; }

 private:
  std::string_view body_;
  Type type_ = Type::Null;
};

/// Walks the elements of a list or set.
class ElementCursor {
 public:
  ElementCursor(Type container, std::string_view body);
  bool next(ValueView& element);

 private:
  std::string_view rest_;
  std::size_t left_ = 0;
  Type container_;
};

/// Attributes by name, sorted by the names' bytes: an item, or the inside of an M.
class MapView {
 public:
  MapView() = default;
  explicit MapView(std::string_view bytes) : bytes_(bytes) {}

  std::string_view bytes() const { return bytes_; }
  std::size_t size() const;
  bool empty() const { return size() == 0; }
  std::optional<ValueView> find(std::string_view name) const;

  class Cursor {
   public:
    explicit Cursor(std::string_view bytes);
    bool next(std::string_view& name, ValueView& value);

   private:
    std::string_view rest_;
    std::size_t left_ = 0;
  };
  Cursor entries() const { return Cursor(bytes_); }

  bool operator==(const MapView&) const = default;

 private:
  std::string_view bytes_;
};
using ItemView = MapView;

/// A value that owns its bytes.
class Value {
 public:
  Value() : Value(ValueView()) {}
  explicit Value(ValueView view) { view.appendTo(bytes_); }
  static Value string(std::string_view text) { return Value(ValueView(Type::S, text)); }
  static Value binary(std::string_view bytes) { return Value(ValueView(Type::B, bytes)); }
  static Value boolean(bool value) { return Value(ValueView(Type::Bool, value ? "\1" : std::string_view("\0", 1))); }
  static Value number(const Decimal& number);
  static Value list(const std::vector<Value>& elements);
  /// Sorts the members and drops duplicates. Each member is of `type`'s member type.
  static Value set(Type type, std::vector<std::string> member_bodies);
  static Value map(MapView entries) { return Value(ValueView(Type::M, entries.bytes())); }

  /// Reads and checks an AttributeValue in model form ({"S": "..."}; blobs are raw bytes). Errors are AWS's
  /// ValidationException, in its order.
  static base::Result<Value> fromJson(const base::Json& json, NumberReader reader = NumberReader::AttributeValue);
  /// Takes bytes that view() or bytes() gave before; nothing when they are damaged.
  static std::optional<Value> decode(std::string bytes);

  ValueView view() const;
  operator ValueView() const { return view(); }  // NOLINT(google-explicit-constructor)
  Type type() const { return view().type(); }
  const std::string& bytes() const { return bytes_; }
  bool operator==(const Value&) const = default;

 private:
  std::string bytes_;
};

/// Attributes that own their bytes.
class Item {
 public:
  Item() : bytes_(1, '\0') {}
  explicit Item(MapView view) : bytes_(view.bytes()) {
    if (bytes_.empty()) bytes_.push_back('\0');
  }

  /// A map of attribute values in model form ("Item", "Key"); checked as Value::fromJson does, in the order given.
  static base::Result<Item> fromJson(const base::Json& json);
  /// Takes bytes that bytes() gave before; checks their whole structure. Nothing when they are damaged.
  static std::optional<Item> decode(std::string bytes);

  ItemView view() const { return ItemView(bytes_); }
  operator ItemView() const { return view(); }  // NOLINT(google-explicit-constructor)
  const std::string& bytes() const { return bytes_; }
  std::optional<ValueView> find(std::string_view name) const { return view().find(name); }
  std::size_t size() const { return view().size(); }
  bool empty() const { return view().empty(); }
  bool operator==(const Item&) const = default;

 private:
  friend class ItemBuilder;
  std::string bytes_;
};

/// Collects attributes in any order; the last of equal names wins.
class ItemBuilder {
 public:
  ItemBuilder() = default;
  explicit ItemBuilder(ItemView start);
  void set(std::string_view name, ValueView value);
  void erase(std::string_view name);
  Item build() const;

 private:
  /// Sorted by name; the value is in its encoded form.
  std::vector<std::pair<std::string, std::string>> entries_;
};

/// In model form: {"S": "text"}.
base::Json toJson(ValueView value);
/// In model form: {"name": {"S": "text"}, ...}.
base::Json toJson(ItemView item);
/// Only the attributes named in `names` (sorted or not); those that the item lacks are left out.
Item pick(ItemView item, const std::vector<std::string>& names);

/// What DynamoDB counts for an item: names and values, in bytes. The limit of an item is 400 KB = 409,600 of these.
std::size_t itemSize(ItemView item);
std::size_t valueSize(ValueView value);
inline constexpr std::size_t kMaxItemSize = 400 * 1024;
/// Bytes of an attribute's name.
inline constexpr std::size_t kMaxNameSize = 65535;

/// Order of two values of one scalar type (S and B by bytes, N by value); nothing when types differ or have no order.
std::optional<int> compareValues(ValueView left, ValueView right);

/// A scalar as errors show it: "AttributeValue: {N:1}".
std::string attributeValueText(ValueView value);

/// A ValidationException (HTTP 400) with that message.
base::ApiError validationError(std::string message);
/// Whether an attribute may have the name.
base::Result<void, base::ApiError> checkAttributeName(std::string_view name);
/// AWS's words for a text that is no number; `text` is what was sent.
base::ApiError numberError(NumberError error, std::string_view text);

}  // namespace thimble::lang::expression
