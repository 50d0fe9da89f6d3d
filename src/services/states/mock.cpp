#include "services/states/mock.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/utf16.h"
#include "services/states/errors.h"
#include "wire/shapes/model.h"

namespace thimble::services::states {

using base::Json;
using lang::asl::Resource;
using shapes::ShapeKind;

namespace {

std::string capitalized(std::string_view name) {
  std::string out(name);
  if (!out.empty()) out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
  return out;
}

std::optional<std::string> sizeProblem(const shapes::Shape& shape, std::size_t size) {
  if (shape.min && static_cast<double>(size) < *shape.min) return "is smaller than the minimum length";
  if (shape.max && static_cast<double>(size) > *shape.max) return "exceeds the maximum length";
  return std::nullopt;
}

/// What is wrong with the field of that name, worded as AWS does.
std::optional<std::string> problemOf(const shapes::Shape& shape, const Json& value, const std::string& field,
                                     MockValidation mode) {
  const auto must = [&field](const char* be) { return "Field '" + field + "' must be " + be; };
  const auto is = [&field](const std::optional<std::string>& problem) {
    return problem ? std::optional<std::string>("Field '" + field + "' " + *problem) : std::nullopt;
  };
  switch (shape.kind) {
    case ShapeKind::Structure:
      if (!value.isObject()) return must("an object");
      for (const shapes::Member& member : shape.members) {
        const std::string name = capitalized(member.name);
        const Json* inner = value.find(name);
        if (inner == nullptr) {
          if (mode == MockValidation::Strict && member.required) return "Required field '" + name + "' is missing";
          continue;
        }
        if (auto problem = problemOf(*member.shape, *inner, name, mode)) return problem;
      }
      return std::nullopt;
    case ShapeKind::List:
      if (!value.isArray()) return must("an array");
      for (const Json& item : value.asArray()) {
        if (auto problem = problemOf(*shape.element->shape, item, field, mode)) return problem;
      }
      return is(sizeProblem(shape, value.size()));
    case ShapeKind::Map:
      if (!value.isObject()) return must("an object");
      for (const auto& [name, item] : value.asObject()) {
        if (auto problem = problemOf(*shape.element->shape, item, name, mode)) return problem;
      }
      return std::nullopt;
    case ShapeKind::String:
      if (!value.isString()) return must("a string");
      if (!shape.enumeration.empty() &&
          std::find(shape.enumeration.begin(), shape.enumeration.end(), value.asString()) == shape.enumeration.end()) {
        return is("is not an expected value");
      }
      return is(sizeProblem(shape, base::utf16Length(value.asString())));
    case ShapeKind::Blob:
      if (!value.isString()) return must("a string");
      return is(sizeProblem(shape, value.asString().size()));
    case ShapeKind::Timestamp:
      if (!value.isString()) return must("a string");
      return std::nullopt;
    case ShapeKind::Boolean:
      if (!value.isBool()) return must("a boolean");
      return std::nullopt;
    case ShapeKind::Integer:
    case ShapeKind::Long:
    case ShapeKind::Float:
    case ShapeKind::Double:
      if (!value.isNumber()) return must("a number");
      if (shape.min && value.asDouble() < *shape.min) return is("is less than the minimum value");
      if (shape.max && value.asDouble() > *shape.max) return is("exceeds the maximum value");
      return std::nullopt;
    case ShapeKind::Document:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

base::Result<void> checkMock(const Resource& resource, const Json& result, MockValidation mode) {
  if (mode == MockValidation::None) return {};
  if (resource.kind != Resource::Kind::Optimized && resource.kind != Resource::Kind::AwsSdk) return {};
  const shapes::Service* service = shapes::findService(resource.service);
  const shapes::Operation* operation =
      service != nullptr ? service->findOperation(capitalized(resource.action)) : nullptr;
  if (operation == nullptr || operation->output == nullptr) return {};
  Json checked = result;
  // A function's payload is any JSON value here.
  if (resource.kind == Resource::Kind::Optimized && resource.service == "lambda") checked.erase("Payload");
  const auto problem = problemOf(*operation->output, checked, "Result", mode);
  if (!problem) return {};
  return validation("Mock result schema validation error: " + *problem);
}

}  // namespace thimble::services::states
