#include "lang/vtl/methods.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "lang/vtl/string_methods.h"

namespace thimble::lang::vtl {
namespace {

std::optional<std::size_t> listPosition(const List& list, const Value& index, std::size_t end) {
  if (index.kind() != Value::Kind::Int) return std::nullopt;
  std::int64_t at = index.asInt();
  if (at < 0) at += static_cast<std::int64_t>(list.items.size());
  if (at < 0 || static_cast<std::size_t>(at) >= end) return std::nullopt;
  return static_cast<std::size_t>(at);
}

/// One entry of a map's entrySet.
class MapEntry : public Object {
 public:
  MapEntry(std::string key, Value value, std::string text)
      : key_(std::move(key)), value_(std::move(value)), text_(std::move(text)) {}
  Value property(Heap&, std::string_view name) override {
    if (name == "key") return key_;
    if (name == "value") return value_;
    return {};
  }
  Value call(Heap&, std::string_view name, const std::vector<Value>&) override {
    if (name == "getKey") return key_;
    if (name == "getValue") return value_;
    if (name == "toString") return text_;
    return {};
  }
  std::string print() const override { return text_; }

 private:
  std::string key_;
  Value value_;
  std::string text_;
};

Value callList(Heap& heap, List& list, std::string_view name, const std::vector<Value>& arguments) {
  auto& items = list.items;
  const std::size_t count = arguments.size();
  // A call may visit or move all elements: long lists cost more of what a rendering may use.
  if (!heap.grow(items.size() / 256)) return {};
  auto find = [&](const Value& wanted) {
    return std::find_if(items.begin(), items.end(), [&](const Value& item) { return equalValues(heap, item, wanted); });
  };
  auto outOfRange = [&]() {
    heap.fail("Index is out of range: " + heap.print(arguments[0]) + ", Size: " + std::to_string(items.size()));
    return Value();
  };
  if (count == 0) {
    if (name == "size") return static_cast<std::int64_t>(items.size());
    if (name == "isEmpty") return items.empty();
    if (name == "toString") return heap.print(Value(&list));
    if (name == "iterator" || name == "toArray") return &list;
    if (name == "clear") {
      items.clear();
      return {};
    }
  }
  if (count == 1) {
    const Value& argument = arguments[0];
    if (name == "add") {
      if (heap.grow(1)) items.push_back(argument);
      return true;
    }
    if (name == "get" || (name == "remove" && argument.kind() == Value::Kind::Int)) {
      const auto at = listPosition(list, argument, items.size());
      if (!at || argument.asInt() < 0) return outOfRange();
      Value value = items[*at];
      if (name == "remove") items.erase(items.begin() + static_cast<std::ptrdiff_t>(*at));
      return value;
    }
    if (name == "remove") {
      const auto found = find(argument);
      if (found == items.end()) return false;
      items.erase(found);
      return true;
    }
    if (name == "contains") return find(argument) != items.end();
    if (name == "indexOf") {
      const auto found = find(argument);
      return found == items.end() ? std::int64_t{-1} : static_cast<std::int64_t>(found - items.begin());
    }
    if (name == "addAll") {
      const std::vector<Value> more = elementsOf(argument);
      if (heap.grow(more.size())) items.insert(items.end(), more.begin(), more.end());
      return !more.empty();
    }
    if (name == "containsAll") {
      for (const Value& each : elementsOf(argument)) {
        if (find(each) == items.end()) return false;
      }
      return true;
    }
    if (name == "equals") return equalValues(heap, Value(&list), argument);
  }
  if (count == 2) {
    if (name == "set" || name == "add") {
      const auto at = listPosition(list, arguments[0], items.size() + (name == "add" ? 1 : 0));
      if (!at) return outOfRange();
      if (name == "add") {
        if (heap.grow(1)) items.insert(items.begin() + static_cast<std::ptrdiff_t>(*at), arguments[1]);
        return {};
      }
      Value before = arguments[1];
      std::swap(before, items[*at]);
      return before;
    }
    if (name == "subList") {
      const auto from = listPosition(list, arguments[0], items.size() + 1);
      const auto to = listPosition(list, arguments[1], items.size() + 1);
      if (!from || !to || *from > *to) return outOfRange();
      List* part = heap.newList(list.style);
      if (!heap.grow(*to - *from)) return {};
      part->items.assign(items.begin() + static_cast<std::ptrdiff_t>(*from),
                         items.begin() + static_cast<std::ptrdiff_t>(*to));
      return part;
    }
  }
  return {};
}

Value callMap(Heap& heap, Map& map, std::string_view name, const std::vector<Value>& arguments) {
  const std::size_t count = arguments.size();
  if (name == "remove" || name == "containsValue") heap.grow(map.size() / 64);
  if (count == 0) {
    if (name == "size") return static_cast<std::int64_t>(map.size());
    if (name == "isEmpty") return map.size() == 0;
    if (name == "toString") return heap.print(Value(&map));
    if (name == "clear") {
      map.clear();
      return {};
    }
    if (name == "keySet" || name == "values" || name == "entrySet") {
      List* list = heap.newList();
      if (!heap.grow(map.size())) return {};
      for (const auto& [key, value] : map.entries()) {
        if (name == "keySet") {
          list->items.emplace_back(key);
        } else if (name == "values") {
          list->items.push_back(value);
        } else {
          const std::string text = key + "=" + heap.print(value);
          list->items.emplace_back(heap.keep(std::make_unique<MapEntry>(key, value, text)));
        }
      }
      return list;
    }
  }
  if (count >= 1 && (name == "put" || name == "putIfAbsent" || name == "getOrDefault" || name == "get" ||
                     name == "containsKey" || name == "remove")) {
    const std::string key = heap.print(arguments[0]);
    const Value* found = map.find(key);
    if (count == 1) {
      if (name == "get") return found ? *found : Value();
      if (name == "containsKey") return found != nullptr;
      if (name == "remove") return map.remove(key);
    }
    if (count == 2) {
      if (name == "getOrDefault") return found ? *found : arguments[1];
      if (name == "putIfAbsent" && found) return *found;
      if (name == "put" || name == "putIfAbsent") return heap.grow(1) ? map.put(key, arguments[1]) : Value();
    }
    return {};
  }
  if (count == 1) {
    if (name == "containsValue") {
      for (const auto& [key, value] : map.entries()) {
        if (equalValues(heap, value, arguments[0])) return true;
      }
      return false;
    }
    if (name == "putAll" && arguments[0].kind() == Value::Kind::Map && arguments[0].map() != &map) {
      if (!heap.grow(arguments[0].map()->size())) return {};
      for (const auto& [key, value] : arguments[0].map()->entries()) map.put(key, value);
      return {};
    }
    if (name == "equals") return equalValues(heap, Value(&map), arguments[0]);
  }
  return {};
}

Value callNumber(Heap& heap, const Value& number, std::string_view name, const std::vector<Value>& arguments) {
  auto whole = [&]() {
    if (number.kind() == Value::Kind::Int) return number.asInt();
    // Java's narrowing: towards zero, clamped, NaN is zero.
    const double value = number.asDouble();
    if (std::isnan(value)) return std::int64_t{0};
    if (value >= 9223372036854775807.0) return INT64_MAX;
    if (value <= -9223372036854775808.0) return INT64_MIN;
    return static_cast<std::int64_t>(value);
  };
  if (name == "toString" && arguments.empty()) return heap.print(number);
  if (name == "intValue" || name == "longValue" || name == "shortValue" || name == "byteValue") return whole();
  if (name == "doubleValue" || name == "floatValue") return number.asDouble();
  if (arguments.size() == 1) {
    const Value& other = arguments[0];
    if (name == "equals") return number.kind() == other.kind() && number.asDouble() == other.asDouble();
    if (name == "compareTo" && other.isNumber()) {
      const double left = number.asDouble();
      const double right = other.asDouble();
      return std::int64_t{left < right ? -1 : left > right ? 1 : 0};
    }
    // Static methods, reached through a value as templates do: $int.parseInt("5").
    if ((name == "parseInt" || name == "parseLong" || name == "valueOf") && other.isString()) {
      std::int64_t parsed = 0;
      const std::string& text = other.asString();
      const auto result = std::from_chars(text.data(), text.data() + text.size(), parsed);
      if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) {
        heap.fail("For input string: \"" + text + "\"");
        return {};
      }
      return parsed;
    }
    if (name == "parseDouble" && other.isString()) {
      double parsed = 0;
      const std::string& text = other.asString();
      const auto result = std::from_chars(text.data(), text.data() + text.size(), parsed);
      if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) {
        heap.fail("For input string: \"" + text + "\"");
        return {};
      }
      return parsed;
    }
  }
  return {};
}

