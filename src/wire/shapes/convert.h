// Model values (base::Json) to and from the members of the generated structures. For generated sources only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "wire/shapes/box.h"
#include "wire/shapes/from_json.h"

namespace thimble::shapes::convert {

inline base::Json encode(const std::string& value) {
  return value;
}
inline base::Json encode(bool value) {
  return value;
}
inline base::Json encode(std::int64_t value) {
  return value;
}
inline base::Json encode(double value) {
  return value;
}
inline base::Json encode(base::Timestamp value) {
  return value.milliseconds;
}
inline base::Json encode(const base::Json& value) {
  return value;
}

template <class T>
base::Json encode(const T& value) {
  return toJson(value);
}

template <class T>
base::Json encode(const std::vector<T>& values);

template <class T>
base::Json encode(const std::map<std::string, T>& values) {
  base::Json result = base::Json::object();
  for (const auto& [key, value] : values) result.set(key, encode(value));
  return result;
}

template <class T>
base::Json encode(const std::vector<T>& values) {
  base::Json result = base::Json::array();
  for (const auto& value : values) result.push(encode(static_cast<const T&>(value)));
  return result;
}

template <class T>
void put(base::Json& object, std::string_view name, const T& value) {
  object.set(name, encode(value));
}
template <class T>
void put(base::Json& object, std::string_view name, const std::optional<T>& value) {
  if (value) object.set(name, encode(*value));
}
template <class T>
void put(base::Json& object, std::string_view name, const Box<T>& value) {
  if (value) object.set(name, encode(*value));
}

// A value of another kind than the shape's leaves the member as it was: the doorway has checked the shape before.
inline void decode(const base::Json& json, std::string& value) {
  if (json.isString()) value = json.asString();
}
inline void decode(const base::Json& json, bool& value) {
  if (json.isBool()) value = json.asBool();
}
inline void decode(const base::Json& json, std::int64_t& value) {
  if (json.isInt()) value = json.asInt();
}
inline void decode(const base::Json& json, double& value) {
  if (json.isNumber()) value = json.asDouble();
}
inline void decode(const base::Json& json, base::Timestamp& value) {
  if (json.isInt()) value = base::Timestamp{json.asInt()};
}
inline void decode(const base::Json& json, base::Json& value) {
  value = json;
}

template <class T>
void decode(const base::Json& json, T& value) {
  value = fromJson<T>(json);
}

template <class T>
void decode(const base::Json& json, std::vector<T>& values);

template <class T>
void decode(const base::Json& json, std::map<std::string, T>& values) {
  if (!json.isObject()) return;
  for (const auto& [key, item] : json.asObject()) decode(item, values[key]);
}

template <class T>
void decode(const base::Json& json, std::vector<T>& values) {
  if (!json.isArray()) return;
  values.reserve(json.size());
  for (const base::Json& item : json.asArray()) {
    T value{};
    decode(item, value);
    values.push_back(std::move(value));
  }
}

template <class T>
void get(const base::Json& object, std::string_view name, T& value) {
  if (const base::Json* json = object.find(name); json && !json->isNull()) decode(*json, value);
}
template <class T>
void get(const base::Json& object, std::string_view name, std::optional<T>& value) {
  if (const base::Json* json = object.find(name); json && !json->isNull()) decode(*json, value.emplace());
}
template <class T>
void get(const base::Json& object, std::string_view name, Box<T>& value) {
  if (const base::Json* json = object.find(name); json && !json->isNull()) value = Box<T>(fromJson<T>(*json));
}

}  // namespace thimble::shapes::convert
