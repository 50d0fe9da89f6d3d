// PublishLayerVersion and the other operations on layers.
#include "base/arn.h"
#include "services/lambda/code_source.h"
#include "services/lambda/configuration.h"
#include "services/lambda/errors.h"
#include "services/lambda/functions.h"
#include "services/lambda/operations.h"
#include "services/lambda/policy_statement.h"

namespace thimble::services::lambda {
namespace {

using base::Json;

struct LayerName {
  std::string account;
  std::string region;
  std::string name;
  std::string arn() const { return "arn:aws:lambda:" + region + ":" + account + ":layer:" + name; }
};

LayerName layerOf(const std::string& account, const std::string& region, const Json& input) {
  const std::string text = input.stringAt("LayerName");
  if (const std::optional<base::Arn> arn = base::parseArn(text); arn && arn->resource.starts_with("layer:")) {
    return {arn->account, arn->region, arn->resource.substr(6)};
  }
  return {account, region, text};
}

base::ApiError missing() {
  return resourceNotFound("The resource you requested does not exist.");
}

base::Result<std::int64_t> versionOf(const Json& input) {
  const std::int64_t version = input["VersionNumber"].asInt();
  if (version < 1) return invalidParameter("Layer Version Cannot be less than 1");
  return version;
}

void publishLayerVersion(Functions& functions, const std::shared_ptr<dispatch::AsyncContext>& context,
                         std::function<void(Outcome)> done) {
  fetchCode(functions, context, context->call().input["Content"], [&functions, context, done](base::Result<Code> code) {
    if (!code.ok()) return done(code.error());
    context->transact<Json>(
        [&functions, code = *code](dispatch::Context& transacting) -> Outcome {
          const Json& input = transacting.call().input;
          const LayerName layer = layerOf(transacting.account(), transacting.region(), input);
          const std::int64_t number =
              takeLayerVersion(transacting.transaction(), layer.account, layer.region, layer.name);
          Json version = Json::object({{"Content", Json::object({{"Location", functions.codeLocation(code.blob)},
                                                                 {"CodeSha256", code.sha256},
                                                                 {"CodeSize", code.size}})},
                                       {"LayerArn", layer.arn()},
                                       {"LayerVersionArn", layer.arn() + ":" + std::to_string(number)},
                                       {"Description", input.stringAt("Description")},
                                       {"CreatedDate", lastModified(transacting.now())},
                                       {"Version", number}});
          for (const char* member : {"CompatibleRuntimes", "CompatibleArchitectures"}) {
            if (input[member].isArray()) version.set(member, input[member]);
          }
          if (!input.stringAt("LicenseInfo").empty()) version.set("LicenseInfo", input["LicenseInfo"]);
          putLayerVersion(transacting.transaction(), layer.account, layer.region, layer.name, number,
                          Json::object({{"Version", version}, {"Code", code.blob}}));
          return version;
        },
        done);
  });
}

/// A layer version's row for change, with where it lies.
struct FoundLayer {
  LayerName layer;
  std::int64_t number = 0;
  Json document;
};

base::Result<FoundLayer> findLayer(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const std::int64_t number, versionOf(input));
  const LayerName layer = layerOf(context.account(), context.region(), input);
  std::optional<Json> document =
      findLayerVersion(context.transaction(), layer.account, layer.region, layer.name, number);
  if (!document)
    return resourceNotFound("Layer version " + layer.arn() + ":" + std::to_string(number) + " does not exist.");
  return FoundLayer{layer, number, std::move(*document)};
}

Outcome getLayerVersion(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const std::int64_t number, versionOf(input));
  const LayerName layer = layerOf(context.account(), context.region(), input);
  const std::optional<Json> document =
      findLayerVersion(context.transaction(), layer.account, layer.region, layer.name, number);
  if (!document) return missing();
  return (*document)["Version"];
}

Outcome getLayerVersionByArn(dispatch::Context& context, const Json& input) {
  const std::optional<base::Arn> arn = base::parseArn(input.stringAt("Arn"));
  if (!arn || !arn->resource.starts_with("layer:")) return missing();
  const std::size_t colon = arn->resource.rfind(':');
  const std::string number = arn->resource.substr(colon + 1);
  if (colon <= 6 || !isVersionNumber(number) || number.size() > 17) return missing();
  const std::optional<Json> document = findLayerVersion(context.transaction(), arn->account, arn->region,
                                                        arn->resource.substr(6, colon - 6), std::stoll(number));
  if (!document) return missing();
  return (*document)["Version"];
}

Outcome deleteLayerVersion(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const std::int64_t number, versionOf(input));
  const LayerName layer = layerOf(context.account(), context.region(), input);
  if (findLayerVersion(context.transaction(), layer.account, layer.region, layer.name, number)) {
    eraseLayerVersion(context.transaction(), layer.account, layer.region, layer.name, number);
  }
  return Json::object();
}

bool holds(const Json& list, const std::string& wanted) {
  if (wanted.empty()) return true;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i] == Json(wanted)) return true;
  }
  return false;
}

bool suits(const Json& version, const Json& input) {
  return holds(version["CompatibleRuntimes"], input.stringAt("CompatibleRuntime")) &&
         holds(version["CompatibleArchitectures"], input.stringAt("CompatibleArchitecture"));
}