bool equalDeep(Heap& heap, const Value& left, const Value& right, int depth) {
  if (depth > 100) {
    heap.fail("A value is nested too deeply");
    return false;
  }
  if (left.isNumber() && right.isNumber()) {
    if (left.kind() == Value::Kind::Int && right.kind() == Value::Kind::Int) return left.asInt() == right.asInt();
    return left.asDouble() == right.asDouble();
  }
  if (left.kind() != right.kind()) {
    if (left.isNull() || right.isNull()) return false;
    return heap.print(left) == heap.print(right);
  }
  switch (left.kind()) {
    case Value::Kind::String:
      return left.asString() == right.asString();
    case Value::Kind::Bool:
      return left.asBool() == right.asBool();
    case Value::Kind::List: {
      const auto& a = left.list()->items;
      const auto& b = right.list()->items;
      if (a.size() != b.size() || !heap.grow(a.size())) return false;
      for (std::size_t i = 0; i < a.size(); ++i) {
        if (!equalDeep(heap, a[i], b[i], depth + 1)) return false;
      }
      return true;
    }
    case Value::Kind::Map: {
      const Map& a = *left.map();
      const Map& b = *right.map();
      if (a.size() != b.size() || !heap.grow(a.size())) return false;
      for (const auto& [key, value] : a.entries()) {
        const Value* other = b.find(key);
        if (!other || !equalDeep(heap, value, *other, depth + 1)) return false;
      }
      return true;
    }
    case Value::Kind::Object:
      return left.object() == right.object();
    case Value::Kind::Block:
      return left.block() == right.block();
    default:
      return true;
  }
}

}  // namespace

