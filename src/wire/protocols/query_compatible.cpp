#include "wire/protocols/query_compatible.h"

#include "wire/protocols/scalar_text.h"
#include "wire/protocols/xml_form.h"

namespace thimble::wire::protocols {

using base::Json;
using shapes::Member;
using shapes::Shape;
using shapes::ShapeKind;
using shapes::TimestampFormat;

namespace {

void writeMember(std::string& out, const Member& member, std::string_view name, const Json& value) {
  const Shape& shape = *member.shape;
  const std::string open = "<" + std::string(name) + ">";
  const std::string close = "</" + std::string(name) + ">";
  switch (shape.kind) {
    case ShapeKind::Structure:
      out += open;
      writeCompatibleMembers(out, shape, value);
      out += close;
      return;
    case ShapeKind::List:
      if (!value.isArray()) return;
      for (const Json& item : value.asArray()) writeMember(out, *shape.element, name, item);
      return;
    case ShapeKind::Map:
      if (!value.isObject()) return;
      for (const auto& [key, item] : value.asObject()) {
        out += open;
        writeMember(out, *shape.key, compatibleKey(shape), Json(key));
        writeMember(out, *shape.element, kCompatibleValue, item);
        out += close;
      }
      return;
    default:
      out += open + escapeXml(writeScalar(member, value, TimestampFormat::Iso8601)) + close;
  }
}

}  // namespace

std::string_view compatibleName(const Member& member) {
  const std::string_view shape = member.shape->name;
  if (member.shape->kind == ShapeKind::Map) {
    if (shape == "TagMap") return "Tag";
    if (shape == "MessageBodyAttributeMap") return "MessageAttribute";
    if (shape == "MessageBodySystemAttributeMap") return "MessageSystemAttribute";
    return "Attribute";
  }
  if (member.shape->kind == ShapeKind::List) {
    if (shape == "StringList") return "StringListValue";
    if (shape == "BinaryList") return "BinaryListValue";
    if (shape == "MessageSystemAttributeList") return "MessageSystemAttributeName";
    return shape.substr(0, shape.size() - std::string_view("List").size());
  }
  return member.wireName();
}

std::string_view compatibleKey(const Shape& map) {
  return map.name == "TagMap" ? "Key" : "Name";
}

void writeCompatibleMembers(std::string& out, const Shape& shape, const Json& value) {
  for (const Member& member : shape.members) {
    const Json* item = value.find(member.name);
    if (item != nullptr && !item->isNull()) writeMember(out, member, compatibleName(member), *item);
  }
}

}  // namespace thimble::wire::protocols
