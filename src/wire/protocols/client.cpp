// The client's side of the protocols.
#include <pugixml.hpp>

#include "base/encoding.h"
#include "wire/protocols/error_form.h"
#include "wire/protocols/json_form.h"
#include "wire/protocols/protocol.h"
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

base::ApiError unreadableAnswer(std::string_view why) {
  return {"UnreadableAnswer", "The service's answer cannot be read: " + std::string(why), 502};
}

bool isRaw(const Member& payload) {
  return payload.shape->kind == ShapeKind::Blob || payload.shape->kind == ShapeKind::String;
}

void writeRestBody(const Operation& operation, const Json& input, OutgoingRequest& request) {
  const Shape& shape = *operation.input;
  bool xml = operation.service->protocol == Protocol::RestXml;
  if (!shape.payload.empty()) {
    const Member& payload = *shape.findMember(shape.payload);
    const Json& value = input[payload.name];
    if (value.isNull()) return;
    if (isRaw(payload)) {
      if (value.isString()) request.body = value.asString();
      return;
    }
    if (xml) {
      writeXmlElement(request.body, payload.wireName(), payload, value);
    } else {
      request.body = writeJsonForm(*payload.shape, value).write();
    }
  } else {
    bool any = false;
    for (const Member& member : shape.members) any = any || member.location == Location::Body;
    if (!any) return;
    if (xml) {
      std::string root(operation.input_location_name.empty() ? shape.name : operation.input_location_name);
      request.body = "<" + root + ">";
      writeXmlMembers(request.body, shape, input);
      request.body += "</" + root + ">";
    } else {
      request.body = writeJsonForm(shape, input).write();
    }
  }
  if (!request.headers.contains("Content-Type")) {
    request.headers.set("Content-Type", xml ? "application/xml" : "application/json");
  }
}

Result<Json> readXmlBody(const Shape& shape, std::string_view wrapper, const std::string& body) {
  if (body.empty()) return Json::object();
  pugi::xml_document document;
  if (!parseXml(document, body)) return unreadableAnswer("it is no XML document");
  pugi::xml_node node = document.document_element();
  if (!wrapper.empty()) node = node.child(std::string(wrapper).c_str());
  if (!node) return Json::object();
  if (shape.members.size() == 1 && shape.members[0].wireName() == node.name() &&
      shape.members[0].shape->kind == ShapeKind::String) {
    Json result = Json::object();
    if (*node.text().get()) result.set(shape.members[0].name, node.text().get());
    return result;
  }
  return readXmlForm(shape, node);
}

Result<Json> readJsonBody(const Shape& shape, const std::string& body) {
  if (body.empty()) return Json::object();
  auto wire = Json::parse(body);
  if (!wire.ok()) return unreadableAnswer(wire.error().message);
  return readJsonForm(shape, wire.value());
}

Result<Json> parseRestResponse(const Operation& operation, const ResponseParts& response) {
  const Shape& shape = *operation.output;
  bool xml = operation.service->protocol == Protocol::RestXml;
  Json output = Json::object();
  if (!shape.payload.empty()) {
    const Member& payload = *shape.findMember(shape.payload);
    if (!payload.streaming && !payload.shape->event_stream && !response.body.empty()) {
      if (isRaw(payload)) {
        output.set(payload.name, response.body);
      } else {
        TRY_ASSIGN(Json value,
                   xml ? readXmlBody(*payload.shape, "", response.body) : readJsonBody(*payload.shape, response.body));
        output.set(payload.name, std::move(value));
      }
    }
  } else {
    TRY_ASSIGN(output, xml ? readXmlBody(shape, "", response.body) : readJsonBody(shape, response.body));
  }
  TRY(readResponseBindings(shape, response, output));
  return output;
}

}  // namespace

OutgoingRequest writeRequest(const Operation& operation, const Json& input) {
  OutgoingRequest request;
  const shapes::Service& service = *operation.service;
  switch (service.protocol) {
    case Protocol::Query:
    case Protocol::Ec2: {
      request.method = "POST";
      request.target = "/";
      request.headers.set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
      request.body = "Action=" + std::string(operation.name) + "&Version=" + std::string(service.api_version);
      if (operation.input) {
        for (const auto& [name, value] : writeQueryForm(*operation.input, input)) {
          request.body += "&" + base::encodePercent(name) + "=" + base::encodePercent(value);
        }
      }
      return request;
    }
    case Protocol::RestJson:
    case Protocol::RestXml:
      writeRequestBindings(operation, input, request);
      if (operation.input) writeRestBody(operation, input, request);
      return request;
    default:
      request.method = "POST";
      request.target = "/";
      request.headers.set("Content-Type", service.protocol == Protocol::Json11 ? "application/x-amz-json-1.1"
                                                                               : "application/x-amz-json-1.0");
      request.headers.set("X-Amz-Target", std::string(service.target_prefix) + "." + std::string(operation.name));
      request.body = operation.input ? writeJsonForm(*operation.input, input).write() : "{}";
      return request;
  }
}

Result<Json> parseResponse(const Operation& operation, const ResponseParts& response) {
  if (response.status >= 300 || response.status < 200) return readError(operation, response);
  if (!operation.output) return Json::object();
  switch (operation.service->protocol) {
    case Protocol::Query:
    case Protocol::Ec2:
      return readXmlBody(*operation.output, operation.result_wrapper, response.body);
    case Protocol::RestJson:
    case Protocol::RestXml:
      return parseRestResponse(operation, response);
    default:
      return readJsonBody(*operation.output, response.body);
  }
}

}  // namespace thimble::wire::protocols
