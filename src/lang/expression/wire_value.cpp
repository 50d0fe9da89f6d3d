#include "lang/expression/wire_value.h"

#include "base/encoding.h"
#include "lang/expression/value.h"

namespace thimble::lang::expression {
namespace {

using base::Json;

Json valueToWire(const Json& value) {
  Json out = Json::object();
  for (const auto& [type, content] : value.asObject()) {
    if (type == "B") {
      out.set(type, base::encodeBase64(content.asString()));
    } else if (type == "BS") {
      Json all = Json::array();
      for (const Json& each : content.asArray()) all.push(base::encodeBase64(each.asString()));
      out.set(type, std::move(all));
    } else if (type == "L") {
      Json all = Json::array();
      for (const Json& each : content.asArray()) all.push(valueToWire(each));
      out.set(type, std::move(all));
    } else if (type == "M") {
      out.set(type, toWire(content));
    } else {
      out.set(type, content);
    }
  }
  return out;
}

/// A text, which is base64 when it stands for bytes.
std::optional<Json> scalarFromWire(const Json& content, bool bytes) {
  if (!content.isString()) return std::nullopt;
  if (!bytes) return content;
  auto decoded = base::decodeBase64(content.asString());
  return decoded ? std::optional(Json(*std::move(decoded))) : std::nullopt;
}

std::optional<Json> valueFromWire(const Json& value);

std::optional<Json> contentFromWire(Type type, const Json& content) {
  switch (type) {
    case Type::S:
    case Type::N:
    case Type::B:
      return scalarFromWire(content, type == Type::B);
    case Type::Bool:
    case Type::Null:
      return content.isBool() ? std::optional(content) : std::nullopt;
    case Type::M:
      return fromWire(content);
    default:
      break;
  }
  if (!content.isArray()) return std::nullopt;
  Json all = Json::array();
  for (const Json& each : content.asArray()) {
    auto element = type == Type::L ? valueFromWire(each) : scalarFromWire(each, type == Type::Bs);
    if (!element) return std::nullopt;
    all.push(*std::move(element));
  }
  return all;
}

std::optional<Json> valueFromWire(const Json& value) {
  if (!value.isObject() || value.size() != 1) return std::nullopt;
  const auto& [name, content] = *value.asObject().begin();
  const auto type = typeFromName(name);
  if (!type) return std::nullopt;
  auto read = contentFromWire(*type, content);
  if (!read) return std::nullopt;
  return Json::object({{name, *std::move(read)}});
}

}  // namespace

Json toWire(const Json& item) {
  Json out = Json::object();
  for (const auto& [name, value] : item.asObject()) out.set(name, valueToWire(value));
  return out;
}

std::optional<Json> fromWire(const Json& item) {
  if (!item.isObject()) return std::nullopt;
  Json out = Json::object();
  for (const auto& [name, value] : item.asObject()) {
    auto read = valueFromWire(value);
    if (!read) return std::nullopt;
    out.set(name, *std::move(read));
  }
  return out;
}

}  // namespace thimble::lang::expression
