#include "wire/protocols/protocol.h"

#include <pugixml.hpp>

#include "base/encoding.h"
#include "wire/protocols/json_form.h"
#include "wire/protocols/query_compatible.h"
#include "wire/protocols/query_form.h"
#include "wire/protocols/rest_bindings.h"
#include "wire/protocols/xml_form.h"

namespace thimble::wire::protocols {

using base::Json;
using base::Result;
using shapes::Location;
using shapes::Member;
using shapes::Operation;
using shapes::Protocol;
using shapes::Shape;
using shapes::ShapeKind;

namespace {

bool isBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool hasBodyMembers(const Shape& shape) {
  for (const Member& member : shape.members) {
    if (member.location == Location::Body) return true;
  }
  return false;
}

Result<Json> parseJsonBody(const Operation& operation, std::string_view body) {
  if (body.empty() && operation.service->name == "dynamodb") return serializationError("");
  if (isBlank(body)) return Json::object();
  auto parsed = Json::parse(body);
  if (parsed.ok()) return std::move(parsed).value();
  if (operation.service->name == "lambda") {
    return base::ApiError{"InvalidRequestContentException",
                          "Could not parse request body into json: " + parsed.error().message, 400};
  }
  if (operation.service->name == "dynamodb") return serializationError("");
  return serializationError("Unexpected token at byte " + std::to_string(parsed.error().offset) + ": " +
                            parsed.error().message);
}

Result<Json> parseJsonRequest(const Operation& operation, const RequestParts& request) {
  TRY_ASSIGN(Json wire, parseJsonBody(operation, request.body));
  if (!operation.input) return Json::object();
  return readJsonForm(*operation.input, wire,
                      operation.service->name == "dynamodb" ? MismatchWords::DynamoDb : MismatchWords::Usual);
}

Result<Json> parseQueryRequest(const Operation& operation, const RequestParts& request, bool compatible) {
  if (!operation.input) return Json::object();
  Parameters parameters = request.query;
  Parameters form = parseParameters(request.body);
  parameters.insert(parameters.end(), std::make_move_iterator(form.begin()), std::make_move_iterator(form.end()));
  return readQueryForm(*operation.input, parameters, compatible);
}

// S3 checks documents against its schema: what it requires must be there.
bool hasRequired(const Shape& shape, const Json& value) {
  if (shape.kind == ShapeKind::Structure) {
    for (const Member& member : shape.members) {
      const Json& item = value[member.name];
      // An absent list and an empty one are the same document where its elements stand without a parent; a set of tags
      // may be left out as well.
      const bool bare = member.shape->kind == ShapeKind::List && (member.flattened || member.name == "TagSet");
      if (item.isNull() && member.required && !bare) return false;
      if (!item.isNull() && !hasRequired(*member.shape, item)) return false;
    }
  } else if (shape.kind == ShapeKind::List && value.isArray()) {
    for (const Json& item : value.asArray()) {
      if (!hasRequired(*shape.element->shape, item)) return false;
    }
  }
  return true;
}

// The payload member is the whole body: bytes, text, or a document of its own.
Result<Json> parsePayload(const Operation& operation, const Member& payload, const std::string& body) {
  if (body.empty()) {
    const bool document = payload.shape->kind == ShapeKind::Structure;
    if (document && payload.required && operation.service->protocol == Protocol::RestXml) {
      return base::ApiError{"MissingRequestBodyError", "Request Body is empty", 400};
    }
    return Json();
  }
  switch (payload.shape->kind) {
    case ShapeKind::Blob:
    case ShapeKind::String:
      return Json(body);
    default:
      break;
  }
  if (operation.service->protocol == Protocol::RestXml) {
    pugi::xml_document document;
    if (!parseXml(document, body) || !isElement(document.document_element(), payload.wireName())) return malformedXml();
    TRY_ASSIGN(Json value, readXmlForm(*payload.shape, document.document_element()));
    if (!hasRequired(*payload.shape, value)) return malformedXml();
    return value;
  }
  TRY_ASSIGN(Json wire, parseJsonBody(operation, body));
  return readJsonForm(*payload.shape, wire);
}

Result<Json> parseRestRequest(const Operation& operation, const RequestParts& request) {
  Json input = Json::object();
  if (!operation.input) return input;
  const Shape& shape = *operation.input;
  if (!shape.payload.empty()) {
    const Member& payload = *shape.findMember(shape.payload);
    if (!payload.streaming && !payload.shape->event_stream) {
      TRY_ASSIGN(Json value, parsePayload(operation, payload, request.body));
      if (!value.isNull()) input.set(payload.name, std::move(value));
    }
  } else if (hasBodyMembers(shape)) {
    if (operation.service->protocol == Protocol::RestXml) {
      pugi::xml_document document;
      if (!isBlank(request.body)) {
        if (!parseXml(document, request.body)) return malformedXml();
        TRY_ASSIGN(input, readXmlForm(shape, document.document_element()));
      }
    } else {
      TRY_ASSIGN(Json wire, parseJsonBody(operation, request.body));
      TRY_ASSIGN(input, readJsonForm(shape, wire));
    }
  }
  TRY(readRequestBindings(operation, request, input));
  return input;
}

constexpr std::string_view kXmlHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

std::string xmlNamespaceAttribute(std::string_view uri) {
  return uri.empty() ? std::string() : " xmlns=\"" + escapeXml(uri) + "\"";
}

void writeRestXmlBody(const Operation& operation, const Json& output, ResponseParts& response) {
  const Shape& shape = *operation.output;
  std::string attribute =
      xmlNamespaceAttribute(operation.service->xml_namespace.empty() ? "http://s3.amazonaws.com/doc/2006-03-01/"
                                                                     : operation.service->xml_namespace);
  response.headers.set("Content-Type", "application/xml");
  response.body = kXmlHead;
  if (!operation.output_root.empty() && shape.members.size() == 1 &&
      shape.members[0].wireName() == operation.output_root && shape.members[0].shape->kind == ShapeKind::String) {
    // The one member is the root element's text (S3's GetBucketLocation).
    const Json& value = output[shape.members[0].name];
    Member root = shape.members[0];
    writeXmlElement(response.body, operation.output_root, root, value, attribute);
    return;
  }
  std::string_view root = operation.output_root.empty() ? operation.output->name : operation.output_root;
  response.body += "<" + std::string(root) + attribute + ">";
  writeXmlMembers(response.body, shape, output);
  response.body += "</" + std::string(root) + ">";
}

void writePayload(const Operation& operation, const Member& payload, const Json& value, ResponseParts& response) {
  if (payload.shape->event_stream) return;  // Sent by the operation itself.
  if (payload.streaming || payload.shape->kind == ShapeKind::Blob || payload.shape->kind == ShapeKind::String) {
    if (value.isString()) response.body = value.asString();
    if (!response.headers.contains("Content-Type")) {
      response.headers.set("Content-Type", operation.service->protocol == Protocol::RestXml ? "binary/octet-stream"
                                                                                            : "application/json");
    }
    return;
  }
  if (operation.service->protocol == Protocol::RestXml) {
    response.headers.set("Content-Type", "application/xml");
    if (value.isNull()) return;
    response.body = kXmlHead;
    std::string attribute;
    if (payload.xml_namespace.empty()) attribute = xmlNamespaceAttribute("http://s3.amazonaws.com/doc/2006-03-01/");
    writeXmlElement(response.body, payload.wireName(), payload, value, attribute);
    return;
  }
  response.headers.set("Content-Type", "application/json");
  response.body = writeJsonForm(*payload.shape, value.isNull() ? Json::object() : value).write();
}

void writeRestResponse(const Operation& operation, const Json& output, ResponseParts& response) {
  if (!operation.output) return;
  const Shape& shape = *operation.output;
  writeResponseBindings(shape, output, response);
  if (!shape.payload.empty()) {
    const Member& payload = *shape.findMember(shape.payload);
    writePayload(operation, payload, output[payload.name], response);
  } else if (hasBodyMembers(shape)) {
    if (operation.service->protocol == Protocol::RestXml) {
      writeRestXmlBody(operation, output, response);
    } else {
      response.headers.set("Content-Type", "application/json");
      if (response.status != 204) response.body = writeJsonForm(shape, output).write();
    }
  }
}

void writeQueryResponse(const Operation& operation, const Json& output, std::string_view request_id, Spoken spoken,
                        ResponseParts& response) {
  const bool compatible = spoken == Spoken::Query;
  std::string name(operation.name);
  std::string& out = response.body;
  response.headers.set("Content-Type", "text/xml");
  out = "<" + name + "Response" +
        xmlNamespaceAttribute(compatible ? kCompatibleNamespace : operation.service->xml_namespace) + ">\n";
  if (operation.output) {
    std::string wrapper = compatible ? name + "Result" : std::string(operation.result_wrapper);
    if (!wrapper.empty()) out += "  <" + wrapper + ">";
    if (compatible) {
      writeCompatibleMembers(out, *operation.output, output);
    } else {
      writeXmlMembers(out, *operation.output, output);
    }
    if (!wrapper.empty()) out += "</" + wrapper + ">\n";
  }
  out += "  <ResponseMetadata>\n    <RequestId>" + escapeXml(request_id) + "</RequestId>\n  </ResponseMetadata>\n";
  out += "</" + name + "Response>\n";
}

}  // namespace

const Member* streamedInput(const Operation& operation) {
  if (!operation.input || operation.input->payload.empty()) return nullptr;
  const Member* payload = operation.input->findMember(operation.input->payload);
  return payload && payload->streaming ? payload : nullptr;
}

const Member* streamedOutput(const Operation& operation) {
  if (!operation.output || operation.output->payload.empty()) return nullptr;
  const Member* payload = operation.output->findMember(operation.output->payload);
  return payload && payload->streaming ? payload : nullptr;
}

Parameters parseParameters(std::string_view text) {
  Parameters result;
  auto decoded = [](std::string_view part) {
    auto value = base::decodePercent(part, true);
    return value ? std::move(*value) : std::string(part);
  };
  while (!text.empty()) {
    std::size_t end = text.find('&');
    std::string_view pair = text.substr(0, end);
    if (!pair.empty()) {
      std::size_t equals = pair.find('=');
      result.emplace_back(decoded(pair.substr(0, equals)),
                          equals == std::string_view::npos ? std::string() : decoded(pair.substr(equals + 1)));
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return result;
}

bool speaksQueryToo(const shapes::Service& service) {
  return service.name == "sqs";
}

Result<Json> parseRequest(const Operation& operation, const RequestParts& request, Spoken spoken) {
  if (spoken == Spoken::Query) return parseQueryRequest(operation, request, true);
  switch (operation.service->protocol) {
    case Protocol::Query:
    case Protocol::Ec2:
      return parseQueryRequest(operation, request, false);
    case Protocol::RestJson:
    case Protocol::RestXml:
      return parseRestRequest(operation, request);
    default:
      return parseJsonRequest(operation, request);
  }
}

ResponseParts writeResponse(const Operation& operation, const Json& output, std::string_view request_id,
                            int http_status, Spoken spoken) {
  ResponseParts response;
  response.status = http_status ? http_status : operation.response_code;
  switch (spoken == Spoken::Query ? Protocol::Query : operation.service->protocol) {
    case Protocol::Query:
    case Protocol::Ec2:
      response.headers.set("x-amzn-RequestId", request_id);
      writeQueryResponse(operation, output, request_id, spoken, response);
      break;
    case Protocol::RestXml:
      response.headers.set("x-amz-request-id", request_id);
      response.headers.set("x-amz-id-2", base::encodeBase64(base::sha256(request_id)));
      writeRestResponse(operation, output, response);
      break;
    case Protocol::RestJson:
      response.headers.set("x-amzn-RequestId", request_id);
      writeRestResponse(operation, output, response);
      break;
    default: {
      bool old = operation.service->protocol == Protocol::Json10;
      response.headers.reserve(4);
      response.headers.set("x-amzn-RequestId", request_id);
      response.headers.set("Content-Type", old ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1");
      // What has no output is answered by nothing, not by an empty object.
      if (operation.output) response.body = writeJsonForm(*operation.output, output).write();
    }
  }
  return response;
}

}  // namespace thimble::wire::protocols
