#include "services/states/integration.h"

#include <cctype>
#include <cstdlib>
#include <map>

#include "lang/asl/expression.h"

namespace thimble::services::states {

using base::Json;
using base::Result;
using lang::asl::Resource;
using lang::asl::WorkflowError;
using lang::asl::writeJson;
using shapes::ShapeKind;

namespace {

/// How the older SDK, behind the optimized integrations, names a service in errors.
struct OptimizedNames {
  std::string_view prefix;     ///< Of the error's name.
  std::string_view service;    ///< In the cause.
  std::string_view exception;  ///< Of an error that the model does not know.
};

OptimizedNames optimizedNames(std::string_view service) {
  static const std::map<std::string_view, OptimizedNames> table = {
      {"lambda", {"Lambda", "AWSLambda", "AWSLambdaException"}},
      {"sns", {"SNS", "AmazonSNS", "AmazonSNSException"}},
      {"sqs", {"SQS", "AmazonSQS", "AmazonSQSException"}},
      {"states", {"StepFunctions", "AWSStepFunctions", "AWSStepFunctionsException"}},
      {"dynamodb", {"DynamoDB", "AmazonDynamoDBv2", "AmazonDynamoDBException"}},
      {"events", {"EventBridge", "AmazonEventBridge", "AmazonEventBridgeException"}},
      {"codebuild", {"CodeBuild", "AWSCodeBuild", "AWSCodeBuildException"}},
  };
  const auto found = table.find(service);
  return found == table.end() ? OptimizedNames{service, service, "Exception"} : found->second;
}

std::string capitalized(std::string_view name) {
  std::string out(name);
  if (!out.empty()) out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
  return out;
}

const shapes::Member* memberOf(const shapes::Shape& shape, std::string_view name) {
  for (const shapes::Member& member : shape.members) {
    if (member.name == name || capitalized(member.name) == name) return &member;
  }
  return nullptr;
}

Result<const shapes::Operation*, WorkflowError> operationOf(const Resource& resource) {
  const std::string service_name = resource.kind == Resource::Kind::Lambda ? "lambda" : resource.service;
  const shapes::Service* service = shapes::findService(service_name);
  const shapes::Operation* operation =
      service != nullptr ? service->findOperation(capitalized(resource.action)) : nullptr;
  if (operation == nullptr) {
    return WorkflowError::runtime("The service integration '" + resource.eventType() + ":" + resource.action +
                                  "' is not implemented by this server.");
  }
  return operation;
}

bool knowsError(const shapes::Operation& operation, std::string_view code) {
  for (const shapes::Shape* error : operation.errors) {
    if (error->name == code || error->error_code == code) return true;
  }
  return false;
}

WorkflowError errorOf(const Resource& resource, const shapes::Operation* operation, const base::ApiError& error,
                      const std::string& request_id) {
  const std::string status = std::to_string(error.http_status);
  const bool modelled = operation != nullptr && knowsError(*operation, error.code);
  std::string name = error.code;
  const std::string_view suffix = "Exception";
  if (name.size() < suffix.size() || name.compare(name.size() - suffix.size(), suffix.size(), suffix) != 0)
    name += suffix;
  WorkflowError out;
  if (resource.kind == Resource::Kind::AwsSdk) {
    const std::string service =
        operation != nullptr ? sdkServiceName(operation->service->service_id) : capitalized(resource.service);
    out.error = service + "." + (modelled ? name : service + "Exception");
    const std::string extended = service == "S3" ? ", Extended Request ID: " + request_id : "";
    out.cause = error.message + " (Service: " + service + ", Status Code: " + status + ", Request ID: " + request_id +
                extended + ")" + " (SDK Attempt Count: 1)";
  } else {
    const OptimizedNames names = optimizedNames(resource.kind == Resource::Kind::Lambda ? "lambda" : resource.service);
    out.error = std::string(names.prefix) + "." + (modelled ? name : std::string(names.exception));
    out.cause = error.message + " (Service: " + std::string(names.service) + "; Status Code: " + status +
                "; Error Code: " + error.code + "; Request ID: " + request_id + "; Proxy: null)";
  }
  return out;
}

/// Lambda's answer: the function's own output or error.
Result<Json, WorkflowError> functionResult(const Resource& resource, const Json& output) {
  const std::string payload = output.stringAt("Payload");
  if (output.contains("FunctionError") && !output["FunctionError"].isNull()) {
    WorkflowError error;
    auto parsed = Json::parse(payload);
    error.error = parsed.ok() ? parsed.value().stringAt("errorType", "Lambda.Unknown") : "Lambda.Unknown";
    // The optimized integration writes the function's error anew; the function's ARN gives it as it came.
    error.cause = resource.kind == Resource::Kind::Optimized && parsed.ok() ? writeJson(parsed.value()) : payload;
    return error;
  }
  if (payload.empty()) return Json();
  auto parsed = Json::parse(payload);
  if (!parsed.ok()) return Json(payload);
  return std::move(parsed).value();
}

/// What the older SDK adds to an answer. Header names are as AWS's services write them.
void addMetadata(Json& output, const std::string& request_id, std::size_t length, base::Timestamp now, bool lambda,
                 std::string_view type) {
  Json headers = Json::object();
  if (lambda) {
    headers.set("X-Amz-Executed-Version", Json(output.stringAt("ExecutedVersion", "$LATEST")));
    headers.set("x-amzn-Remapped-Content-Length", Json("0"));
  }
  headers.set(lambda ? "Connection" : "connection", Json("keep-alive"));
  headers.set("x-amzn-RequestId", Json(request_id));
  headers.set("Content-Length", Json(std::to_string(length)));
  headers.set("Date", Json(base::formatHttpDate(now)));
  if (lambda) headers.set("X-Amzn-Trace-Id", Json("root=1-" + request_id.substr(0, 8) + ";sampled=0"));
  headers.set("Content-Type", Json(type));
  Json all = Json::object();
  for (const auto& [name, value] : headers.asObject()) all.set(name, Json::array({value}));
  output.set("SdkHttpMetadata",
             Json::object({{"AllHttpHeaders", all}, {"HttpHeaders", headers}, {"HttpStatusCode", Json(200)}}));
  output.set("SdkResponseMetadata", Json::object({{"RequestId", Json(request_id)}}));
}

std::string_view contentType(const shapes::Service& service) {
  switch (service.protocol) {
    case shapes::Protocol::Json10:
      return "application/x-amz-json-1.0";
    case shapes::Protocol::Json11:
      return "application/x-amz-json-1.1";
    case shapes::Protocol::Query:
    case shapes::Protocol::Ec2:
      return "text/xml";
    case shapes::Protocol::RestXml:
      return "application/xml";
    default:
      return "application/json";
  }
}

}  // namespace

std::string sdkServiceName(std::string_view service_id) {
  std::string out;
  for (std::size_t i = 0; i < service_id.size(); ++i) {
    const auto upper = [&](std::size_t at) {
      return at < service_id.size() && std::isupper(static_cast<unsigned char>(service_id[at]));
    };
    const char c = service_id[i];
    if (c == ' ' || c == '-') continue;
    // Of several capitals in a row only the first stays one, and the last when a small letter follows.
    const bool inner = i > 0 && upper(i) && upper(i - 1);
    const bool begins_word =
        inner && i + 1 < service_id.size() && std::islower(static_cast<unsigned char>(service_id[i + 1]));
    const bool first = i == 0 || service_id[i - 1] == ' ';
    out += static_cast<char>(first                   ? std::toupper(static_cast<unsigned char>(c))
                             : inner && !begins_word ? std::tolower(static_cast<unsigned char>(c))
                                                     : c);
  }
  return out;
}

Json fromSdk(const shapes::Shape& shape, const Json& value, std::string& problem) {
  if (value.isNull()) return value;
  switch (shape.kind) {
    case ShapeKind::Structure: {
      if (!value.isObject()) {
        problem = "The value of the field '" + std::string(shape.name) + "' has an invalid format";
        return {};
      }
      Json out = Json::object();
      for (const auto& [name, inner] : value.asObject()) {
        const shapes::Member* member = memberOf(shape, name);
        if (member == nullptr) {
          problem = "The field \"" + name + "\" is not supported by Step Functions";
          return {};
        }
        Json converted = fromSdk(*member->shape, inner, problem);
        if (!problem.empty()) {
          if (problem.find("has an invalid format") != std::string::npos)
            problem = "The value of the field '" + name + "' has an invalid format";
          return {};
        }
        if (!converted.isNull()) out.set(member->name, std::move(converted));
      }
      return out;
    }
    case ShapeKind::List: {
      if (!value.isArray()) break;
      Json out = Json::array();
      for (const Json& item : value.asArray()) out.push(fromSdk(*shape.element->shape, item, problem));
      return out;
    }
    case ShapeKind::Map: {
      if (!value.isObject()) break;
      Json out = Json::object();
      for (const auto& [name, item] : value.asObject()) out.set(name, fromSdk(*shape.element->shape, item, problem));
      return out;
    }
    case ShapeKind::String:
    case ShapeKind::Blob:
      return value.isString() ? value : Json(writeJson(value));
    case ShapeKind::Boolean:
      if (value.isBool()) return value;
      if (value == Json("true") || value == Json("false")) return Json(value == Json("true"));
      break;
    case ShapeKind::Integer:
    case ShapeKind::Long:
      if (value.isInt()) return value;
      if (value.isString()) {
        char* end = nullptr;
        const long long number = std::strtoll(value.asString().c_str(), &end, 10);
        if (!value.asString().empty() && *end == '\0') return Json(number);
      }
      break;
    case ShapeKind::Float:
    case ShapeKind::Double:
      if (value.isNumber()) return Json(value.asDouble());
      break;
    case ShapeKind::Timestamp:
      if (value.isNumber()) return Json(static_cast<std::int64_t>(value.asDouble() * 1000));
      if (value.isString()) {
        if (const auto time = base::parseIso8601(value.asString())) return Json(time->milliseconds);
      }
      break;
    case ShapeKind::Document:
      return value;
  }
  problem = "The value of the field '" + std::string(shape.name) + "' has an invalid format";
  return {};
}

Json toSdk(const shapes::Shape& shape, const Json& value) {
  switch (shape.kind) {
    case ShapeKind::Structure: {
      Json out = Json::object();
      if (!value.isObject()) return out;
      for (const shapes::Member& member : shape.members) {
        const Json* inner = value.find(member.name);
        if (inner != nullptr && !inner->isNull()) out.set(capitalized(member.name), toSdk(*member.shape, *inner));
      }
      return out;
    }
    case ShapeKind::List: {
      Json out = Json::array();
      if (value.isArray()) {
        for (const Json& item : value.asArray()) out.push(toSdk(*shape.element->shape, item));
      }
      return out;
    }
    case ShapeKind::Map: {
      Json out = Json::object();
      if (value.isObject()) {
        for (const auto& [name, item] : value.asObject()) out.set(name, toSdk(*shape.element->shape, item));
      }
      return out;
    }
    case ShapeKind::Timestamp:
      if (value.isInt()) {
        return Json(value.asInt() % 1000 == 0 ? base::formatIso8601Seconds({value.asInt()})
                                              : base::formatIso8601Milliseconds({value.asInt()}));
      }
      return value;
    default:
      return value;
  }
}

Result<dispatch::Call, WorkflowError> callOf(const Resource& resource, const Json& parameters) {
  dispatch::Call call;
  if (resource.kind == Resource::Kind::Lambda) {
    call.service = "lambda";
    call.operation = "Invoke";
    call.input = Json::object({{"FunctionName", Json(resource.arn)}, {"Payload", Json(writeJson(parameters))}});
    return call;
  }
  TRY_ASSIGN(const shapes::Operation* operation, operationOf(resource));
  call.service = std::string(operation->service->name);
  call.operation = std::string(operation->name);
  if (operation->input == nullptr) {
    call.input = Json::object();
    return call;
  }
  Json given = parameters.isObject() ? parameters : Json::object();
  if (resource.kind == Resource::Kind::Optimized && resource.service == "lambda") {
    // The payload is any JSON value; its text is what the function gets.
    if (const Json* payload = given.find("Payload")) given.set("Payload", Json(writeJson(*payload)));
  }
  if (resource.kind == Resource::Kind::Optimized && resource.service == "states") {
    if (given["Input"].isNull()) given.erase("Input");
  }
  std::string problem;
  call.input = fromSdk(*operation->input, given, problem);
  if (!problem.empty()) {
    return WorkflowError::runtime("The Parameters '" + writeJson(parameters) +
                                  "' could not be used to start the Task: [" + problem + "]");
  }
  return call;
}

Result<Json, WorkflowError> resultOf(const Resource& resource, const dispatch::CallOutcome& outcome,
                                     const std::string& request_id, base::Timestamp now) {
  const auto found = operationOf(resource);
  const shapes::Operation* operation = found.ok() ? found.value() : nullptr;
  if (!outcome.ok()) return errorOf(resource, operation, outcome.error(), request_id);
  const Json& model = outcome.value().output;
  if (resource.kind == Resource::Kind::Lambda) return functionResult(resource, model);
  Json output =
      operation != nullptr && operation->output != nullptr ? toSdk(*operation->output, model) : Json::object();
  if (resource.kind == Resource::Kind::AwsSdk) return output;
  std::size_t length = writeJson(model).size();
  if (resource.service == "lambda") {
    length = model.stringAt("Payload").size();
    TRY_ASSIGN(Json payload, functionResult(resource, model));
    output.set("Payload", std::move(payload));
  }
  if (resource.service == "events" && model["FailedEntryCount"].isInt() && model["FailedEntryCount"].asInt() > 0) {
    return WorkflowError{"EventBridge.FailedEntry", writeJson(output)};
  }
  addMetadata(output, request_id, length, now, resource.service == "lambda", contentType(*operation->service));
  return output;
}

}  // namespace thimble::services::states
