// PublishVersion and ListVersionsByFunction.
#include "services/lambda/configuration.h"
#include "services/lambda/errors.h"
#include "services/lambda/operations.h"

namespace thimble::services::lambda {

using base::Json;

base::Result<Json> publishVersion(dispatch::Context& context, const FunctionReference& function, Json& document,
                                  const std::string& description) {
  std::optional<Json> latest = findVersion(context.transaction(), function, "$LATEST");
  if (!latest) return functionNotFound(function.arn());
  Json configuration = (*latest)["Configuration"];
  const std::string revision = configuration.stringAt("RevisionId");
  const std::int64_t last = document["LastVersion"].asInt();
  // Nothing has changed since: no new version.
  if (last > 0 && document.stringAt("PublishedRevision") == revision) {
    if (const std::optional<Json> previous = findVersion(context.transaction(), function, std::to_string(last))) {
      return (*previous)["Configuration"];
    }
  }
  const std::string number = std::to_string(last + 1);
  configuration.set("Version", number);
  configuration.set("FunctionArn", function.arn(number));
  configuration.set("RevisionId", context.random().uuid());
  if (!description.empty()) configuration.set("Description", description);
  Json version = *latest;
  version.set("Configuration", configuration);
  putVersion(context.transaction(), function, number, version);
  document.set("LastVersion", last + 1);
  document.set("PublishedRevision", revision);
  return configuration;
}

namespace {

Outcome publish(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(FoundFunction found, findFunctionOf(context, input));
  const std::optional<Json> latest = findVersion(context.transaction(), found.reference, "$LATEST");
  if (!latest) return functionNotFound(found.reference.arn());
  const Json& configuration = (*latest)["Configuration"];
  const std::string revision = input.stringAt("RevisionId");
  if (!revision.empty() && revision != configuration.stringAt("RevisionId"))
    return revisionMismatch("GetFunction/GetAlias");
  const std::string given = input.stringAt("CodeSha256");
  const std::string current = configuration.stringAt("CodeSha256");
  if (!given.empty() && given != current) {
    return invalidParameter("CodeSHA256 (" + given + ") is different from current CodeSHA256 in $LATEST (" + current +
                            "). Please try again with the CodeSHA256 in $LATEST.");
  }
  const std::int64_t before = found.document["LastVersion"].asInt();
  TRY_ASSIGN(const Json shown, publishVersion(context, found.reference, found.document, input.stringAt("Description")));
  if (found.document["LastVersion"].asInt() == before) return shown;
  putFunction(context.transaction(), found.reference, found.document);
  return shownAsCreating(shown);
}

Outcome list(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const FoundFunction found, findFunctionOf(context, input));
  TRY_ASSIGN(const std::string after, keyOf(input));
  const std::size_t limit =
      static_cast<std::size_t>(input["MaxItems"].isInt() ? std::min<std::int64_t>(input["MaxItems"].asInt(), 50) : 50);
  Json versions = Json::array();
  std::string last_key;
  bool more = false;
  for (const NamedDocument& version : listVersions(context.transaction(), found.reference)) {
    if (!after.empty() && version.key <= after) continue;
    if (versions.size() == limit) {
      more = true;
      break;
    }
    Json configuration = version.document["Configuration"];
    configuration.set("FunctionArn", found.reference.arn(version.name));
    for (const char* name : {"State", "LastUpdateStatus", "RuntimeVersionConfig"}) configuration.erase(name);
    versions.push(std::move(configuration));
    last_key = version.key;
  }
  Json output = Json::object({{"Versions", std::move(versions)}});
  if (more) output.set("NextMarker", markerOf(last_key));
  return output;
}

}  // namespace

void registerVersions(dispatch::Registry& registry) {
  addOperation<shapes::lambda::PublishVersion>(registry, publish);
  addOperation<shapes::lambda::ListVersionsByFunction>(registry, list);
}

}  // namespace thimble::services::lambda
