#include "wire/protocols/json_form.h"

#include <cmath>
#include <optional>
#include <string>

#include "base/encoding.h"
#include "base/time.h"
#include "wire/http/headers.h"
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

/// What a value of the shape is called in DynamoDB's server, from which its words for a mismatch come.
std::string javaName(const Shape& shape) {
  switch (shape.kind) {
    case ShapeKind::Structure:
      return "com.amazonaws.dynamodb.v20120810." + std::string(shape.name);
    case ShapeKind::List:
      return "java.util.List<" + javaName(*shape.element->shape) + ">";
    case ShapeKind::Map:
      return "java.util.Map<java.lang.String, " + javaName(*shape.element->shape) + ">";
    case ShapeKind::Blob:
      return "java.nio.ByteBuffer";
    case ShapeKind::Boolean:
      return "java.lang.Boolean";
    case ShapeKind::Integer:
      return "java.lang.Integer";
    case ShapeKind::Long:
      return "java.lang.Long";
    case ShapeKind::Float:
    case ShapeKind::Double:
      return "java.lang.Double";
    default:
      return "java.lang.String";
  }
}

base::ApiError dynamoMismatch(const Shape& shape, const Json& wire, const Shape* within) {
  const bool nested = within != nullptr && (within->kind == ShapeKind::List || within->kind == ShapeKind::Map);
  if (wire.isObject()) return serializationError("Start of structure or map found where not expected");
  if (wire.isArray()) {
    const bool is_class = shape.kind != ShapeKind::Map && shape.kind != ShapeKind::List;
    return serializationError("Unrecognized collection type " + std::string(is_class ? "class " : "") +
                              javaName(shape));
  }
  switch (shape.kind) {
    case ShapeKind::Structure:
      return serializationError(nested ? "Unexpected value type in payload" : "Unexpected field type");
    case ShapeKind::List:
    case ShapeKind::Map:
      if (nested && (within->kind == ShapeKind::Map ? shape.kind == ShapeKind::List : shape.kind == ShapeKind::Map)) {
        return serializationError(
            "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class "
            "java.lang.Class "
            "(sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base "
            "of "
            "loader 'bootstrap')");
      }
      return serializationError("Unexpected field type");
    case ShapeKind::Blob:
      if (wire.isString()) {
        if (wire.asString().size() % 4 != 0) {
          return serializationError("Base64 encoded length is expected a multiple of 4 bytes but found: " +
                                    std::to_string(wire.asString().size()));
        }
        return serializationError("Invalid last non-pad Base64 character dectected");
      }
      return serializationError("only base-64-encoded strings are convertible to bytes");
    case ShapeKind::Boolean:
      if (wire.isString()) return serializationError("Unexpected token received from parser");
      break;
    default:
      break;
  }
  const std::string name = javaName(shape);
  return serializationError(std::string(foundKind(wire)) + " cannot be converted to " +
                            name.substr(name.rfind('.') + 1));
}

/// Whether the wire's value is the model value as it stands, so that it need not be built anew: no blobs, times, nulls
/// or unknown members; members in the model's order when `ordered`.
bool isModelForm(const Shape& shape, const Json& wire, bool ordered) {
  switch (shape.kind) {
    case ShapeKind::Structure: {
      if (!wire.isObject()) return false;
      const Member* last = nullptr;
      for (const auto& [name, item] : wire.asObject()) {
        const Member* member = shape.findMember(name);
        if (member == nullptr || member->location != Location::Body || member->wireName() != name) return false;
        if (ordered && last != nullptr && member < last) return false;
        last = member;
        if (!isModelForm(*member->shape, item, ordered)) return false;
      }
      return true;
    }
    case ShapeKind::List:
      if (!wire.isArray()) return false;
      for (const Json& item : wire.asArray()) {
        if (!isModelForm(*shape.element->shape, item, ordered)) return false;
      }
      return true;
    case ShapeKind::Map:
      if (!wire.isObject()) return false;
      for (const auto& [name, item] : wire.asObject()) {
        if (!isModelForm(*shape.element->shape, item, ordered)) return false;
      }
      return true;
    case ShapeKind::String:
      return wire.isString();
    case ShapeKind::Boolean:
      return wire.isBool();
    case ShapeKind::Integer:
      return wire.isInt() && wire.asInt() >= INT32_MIN && wire.asInt() <= INT32_MAX;
    case ShapeKind::Long:
      return wire.isInt();
    case ShapeKind::Document:
      return true;
    default:
      return false;
  }
}

