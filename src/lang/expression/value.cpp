#include "lang/expression/value.h"

#include <algorithm>
#include <array>

#include "lang/expression/varint.h"

namespace thimble::lang::expression {

namespace {

constexpr std::array<std::string_view, 10> kTypeNames = {"S", "B", "N", "BOOL", "NULL", "BS", "NS", "SS", "L", "M"};
constexpr std::array<std::string_view, 10> kLongTypeNames = {
    "STRING", "BINARY", "NUMBER", "BOOLEAN", "NULL", "BINARY_SET", "NUMBER_SET", "STRING_SET", "LIST", "MAP"};

// The first byte of an encoded value. A null and a boolean are that byte alone; all else follows with its length.
constexpr unsigned char kFalseTag = 10;
constexpr unsigned char kTrueTag = 11;
constexpr std::string_view kFalseBody("\0", 1);
constexpr std::string_view kTrueBody("\1", 1);

/// Whether `value`, of which only the outer frame was read, is whole within.
bool intact(const ValueView& value, int depth);

bool intact(const MapView& map, int depth) {
  std::string_view rest = map.bytes();
  std::size_t count = 0;
  if (!takeVarint(rest, count)) return false;
  std::string_view previous;
  for (std::size_t i = 0; i < count; ++i) {
    std::string_view name;
    if (!takeBytes(rest, name)) return false;
    if (i > 0 && name <= previous) return false;
    previous = name;
    const auto value = ValueView::take(rest);
    if (!value || !intact(*value, depth)) return false;
  }
  return rest.empty();
}

bool intact(const ValueView& value, int depth) {
  switch (value.type()) {
    case Type::L: {
      if (depth >= 2 * kMaxNesting) return false;
      std::string_view rest = value.body();
      std::size_t count = 0;
      if (!takeVarint(rest, count)) return false;
      for (std::size_t i = 0; i < count; ++i) {
        const auto element = ValueView::take(rest);
        if (!element || !intact(*element, depth + 1)) return false;
      }
      return rest.empty();
    }
    case Type::M:
      return depth < 2 * kMaxNesting && intact(MapView(value.body()), depth + 1);
    case Type::Ss:
    case Type::Ns:
    case Type::Bs: {
      std::string_view rest = value.body();
      std::size_t count = 0;
      if (!takeVarint(rest, count)) return false;
      for (std::size_t i = 0; i < count; ++i) {
        std::string_view member;
        if (!takeBytes(rest, member)) return false;
      }
      return rest.empty();
    }
    case Type::N:
      return !value.body().empty() && value.body().size() <= Decimal::kMaxEncodedSize;
    default:
      return true;
  }
}

}  // namespace

std::string_view typeName(Type type) {
  return kTypeNames[static_cast<std::size_t>(type)];
}
std::string_view longTypeName(Type type) {
  return kLongTypeNames[static_cast<std::size_t>(type)];
}

std::optional<Type> typeFromName(std::string_view name) {
  const auto found = std::find(kTypeNames.begin(), kTypeNames.end(), name);
  if (found == kTypeNames.end()) return std::nullopt;
  return static_cast<Type>(found - kTypeNames.begin());
}

Type memberType(Type set) {
  return set == Type::Ss ? Type::S : set == Type::Ns ? Type::N : Type::B;
}

std::optional<ValueView> ValueView::take(std::string_view& bytes) {
  if (bytes.empty()) return std::nullopt;
  const auto tag = static_cast<unsigned char>(bytes[0]);
  bytes.remove_prefix(1);
  if (tag == kFalseTag) return ValueView(Type::Bool, kFalseBody);
  if (tag == kTrueTag) return ValueView(Type::Bool, kTrueBody);
  if (tag > static_cast<unsigned char>(Type::M) || tag == static_cast<unsigned char>(Type::Bool)) return std::nullopt;
  const auto type = static_cast<Type>(tag);
  if (type == Type::Null) return ValueView();
  std::string_view body;
  if (!takeBytes(bytes, body)) return std::nullopt;
  return ValueView(type, body);
}

void ValueView::appendTo(std::string& out) const {
  if (type_ == Type::Bool) {
    out += static_cast<char>(boolean() ? kTrueTag : kFalseTag);
    return;
  }
  out += static_cast<char>(type_);
  if (type_ != Type::Null) appendBytes(out, body_);
}

std::size_t ValueView::count() const {
  std::string_view rest = body_;
  std::size_t count = 0;
  return takeVarint(rest, count) ? count : 0;
}

ElementCursor ValueView::elements() const {
  return ElementCursor(type_, body_);
}

std::optional<ValueView> ValueView::at(std::size_t index) const {
  if (type_ != Type::L || index >= count()) return std::nullopt;
  ElementCursor cursor = elements();
  ValueView element;
  for (std::size_t i = 0; cursor.next(element); ++i) {
    if (i == index) return element;
  }
  return std::nullopt;
}

MapView ValueView::map() const {
  return MapView(type_ == Type::M ? body_ : std::string_view());
}

ElementCursor::ElementCursor(Type container, std::string_view body) : rest_(body), container_(container) {
  if (!takeVarint(rest_, left_)) left_ = 0;
}

bool ElementCursor::next(ValueView& element) {
  if (left_ == 0) return false;
  --left_;
  if (container_ == Type::L) {
    const auto taken = ValueView::take(rest_);
    if (!taken) return false;
    element = *taken;
    return true;
  }
  std::string_view member;
  if (!takeBytes(rest_, member)) return false;
  element = ValueView(memberType(container_), member);
  return true;
}

std::size_t MapView::size() const {
  std::string_view rest = bytes_;
  std::size_t count = 0;
  return takeVarint(rest, count) ? count : 0;
}

std::optional<ValueView> MapView::find(std::string_view name) const {
  std::string_view rest = bytes_;
  std::size_t left = 0;
  if (!takeVarint(rest, left)) return std::nullopt;
  std::string_view entry;
  for (; left > 0; --left) {
    if (!takeBytes(rest, entry)) return std::nullopt;
    const int order = entry.compare(name);
    if (order > 0) return std::nullopt;
    const auto value = ValueView::take(rest);
    if (order == 0 || !value) return value;
  }
  return std::nullopt;
}

MapView::Cursor::Cursor(std::string_view bytes) : rest_(bytes) {
  if (!takeVarint(rest_, left_)) left_ = 0;
}

bool MapView::Cursor::next(std::string_view& name, ValueView& value) {
  if (left_ == 0 || !takeBytes(rest_, name)) return false;
  --left_;
  const auto taken = ValueView::take(rest_);
  if (!taken) return false;
  value = *taken;
  return true;
}

Value Value::number(const Decimal& number) {
  std::string encoded;
  number.appendEncoded(encoded);
  return Value(ValueView(Type::N, encoded));
}

Value Value::list(const std::vector<Value>& elements) {
  std::string body;
  appendVarint(body, elements.size());
  for (const Value& element : elements) body += element.bytes();
  return Value(ValueView(Type::L, body));
}

Value Value::set(Type type, std::vector<std::string> member_bodies) {
  std::sort(member_bodies.begin(), member_bodies.end());
  member_bodies.erase(std::unique(member_bodies.begin(), member_bodies.end()), member_bodies.end());
  std::string body;
  appendVarint(body, member_bodies.size());
  for (const std::string& member : member_bodies) appendBytes(body, member);
  return Value(ValueView(type, body));
}

std::optional<Value> Value::decode(std::string bytes) {
  std::string_view rest = bytes;
  const auto view = ValueView::take(rest);
  if (!view || !rest.empty() || !intact(*view, 0)) return std::nullopt;
  Value value;
  value.bytes_ = std::move(bytes);
  return value;
}

ValueView Value::view() const {
  std::string_view rest = bytes_;
  return ValueView::take(rest).value_or(ValueView());
}

std::optional<Item> Item::decode(std::string bytes) {
  if (!intact(MapView(bytes), 0)) return std::nullopt;
  Item item;
  item.bytes_ = std::move(bytes);
  return item;
}

ItemBuilder::ItemBuilder(ItemView start) {
  ItemView::Cursor cursor = start.entries();
  std::string_view name;
  ValueView value;
  entries_.reserve(start.size());
  while (cursor.next(name, value)) {
    entries_.emplace_back(name, std::string());
    value.appendTo(entries_.back().second);
  }
}

namespace {
constexpr auto kByName = [](const auto& entry, std::string_view name) { return entry.first < name; };
}

void ItemBuilder::set(std::string_view name, ValueView value) {
  std::string encoded;
  value.appendTo(encoded);
  const auto at = entries_.empty() || entries_.back().first < name
                      ? entries_.end()
                      : std::lower_bound(entries_.begin(), entries_.end(), name, kByName);
  if (at != entries_.end() && at->first == name) {
    at->second = std::move(encoded);
  } else {
    entries_.emplace(at, name, std::move(encoded));
  }
}

void ItemBuilder::erase(std::string_view name) {
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), name, kByName);
  if (at != entries_.end() && at->first == name) entries_.erase(at);
}

