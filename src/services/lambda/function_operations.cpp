// GetFunction, GetFunctionConfiguration, UpdateFunctionConfiguration, ListFunctions, DeleteFunction.
#include "base/encoding.h"
#include "services/lambda/code_source.h"
#include "services/lambda/errors.h"
#include "services/lambda/functions.h"
#include "services/lambda/operations.h"

namespace thimble::services::lambda {

using base::Json;

base::Result<FunctionReference> functionOf(const std::string& account, const std::string& region, const Json& input) {
  std::optional<std::string> qualifier;
  if (input["Qualifier"].isString()) qualifier = input["Qualifier"].asString();
  return parseFunction(input.stringAt("FunctionName"), qualifier, account, region);
}

base::Result<void> authoriseOn(dispatch::Context& context, const FunctionReference& function) {
  if (function.account != context.call().identity.account && !findFunction(context.transaction(), function)) {
    return functionNotFound(function.qualifiedArn());
  }
  return context.authorise("lambda:" + context.call().operation, function.arn());
}

base::Result<FunctionReference> functionOf(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(FunctionReference function, functionOf(context.account(), context.region(), input));
  TRY(authoriseOn(context, function));
  return function;
}

base::Result<FoundFunction> findFunctionOf(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(FunctionReference function, functionOf(context, input));
  std::optional<Json> document = findFunction(context.transaction(), function);
  if (!document) return functionNotFound(function.arn());
  return FoundFunction{std::move(function), std::move(*document)};
}

Json shownConfiguration(const Resolved& resolved) {
  Json configuration = resolved.version_document["Configuration"];
  configuration.set("FunctionArn", resolved.function.qualifiedArn());
  return configuration;
}

std::string markerOf(const std::string& key) {
  return base::encodeHex(key);
}

base::Result<std::string> keyOf(const Json& input) {
  const std::string marker = input.stringAt("Marker");
  if (marker.empty()) return std::string();
  const std::optional<std::string> key = base::decodeHex(marker);
  if (!key) return invalidParameter("Marker is not valid.");
  return *key;
}

namespace {

constexpr std::int64_t kPage = 50;

Outcome getFunctionConfiguration(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const FunctionReference function, functionOf(context, input));
  TRY_ASSIGN(const Resolved resolved, resolve(context.transaction(), function));
  return shownConfiguration(resolved);
}

Outcome getFunction(const Functions& functions, dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const FunctionReference function, functionOf(context, input));
  TRY_ASSIGN(const Resolved resolved, resolve(context.transaction(), function));
  Json output = Json::object(
      {{"Configuration", shownConfiguration(resolved)},
       {"Code", Json::object({{"RepositoryType", "S3"},
                              {"Location", functions.codeLocation(resolved.version_document.stringAt("Code"))}})}});
  if (resolved.document["Tags"].size() > 0) output.set("Tags", resolved.document["Tags"]);
  if (resolved.document["Reserved"].isInt()) {
    output.set("Concurrency", Json::object({{"ReservedConcurrentExecutions", resolved.document["Reserved"]}}));
  }
  return output;
}

Outcome updateFunctionConfiguration(Functions& functions, dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const FunctionReference function, functionOf(context, input));
  std::optional<Json> version = findVersion(context.transaction(), function, "$LATEST");
  if (!version) return functionNotFound(function.arn());
  Json configuration = (*version)["Configuration"];
  const std::string revision = input.stringAt("RevisionId");
  if (!revision.empty() && revision != configuration.stringAt("RevisionId"))
    return revisionMismatch("GetFunction/GetAlias");
  TRY(checkConfiguration(input, configuration, functions.interpreters()));
  const std::string role = input.stringAt("Role");
  if (role.find("::" + context.account() + ":") != std::string::npos) {
    const dispatch::RoleToAssume assumption{role, "lambda.amazonaws.com", function.name};
    if (!context.environment().authorizer.assume(context.transaction(), assumption).ok()) return roleNotAssumable();
  }
  updateConfiguration(configuration, input);
  touch(configuration, context.now(), context.random().uuid());
  version->set("Configuration", std::move(configuration));
  TRY(applyLayers(context, input, *version));
  putVersion(context.transaction(), function, "$LATEST", *version);
  // Instances are chosen by the revision, so those of the old one are not used any more, and end as idle ones do.
  return shownAsUpdating((*version)["Configuration"]);
}

