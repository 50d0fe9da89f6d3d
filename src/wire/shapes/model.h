// What AWS's published models say about services, operations and shapes, as constant data.
//
// The tables are written at build time by tools/generate_shapes.py for every service that has a folder
// src/services/<name>/ with an operations.json. They describe all operations of the service, not only those that are
// implemented, so that an unimplemented one can be refused by name. Terms are those of the models:
// https://smithy.io/2.0/aws/protocols/index.html
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace thimble::shapes {

enum class Protocol : std::uint8_t { Json10, Json11, Query, RestJson, RestXml, Ec2, RestCbor };

enum class ShapeKind : std::uint8_t {
  Structure,
  List,
  Map,
  String,
  Blob,
  Boolean,
  Integer,
  Long,
  Float,
  Double,
  Timestamp,
  Document,  ///< Any JSON value.
};

/// Where in an HTTP message a member travels.
enum class Location : std::uint8_t { Body, Header, Headers, QueryString, Uri, StatusCode };

/// Default: what the protocol and the location say.
enum class TimestampFormat : std::uint8_t { Default, Iso8601, UnixTimestamp, Rfc822 };

struct Shape;
struct Service;

/// A member of a structure, or the element, key or value of a list or map.
struct Member {
  std::string_view name;                ///< As in the model; "member", "key" or "value" in lists and maps.
  std::string_view location_name = {};  ///< On the wire; empty when the model gives none.
  const Shape* shape = nullptr;
  std::string_view xml_namespace = {};  ///< URI, or empty.
  std::string_view xml_prefix = {};     ///< Prefix of that namespace, or empty.
  Location location = Location::Body;
  TimestampFormat timestamp_format = TimestampFormat::Default;
  bool required = false;
  bool flattened = false;  ///< Here or at the shape.
  bool xml_attribute = false;
  bool idempotency_token = false;
  bool streaming = false;   ///< Here or at the shape.
  bool json_value = false;  ///< A JSON text in base64, in a header.
  bool event_payload = false;

  std::string_view wireName() const { return location_name.empty() ? name : location_name; }
};

struct Shape {
  std::string_view name;
  ShapeKind kind = ShapeKind::Structure;
  std::span<const Member> members = {};                ///< Structures; in the model's order.
  const Member* element = nullptr;                     ///< A list's elements, a map's values.
  const Member* key = nullptr;                         ///< A map's keys.
  std::span<const std::string_view> enumeration = {};  ///< In the model's order.
  std::string_view pattern = {};                       ///< As AWS writes it, for messages; empty when there is none.
  std::string_view pattern_re2 = {};                   ///< The same for RE2: whole values must match.
  std::string_view forbidden_re2 = {};  ///< What whole values must not match, or empty (a lookahead's work).
  std::optional<double> min = {};       ///< Least value, length or count.
  std::optional<double> max = {};
  std::string_view payload = {};  ///< Member that is the whole body, or empty.
  std::string_view location_name = {};
  std::string_view xml_namespace = {};
  TimestampFormat timestamp_format = TimestampFormat::Default;
  bool flattened = false;
  bool event_stream = false;
  bool event = false;
  bool union_type = false;  ///< Exactly one member is set.
  bool sensitive = false;   ///< Never logged.
  bool exception = false;
  std::string_view error_code = {};  ///< Exceptions: the code on the wire.
  std::uint16_t http_status = 0;     ///< Exceptions: HTTP status.

  const Member* findMember(std::string_view member_name) const;
};

struct PassRole {
  std::string_view role;     ///< Template of the role's ARN, for example "{roleArn}".
  std::string_view service;  ///< The service that will assume it.
};

struct ConditionKey {
  std::string_view key;
  std::string_view value;  ///< Template over the input's members.
};

/// How calls of an operation are authorised (the Service Authorization Reference's row). Templates name members of the
/// input, {Region} and {Account} in braces.
struct Authorisation {
  std::string_view action;                           ///< For example "states:StartExecution"; empty: none needed.
  std::span<const std::string_view> resources = {};  ///< Templates; "*" when the action has no resource level.
  std::span<const ConditionKey> condition_keys = {};
  std::span<const PassRole> passes_role = {};
  bool by_handler = false;  ///< Only the handler can find the resource, so it asks itself.
};

struct Pagination {
  std::span<const std::string_view> input_tokens = {};
  std::span<const std::string_view> output_tokens = {};
  std::span<const std::string_view> result_keys = {};
  std::string_view limit_key = {};
};

struct Operation {
  std::string_view name;
  const Service* service = nullptr;
  std::string_view method;                    ///< HTTP method, for example "POST".
  std::string_view uri;                       ///< URI template, for example "/{Bucket}/{Key+}?uploads".
  std::uint16_t response_code = 200;          ///< HTTP status of success.
  const Shape* input = nullptr;               ///< nullptr when it takes nothing.
  const Shape* output = nullptr;              ///< nullptr when it answers nothing.
  std::string_view result_wrapper = {};       ///< Query protocol: element around the result.
  std::string_view output_root = {};          ///< REST-XML: root element of an output without payload member.
  std::string_view input_location_name = {};  ///< REST-XML: root element of an input without payload member.
  std::string_view input_xml_namespace = {};
  std::span<const Shape* const> errors = {};
  std::optional<Pagination> pagination = {};
  std::string_view checksum_algorithm_member = {};  ///< Input member that names the request's checksum algorithm.
  bool checksum_required = false;
  bool unsigned_call = false;     ///< No signature is expected.
  bool unsigned_payload = false;  ///< The body is not part of the signature.
  bool implemented = false;       ///< Listed in operations.json.
  bool validate = true;           ///< The shape's constraints are checked before the handler.
  std::span<const std::string_view> unvalidated_members = {};  ///< Input members whose constraints the handler checks.
  Authorisation authorisation = {};
};

/// How a service words its answers to inputs that break their shape.
struct ValidationStyle {
  std::string_view code = "ValidationException";
  bool hides_values = false;   ///< "Value at 'x'" and no enumeration's values (IAM).
  bool null_elements = false;  ///< A list's constraint ends with ", Member must not be null" (Lambda).
  bool body_prefix = false;    ///< Members of the body are at "createRestApiInput.x" (API Gateway).
};

struct Service {
  std::string_view name;        ///< Folder under src/services/, for example "states".
  std::string_view model;       ///< For example "stepfunctions".
  std::string_view service_id;  ///< For example "SFN".
  std::string_view full_name;   ///< For example "AWS Step Functions".
  std::string_view endpoint_prefix;
  std::string_view signing_name;
  std::string_view target_prefix;  ///< JSON protocols: what comes before ".Operation" in X-Amz-Target.
  std::string_view api_version;
  std::string_view xml_namespace;
  std::string_view error_namespace;  ///< What stands before "#" in __type, or empty: AWS's service answers without it.
  Protocol protocol = Protocol::Json10;
  ValidationStyle validation = {};
  std::span<const Operation> operations = {};  ///< Ascending by name.

  const Operation* findOperation(std::string_view operation_name) const;
};

/// A service of AWS, known by name only.
struct ServiceName {
  std::string_view model;
  std::string_view service_id;
  std::string_view full_name;
  std::string_view endpoint_prefix;
  std::string_view signing_name;
  std::string_view target_prefix;
  Protocol protocol;
};

/// The services that have tables, ascending by name.
std::span<const Service* const> allServices();

/// The service of that folder name, endpoint prefix, signing name, target prefix, model name or service id (the last
/// regardless of case and blanks, so that Step Functions' "sfn" and "cloudwatchlogs" are found); nullptr when none.
const Service* findService(std::string_view name);
/// By what stands before the point in X-Amz-Target.
const Service* findServiceByTargetPrefix(std::string_view target_prefix);

/// Every service of AWS in the pinned models, ascending by model name; those without tables too.
std::span<const ServiceName> allServiceNames();
/// As findService, among all services of AWS.
const ServiceName* findServiceName(std::string_view name);

}  // namespace thimble::shapes