Item ItemBuilder::build() const {
  Item item;
  item.bytes_.clear();
  appendVarint(item.bytes_, entries_.size());
  for (const auto& [name, value] : entries_) {
    appendBytes(item.bytes_, name);
    item.bytes_ += value;
  }
  return item;
}

Item pick(ItemView item, const std::vector<std::string>& names) {
  ItemBuilder builder;
  for (const std::string& name : names) {
    if (const auto value = item.find(name)) builder.set(name, *value);
  }
  return builder.build();
}

std::optional<int> compareValues(ValueView left, ValueView right) {
  if (left.type() != right.type()) return std::nullopt;
  if (left.type() != Type::S && left.type() != Type::N && left.type() != Type::B) return std::nullopt;
  return left.body().compare(right.body());
}

std::size_t valueSize(ValueView value) {
  switch (value.type()) {
    case Type::S:
    case Type::B:
      return value.body().size();
    case Type::N:
      return Decimal::storedSize(value.body());
    case Type::Bool:
    case Type::Null:
      return 1;
    case Type::Ss:
    case Type::Ns:
    case Type::Bs: {
      std::size_t size = 0;
      ElementCursor cursor = value.elements();
      for (ValueView member; cursor.next(member);) size += valueSize(member);
      return size;
    }
    case Type::L: {
      // Three bytes for the list, one more for each element.
      std::size_t size = 3;
      ElementCursor cursor = value.elements();
      for (ValueView element; cursor.next(element);) size += 1 + valueSize(element);
      return size;
    }
    case Type::M:
      return 3 + value.map().size() + itemSize(value.map());
  }
  return 0;
}

std::size_t itemSize(ItemView item) {
  std::size_t size = 0;
  ItemView::Cursor cursor = item.entries();
  std::string_view name;
  for (ValueView value; cursor.next(name, value);) size += name.size() + valueSize(value);
  return size;
}

}  // namespace thimble::lang::expression
