#include "lang/sam/value.h"

#include <algorithm>

#include "lang/sam/map.h"

namespace thimble::lang::sam {

Value Value::list(std::initializer_list<Value> items) {
  return listOf(List(items));
}

Value Value::listOf(List items) {
  Value value;
  value.value_ = std::make_shared<List>(std::move(items));
  return value;
}

Value Value::map(std::initializer_list<Member> members) {
  Value value;
  value.value_ = std::make_shared<Map>(false);
  for (const Member& member : members) value.set(member.first, member.second);
  return value;
}

Value Value::hashedMap(std::initializer_list<Member> members) {
  Value value;
  value.value_ = std::make_shared<Map>(true);
  for (const Member& member : members) value.set(member.first, member.second);
  return value;
}

Value Value::mapLike(const Value& other) {
  return other.isHashedMap() ? hashedMap() : map();
}

bool Value::isHashedMap() const {
  return isMap() && std::get<std::shared_ptr<Map>>(value_)->hashed();
}

Value Value::fromJson(const base::Json& json) {
  switch (json.kind()) {
    case base::Json::Kind::Null:
      return {};
    case base::Json::Kind::Bool:
      return json.asBool();
    case base::Json::Kind::Int:
      return json.asInt();
    case base::Json::Kind::Double:
      return json.asDouble();
    case base::Json::Kind::String:
      return json.asString();
    case base::Json::Kind::Array: {
      Value value = list();
      for (const base::Json& item : json.asArray()) value.push(fromJson(item));
      return value;
    }
    case base::Json::Kind::Object: {
      Value value = map();
      for (const auto& [name, member] : json.asObject()) value.set(name, fromJson(member));
      return value;
    }
  }
  return {};
}

base::Json Value::toJson() const {
  if (isBool()) return asBool();
  if (isInt()) return asInt();
  if (isDouble()) return asDouble();
  if (isText()) return str();
  if (isList()) {
    base::Json json = base::Json::array();
    for (const Value& item : items()) json.push(item.toJson());
    return json;
  }
  if (isMap()) {
    base::Json json = base::Json::object();
    for (const auto& [name, member] : std::get<std::shared_ptr<Map>>(value_)->inserted()) {
      json.set(name.text, member.toJson());
    }
    return json;
  }
  return {};
}

Value Value::marked() const {
  if (isText()) return Text(str(), true);
  if (isList()) {
    Value copy = list();
    for (const Value& item : items()) copy.push(item.marked());
    return copy;
  }
  if (isMap()) {
    Value copy = hashedMap();
    for (const auto& [name, member] : members()) copy.set(Text(name.text, true), member.marked());
    return copy;
  }
  return *this;
}

Value Value::deepCopy() const {
  if (isList()) {
    Value copy = list();
    copy.items().reserve(items().size());
    for (const Value& item : items()) copy.push(item.deepCopy());
    return copy;
  }
  if (isMap()) {
    Value copy = mapLike(*this);
    for (const auto& [name, member] : members()) copy.set(name, member.deepCopy());
    return copy;
  }
  return *this;
}

bool Value::truthy() const {
  if (isBool()) return asBool();
  if (isInt()) return asInt() != 0;
  if (isDouble()) return asDouble() != 0;
  if (isText()) return !str().empty();
  return size() > 0;
}

bool Value::has(std::string_view name) const {
  return isMap() && std::get<std::shared_ptr<Map>>(value_)->find(name) != nullptr;
}

Value Value::operator[](std::string_view name) const {
  if (!isMap()) return {};
  const Value* found = std::get<std::shared_ptr<Map>>(value_)->find(name);
  return found == nullptr ? Value() : *found;
}

std::vector<Value::Member> Value::members() const {
  if (!isMap()) return {};
  return std::get<std::shared_ptr<Map>>(value_)->members();
}

void Value::set(const Text& name, Value value) const {
  std::get<std::shared_ptr<Map>>(value_)->set(name, std::move(value));
}

void Value::erase(std::string_view name) const {
  if (isMap()) std::get<std::shared_ptr<Map>>(value_)->erase(name);
}

Value Value::setDefault(const Text& name, Value value) const {
  if (!has(name.text)) set(name, std::move(value));
  return (*this)[name.text];
}

void Value::update(const Value& other) const {
  const std::vector<Member> members = other.members();
  std::get<std::shared_ptr<Map>>(value_)->reserveForMerge(members.size());
  for (const auto& [name, member] : members) set(name, member);
}

Value Value::shallowCopy() const {
  if (isList()) return listOf(items());
  if (!isMap()) return *this;
  Value copy = mapLike(*this);
  copy.update(*this);
  return copy;
}

bool Value::listContains(const Value& value) const {
  return isList() && std::find(items().begin(), items().end(), value) != items().end();
}

std::size_t Value::size() const {
  if (isList()) return items().size();
  if (isMap()) return std::get<std::shared_ptr<Map>>(value_)->size();
  return 0;
}

bool Value::operator==(const Value& other) const {
  if ((isInt() || isDouble()) && (other.isInt() || other.isDouble())) {
    if (isDouble() || other.isDouble()) {
      return (isDouble() ? asDouble() : static_cast<double>(asInt())) ==
             (other.isDouble() ? other.asDouble() : static_cast<double>(other.asInt()));
    }
    return asInt() == other.asInt();
  }
  if (value_.index() != other.value_.index()) return false;
  if (isText()) return str() == other.str();
  if (isList()) return items() == other.items();
  if (isMap()) {
    if (size() != other.size()) return false;
    for (const auto& [name, member] : members()) {
      if (!other.has(name.text) || !(member == other[name.text])) return false;
    }
  }
  return true;
}

}  // namespace thimble::lang::sam
