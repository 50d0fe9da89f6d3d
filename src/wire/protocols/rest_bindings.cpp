#include "wire/protocols/rest_bindings.h"

#include <map>

#include "base/encoding.h"
#include "wire/protocols/json_form.h"
#include "wire/protocols/scalar_text.h"

namespace thimble::wire::protocols {

using base::Json;
using base::Result;
using shapes::Location;
using shapes::Member;
using shapes::Operation;
using shapes::Shape;
using shapes::ShapeKind;
using shapes::TimestampFormat;

namespace {

constexpr std::size_t npos = std::string_view::npos;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

base::ApiError unreadable(const Operation& operation, const Member& member, std::string_view value) {
  std::string name(member.wireName());
  if (operation.service->protocol == shapes::Protocol::RestXml) {
    return {"InvalidArgument", "Provided " + name + " not an integer or within integer range", 400,
            Json::object({{"ArgumentName", name}, {"ArgumentValue", std::string(value)}})};
  }
  return serializationError("STRING_VALUE can not be converted to " +
                            std::string(member.shape->kind == ShapeKind::Boolean ? "a Boolean" : "an Integer"));
}

// One text of a header, label or query parameter. A date that cannot be read counts as absent (RFC 9110, 13.1.3).
Result<Json> readText(const Operation& operation, const Member& member, const Member& scalar, std::string_view text) {
  if (scalar.json_value || member.json_value) {
    auto bytes = base::decodeBase64(text);
    return bytes ? Json(std::move(*bytes)) : Json(text);
  }
  auto value = readScalar(*scalar.shape, text);
  if (value) return std::move(*value);
  if (scalar.shape->kind == ShapeKind::Timestamp) return Json();
  return unreadable(operation, member, text);
}

Result<Json> readHeader(const Operation& operation, const Member& member, const http::Headers& headers) {
  const std::string* text = headers.find(member.wireName());
  if (!text) return Json();
  if (member.shape->kind != ShapeKind::List) return readText(operation, member, member, *text);
  Json list = Json::array();
  for (const http::Header& field : headers) {
    if (!http::equalsIgnoringCase(field.name, member.wireName())) continue;
    std::string_view rest = field.value;
    while (true) {
      std::size_t comma = rest.find(',');
      std::string_view item = trimmed(rest.substr(0, comma));
      if (!item.empty()) {
        TRY_ASSIGN(Json value, readText(operation, member, *member.shape->element, item));
        list.push(std::move(value));
      }
      if (comma == npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return list;
}

Json readPrefixedHeaders(const Member& member, const http::Headers& headers) {
  Json map = Json::object();
  std::string prefix = http::toLower(member.wireName());
  for (const http::Header& field : headers) {
    std::string name = http::toLower(field.name);
    if (name.size() <= prefix.size() || name.compare(0, prefix.size(), prefix) != 0) continue;
    std::string key = name.substr(prefix.size());
    const Json* before = map.find(key);
    map.set(key, before ? before->asString() + "," + field.value : field.value);
  }
  return map.empty() ? Json() : map;
}

const std::string* findParameter(const Parameters& parameters, std::string_view name) {
  for (const auto& [key, value] : parameters) {
    if (key == name) return &value;
  }
  return nullptr;
}

// A map takes all parameters that no other member takes.
Json readQueryMap(const Operation& operation, const Member& member, const Parameters& query) {
  Json map = Json::object();
  bool lists = member.shape->element->shape->kind == ShapeKind::List;
  std::size_t mark = operation.uri.find('?');
  Parameters fixed = parseParameters(mark == npos ? std::string_view() : operation.uri.substr(mark + 1));
  for (const auto& [key, value] : query) {
    bool taken = findParameter(fixed, key) != nullptr;
    for (const Member& other : operation.input->members) {
      taken = taken || (other.location == Location::QueryString && other.shape->kind != ShapeKind::Map &&
                        other.wireName() == key);
    }
    if (taken) continue;
    if (lists) {
      Json list = map[key];
      list.push(value);
      map.set(key, std::move(list));
    } else {
      map.set(key, value);
    }
  }
  return map.empty() ? Json() : map;
}

Result<Json> readQuery(const Operation& operation, const Member& member, const Parameters& query) {
  if (member.shape->kind == ShapeKind::Map) return readQueryMap(operation, member, query);
  if (member.shape->kind == ShapeKind::List) {
    Json list = Json::array();
    for (const auto& [key, value] : query) {
      if (key != member.wireName()) continue;
      TRY_ASSIGN(Json item, readText(operation, member, *member.shape->element, value));
      list.push(std::move(item));
    }
    return list.empty() ? Json() : list;
  }
  const std::string* text = findParameter(query, member.wireName());
  if (!text) return Json();
  if (text->empty() && member.shape->kind != ShapeKind::String) return Json();
  return readText(operation, member, member, *text);
}

std::string headerText(const Member& member, const Json& value) {
  if (member.shape->kind != ShapeKind::List) return writeScalar(member, value, TimestampFormat::Rfc822);
  std::string text;
  if (!value.isArray()) return text;
  for (const Json& item : value.asArray()) {
    if (!text.empty()) text += ",";
    text += writeScalar(*member.shape->element, item, TimestampFormat::Rfc822);
  }
  return text;
}

// Header fields are lines: what could end one is left out.
std::string oneLine(std::string text) {
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  return text;
}

void writeHeaderMember(const Member& member, const Json& value, http::Headers& headers) {
  if (member.location == Location::Header) {
    headers.add(member.wireName(), oneLine(headerText(member, value)));
  } else if (member.location == Location::Headers && value.isObject()) {
    for (const auto& [key, item] : value.asObject()) {
      if (item.isString()) headers.add(oneLine(std::string(member.wireName()) + key), oneLine(item.asString()));
    }
  }
}

std::string expandPath(std::string_view path, const Operation& operation, const Json& input) {
  std::string out;
  while (!path.empty()) {
    std::size_t open = path.find('{');
    std::size_t close = path.find('}');
    if (open == npos || close == npos || close < open) break;
    out += path.substr(0, open);
    std::string_view label = path.substr(open + 1, close - open - 1);
    bool greedy = !label.empty() && label.back() == '+';
    if (greedy) label.remove_suffix(1);
    for (const Member& member : operation.input->members) {
      if (member.location != Location::Uri || member.wireName() != label) continue;
      out += base::encodePercent(writeScalar(member, input[member.name], TimestampFormat::Iso8601), greedy);
    }
    path.remove_prefix(close + 1);
  }
  return out += path;
}

}  // namespace

Result<void> readRequestBindings(const Operation& operation, const RequestParts& request, Json& input) {
  for (const Member& member : operation.input->members) {
    Json value;
    switch (member.location) {
      case Location::Body:
      case Location::StatusCode:
        continue;
      case Location::Uri:
        if (const std::string* text = findParameter(request.path, member.wireName())) {
          TRY_ASSIGN(value, readText(operation, member, member, *text));
        }
        break;
      case Location::QueryString: {
        TRY_ASSIGN(value, readQuery(operation, member, request.query));
        break;
      }
      case Location::Header: {
        TRY_ASSIGN(value, readHeader(operation, member, request.headers));
        break;
      }
      case Location::Headers:
        value = readPrefixedHeaders(member, request.headers);
        break;
    }
    if (!value.isNull()) input.set(member.name, std::move(value));
  }
  return {};
}

void writeRequestBindings(const Operation& operation, const Json& input, OutgoingRequest& request) {
  request.method = operation.method;
  std::size_t mark = operation.uri.find('?');
  request.target = operation.input ? expandPath(operation.uri.substr(0, mark), operation, input)
                                   : std::string(operation.uri.substr(0, mark));
  std::string query(mark == npos ? std::string_view() : operation.uri.substr(mark + 1));
  auto addQuery = [&](std::string_view name, const std::string& value) {
    if (!query.empty()) query += '&';
    query += base::encodePercent(name) + "=" + base::encodePercent(value);
  };
  if (operation.input) {
    for (const Member& member : operation.input->members) {
      const Json& value = input[member.name];
      if (value.isNull()) continue;
      writeHeaderMember(member, value, request.headers);
      if (member.location != Location::QueryString) continue;
      if (value.isArray()) {
        for (const Json& item : value.asArray()) {
          addQuery(member.wireName(), writeScalar(*member.shape->element, item, TimestampFormat::Iso8601));
        }
      } else if (value.isObject()) {
        for (const auto& [key, item] : value.asObject()) {
          if (item.isString()) addQuery(key, item.asString());
          if (!item.isArray()) continue;
          for (const Json& each : item.asArray()) addQuery(key, each.isString() ? each.asString() : each.write());
        }
      } else {
        addQuery(member.wireName(), writeScalar(member, value, TimestampFormat::Iso8601));
      }
    }
  }
  if (!query.empty()) request.target += "?" + query;
}

void writeResponseBindings(const Shape& output_shape, const Json& output, ResponseParts& response) {
  for (const Member& member : output_shape.members) {
    const Json& value = output[member.name];
    if (value.isNull()) continue;
    if (member.location == Location::StatusCode && value.isInt()) {
      if (value.asInt() >= 100 && value.asInt() <= 599) response.status = static_cast<int>(value.asInt());
    } else {
      writeHeaderMember(member, value, response.headers);
    }
  }
}

Result<void> readResponseBindings(const Shape& output_shape, const ResponseParts& response, Json& output) {
  static constexpr shapes::Service kAnswering = {};
  static constexpr Operation kReading = {.service = &kAnswering};
  for (const Member& member : output_shape.members) {
    Json value;
    if (member.location == Location::StatusCode) {
      value = response.status;
    } else if (member.location == Location::Header) {
      TRY_ASSIGN(value, readHeader(kReading, member, response.headers));
    } else if (member.location == Location::Headers) {
      value = readPrefixedHeaders(member, response.headers);
    }
    if (!value.isNull()) output.set(member.name, std::move(value));
  }
  return {};
}

}  // namespace thimble::wire::protocols
