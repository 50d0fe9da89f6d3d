// TagResource, UntagResource, ListTagsOfResource.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TagResource.html
#include "services/dynamodb/tags.h"

#include <algorithm>

#include "base/arn.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/tables.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

constexpr int kMostTags = 50;
constexpr std::size_t kTagsPerPage = 10;

/// Six parts, a path in the last. What has less is no resource that anyone may have.
bool hasArnForm(const std::string& text) {
  constexpr int kColons = 5;
  std::size_t resource = 0;
  for (int i = 0; i < kColons; ++i) {
    const std::size_t colon = text.find(':', resource);
    if (colon == std::string::npos) return false;
    resource = colon + 1;
  }
  return text.find('/', resource) != std::string::npos;
}

/// The table of a ResourceArn. `list`: the member that must be there, or empty; `not_found`: the error's message.
base::Result<rows::Table> findTagged(dispatch::Context& context, const Json& input, const std::string& list,
                                     const std::string& not_found) {
  if (input["ResourceArn"].isNull()) return validationException("Invalid TableArn");
  const std::string text = input.stringAt("ResourceArn");
  if (!hasArnForm(text)) {
    return accessDenied("User: " + context.call().identity.arn + " is not authorized to perform: dynamodb:" +
                        context.call().operation + " on resource: " + (text.empty() ? "*" : text));
  }
  if (!list.empty() && input[list].isNull()) {
    const std::string member = list == "Tags" ? "tags" : "tagKeys";
    return validationException("1 validation error detected: Value null at '" + member +
                               "' failed to satisfy constraint: Member must not be null");
  }
  const auto arn = base::parseArn(text);
  const std::string name = arn && arn->resource.starts_with("table/") ? arn->resource.substr(6) : std::string();
  if (!arn || arn->service != "dynamodb" || name.size() < 3 || name.find('/') != std::string::npos) {
    return validationException("Invalid TableArn: Invalid ResourceArn provided as input " + text);
  }
  if (!list.empty() && input[list].empty()) {
    return validationException(list == "Tags" ? "Atleast one Tag needs to be provided as Input."
                                              : "Atleast one Tag Key needs to be provided as Input.");
  }
  std::optional<rows::Table> row;
  if (arn->account == context.account()) {
    row = kTables.get(context.transaction(), context.account(), arn->region, name);
  }
  if (!row) return resourceNotFound(not_found);
  return std::move(*row);
}

base::Result<Json> tagResource(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(rows::Table table,
             findTagged(context, input, "Tags",
                        "Requested resource not found: ResourcArn: " + input.stringAt("ResourceArn") + " not found"));
  TRY(addTags(table, input["Tags"]));
  saveTable(context, table);
  return Json::object();
}

base::Result<Json> untagResource(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(rows::Table table, findTagged(context, input, "TagKeys", "Requested resource not found"));
  for (const Json& key : input["TagKeys"].asArray()) {
    if (key.isString()) table.mutable_tags()->erase(key.asString());
  }
  saveTable(context, table);
  return Json::object();
}

base::Result<Json> listTagsOfResource(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const rows::Table table,
             findTagged(context, input, "",
                        "Requested resource not found: ResourcArn: " + input.stringAt("ResourceArn") + " not found"));
  const std::map<std::string, std::string> sorted(table.tags().begin(), table.tags().end());
  Json tags = Json::array();
  Json out = Json::object();
  for (auto tag = sorted.upper_bound(input.stringAt("NextToken")); tag != sorted.end(); ++tag) {
    if (tags.size() == kTagsPerPage) {
      out.set("NextToken", std::prev(tag)->first);
      break;
    }
    tags.push(Json::object({{"Key", tag->first}, {"Value", tag->second}}));
  }
  out.set("Tags", std::move(tags));
  return out;
}

}  // namespace

base::Result<void> addTags(rows::Table& table, const Json& tags) {
  if (!tags.isArray()) return {};
  for (const Json& tag : tags.asArray()) {
    const std::string key = tag.stringAt("Key");
    if (key.empty() || key.size() > 4 * 128) {
      return validationException("One or more parameter values were invalid: Tag keys must have 1 to 128 characters");
    }
    (*table.mutable_tags())[key] = tag.stringAt("Value");
  }
  if (table.tags_size() > kMostTags) {
    return validationException("Too many tags: a table can have at most 50");
  }
  return {};
}

void registerTags(dispatch::Registry& registry) {
  addOperation(registry, "TagResource", tagResource);
  addOperation(registry, "UntagResource", untagResource);
  addOperation(registry, "ListTagsOfResource", listTagsOfResource);
}

}  // namespace thimble::services::dynamodb
