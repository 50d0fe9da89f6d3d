#include "lang/vtl/value.h"

namespace thimble::lang::vtl {
namespace {

constexpr std::size_t kSearchedEntries = 12;
constexpr std::size_t kNotFound = static_cast<std::size_t>(-1);
constexpr int kMaxDepth = 200;
constexpr std::size_t kMaxPrintedBytes = std::size_t{16} << 20;

}  // namespace

std::size_t Map::position(std::string_view key) const {
  if (index_.empty()) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].first == key) return i;
    }
    return kNotFound;
  }
  const auto found = index_.find(std::string(key));
  return found == index_.end() ? kNotFound : found->second;
}

const Value* Map::find(std::string_view key) const {
  const std::size_t at = position(key);
  return at == kNotFound ? nullptr : &entries_[at].second;
}

Value Map::put(std::string_view key, Value value) {
  const std::size_t at = position(key);
  if (at != kNotFound) {
    std::swap(entries_[at].second, value);
    return value;
  }
  entries_.emplace_back(std::string(key), std::move(value));
  if (!index_.empty()) {
    index_.emplace(entries_.back().first, entries_.size() - 1);
  } else if (entries_.size() > kSearchedEntries) {
    for (std::size_t i = 0; i < entries_.size(); ++i) index_.emplace(entries_[i].first, i);
  }
  return {};
}

Value Map::remove(std::string_view key) {
  const std::size_t at = position(key);
  if (at == kNotFound) return {};
  Value removed = std::move(entries_[at].second);
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(at));
  index_.clear();
  if (entries_.size() > kSearchedEntries) {
    for (std::size_t i = 0; i < entries_.size(); ++i) index_.emplace(entries_[i].first, i);
  }
  return removed;
}

void Map::clear() {
  entries_.clear();
  index_.clear();
}

Value Object::property(Heap&, std::string_view) {
  return {};
}
Value Object::call(Heap&, std::string_view, const std::vector<Value>&) {
  return {};
}

bool Heap::grow(std::size_t nodes) {
  nodes_ += nodes;
  if (nodes_ <= max_nodes_) return true;
  fail("The template makes too many values");
  return false;
}

List* Heap::newList(PrintStyle style) {
  grow(1);
  lists_.emplace_back();
  lists_.back().style = style;
  return &lists_.back();
}

Map* Heap::newMap(PrintStyle style) {
  grow(1);
  maps_.emplace_back(style);
  return &maps_.back();
}

Object* Heap::keep(std::unique_ptr<Object> object) {
  objects_.push_back(std::move(object));
  return objects_.back().get();
}

Value Heap::fromJson(const base::Json& json, PrintStyle style, bool keep_json_nulls) {
  if (failed()) return {};
  switch (json.kind()) {
    case base::Json::Kind::Null:
      return keep_json_nulls ? Value(JsonNull{}) : Value();
    case base::Json::Kind::Bool:
      return json.asBool();
    case base::Json::Kind::Int:
      return json.asInt();
    case base::Json::Kind::Double:
      return json.asDouble();
    case base::Json::Kind::String:
      return json.asString();
    case base::Json::Kind::Array: {
      List* list = newList(style);
      grow(json.size());
      list->items.reserve(json.size());
      for (const base::Json& item : json.asArray()) list->items.push_back(fromJson(item, style, keep_json_nulls));
      return list;
    }
    case base::Json::Kind::Object: {
      Map* map = newMap(style);
      grow(json.size());
      for (const auto& [name, member] : json.asObject()) map->put(name, fromJson(member, style, keep_json_nulls));
      return map;
    }
  }
  return {};
}

base::Json Heap::toJson(const Value& value) {
  return toJson(value, 0);
}

base::Json Heap::toJson(const Value& value, int depth) {
  if (failed()) return {};
  if (depth > kMaxDepth) {
    fail("A value is nested too deeply");
    return {};
  }
  switch (value.kind()) {
    case Value::Kind::Null:
    case Value::Kind::JsonNull:
      return nullptr;
    case Value::Kind::Bool:
      return value.asBool();
    case Value::Kind::Int:
      return value.asInt();
    case Value::Kind::Double:
      return value.asDouble();
    case Value::Kind::String:
      return grow(value.asString().size() / 64) ? base::Json(value.asString()) : base::Json();
    case Value::Kind::List: {
      base::Json array = base::Json::array();
      if (!grow(value.list()->items.size())) return {};
      for (const Value& item : value.list()->items) array.push(toJson(item, depth + 1));
      return array;
    }
    case Value::Kind::Map: {
      base::Json object = base::Json::object();
      if (!grow(value.map()->size())) return {};
      for (const auto& [key, member] : value.map()->entries()) object.set(key, toJson(member, depth + 1));
      return object;
    }
    case Value::Kind::Object:
    case Value::Kind::Block:
      return print(value);
  }
  return {};
}

std::string Heap::print(const Value& value) {
  if (value.isString()) return value.asString();
  std::string out;
  if (!value.isNull()) print(out, value, 0);
  return out;
}

void Heap::print(std::string& out, const Value& value, int depth) {
  if (failed()) return;
  if (depth > kMaxDepth || out.size() > kMaxPrintedBytes) return fail("A value is too large to be printed");
  switch (value.kind()) {
    case Value::Kind::Null:
    case Value::Kind::JsonNull:
      out += "null";
      break;
    case Value::Kind::Bool:
      out += value.asBool() ? "true" : "false";
      break;
    case Value::Kind::Int:
      out += std::to_string(value.asInt());
      break;
    case Value::Kind::Double:
      out += base::formatDouble(value.asDouble(), base::DoubleStyle::Java);
      break;
    case Value::Kind::String:
      out += value.asString();
      break;
    case Value::Kind::List: {
      if (!grow(value.list()->items.size())) return;
      if (value.list()->style == PrintStyle::JsonLists) {
        out += toJson(value, depth).write({.doubles = base::DoubleStyle::Java});
        break;
      }
      out += '[';
      const char* separator = "";
      for (const Value& item : value.list()->items) {
        out += separator;
        separator = ", ";
        print(out, item, depth + 1);
      }
      out += ']';
      break;
    }
    case Value::Kind::Map: {
      if (value.map()->prints_nothing) break;
      if (!grow(value.map()->size())) return;
      out += '{';
      const char* separator = "";
      for (const auto& [key, member] : value.map()->entries()) {
        out += separator;
        separator = ", ";
        out += key;
        out += '=';
        print(out, member, depth + 1);
      }
      out += '}';
      break;
    }
    case Value::Kind::Object:
      out += value.object()->print();
      break;
    case Value::Kind::Block:
      if (render_block) out += render_block(*value.block());
      break;
  }
}

}  // namespace thimble::lang::vtl