std::vector<Value> elementsOf(const Value& collection) {
  if (collection.kind() == Value::Kind::List) return collection.list()->items;
  std::vector<Value> values;
  if (collection.kind() == Value::Kind::Map) {
    values.reserve(collection.map()->size());
    for (const auto& [key, value] : collection.map()->entries()) values.push_back(value);
  }
  return values;
}

bool equalValues(Heap& heap, const Value& left, const Value& right) {
  return equalDeep(heap, left, right, 0);
}

Value callMethod(Heap& heap, const Value& target, std::string_view name, const std::vector<Value>& arguments) {
  switch (target.kind()) {
    case Value::Kind::String:
      return callString(heap, target.asString(), name, arguments);
    case Value::Kind::List:
      return callList(heap, *target.list(), name, arguments);
    case Value::Kind::Map:
      return callMap(heap, *target.map(), name, arguments);
    case Value::Kind::Object:
      return target.object()->call(heap, name, arguments);
    case Value::Kind::Int:
    case Value::Kind::Double:
      return callNumber(heap, target, name, arguments);
    case Value::Kind::Bool:
      if (name == "toString" && arguments.empty()) return heap.print(target);
      if (name == "booleanValue" && arguments.empty()) return target;
      if (name == "equals" && arguments.size() == 1) return equalValues(heap, target, arguments[0]);
      return {};
    case Value::Kind::JsonNull:
    case Value::Kind::Block:
      if (name == "toString" && arguments.empty()) return heap.print(target);
      return {};
    case Value::Kind::Null:
      return {};
  }
  return {};
}

Value getProperty(Heap& heap, const Value& target, std::string_view name) {
  switch (target.kind()) {
    case Value::Kind::Map: {
      const Value* found = target.map()->find(name);
      return found ? *found : Value();
    }
    case Value::Kind::Object:
      return target.object()->property(heap, name);
    case Value::Kind::String:
      if (name == "empty") return target.asString().empty();
      return {};
    case Value::Kind::List:
      if (name == "empty") return target.list()->items.empty();
      return {};
    default:
      return {};
  }
}

Value getIndex(Heap& heap, const Value& target, const Value& index) {
  if (target.kind() == Value::Kind::List) {
    const auto at = listPosition(*target.list(), index, target.list()->items.size());
    return at ? target.list()->items[*at] : Value();
  }
  if (target.kind() == Value::Kind::Map) return getProperty(heap, target, heap.print(index));
  return {};
}

}  // namespace thimble::lang::vtl
