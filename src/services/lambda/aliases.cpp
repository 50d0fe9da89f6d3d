// CreateAlias, GetAlias, UpdateAlias, DeleteAlias, ListAliases.
#include "services/lambda/errors.h"
#include "services/lambda/operations.h"

namespace thimble::services::lambda {
namespace {

using base::Json;

/// The versions exist, the weights are between 0 and 1, and "$LATEST" is not weighted.
base::Result<void> check(dispatch::Context& context, const FunctionReference& function, const Json& alias) {
  const std::string version = alias.stringAt("FunctionVersion");
  if (!findVersion(context.transaction(), function, version)) return functionNotFound(function.arn(version));
  const Json& weights = alias["RoutingConfig"]["AdditionalVersionWeights"];
  if (!weights.isObject() || weights.empty()) return {};
  if (weights.size() > 1)
    return invalidParameter("Number of items in AdditionalVersionWeights cannot be greater than 1");
  const auto& [other, weight] = *weights.asObject().begin();
  if (version == "$LATEST") {
    return invalidParameter("$LATEST is not supported for an alias pointing to more than 1 version");
  }
  if (!findVersion(context.transaction(), function, other)) return functionNotFound(function.arn(other));
  if (other == version) {
    return invalidParameter("Invalid function version " + other + ". Function version " + other +
                            " is already included in routing configuration.");
  }
  if (weight.asDouble() < 0 || weight.asDouble() > 1) {
    return validationError(
        "{" + other + "=" + weight.write() + "}", "routingConfig.additionalVersionWeights",
        "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must "
        "have value greater than or equal to 0.0, Member must not be null]");
  }
  return {};
}

void setRouting(Json& alias, const Json& input) {
  if (!input["RoutingConfig"].isObject()) return;
  if (input["RoutingConfig"]["AdditionalVersionWeights"].size() == 0) {
    alias.erase("RoutingConfig");
  } else {
    alias.set("RoutingConfig", input["RoutingConfig"]);
  }
}

void save(dispatch::Context& context, FoundFunction& found, const std::string& name, const Json& alias) {
  Json aliases = found.document["Aliases"];
  aliases.set(name, alias);
  found.document.set("Aliases", std::move(aliases));
  putFunction(context.transaction(), found.reference, found.document);
}

Outcome createAlias(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(FoundFunction found, findFunctionOf(context, input));
  const std::string name = input.stringAt("Name");
  const std::string arn = found.reference.arn(name);
  if (found.document["Aliases"].contains(name)) return aliasExists(arn);
  Json alias = Json::object({{"AliasArn", arn},
                             {"Name", name},
                             {"FunctionVersion", input["FunctionVersion"]},
                             {"Description", input.stringAt("Description")}});
  setRouting(alias, input);
  TRY(check(context, found.reference, alias));
  alias.set("RevisionId", context.random().uuid());
  save(context, found, name, alias);
  return alias;
}

Outcome getAlias(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const FunctionReference function, functionOf(context, input));
  const std::optional<Json> document = findFunction(context.transaction(), function);
  const Json* alias = document ? (*document)["Aliases"].find(input.stringAt("Name")) : nullptr;
  if (alias == nullptr) return aliasNotFound(function.arn(input.stringAt("Name")));
  return *alias;
}

Outcome updateAlias(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(FoundFunction found, findFunctionOf(context, input));
  const std::string name = input.stringAt("Name");
  const Json* existing = found.document["Aliases"].find(name);
  if (existing == nullptr) return aliasNotFound(found.reference.arn(name));
  Json alias = *existing;
  const std::string revision = input.stringAt("RevisionId");
  if (!revision.empty() && revision != alias.stringAt("RevisionId")) return revisionMismatch("GetFunction/GetAlias");
  for (const char* member : {"FunctionVersion", "Description"}) {
    if (input[member].isString()) alias.set(member, input[member]);
  }
  setRouting(alias, input);
  TRY(check(context, found.reference, alias));
  alias.set("RevisionId", context.random().uuid());
  save(context, found, name, alias);
  return alias;
}

Outcome deleteAlias(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(FoundFunction found, findFunctionOf(context, input));
  Json aliases = found.document["Aliases"];
  if (aliases.erase(input.stringAt("Name"))) {
    found.document.set("Aliases", std::move(aliases));
    putFunction(context.transaction(), found.reference, found.document);
  }
  return Json::object();
}

Outcome listAliases(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const FoundFunction found, findFunctionOf(context, input));
  const std::string only = input.stringAt("FunctionVersion");
  std::map<std::string, Json> sorted;
  for (const auto& [name, alias] : found.document["Aliases"].asObject()) {
    if (only.empty() || alias.stringAt("FunctionVersion") == only) sorted[name] = alias;
  }
  TRY_ASSIGN(const std::string after, keyOf(input));
  const std::size_t limit =
      static_cast<std::size_t>(input["MaxItems"].isInt() ? std::min<std::int64_t>(input["MaxItems"].asInt(), 50) : 50);
  Json aliases = Json::array();
  Json output = Json::object();
  std::string last;
  for (const auto& [name, alias] : sorted) {
    if (!after.empty() && name <= after) continue;
    if (aliases.size() == limit) {
      output.set("NextMarker", markerOf(last));
      break;
    }
    aliases.push(alias);
    last = name;
  }
  output.set("Aliases", std::move(aliases));
  return output;
}

}  // namespace

void registerAliases(dispatch::Registry& registry) {
  addOperation<shapes::lambda::CreateAlias>(registry, createAlias);
  addOperation<shapes::lambda::GetAlias>(registry, getAlias);
  addOperation<shapes::lambda::UpdateAlias>(registry, updateAlias);
  addOperation<shapes::lambda::DeleteAlias>(registry, deleteAlias);
  addOperation<shapes::lambda::ListAliases>(registry, listAliases);
}

}  // namespace thimble::services::lambda
