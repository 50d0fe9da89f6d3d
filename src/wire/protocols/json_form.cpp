#include "wire/protocols/json_form.h"

#include <cmath>
#include <string>

#include "base/encoding.h"
#include "base/time.h"
#include "wire/protocols/scalar_text.h"

namespace thimble::wire::protocols {

using base::Json;
using base::Result;
using shapes::Location;
using shapes::Member;
using shapes::Shape;
using shapes::ShapeKind;
using shapes::TimestampFormat;

namespace {

// AWS names the kind that it found like this.
const char* foundKind(const Json& wire) {
  switch (wire.kind()) {
    case Json::Kind::Bool:
      return wire.asBool() ? "TRUE_VALUE" : "FALSE_VALUE";
    case Json::Kind::Int:
      return "NUMBER_VALUE";
    case Json::Kind::Double:
      return "DECIMAL_VALUE";
    default:
      return "STRING_VALUE";
  }
}

const char* wantedKind(ShapeKind kind) {
  switch (kind) {
    case ShapeKind::Boolean:
      return "a Boolean";
    case ShapeKind::Integer:
      return "an Integer";
    case ShapeKind::Long:
      return "a Long";
    case ShapeKind::Float:
      return "a Float";
    case ShapeKind::Double:
      return "a Double";
    case ShapeKind::Timestamp:
      return "a Date";
    case ShapeKind::Blob:
      return "a Blob";
    default:
      return "a String";
  }
}

base::ApiError mismatch(ShapeKind wanted, const Json& wire) {
  if (wire.isObject()) return serializationError("Start of structure or map found where not expected.");
  if (wire.isArray()) return serializationError("Start of list found where not expected");
  if (wanted == ShapeKind::List) return serializationError("Expected list or null");
  if (wanted == ShapeKind::Structure || wanted == ShapeKind::Map) {
    return serializationError("Unexpected value type in payload");
  }
  return serializationError(std::string(foundKind(wire)) + " can not be converted to " + wantedKind(wanted));
}

Result<Json> readNumber(ShapeKind kind, const Json& wire) {
  if (kind == ShapeKind::Float || kind == ShapeKind::Double) {
    if (wire.isNumber()) return Json(wire.asDouble());
    if (wire.isString() &&
        (wire.asString() == "NaN" || wire.asString() == "Infinity" || wire.asString() == "-Infinity")) {
      return Json(wire.asString() == "NaN" ? std::nan("") : wire.asString() == "Infinity" ? HUGE_VAL : -HUGE_VAL);
    }
    return mismatch(kind, wire);
  }
  std::int64_t value = 0;
  if (wire.isInt()) {
    value = wire.asInt();
  } else if (wire.isDouble() && std::trunc(wire.asDouble()) == wire.asDouble() && std::fabs(wire.asDouble()) < 9e15) {
    value = static_cast<std::int64_t>(wire.asDouble());
  } else {
    return mismatch(kind, wire);
  }
  if (kind == ShapeKind::Integer && (value < INT32_MIN || value > INT32_MAX)) return mismatch(kind, wire);
  return Json(value);
}

Result<Json> readTime(const Json& wire) {
  if (wire.isNumber() && std::fabs(wire.asDouble()) < 253402300800.0) {
    if (wire.isInt()) return Json(wire.asInt() * 1000);
    return Json(static_cast<std::int64_t>(std::llround(wire.asDouble() * 1000.0)));
  }
  if (wire.isString()) {
    if (auto time = base::parseIso8601(wire.asString())) return Json(time->milliseconds);
    if (auto time = base::parseHttpDate(wire.asString())) return Json(time->milliseconds);
  }
  return mismatch(ShapeKind::Timestamp, wire);
}

}  // namespace

base::ApiError serializationError(std::string message) {
  return {"SerializationException", std::move(message), 400};
}

Result<Json> readJsonForm(const Shape& shape, const Json& wire) {
  switch (shape.kind) {
    case ShapeKind::Structure: {
      if (!wire.isObject()) return mismatch(shape.kind, wire);
      Json result = Json::object();
      for (const Member& member : shape.members) {
        if (member.location != Location::Body) continue;
        const Json* item = wire.find(member.wireName());
        if (!item || item->isNull()) continue;
        TRY_ASSIGN(Json value, readJsonForm(*member.shape, *item));
        result.set(member.name, std::move(value));
      }
      return result;
    }
    case ShapeKind::List: {
      if (!wire.isArray()) return mismatch(shape.kind, wire);
      Json result = Json::array();
      for (const Json& item : wire.asArray()) {
        if (item.isNull()) {
          result.push(nullptr);
          continue;
        }
        TRY_ASSIGN(Json value, readJsonForm(*shape.element->shape, item));
        result.push(std::move(value));
      }
      return result;
    }
    case ShapeKind::Map: {
      if (!wire.isObject()) return mismatch(shape.kind, wire);
      Json result = Json::object();
      for (const auto& [key, item] : wire.asObject()) {
        if (item.isNull()) {
          result.set(key, nullptr);
          continue;
        }
        TRY_ASSIGN(Json value, readJsonForm(*shape.element->shape, item));
        result.set(key, std::move(value));
      }
      return result;
    }
    case ShapeKind::String:
      if (!wire.isString()) return mismatch(shape.kind, wire);
      return wire;
    case ShapeKind::Blob: {
      if (!wire.isString()) return mismatch(shape.kind, wire);
      auto bytes = base::decodeBase64(wire.asString());
      if (!bytes) return serializationError("Invalid base64 text in a blob");
      return Json(std::move(*bytes));
    }
    case ShapeKind::Boolean:
      if (!wire.isBool()) return mismatch(shape.kind, wire);
      return wire;
    case ShapeKind::Timestamp:
      return readTime(wire);
    case ShapeKind::Document:
      return wire;
    default:
      return readNumber(shape.kind, wire);
  }
}

Json writeJsonForm(const Shape& shape, const Json& value) {
  switch (shape.kind) {
    case ShapeKind::Structure: {
      Json result = Json::object();
      for (const Member& member : shape.members) {
        if (member.location != Location::Body) continue;
        const Json* item = value.find(member.name);
        if (!item || item->isNull()) continue;
        if (member.shape->kind == ShapeKind::Timestamp && item->isInt()) {
          TimestampFormat format = member.timestamp_format == TimestampFormat::Default ? TimestampFormat::UnixTimestamp
                                                                                       : member.timestamp_format;
          result.set(member.wireName(), writeTimestamp({item->asInt()}, format));
        } else {
          result.set(member.wireName(), writeJsonForm(*member.shape, *item));
        }
      }
      return result;
    }
    case ShapeKind::List: {
      Json result = Json::array();
      if (!value.isArray()) return result;
      for (const Json& item : value.asArray()) {
        result.push(item.isNull() ? Json() : writeJsonForm(*shape.element->shape, item));
      }
      return result;
    }
    case ShapeKind::Map: {
      Json result = Json::object();
      if (!value.isObject()) return result;
      for (const auto& [key, item] : value.asObject()) {
        result.set(key, item.isNull() ? Json() : writeJsonForm(*shape.element->shape, item));
      }
      return result;
    }
    case ShapeKind::Blob:
      return value.isString() ? Json(base::encodeBase64(value.asString())) : value;
    case ShapeKind::Timestamp:
      if (!value.isInt()) return value;
      return writeTimestamp({value.asInt()}, shape.timestamp_format == TimestampFormat::Default
                                                 ? TimestampFormat::UnixTimestamp
                                                 : shape.timestamp_format);
    case ShapeKind::Float:
    case ShapeKind::Double:
      if (value.isDouble() && !std::isfinite(value.asDouble())) {
        return std::isnan(value.asDouble()) ? "NaN" : value.asDouble() > 0 ? "Infinity" : "-Infinity";
      }
      return value;
    default:
      return value;
  }
}

}  // namespace thimble::wire::protocols