Result<Json> readNumber(ShapeKind kind, const Json& wire, MismatchWords words) {
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
  } else if (wire.isDouble() && words == MismatchWords::DynamoDb && std::fabs(wire.asDouble()) < 9e15) {
    value = static_cast<std::int64_t>(std::floor(wire.asDouble()));
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

namespace {

/// What could not be read, and where.
struct Mismatch {
  const Shape* shape;
  const Shape* within;
  Json wire;
  std::optional<base::ApiError> plain;  ///< The words that all services but DynamoDB have, when they are special.
};
using Read = Result<Json, Mismatch>;

/// DynamoDB takes some texts for truth values.
std::optional<bool> truthOf(std::string_view text) {
  for (const char* yes : {"true", "1", "yes"}) {
    if (http::equalsIgnoringCase(text, yes)) return true;
  }
  for (const char* no : {"false", "0", "no"}) {
    if (http::equalsIgnoringCase(text, no)) return false;
  }
  return std::nullopt;
}

Read readForm(const Shape& shape, const Json& wire, const Shape* within, MismatchWords words) {
  const auto mismatched = [&] { return Mismatch{&shape, within, wire, std::nullopt}; };
  switch (shape.kind) {
    case ShapeKind::Structure: {
      if (!wire.isObject()) return mismatched();
      if (isModelForm(shape, wire, true)) return wire;
      Json result = Json::object();
      for (const Member& member : shape.members) {
        if (member.location != Location::Body) continue;
        const Json* item = wire.find(member.wireName());
        if (!item || item->isNull()) continue;
        TRY_ASSIGN(Json value, readForm(*member.shape, *item, &shape, words));
        result.set(member.name, std::move(value));
      }
      return result;
    }
    case ShapeKind::List: {
      if (!wire.isArray()) return mismatched();
      Json result = Json::array();
      for (const Json& item : wire.asArray()) {
        if (item.isNull()) {
          result.push(nullptr);
          continue;
        }
        TRY_ASSIGN(Json value, readForm(*shape.element->shape, item, &shape, words));
        result.push(std::move(value));
      }
      return result;
    }
    case ShapeKind::Map: {
      if (!wire.isObject()) return mismatched();
      if (isModelForm(shape, wire, true)) return wire;
      Json result = Json::object();
      for (const auto& [key, item] : wire.asObject()) {
        if (item.isNull()) {
          result.set(key, nullptr);
          continue;
        }
        TRY_ASSIGN(Json value, readForm(*shape.element->shape, item, &shape, words));
        result.set(key, std::move(value));
      }
      return result;
    }
    case ShapeKind::String:
      if (!wire.isString()) return mismatched();
      return wire;
    case ShapeKind::Blob: {
      if (!wire.isString()) return mismatched();
      auto bytes = base::decodeBase64(wire.asString());
      if (!bytes) return Mismatch{&shape, within, wire, serializationError("Invalid base64 text in a blob")};
      // DynamoDB wants the bits of the last character that stand for nothing to be zero.
      if (words == MismatchWords::DynamoDb && base::encodeBase64(*bytes) != wire.asString()) return mismatched();
      return Json(std::move(*bytes));
    }
    case ShapeKind::Boolean:
      if (wire.isBool()) return wire;
      if (words == MismatchWords::DynamoDb && wire.isString()) {
        if (const auto truth = truthOf(wire.asString())) return Json(*truth);
      }
      return mismatched();
    case ShapeKind::Timestamp: {
      auto time = readTime(wire);
      if (!time.ok()) return mismatched();
      return std::move(*time);
    }
    case ShapeKind::Document:
      return wire;
    default: {
      auto number = readNumber(shape.kind, wire, words);
      if (!number.ok()) return mismatched();
      return std::move(*number);
    }
  }
}

}  // namespace

Result<Json> readJsonForm(const Shape& shape, const Json& wire, MismatchWords words) {
  Read read = readForm(shape, wire, nullptr, words);
  if (read.ok()) return std::move(*read);
  const Mismatch& found = read.error();
  if (words == MismatchWords::DynamoDb) return dynamoMismatch(*found.shape, found.wire, found.within);
  return found.plain ? *found.plain : mismatch(found.shape->kind, found.wire);
}

Json writeJsonForm(const Shape& shape, const Json& value) {
  switch (shape.kind) {
    case ShapeKind::Structure: {
      if (isModelForm(shape, value, true)) return value;
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
      if (isModelForm(shape, value, true)) return value;
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
