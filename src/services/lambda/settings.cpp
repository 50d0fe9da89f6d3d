// Concurrency, configuration of asynchronous invocations, account settings, and what has one answer only here.
#include "services/lambda/errors.h"
#include "services/lambda/operations.h"

namespace thimble::services::lambda {
namespace {

using base::Json;

constexpr std::int64_t kAccountConcurrency = 1000;
constexpr std::int64_t kUnreservedMinimum = 100;

/// What all functions of the account have reserved, but for the one of this name.
std::int64_t reservedByOthers(dispatch::Context& context, const std::string& name) {
  std::int64_t sum = 0;
  for (const NamedDocument& each :
       listFunctions(context.transaction(), context.account(), context.region(), "", SIZE_MAX)) {
    if (each.name != name && each.document["Reserved"].isInt()) sum += each.document["Reserved"].asInt();
  }
  return sum;
}

Outcome putFunctionConcurrency(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(FoundFunction found, findFunctionOf(context, input));
  const std::int64_t reserved = input["ReservedConcurrentExecutions"].asInt();
  if (reserved > 0 &&
      kAccountConcurrency - reserved - reservedByOthers(context, found.reference.name) < kUnreservedMinimum) {
    return invalidParameter(
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
        "its minimum value of [" +
        std::to_string(kUnreservedMinimum) + "].");
  }
  found.document.set("Reserved", reserved);
  putFunction(context.transaction(), found.reference, found.document);
  return Json::object({{"ReservedConcurrentExecutions", reserved}});
}

Outcome getFunctionConcurrency(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const FoundFunction found, findFunctionOf(context, input));
  Json output = Json::object();
  if (found.document["Reserved"].isInt()) output.set("ReservedConcurrentExecutions", found.document["Reserved"]);
  return output;
}

Outcome deleteFunctionConcurrency(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(FoundFunction found, findFunctionOf(context, input));
  found.document.erase("Reserved");
  putFunction(context.transaction(), found.reference, found.document);
  return Json::object();
}

// --- Asynchronous invocations ----------------------------------------------------------------------------------------

std::string eventKey(const FoundFunction& found) {
  return found.reference.qualifier.empty() ? "$LATEST" : found.reference.qualifier;
}

base::ApiError noEventConfig(const FoundFunction& found) {
  return resourceNotFound("The function " + found.reference.arn(eventKey(found)) +
                          " doesn't have an EventInvokeConfig");
}

base::Result<void> checkQualifier(dispatch::Context& context, const FoundFunction& found) {
  const std::string& qualifier = found.reference.qualifier;
  if (qualifier.empty() || qualifier == "$LATEST" || found.document["Aliases"].contains(qualifier)) return {};
  if (findVersion(context.transaction(), found.reference, qualifier)) return {};
  return functionNotFound(found.reference.qualifiedArn());
}

Outcome saveEventConfig(dispatch::Context& context, FoundFunction& found, Json config, const Json& input) {
  for (const char* member : {"MaximumRetryAttempts", "MaximumEventAgeInSeconds"}) {
    if (input[member].isInt()) config.set(member, input[member]);
  }
  if (input["DestinationConfig"].isObject()) {
    Json destinations = Json::object({{"OnSuccess", Json::object()}, {"OnFailure", Json::object()}});
    for (const char* side : {"OnSuccess", "OnFailure"}) {
      const std::string target = input["DestinationConfig"][side].stringAt("Destination");
      if (target == found.reference.arn() || target == found.reference.arn("$LATEST")) {
        return invalidParameter("You can't specify the function as a destination for itself.");
      }
      if (!target.empty()) destinations.set(side, Json::object({{"Destination", target}}));
    }
    config.set("DestinationConfig", std::move(destinations));
  }
  config.set("LastModified", context.now().milliseconds);
  config.set("FunctionArn", found.reference.arn(eventKey(found)));
  Json all = found.document["EventInvoke"];
  all.set(eventKey(found), config);
  found.document.set("EventInvoke", std::move(all));
  putFunction(context.transaction(), found.reference, found.document);
  return config;
}

bool givesNothing(const Json& input) {
  return !input["MaximumRetryAttempts"].isInt() && !input["MaximumEventAgeInSeconds"].isInt() &&
         !input["DestinationConfig"].isObject();
}

Outcome putEventConfig(dispatch::Context& context, const Json& input) {
  if (givesNothing(input)) {
    return invalidParameter("You must specify at least one of error handling or destination setting.");
  }
  TRY_ASSIGN(FoundFunction found, findFunctionOf(context, input));
  TRY(checkQualifier(context, found));
  const Json destinations = Json::object({{"OnSuccess", Json::object()}, {"OnFailure", Json::object()}});
  return saveEventConfig(context, found, Json::object({{"DestinationConfig", destinations}}), input);
}

Outcome updateEventConfig(dispatch::Context& context, const Json& input) {
  if (givesNothing(input)) {
    return invalidParameter("You must specify at least one of error handling or destination setting.");
  }
  TRY_ASSIGN(FoundFunction found, findFunctionOf(context, input));
  TRY(checkQualifier(context, found));
  const Json* existing = found.document["EventInvoke"].find(eventKey(found));
  if (existing == nullptr) return noEventConfig(found);
  return saveEventConfig(context, found, Json(*existing), input);
}

Outcome getEventConfig(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const FunctionReference function, functionOf(context, input));
  std::optional<Json> document = findFunction(context.transaction(), function);
  const FoundFunction found{function, document.value_or(Json::object())};
  const Json* config = found.document["EventInvoke"].find(eventKey(found));
  if (config == nullptr) return noEventConfig(found);
  return *config;
}

