// Model values to and from XML, for REST-XML bodies and the Query protocol's answers.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "wire/shapes/model.h"

namespace pugi {
class xml_node;
class xml_document;
}  // namespace pugi

namespace thimble::wire::protocols {

/// Text with markup and characters that XML cannot hold escaped, as AWS's services do.
std::string escapeXml(std::string_view text);

/// Appends <name>value</name>; `attributes` (with a leading blank) go into the first tag.
void writeXmlElement(std::string& out, std::string_view name, const shapes::Member& member, const base::Json& value,
                     std::string_view attributes = {});
/// Appends the members of a structure that travel in the body.
void writeXmlMembers(std::string& out, const shapes::Shape& shape, const base::Json& value);

/// Is it an element of that name? Prefixes do not count: documents may name namespaces as they like.
bool isElement(const pugi::xml_node& node, std::string_view name);
/// Reads a document; false when it is not well-formed UTF-8.
bool parseXml(pugi::xml_document& document, std::string_view text);
/// The model value of an element's contents. Elements that the shape does not know are left out.
base::Result<base::Json> readXmlForm(const shapes::Shape& shape, const pugi::xml_node& element);

/// MalformedXML, in S3's words.
base::ApiError malformedXml();

}  // namespace thimble::wire::protocols
