#include "services/dynamodb/transfer/ion_items.h"

#include "lang/ion/ion.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;
using lang::ion::Value;

constexpr std::string_view kSetAnnotation = "$dynamodb_";

void writeValue(std::string& out, std::string_view type, const Json& content) {
  if (type == "S") {
    lang::ion::writeString(out, content.asString());
  } else if (type == "N") {
    lang::ion::writeDecimal(out, content.asString());
  } else if (type == "B") {
    lang::ion::writeBlob(out, content.asString());
  } else if (type == "BOOL") {
    out += content.asBool() ? "true" : "false";
  } else if (type == "NULL") {
    out += "null";
  } else if (type == "M") {
    writeIon(out, content);
  } else {
    const bool set = type != "L";
    if (set) out += std::string(kSetAnnotation) + std::string(type) + "::";
    out += '[';
    bool first = true;
    for (const Json& each : content.asArray()) {
      if (!first) out += ',';
      first = false;
      if (set) {
        writeValue(out, type.substr(0, 1), each);
      } else {
        writeValue(out, each.asObject().begin()->first, each.asObject().begin()->second);
      }
    }
    out += ']';
  }
}

std::optional<Json> attributesOf(const Value& value);

/// The members of a set, texts all.
std::optional<Json> setOf(const Value& value, std::string_view type) {
  const Value::Kind kind = type == "SS"   ? Value::Kind::String
                           : type == "NS" ? Value::Kind::Number
                           : type == "BS" ? Value::Kind::Blob
                                          : Value::Kind::Null;
  Json members = Json::array();
  for (const Value& each : value.items) {
    if (each.kind != kind || kind == Value::Kind::Null) return std::nullopt;
    members.push(each.text);
  }
  return Json::object({{std::string(type), std::move(members)}});
}

std::optional<Json> valueOf(const Value& value) {
  switch (value.kind) {
    case Value::Kind::Null:
      return Json::object({{"NULL", true}});
    case Value::Kind::Bool:
      return Json::object({{"BOOL", value.flag}});
    case Value::Kind::Number:
      return Json::object({{"N", value.text}});
    case Value::Kind::String:
    case Value::Kind::Symbol:
      return Json::object({{"S", value.text}});
    case Value::Kind::Blob:
      return Json::object({{"B", value.text}});
    case Value::Kind::List:
      break;
    case Value::Kind::Struct: {
      auto attributes = attributesOf(value);
      return attributes ? std::optional(Json::object({{"M", *std::move(attributes)}})) : std::nullopt;
    }
  }
  for (const std::string_view annotation : value.annotations) {
    if (annotation.starts_with(kSetAnnotation)) return setOf(value, annotation.substr(kSetAnnotation.size()));
  }
  Json elements = Json::array();
  for (const Value& each : value.items) {
    auto element = valueOf(each);
    if (!element) return std::nullopt;
    elements.push(*std::move(element));
  }
  return Json::object({{"L", std::move(elements)}});
}

std::optional<Json> attributesOf(const Value& value) {
  Json out = Json::object();
  for (const auto& [name, field] : value.fields) {
    auto read = valueOf(field);
    if (!read) return std::nullopt;
    out.set(name, *std::move(read));
  }
  return out;
}

/// A member of a record; null when it is none.
Json memberOf(std::string_view name, const Value& value) {
  if (name == "ConditionExpression" && value.kind == Value::Kind::String) return value.text;
  if (value.kind != Value::Kind::Struct) return {};
  if (name == "Item" || name == "ExpressionAttributeValues") return attributesOf(value).value_or(Json());
  if (name != "ExpressionAttributeNames") return {};
  Json names = Json::object();
  for (const auto& [placeholder, attribute] : value.fields) {
    if (attribute.kind != Value::Kind::String && attribute.kind != Value::Kind::Symbol) return {};
    names.set(placeholder, attribute.text);
  }
  return names;
}

Json putOf(const Value& record) {
  if (record.kind != Value::Kind::Struct) return {};
  Json put = Json::object();
  for (const auto& [name, field] : record.fields) put.set(name, memberOf(name, field));
  return put;
}

}  // namespace

void writeIon(std::string& out, const Json& attributes) {
  out += '{';
  bool first = true;
  for (const auto& [name, value] : attributes.asObject()) {
    if (!first) out += ',';
    first = false;
    lang::ion::writeSymbol(out, name);
    out += ':';
    writeValue(out, value.asObject().begin()->first, value.asObject().begin()->second);
  }
  out += '}';
}

std::optional<std::vector<Json>> putsOfIon(std::string_view text) {
  const auto values = lang::ion::parse(text);
  if (!values) return std::nullopt;
  std::vector<Json> puts;
  for (const Value& value : *values) {
    if (value.kind != Value::Kind::List) {
      puts.push_back(putOf(value));
      continue;
    }
    for (const Value& each : value.items) puts.push_back(putOf(each));
  }
  return puts;
}

std::optional<std::vector<Json>> itemsOfIon(std::string_view line) {
  auto items = putsOfIon(line);
  if (!items) return std::nullopt;
  for (Json& each : *items) each = Json(each["Item"]);
  return items;
}

}  // namespace thimble::services::dynamodb