Outcome deleteEventConfig(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(FoundFunction found, findFunctionOf(context, input));
  Json all = found.document["EventInvoke"];
  if (!all.erase(eventKey(found))) return noEventConfig(found);
  found.document.set("EventInvoke", std::move(all));
  putFunction(context.transaction(), found.reference, found.document);
  return Json::object();
}

Outcome listEventConfigs(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const FoundFunction found, findFunctionOf(context, input));
  Json configs = Json::array();
  for (const auto& [qualifier, config] : found.document["EventInvoke"].asObject()) configs.push(config);
  return Json::object({{"FunctionEventInvokeConfigs", std::move(configs)}});
}

// --- The account, and settings with one value
// --------------------------------------------------------------------------

Outcome getAccountSettings(dispatch::Context& context, const Json&) {
  std::int64_t bytes = 0;
  std::int64_t count = 0;
  for (const NamedDocument& each :
       listFunctions(context.transaction(), context.account(), context.region(), "", SIZE_MAX)) {
    ++count;
    const FunctionReference function{context.account(), context.region(), each.name, ""};
    for (const NamedDocument& version : listVersions(context.transaction(), function)) {
      bytes += version.document["Configuration"]["CodeSize"].asInt();
    }
  }
  return Json::object({{"AccountLimit", Json::object({{"TotalCodeSize", 80530636800},
                                                      {"CodeSizeUnzipped", 262144000},
                                                      {"CodeSizeZipped", 52428800},
                                                      {"ConcurrentExecutions", kAccountConcurrency},
                                                      {"UnreservedConcurrentExecutions",
                                                       kAccountConcurrency - reservedByOthers(context, "")}})},
                       {"AccountUsage", Json::object({{"TotalCodeSize", bytes}, {"FunctionCount", count}})}});
}

Outcome getCodeSigning(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const FoundFunction found, findFunctionOf(context, input));
  return Json::object({{"FunctionName", found.reference.name}});
}

Outcome getRuntimeManagement(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const FunctionReference function, functionOf(context, input));
  TRY_ASSIGN(const Resolved resolved, resolve(context.transaction(), function));
  return Json::object({{"UpdateRuntimeOn", "Auto"}, {"FunctionArn", function.arn(resolved.version)}});
}

Outcome getRecursion(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const FoundFunction found, findFunctionOf(context, input));
  return Json::object({{"RecursiveLoop", "Terminate"}});
}

}  // namespace

void registerSettings(dispatch::Registry& registry) {
  addOperation<shapes::lambda::PutFunctionConcurrency>(registry, putFunctionConcurrency);
  addOperation<shapes::lambda::GetFunctionConcurrency>(registry, getFunctionConcurrency);
  addOperation<shapes::lambda::DeleteFunctionConcurrency>(registry, deleteFunctionConcurrency);
  addOperation<shapes::lambda::PutFunctionEventInvokeConfig>(registry, putEventConfig);
  addOperation<shapes::lambda::UpdateFunctionEventInvokeConfig>(registry, updateEventConfig);
  addOperation<shapes::lambda::GetFunctionEventInvokeConfig>(registry, getEventConfig);
  addOperation<shapes::lambda::DeleteFunctionEventInvokeConfig>(registry, deleteEventConfig);
  addOperation<shapes::lambda::ListFunctionEventInvokeConfigs>(registry, listEventConfigs);
  addOperation<shapes::lambda::GetAccountSettings>(registry, getAccountSettings);
  addOperation<shapes::lambda::GetFunctionCodeSigningConfig>(registry, getCodeSigning);
  addOperation<shapes::lambda::GetRuntimeManagementConfig>(registry, getRuntimeManagement);
  addOperation<shapes::lambda::GetFunctionRecursionConfig>(registry, getRecursion);
}

}  // namespace thimble::services::lambda