/// Lists leave out what is only told of one function.
Json listed(Json configuration) {
  for (const char* name : {"State", "StateReason", "StateReasonCode", "LastUpdateStatus", "LastUpdateStatusReason",
                           "LastUpdateStatusReasonCode", "RuntimeVersionConfig"}) {
    configuration.erase(name);
  }
  return configuration;
}

Outcome listAllFunctions(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const std::string after, keyOf(input));
  const std::size_t limit =
      static_cast<std::size_t>(input["MaxItems"].isInt() ? std::min(input["MaxItems"].asInt(), kPage) : kPage);
  Json functions = Json::array();
  std::vector<NamedDocument> page =
      listFunctions(context.transaction(), context.account(), context.region(), after, limit + 1);
  const bool more = page.size() > limit;
  if (more) page.pop_back();
  for (const NamedDocument& each : page) {
    const FunctionReference function{context.account(), context.region(), each.name, ""};
    if (input.stringAt("FunctionVersion") == "ALL") {
      for (const NamedDocument& version : listVersions(context.transaction(), function)) {
        Json configuration = listed(version.document["Configuration"]);
        configuration.set("FunctionArn", function.arn(version.name));
        functions.push(std::move(configuration));
      }
    } else if (const std::optional<Json> latest = findVersion(context.transaction(), function, "$LATEST")) {
      functions.push(listed((*latest)["Configuration"]));
    }
  }
  Json output = Json::object({{"Functions", std::move(functions)}});
  if (more) output.set("NextMarker", markerOf(page.back().key));
  return output;
}

Outcome deleteVersion(dispatch::Context& context, const FunctionReference& function, const Json& document) {
  if (function.qualifier == "$LATEST") {
    return invalidParameter("$LATEST version cannot be deleted without deleting the function.");
  }
  if (!isVersionNumber(function.qualifier)) {
    return invalidParameter("Deletion of aliases is not currently supported.");
  }
  std::string aliases;
  for (const auto& [name, alias] : document["Aliases"].asObject()) {
    const bool weighted = alias["RoutingConfig"]["AdditionalVersionWeights"].contains(function.qualifier);
    if (weighted || alias.stringAt("FunctionVersion") == function.qualifier)
      aliases += (aliases.empty() ? "" : ", ") + name;
  }
  if (!aliases.empty()) {
    return resourceConflict("Version " + function.qualifier + " is currently referenced by alias(es): " + aliases);
  }
  if (findVersion(context.transaction(), function, function.qualifier))
    eraseVersion(context.transaction(), function, function.qualifier);
  return Json::object();
}

Outcome deleteFunction(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const FoundFunction found, findFunctionOf(context, input));
  if (!found.reference.qualifier.empty()) return deleteVersion(context, found.reference, found.document);
  for (const NamedDocument& version : listVersions(context.transaction(), found.reference)) {
    eraseVersion(context.transaction(), found.reference, version.name);
  }
  eraseFunction(context.transaction(), found.reference);
  return Json::object();
}

}  // namespace

void registerFunctions(dispatch::Registry& registry, Functions& functions) {
  addOperation<shapes::lambda::GetFunctionConfiguration>(registry, getFunctionConfiguration);
  addOperation<shapes::lambda::GetFunction>(registry, [&functions](dispatch::Context& context, const Json& input) {
    return getFunction(functions, context, input);
  });
  addOperation<shapes::lambda::UpdateFunctionConfiguration>(
      registry, [&functions](dispatch::Context& context, const Json& input) {
        return updateFunctionConfiguration(functions, context, input);
      });
  addOperation<shapes::lambda::ListFunctions>(registry, listAllFunctions);
  addOperation<shapes::lambda::DeleteFunction>(registry, deleteFunction);
}

}  // namespace thimble::services::lambda
