#include "wire/protocols/sdk_form.h"

#include "base/encoding.h"
#include "base/time.h"
#include "wire/protocols/json_form.h"

namespace thimble::wire::protocols {

using base::Json;
using base::Result;
using shapes::Member;
using shapes::Shape;
using shapes::ShapeKind;

namespace {

std::string withFirst(std::string_view name, char from, char to, int shift) {
  std::string result(name);
  if (!result.empty() && result[0] >= from && result[0] <= to) result[0] = static_cast<char>(result[0] + shift);
  return result;
}

const Member* findSdkMember(const Shape& shape, std::string_view name) {
  for (const Member& member : shape.members) {
    if (sdkName(member.name) == name) return &member;
  }
  return nullptr;
}

}  // namespace

std::string sdkName(std::string_view member_name) {
  return withFirst(member_name, 'a', 'z', 'A' - 'a');
}

const shapes::Operation* findSdkOperation(const shapes::Service& service, std::string_view action) {
  return service.findOperation(sdkName(action));
}

Result<Json, std::string> readSdkForm(const Shape& shape, const Json& parameters) {
  switch (shape.kind) {
    case ShapeKind::Structure: {
      if (!parameters.isObject()) return "The value of " + std::string(shape.name) + " must be an object";
      Json result = Json::object();
      for (const auto& [name, value] : parameters.asObject()) {
        const Member* member = findSdkMember(shape, name);
        if (!member) return "The field \"" + name + "\" is not supported by Step Functions";
        if (value.isNull()) continue;
        TRY_ASSIGN(Json item, readSdkForm(*member->shape, value));
        result.set(member->name, std::move(item));
      }
      return result;
    }
    case ShapeKind::List: {
      if (!parameters.isArray()) return "The value of " + std::string(shape.name) + " must be an array";
      Json result = Json::array();
      for (const Json& value : parameters.asArray()) {
        TRY_ASSIGN(Json item, readSdkForm(*shape.element->shape, value));
        result.push(std::move(item));
      }
      return result;
    }
    case ShapeKind::Map: {
      if (!parameters.isObject()) return "The value of " + std::string(shape.name) + " must be an object";
      Json result = Json::object();
      for (const auto& [key, value] : parameters.asObject()) {
        TRY_ASSIGN(Json item, readSdkForm(*shape.element->shape, value));
        result.set(key, std::move(item));
      }
      return result;
    }
    case ShapeKind::Blob:
      return parameters.isString() ? parameters : Json(parameters.write());
    case ShapeKind::String:
      // A JSON value where a text is wanted is sent as its text, so that `"Message": {...}` works.
      return parameters.isString() ? parameters : Json(parameters.write());
    default: {
      auto value = readJsonForm(shape, parameters);
      if (!value.ok()) return value.error().message;
      return std::move(value).value();
    }
  }
}

Json writeSdkForm(const Shape& shape, const Json& output) {
  switch (shape.kind) {
    case ShapeKind::Structure: {
      Json result = Json::object();
      for (const Member& member : shape.members) {
        const Json* value = output.find(member.name);
        if (value && !value->isNull()) result.set(sdkName(member.name), writeSdkForm(*member.shape, *value));
      }
      return result;
    }
    case ShapeKind::List: {
      Json result = Json::array();
      if (!output.isArray()) return result;
      for (const Json& item : output.asArray()) result.push(writeSdkForm(*shape.element->shape, item));
      return result;
    }
    case ShapeKind::Map: {
      Json result = Json::object();
      if (!output.isObject()) return result;
      for (const auto& [key, item] : output.asObject()) result.set(key, writeSdkForm(*shape.element->shape, item));
      return result;
    }
    case ShapeKind::Blob:
      if (!output.isString() || base::isUtf8(output.asString())) return output;
      return base::encodeBase64(output.asString());
    case ShapeKind::Timestamp: {
      if (!output.isInt()) return output;
      base::Timestamp time{output.asInt()};
      return time.milliseconds % 1000 == 0 ? base::formatIso8601Seconds(time) : base::formatIso8601Milliseconds(time);
    }
    default:
      return output;
  }
}

}  // namespace thimble::wire::protocols
