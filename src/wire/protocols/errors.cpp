// Errors in each protocol's form, and read back out of it. Rules: https://smithy.io/2.0/aws/protocols/index.html; the
// JSON services' "__type" carries a namespace in front of "#" only where operations.json names one.
#include <pugixml.hpp>

#include "base/encoding.h"
#include "wire/protocols/error_form.h"
#include "wire/protocols/json_form.h"
#include "wire/protocols/protocol.h"
#include "wire/protocols/query_error.h"
#include "wire/protocols/xml_form.h"

namespace thimble::wire::protocols {

using base::ApiError;
using base::Json;
using shapes::Member;
using shapes::Operation;
using shapes::Protocol;
using shapes::Service;
using shapes::Shape;

namespace {

const Shape* errorShape(const Operation* operation, std::string_view code) {
  if (!operation) return nullptr;
  for (const Shape* shape : operation->errors) {
    if (shape->error_code == code || shape->name == code) return shape;
  }
  return nullptr;
}

// "message" or "Message", as the error's own shape has it.
std::string messageMember(const Shape* shape) {
  if (shape) {
    for (const Member& member : shape->members) {
      if (http::equalsIgnoringCase(member.name, "message")) return std::string(member.wireName());
    }
  }
  return "message";
}

Json jsonBody(const Shape* shape, const ApiError& error) {
  Json body = Json::object();
  // A message may show a value with a blob in it, which is bytes here.
  body.set(messageMember(shape), base::wellFormedUtf8(error.message));
  if (error.details.isObject()) {
    Json details = shape ? writeJsonForm(*shape, error.details) : error.details;
    for (const auto& [name, value] : error.details.asObject()) {
      if (!details.contains(name) && !(shape && shape->findMember(name))) details.set(name, value);
    }
    for (const auto& [name, value] : details.asObject()) body.set(name, value);
  }
  if (shape && shape->findMember("Type") && !body.contains("Type")) {
    body.set("Type", error.senderFault() ? "User" : "Service");
  }
  return body;
}

/// What stands before an error's code, "#" included. A service's own errors are told apart from those of the frame that
/// AWS's services are built on.
std::string errorNamespace(const Service* service, const Shape* shape, std::string_view code) {
  if (!service || service->error_namespace.empty()) return {};
  if (shape != nullptr) return std::string(service->error_namespace) + "#";
  return code == "ValidationException" ? "com.amazon.coral.validate#" : "com.amazon.coral.service#";
}

// Details as elements; lists as repeated elements.
void appendDetails(std::string& out, const Json& details) {
  if (!details.isObject()) return;
  for (const auto& [name, value] : details.asObject()) {
    if (value.isNull()) continue;
    auto element = [&, &element_name = name](const Json& item) {
      out += "<" + element_name + ">" + escapeXml(item.isString() ? item.asString() : item.write()) + "</" +
             element_name + ">";
    };
    if (value.isArray()) {
      for (const Json& item : value.asArray()) element(item);
    } else {
      element(value);
    }
  }
}

ResponseParts write(Protocol protocol, const Service* service, const Operation* operation, const ApiError& error,
                    std::string_view request_id) {
  ResponseParts response;
  response.status = error.http_status;
  switch (protocol) {
    case Protocol::Query:
    case Protocol::Ec2: {
      response.headers.set("x-amzn-RequestId", request_id);
      response.headers.set("Content-Type", "text/xml");
      std::string_view uri = service ? service->xml_namespace : std::string_view();
      response.body = "<ErrorResponse" + (uri.empty() ? "" : " xmlns=\"" + escapeXml(uri) + "\"") +
                      ">\n  <Error>\n    <Type>" + (error.senderFault() ? "Sender" : "Receiver") +
                      "</Type>\n    <Code>" + escapeXml(error.code) + "</Code>\n    <Message>" +
                      escapeXml(error.message) + "</Message>\n";
      appendDetails(response.body, error.details);
      response.body += "  </Error>\n  <RequestId>" + escapeXml(request_id) + "</RequestId>\n</ErrorResponse>\n";
      break;
    }
    case Protocol::RestXml: {
      std::string host_id = base::encodeBase64(base::sha256(request_id));
      response.headers.set("x-amz-request-id", request_id);
      response.headers.set("x-amz-id-2", host_id);
      if (error.http_status == 304) break;
      response.headers.set("Content-Type", "application/xml");
      if (operation && operation->method == "HEAD") break;
      response.body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + escapeXml(error.code) +
                      "</Code><Message>" + escapeXml(error.message) + "</Message>";
      appendDetails(response.body, error.details);
      response.body += "<RequestId>" + escapeXml(request_id) + "</RequestId><HostId>" + host_id + "</HostId></Error>";
      break;
    }
    case Protocol::RestJson: {
      response.headers.set("x-amzn-RequestId", request_id);
      response.headers.set("Content-Type", "application/json");
      response.headers.set("x-amzn-ErrorType", error.code);
      response.body = jsonBody(errorShape(operation, error.code), error).write();
      break;
    }
    default: {
      response.headers.set("x-amzn-RequestId", request_id);
      response.headers.set("Content-Type",
                           protocol == Protocol::Json11 ? "application/x-amz-json-1.1" : "application/x-amz-json-1.0");
      if (service && service->name == "sqs") {
        response.headers.set("x-amzn-query-error",
                             queryErrorCode(error.code) + (error.senderFault() ? ";Sender" : ";Receiver"));
      }
      Json body = Json::object();
      const Shape* shape = errorShape(operation, error.code);
      body.set("__type", errorNamespace(service, shape, error.code) + error.code);
      const Json members = jsonBody(shape, error);
      for (const auto& [name, value] : members.asObject()) {
        // What no operation of DynamoDB but its frame answers has its message in a member of another name.
        const bool framed = service && service->name == "dynamodb" && !shape && name == "message";
        if (framed && (error.code == "SerializationException" || error.code == "AccessDeniedException")) {
          if (!error.message.empty()) body.set("Message", value);
        } else {
          body.set(name, value);
        }
      }
      response.body = body.write();
    }
  }
  return response;
}

// "com.amazonaws.x#Code:http://…" without what stands around the code.
std::string bareCode(std::string_view text) {
  if (std::size_t hash = text.rfind('#'); hash != std::string_view::npos) text.remove_prefix(hash + 1);
  return std::string(text.substr(0, text.find(':')));
}

ApiError readXmlError(const ResponseParts& response) {
  ApiError error{std::to_string(response.status), "", response.status};
  pugi::xml_document document;
  if (!parseXml(document, response.body)) return error;
  pugi::xml_node node = document.document_element();
  if (pugi::xml_node inner = node.child("Error")) node = inner;
  for (const pugi::xml_node& child : node.children()) {
    std::string name = child.name();
    if (name == "Code") {
      error.code = child.text().get();
    } else if (name == "Message") {
      error.message = child.text().get();
    } else if (!name.empty() && name != "Type" && name != "RequestId" && name != "HostId") {
      error.details.set(name, child.text().get());
    }
  }
  return error;
}

}  // namespace

ResponseParts writeError(const Service& service, const Operation* operation, const ApiError& error,
                         std::string_view request_id, Spoken spoken) {
  if (spoken == Spoken::Query) {
    ApiError old = error;
    old.code = queryErrorCode(error.code);
    old.details = Json::object({{"Detail", ""}});
    return write(Protocol::Query, &service, operation, old, request_id);
  }
  return write(service.protocol, &service, operation, error, request_id);
}

ResponseParts writeError(Protocol protocol, const ApiError& error, std::string_view request_id) {
  return write(protocol, nullptr, nullptr, error, request_id);
}

ApiError readError(const Operation& operation, const ResponseParts& response) {
  Protocol protocol = operation.service->protocol;
  if (protocol == Protocol::Query || protocol == Protocol::Ec2 || protocol == Protocol::RestXml) {
    return readXmlError(response);
  }
  ApiError error{std::to_string(response.status), response.body, response.status};
  auto body = Json::parse(response.body);
  std::string type(response.headers.get("x-amzn-ErrorType"));
  if (body.ok() && body.value().isObject()) {
    for (const auto& [name, value] : body.value().asObject()) {
      if (name == "__type" || name == "code") {
        if (type.empty() && value.isString()) type = value.asString();
      } else if (http::equalsIgnoringCase(name, "message") && value.isString()) {
        error.message = value.asString();
      } else {
        error.details.set(name, value);
      }
    }
  }
  if (!type.empty()) error.code = bareCode(type);
  return error;
}

}  // namespace thimble::wire::protocols
