#include "services/cloudformation/resources/fit.h"

#include <charconv>
#include <string_view>

#include "wire/shapes/model.h"

namespace thimble::services::cloudformation {
namespace {

using base::Json;
using Fitted = base::Result<Json, FitError>;
using shapes::ShapeKind;

bool isSameName(std::string_view property, std::string_view member) {
  if (property == member) return true;
  if (property.size() != member.size() || property.empty()) return false;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  for (std::size_t i = 0; i < property.size(); ++i) {
    if (lower(property[i]) != lower(member[i])) return false;
  }
  return true;
}

const shapes::Member* findMember(const shapes::Shape& shape, std::string_view name) {
  if (const shapes::Member* exact = shape.findMember(name)) return exact;
  for (const shapes::Member& member : shape.members) {
    if (isSameName(name, member.name)) return &member;
  }
  return nullptr;
}

Fitted fitStructure(const Json& value, const shapes::Shape& shape) {
  if (!value.isObject()) return FitError{"Value of property " + std::string(shape.name) + " must be an object"};
  Json out = Json::object();
  for (const auto& [name, member_value] : value.asObject()) {
    const shapes::Member* member = findMember(shape, name);
    if (member == nullptr) return FitError{"Encountered unsupported property " + name};
    TRY_ASSIGN(Json fitted, fitToShape(member_value, *member->shape));
    out.set(member->name, std::move(fitted));
  }
  return out;
}

Fitted fitList(const Json& value, const shapes::Shape& shape) {
  Json out = Json::array();
  if (!value.isArray()) {
    TRY_ASSIGN(Json only, fitToShape(value, *shape.element->shape));
    out.push(std::move(only));
    return out;
  }
  for (const Json& element : value.asArray()) {
    TRY_ASSIGN(Json fitted, fitToShape(element, *shape.element->shape));
    out.push(std::move(fitted));
  }
  return out;
}

Fitted fitMap(const Json& value, const shapes::Shape& shape) {
  Json out = Json::object();
  if (value.isArray()) {
    for (const Json& entry : value.asArray()) {
      if (!entry["Key"].isString()) return FitError{"Value of property " + std::string(shape.name) + " must be a map"};
      TRY_ASSIGN(Json fitted, fitToShape(entry["Value"], *shape.element->shape));
      out.set(entry["Key"].asString(), std::move(fitted));
    }
    return out;
  }
  if (!value.isObject()) return FitError{"Value of property " + std::string(shape.name) + " must be an object"};
  for (const auto& [name, member] : value.asObject()) {
    TRY_ASSIGN(Json fitted, fitToShape(member, *shape.element->shape));
    out.set(name, std::move(fitted));
  }
  return out;
}

template <class Number>
bool readNumber(const std::string& text, Number& value) {
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && end.ec == std::errc() && end.ptr == text.data() + text.size();
}

Fitted fitBoolean(const Json& value) {
  if (value.isBool()) return value;
  if (value.isString() && (value.asString() == "true" || value.asString() == "True")) return Json(true);
  if (value.isString() && (value.asString() == "false" || value.asString() == "False")) return Json(false);
  return FitError{"expected type: Boolean, found: " + value.write()};
}

Fitted fitInteger(const Json& value) {
  if (value.isInt()) return value;
  std::int64_t number = 0;
  if (value.isString() && readNumber(value.asString(), number)) return Json(number);
  if (value.isDouble() && value.asDouble() == static_cast<double>(static_cast<std::int64_t>(value.asDouble()))) {
    return Json(static_cast<std::int64_t>(value.asDouble()));
  }
  return FitError{"expected type: Integer, found: " + value.write()};
}

Fitted fitDouble(const Json& value) {
  if (value.isNumber()) return Json(value.asDouble());
  double number = 0;
  if (value.isString() && readNumber(value.asString(), number)) return Json(number);
  return FitError{"expected type: Number, found: " + value.write()};
}

}  // namespace

Fitted fitToShape(const Json& value, const shapes::Shape& shape) {
  switch (shape.kind) {
    case ShapeKind::Structure:
      return fitStructure(value, shape);
    case ShapeKind::List:
      return fitList(value, shape);
    case ShapeKind::Map:
      return fitMap(value, shape);
    case ShapeKind::String:
    case ShapeKind::Blob:
      return value.isString() ? value : Json(value.write());
    case ShapeKind::Boolean:
      return fitBoolean(value);
    case ShapeKind::Integer:
    case ShapeKind::Long:
    case ShapeKind::Timestamp:
      return fitInteger(value);
    case ShapeKind::Float:
    case ShapeKind::Double:
      return fitDouble(value);
    case ShapeKind::Document:
      return value;
  }
  return value;
}

}  // namespace thimble::services::cloudformation
