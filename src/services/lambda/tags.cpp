// TagResource, UntagResource, ListTags.
#include "base/arn.h"
#include "services/lambda/errors.h"
#include "services/lambda/event_source_rows.h"
#include "services/lambda/operations.h"

namespace thimble::services::lambda {
namespace {

using base::Json;

constexpr std::size_t kMaxTags = 50;

/// What has tags: a function, or an event source mapping.
struct Tagged {
  std::optional<FunctionReference> function;
  MappingReference mapping;
  Json document;

  void save(dispatch::Context& context, Json tags) {
    document.set("Tags", std::move(tags));
    if (function) {
      putFunction(context.transaction(), *function, document);
    } else {
      putMapping(context.transaction(), mapping, document);
    }
  }
};

/// Of the other kinds that AWS tags there are none.
base::Result<Tagged> findTagged(dispatch::Context& context, const Json& input) {
  const std::string text = input.stringAt("Resource");
  const std::optional<base::Arn> arn = base::parseArn(text);
  if (!arn) return invalidParameter("The resource ARN is not valid: " + text);
  const std::string kind = arn->resource.substr(0, arn->resource.find(':'));
  if (kind == "capacity-provider") return resourceNotFound("Capacity provider not found: " + text);
  if (kind == "code-signing-config") return resourceNotFound("CodeSigningConfig not found: " + text);
  if (kind == "event-source-mapping") {
    TRY(context.authorise("lambda:" + context.call().operation, text));
    MappingReference mapping{context.account(), context.region(), arn->resource.substr(kind.size() + 1)};
    std::optional<Json> document = findMapping(context.transaction(), mapping);
    if (!document) return resourceNotFound("The resource you requested does not exist.");
    return Tagged{std::nullopt, std::move(mapping), std::move(*document)};
  }
  TRY_ASSIGN(FunctionReference function, parseFunction(text, std::nullopt, context.account(), context.region()));
  if (!function.qualifier.empty()) {
    return invalidParameter("Tags on function aliases and versions are not supported. Please specify a function ARN.");
  }
  TRY(authoriseOn(context, function));
  std::optional<Json> document = findFunction(context.transaction(), function);
  if (!document) return functionNotFound(text);
  return Tagged{std::move(function), {}, std::move(*document)};
}

Outcome tagResource(dispatch::Context& context, const Json& input) {
  if (input["Tags"].size() == 0) return invalidParameter("An error occurred and the request cannot be processed.");
  TRY_ASSIGN(Tagged found, findTagged(context, input));
  Json tags = found.document["Tags"];
  for (const auto& [key, value] : input["Tags"].asObject()) tags.set(key, value);
  if (tags.size() > kMaxTags) return invalidParameter("Number of tags exceeds resource tag limit.");
  found.save(context, std::move(tags));
  return Json::object();
}

Outcome untagResource(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(Tagged found, findTagged(context, input));
  Json tags = found.document["Tags"];
  for (const Json& key : input["TagKeys"].asArray()) tags.erase(key.asString());
  found.save(context, std::move(tags));
  return Json::object();
}

Outcome listTags(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const Tagged found, findTagged(context, input));
  return Json::object({{"Tags", found.document["Tags"]}});
}

}  // namespace

void registerTags(dispatch::Registry& registry) {
  addOperation<shapes::lambda::TagResource>(registry, tagResource);
  addOperation<shapes::lambda::UntagResource>(registry, untagResource);
  addOperation<shapes::lambda::ListTags>(registry, listTags);
}

}  // namespace thimble::services::lambda