/// A version as lists show it: without its content and its layer's ARN.
Json listed(Json version) {
  version.erase("Content");
  version.erase("LayerArn");
  return version;
}

Outcome listVersionsOfLayer(dispatch::Context& context, const Json& input) {
  const LayerName layer = layerOf(context.account(), context.region(), input);
  Json versions = Json::array();
  for (const Json& document : listLayerVersions(context.transaction(), layer.account, layer.region, layer.name)) {
    if (suits(document["Version"], input)) versions.push(listed(document["Version"]));
  }
  return Json::object({{"LayerVersions", std::move(versions)}});
}

Outcome listAllLayers(dispatch::Context& context, const Json& input) {
  Json layers = Json::array();
  for (const std::string& name : listLayers(context.transaction(), context.account(), context.region())) {
    for (const Json& document : listLayerVersions(context.transaction(), context.account(), context.region(), name)) {
      if (!suits(document["Version"], input)) continue;
      layers.push(Json::object({{"LayerName", name},
                                {"LayerArn", document["Version"]["LayerArn"]},
                                {"LatestMatchingVersion", listed(document["Version"])}}));
      break;
    }
  }
  return Json::object({{"Layers", std::move(layers)}});
}

// --- Permissions ----------------------------------------------------------------------------------------------------

base::Result<void> checkRevision(const FoundLayer& found, const Json& input) {
  const std::string revision = input.stringAt("RevisionId");
  if (revision.empty() || revision == found.document.stringAt("PolicyRevision")) return {};
  return revisionMismatch("GetLayerPolicy");
}

void savePolicy(dispatch::Context& context, FoundLayer& found, const Json& policy) {
  if (policy["Statement"].size() == 0) {
    found.document.erase("Policy");
  } else {
    found.document.set("Policy", policy);
  }
  found.document.set("PolicyRevision", context.random().uuid());
  putLayerVersion(context.transaction(), found.layer.account, found.layer.region, found.layer.name, found.number,
                  found.document);
}

Outcome addLayerPermission(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(FoundLayer found, findLayer(context, input));
  Json principal = input["Principal"];
  if (principal.asString().size() == 12)
    principal = Json::object({{"AWS", "arn:aws:iam::" + principal.asString() + ":root"}});
  Json statement = Json::object({{"Sid", input["StatementId"]},
                                 {"Effect", "Allow"},
                                 {"Principal", principal},
                                 {"Action", input["Action"]},
                                 {"Resource", found.layer.arn() + ":" + std::to_string(found.number)}});
  if (input["OrganizationId"].isString()) {
    statement.set("Condition",
                  Json::object({{"StringEquals", Json::object({{"aws:PrincipalOrgID", input["OrganizationId"]}})}}));
  }
  Json policy = found.document["Policy"];
  TRY(checkRevision(found, input));
  TRY(addStatement(policy, statement));
  savePolicy(context, found, policy);
  return Json::object({{"Statement", statement.write()}, {"RevisionId", found.document["PolicyRevision"]}});
}

Outcome removeLayerPermission(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(FoundLayer found, findLayer(context, input));
  Json policy = found.document["Policy"];
  if (policy.isNull() || !removeStatement(policy, input.stringAt("StatementId"))) {
    return resourceNotFound("Statement " + input.stringAt("StatementId") + " is not found in resource policy.");
  }
  TRY(checkRevision(found, input));
  savePolicy(context, found, policy);
  return Json::object();
}

Outcome getLayerPolicy(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const FoundLayer found, findLayer(context, input));
  if (found.document["Policy"].isNull()) return resourceNotFound("No policy is associated with the given resource.");
  return Json::object({{"Policy", found.document["Policy"].write()}, {"RevisionId", found.document["PolicyRevision"]}});
}

}  // namespace

void registerLayers(dispatch::Registry& registry, Functions& functions) {
  using Publish = shapes::lambda::PublishLayerVersion;
  registry.addAsynchronous<Publish>([&functions](std::shared_ptr<dispatch::AsyncContext> context, Publish::Input,
                                                 dispatch::Responder<Publish::Output> responder) {
    publishLayerVersion(functions, context, [responder = std::move(responder)](Outcome outcome) {
      if (!outcome.ok()) return responder(outcome.error());
      responder(dispatch::Reply<Publish::Output>(shapes::fromJson<Publish::Output>(*outcome)));
    });
  });
  addOperation<shapes::lambda::GetLayerVersion>(registry, getLayerVersion);
  addOperation<shapes::lambda::GetLayerVersionByArn>(registry, getLayerVersionByArn);
  addOperation<shapes::lambda::DeleteLayerVersion>(registry, deleteLayerVersion);
  addOperation<shapes::lambda::ListLayerVersions>(registry, listVersionsOfLayer);
  addOperation<shapes::lambda::ListLayers>(registry, listAllLayers);
  addOperation<shapes::lambda::AddLayerVersionPermission>(registry, addLayerPermission);
  addOperation<shapes::lambda::RemoveLayerVersionPermission>(registry, removeLayerPermission);
  addOperation<shapes::lambda::GetLayerVersionPolicy>(registry, getLayerPolicy);
}

}  // namespace thimble::services::lambda
