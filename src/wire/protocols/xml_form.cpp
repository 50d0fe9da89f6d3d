#include "wire/protocols/xml_form.h"

#include <pugixml.hpp>

#include "base/encoding.h"
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

// "a:Name" without the prefix.
std::string_view localName(std::string_view name) {
  std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string textOf(const pugi::xml_node& element) {
  std::string text;
  for (const pugi::xml_node& child : element.children()) {
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) text += child.value();
  }
  return text;
}

void writeAttributes(std::string& out, const Shape& shape, const Json& value) {
  for (const Member& member : shape.members) {
    if (!member.xml_attribute) continue;
    const Json* item = value.find(member.name);
    if (!item || item->isNull()) continue;
    out += ' ';
    out += member.wireName();
    out += "=\"" + escapeXml(writeScalar(member, *item, TimestampFormat::Iso8601)) + '"';
  }
}

Result<Json> readList(const Member& element, std::string_view name, const pugi::xml_node& parent, Json result) {
  for (const pugi::xml_node& child : parent.children()) {
    if (!isElement(child, name)) continue;
    TRY_ASSIGN(Json value, readXmlForm(*element.shape, child));
    result.push(std::move(value));
  }
  return result;
}

Result<bool> readEntry(const Shape& map, const pugi::xml_node& entry, Json& result) {
  std::string key;
  Json value;
  for (const pugi::xml_node& child : entry.children()) {
    if (isElement(child, map.key->wireName())) {
      key = textOf(child);
    } else if (isElement(child, map.element->wireName())) {
      TRY_ASSIGN(value, readXmlForm(*map.element->shape, child));
    }
  }
  result.set(key, std::move(value));
  return true;
}

Result<Json> readStructure(const Shape& shape, const pugi::xml_node& element) {
  Json result = Json::object();
  for (const Member& member : shape.members) {
    if (member.location != Location::Body) continue;
    if (member.xml_attribute) {
      for (const pugi::xml_attribute& attribute : element.attributes()) {
        if (localName(attribute.name()) == localName(member.wireName())) result.set(member.name, attribute.value());
      }
      continue;
    }
    if (member.flattened && member.shape->kind == ShapeKind::List) {
      const Member& item = *member.shape->element;
      std::string_view name =
          member.location_name.empty() && !item.location_name.empty() ? item.location_name : member.wireName();
      TRY_ASSIGN(Json values, readList(item, name, element, Json::array()));
      if (!values.empty()) result.set(member.name, std::move(values));
      continue;
    }
    if (member.flattened && member.shape->kind == ShapeKind::Map) {
      Json values = Json::object();
      for (const pugi::xml_node& child : element.children()) {
        if (isElement(child, member.wireName())) TRY(readEntry(*member.shape, child, values));
      }
      if (!values.empty()) result.set(member.name, std::move(values));
      continue;
    }
    for (const pugi::xml_node& child : element.children()) {
      if (!isElement(child, member.wireName())) continue;
      TRY_ASSIGN(Json value, readXmlForm(*member.shape, child));
      result.set(member.name, std::move(value));
      break;
    }
  }
  return result;
}

}  // namespace

bool isElement(const pugi::xml_node& node, std::string_view name) {
  return node.type() == pugi::node_element && (node.name() == name || localName(node.name()) == localName(name));
}

base::ApiError malformedXml() {
  return {"MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema",
          400};
}

std::string escapeXml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') {
          constexpr char kDigits[] = "0123456789abcdef";
          out += "&#x";
          if (c >= 0x10) out += '1';
          out += kDigits[c & 15];
          out += ';';
        } else {
          out += c;
        }
    }
  }
  return out;
}

void writeXmlElement(std::string& out, std::string_view name, const Member& member, const Json& value,
                     std::string_view attributes) {
  const Shape& shape = *member.shape;
  auto open = [&] {
    out += '<';
    out += name;
    out += attributes;
    if (!member.xml_namespace.empty()) {
      out += " xmlns";
      if (!member.xml_prefix.empty()) {
        out += ':';
        out += member.xml_prefix;
      }
      out += "=\"" + escapeXml(member.xml_namespace) + '"';
    }
  };
  auto close = [&] {
    out += "</";
    out += name;
    out += '>';
  };
  switch (shape.kind) {
    case ShapeKind::Structure:
      open();
      writeAttributes(out, shape, value);
      out += '>';
      writeXmlMembers(out, shape, value);
      close();
      return;
    case ShapeKind::List: {
      if (!value.isArray()) return;
      const Member& element = *shape.element;
      if (member.flattened) {
        std::string_view item_name =
            member.location_name.empty() && !element.location_name.empty() ? element.location_name : name;
        for (const Json& item : value.asArray()) writeXmlElement(out, item_name, element, item);
        return;
      }
      open();
      out += '>';
      for (const Json& item : value.asArray()) writeXmlElement(out, element.wireName(), element, item);
      close();
      return;
    }
    case ShapeKind::Map: {
      if (!value.isObject()) return;
      if (!member.flattened) {
        open();
        out += '>';
      }
      std::string_view entry = member.flattened ? name : "entry";
      for (const auto& [key, item] : value.asObject()) {
        out += '<';
        out += entry;
        out += '>';
        writeXmlElement(out, shape.key->wireName(), *shape.key, Json(key));
        writeXmlElement(out, shape.element->wireName(), *shape.element, item);
        out += "</";
        out += entry;
        out += '>';
      }
      if (!member.flattened) close();
      return;
    }
    default:
      open();
      out += '>';
      if (!value.isNull()) out += escapeXml(writeScalar(member, value, TimestampFormat::Iso8601));
      close();
  }
}

void writeXmlMembers(std::string& out, const Shape& shape, const Json& value) {
  for (const Member& member : shape.members) {
    if (member.location != Location::Body || member.xml_attribute) continue;
    const Json* item = value.find(member.name);
    if (item && !item->isNull()) writeXmlElement(out, member.wireName(), member, *item);
  }
}

bool parseXml(pugi::xml_document& document, std::string_view text) {
  if (!base::isUtf8(text)) return false;
  constexpr unsigned kOptions =
      pugi::parse_cdata | pugi::parse_escapes | pugi::parse_ws_pcdata_single | pugi::parse_eol | pugi::parse_doctype;
  auto result = document.load_buffer(text.data(), text.size(), kOptions, pugi::encoding_utf8);
  if (result.status != pugi::status_ok || !document.document_element()) return false;
  // No document of ours has a type of its own, and what one could declare is never read.
  for (const pugi::xml_node& node : document.children()) {
    if (node.type() == pugi::node_doctype) return false;
  }
  return true;
}

Result<Json> readXmlForm(const Shape& shape, const pugi::xml_node& element) {
  switch (shape.kind) {
    case ShapeKind::Structure:
      return readStructure(shape, element);
    case ShapeKind::List:
      return readList(*shape.element, shape.element->wireName(), element, Json::array());
    case ShapeKind::Map: {
      Json result = Json::object();
      for (const pugi::xml_node& child : element.children()) {
        if (isElement(child, "entry")) TRY(readEntry(shape, child, result));
      }
      return result;
    }
    default: {
      for (const pugi::xml_node& child : element.children()) {
        if (child.type() == pugi::node_element) return malformedXml();
      }
      auto value = readScalar(shape, textOf(element));
      if (!value) return malformedXml();
      return std::move(*value);
    }
  }
}

}  // namespace thimble::wire::protocols
