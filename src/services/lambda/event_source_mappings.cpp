// CreateEventSourceMapping, GetEventSourceMapping, ListEventSourceMappings, UpdateEventSourceMapping,
// DeleteEventSourceMapping.
// https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
#include "services/lambda/destinations.h"
#include "services/lambda/errors.h"
#include "services/lambda/event_source_checks.h"
#include "services/lambda/event_source_rows.h"
#include "services/lambda/event_sources.h"
#include "services/lambda/operations.h"

namespace thimble::services::lambda {
namespace {

using base::Json;

constexpr std::size_t kMostListed = 100;

base::ApiError mappingNotFound() {
  return resourceNotFound("The resource you requested does not exist.");
}

std::string_view processKind(SourceKind kind) {
  return kind == SourceKind::Stream ? kStreamSource : kQueueSource;
}

struct FoundMapping {
  MappingReference reference;
  Json document;

  const Json& configuration() const { return document["Configuration"]; }
};

base::Result<FoundMapping> findMappingOf(dispatch::Context& context, const Json& input) {
  MappingReference reference{context.account(), context.region(), input.stringAt("UUID")};
  auto document = findMapping(context.transaction(), reference);
  if (!document) return mappingNotFound();
  return FoundMapping{std::move(reference), std::move(*document)};
}

/// The source has to be there, and the function's role has to be allowed to read it.
base::Result<void> checkSource(EventSources& sources, dispatch::Context& context, SourceKind kind,
                               const std::string& source_text, const Resolved& function) {
  const base::Arn source = *base::parseArn(source_text);
  const Json& configuration = function.version_document["Configuration"];
  dispatch::Call call;
  call.role = dispatch::RoleToAssume{configuration.stringAt("Role"), "lambda.amazonaws.com", function.function.name};
  call.account = source.account;
  call.region = source.region;
  call.source_arn = function.function.arn();
  call.service = kind == SourceKind::Stream ? "dynamodbstreams" : "sqs";
  if (kind == SourceKind::Stream) {
    call.operation = "DescribeStream";
    call.input = Json::object({{"StreamArn", source_text}});
  } else {
    call.operation = "GetQueueAttributes";
    call.input = Json::object({{"QueueUrl", queueUrl(source.region, source.account, source.resource)},
                               {"AttributeNames", Json::array({Json("VisibilityTimeout")})}});
  }
  const auto identity = context.environment().authorizer.assume(context.transaction(), *call.role);
  if (!identity.ok()) return roleNotAssumable();
  const dispatch::CallOutcome outcome = sources.doorway().callWithin(context.transaction(), call);
  if (!outcome.ok()) {
    const std::string& code = outcome.error().code;
    if (kind == SourceKind::Stream && code == "ResourceNotFoundException") {
      return invalidParameter("Stream not found: " + source_text);
    }
    if (code == "QueueDoesNotExist" || code == "AWS.SimpleQueueService.NonExistentQueue") {
      return invalidParameter(
          "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error "
          "Message: The specified queue does not exist.");
    }
  }
  call.identity = *identity;
  call.role.reset();
  const std::vector<std::string> actions =
      kind == SourceKind::Stream
          ? std::vector<std::string>{"dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"}
          : std::vector<std::string>{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"};
  for (const std::string& action : actions) {
    if (context.environment().authorizer.authorise(context.transaction(), call, action, source_text, {}).ok()) continue;
    if (kind == SourceKind::Queue) {
      return invalidParameter("The provided execution role does not have permissions to call " + action.substr(4) +
                              " on SQS");
    }
    return invalidParameter("Cannot access stream " + source_text +
                            ". Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, "
                            "and ListStreams Actions on your stream in IAM.");
  }
  if (!outcome.ok()) return invalidParameter(outcome.error().message);
  if (kind == SourceKind::Queue) {
    const std::string visibility = outcome->output["Attributes"].stringAt("VisibilityTimeout");
    const std::int64_t timeout = configuration["Timeout"].isInt() ? configuration["Timeout"].asInt() : 3;
    if (std::stoll(visibility.empty() ? "30" : visibility) < timeout) {
      return invalidParameter("Queue visibility timeout: " + visibility +
                              " seconds is less than Function timeout: " + std::to_string(timeout) + " seconds");
    }
  }
  return {};
}

base::Result<void> checkDuplicates(dispatch::Context& context, SourceKind kind, const std::string& source,
                                   const FunctionReference& function) {
  for (const NamedDocument& each :
       listMappings(context.transaction(), context.account(), context.region(), "", SIZE_MAX)) {
    const Json& other = each.document["Configuration"];
    if (other.stringAt("EventSourceArn") != source || other.stringAt("FunctionArn") != function.qualifiedArn())
      continue;
    if (other.stringAt("State") == "Deleting") continue;
    const std::string names = "(\" " + source + " \") and function (\" " + function.name + " \")";
    const std::string rest =
        " already exists. Please update or delete the existing mapping with UUID " + other.stringAt("UUID");
    return resourceConflict(kind == SourceKind::Queue ? "An event source mapping with SQS arn " + names + rest
                                                      : "The event source arn " + names + " provided mapping" + rest);
  }
  return {};
}

Outcome create(EventSources& sources, dispatch::Context& context, const Json& input) {
  const std::string source = input.stringAt("EventSourceArn");
  if (input["SelfManagedEventSource"].isObject()) return notHere("SelfManagedEventSource");
  TRY_ASSIGN(const SourceKind kind, sourceKindOf(source));
  Json configuration = defaultConfiguration(kind);
  applyInput(configuration, input);
  TRY(checkMapping(kind, source, input, configuration));
  TRY_ASSIGN(const FunctionReference function,
             parseFunction(input.stringAt("FunctionName"), std::nullopt, context.account(), context.region()));
  TRY_ASSIGN(const Resolved resolved, resolve(context.transaction(), function));
  TRY(checkSource(sources, context, kind, source, resolved));
  TRY(checkDuplicates(context, kind, source, function));
  const MappingReference reference{context.account(), context.region(), context.random().uuid()};
  const bool enabled = !input["Enabled"].isBool() || input["Enabled"].asBool();
  configuration.set("UUID", reference.uuid);
  configuration.set("EventSourceArn", source);
  configuration.set("FunctionArn", function.qualifiedArn());
  configuration.set("LastModified", context.now().milliseconds);
  if (kind == SourceKind::Stream) configuration.set("LastProcessingResult", "No records processed");
  configuration.set("State", enabled ? "Creating" : "Disabled");
  configuration.set("StateTransitionReason", kind == SourceKind::Stream ? "User action" : "USER_INITIATED");
  configuration.set("EventSourceMappingArn", reference.arn());
  Json tags = input["Tags"].isObject() ? input["Tags"] : Json::object();
  putMapping(context.transaction(), reference,
             Json::object({{"Configuration", configuration}, {"Tags", std::move(tags)}}));
  context.start({std::string(processKind(kind)), reference.processId()}, Json());
  if (!enabled) configuration.set("State", "Creating");
  return configuration;
}

Outcome get(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const FoundMapping found, findMappingOf(context, input));
  return found.configuration();
}

Outcome list(dispatch::Context& context, const Json& input) {
  const std::string source = input.stringAt("EventSourceArn");
  std::string function;
  if (input["FunctionName"].isString()) {
    TRY_ASSIGN(const FunctionReference reference,
               parseFunction(input.stringAt("FunctionName"), std::nullopt, context.account(), context.region()));
    if (!findFunction(context.transaction(), reference)) return functionNotFound(reference.qualifiedArn());
    function = reference.qualifiedArn();
  }
  TRY_ASSIGN(std::string after, keyOf(input));
  std::size_t limit = kMostListed;
  if (input["MaxItems"].isInt()) limit = std::min(limit, static_cast<std::size_t>(input["MaxItems"].asInt()));
  Json found = Json::array();
  Json output = Json::object();
  for (const NamedDocument& each :
       listMappings(context.transaction(), context.account(), context.region(), after, SIZE_MAX)) {
    const Json& configuration = each.document["Configuration"];
    if (!source.empty() && configuration.stringAt("EventSourceArn") != source) continue;
    if (!function.empty() && configuration.stringAt("FunctionArn") != function) continue;
    if (found.size() == limit) {
      output.set("NextMarker", markerOf(after));
      break;
    }
    found.push(configuration);
    after = each.key;
  }
  output.set("EventSourceMappings", std::move(found));
  return output;
}

Outcome update(EventSources& sources, dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(FoundMapping found, findMappingOf(context, input));
  Json configuration = found.configuration();
  const std::string state = configuration.stringAt("State");
  if (state == "Deleting") {
    return userError(
        "ResourceInUseException",
        "Cannot update the event source mapping because it is not in a state that allows updates: Deleting", 400);
  }
  const std::string source = configuration.stringAt("EventSourceArn");
  TRY_ASSIGN(const SourceKind kind, sourceKindOf(source));
  applyInput(configuration, input);
  TRY(checkMapping(kind, source, input, configuration));
  if (input["FunctionName"].isString()) {
    TRY_ASSIGN(const FunctionReference function,
               parseFunction(input.stringAt("FunctionName"), std::nullopt, context.account(), context.region()));
    TRY_ASSIGN(const Resolved resolved, resolve(context.transaction(), function));
    if (function.qualifiedArn() != configuration.stringAt("FunctionArn")) {
      TRY(checkSource(sources, context, kind, source, resolved));
      TRY(checkDuplicates(context, kind, source, function));
    }
    configuration.set("FunctionArn", function.qualifiedArn());
  }
  const bool was_enabled = state != "Disabled" && state != "Disabling";
  const bool enabled = input["Enabled"].isBool() ? input["Enabled"].asBool() : was_enabled;
  configuration.set("LastModified", context.now().milliseconds);
  configuration.set("State", enabled ? (was_enabled ? "Updating" : "Enabling") : "Disabling");
  found.document.set("Configuration", configuration);
  putMapping(context.transaction(), found.reference, found.document);
  context.signal({std::string(processKind(kind)), found.reference.processId()}, mappingChanged());
  return configuration;
}

Outcome remove(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(FoundMapping found, findMappingOf(context, input));
  Json configuration = found.configuration();
  if (configuration.stringAt("State") == "Deleting") {
    return userError("ResourceInUseException", "Cannot delete the event source mapping because it is in use.", 400);
  }
  TRY_ASSIGN(const SourceKind kind, sourceKindOf(configuration.stringAt("EventSourceArn")));
  configuration.set("State", "Deleting");
  found.document.set("Configuration", configuration);
  putMapping(context.transaction(), found.reference, found.document);
  context.signal({std::string(processKind(kind)), found.reference.processId()}, mappingChanged());
  return configuration;
}

}  // namespace

void EventSources::registerOperations(dispatch::Registry& registry, dispatch::Kernel& kernel) {
  addOperation<shapes::lambda::CreateEventSourceMapping>(
      registry, [this](dispatch::Context& context, const Json& input) { return create(*this, context, input); });
  addOperation<shapes::lambda::UpdateEventSourceMapping>(
      registry, [this](dispatch::Context& context, const Json& input) { return update(*this, context, input); });
  addOperation<shapes::lambda::GetEventSourceMapping>(registry, get);
  addOperation<shapes::lambda::ListEventSourceMappings>(registry, list);
  addOperation<shapes::lambda::DeleteEventSourceMapping>(registry, remove);
  kernel.addKind(std::string(kStreamSource), streams_);
  kernel.addKind(std::string(kQueueSource), queues_);
}

}  // namespace thimble::services::lambda
