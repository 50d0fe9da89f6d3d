// TagResource, UntagResource, ListTagsOfResource.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TagResource.html
#include "services/dynamodb/tags.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "base/arn.h"
#include "base/utf16.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/resource_arn.h"
#include "services/dynamodb/tables.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

constexpr int kMostTags = 50;
// In UTF-16 code units.
constexpr std::size_t kMostKeyLength = 128;
constexpr std::size_t kMostValueLength = 256;

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

std::string shown(const Json& text) {
  return text.isString() ? text.asString() : "null";
}

/// Letters, digits, spaces and + - = . _ : / @, at most so many.
bool isTagText(const std::string& text, std::size_t most) {
  return base::utf16Length(text) <= most && std::all_of(text.begin(), text.end(), [](char c) {
           const bool ascii = static_cast<unsigned char>(c) < 0x80;
           return !ascii || std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                  std::string_view(" +-=._:/@").find(c) != std::string_view::npos;
         });
}

base::Result<void> checkTagKey(const Json& key) {
  if (!key.isString() || key.asString().empty() || !isTagText(key.asString(), kMostKeyLength)) {
    return validationException("The Tag Key provided is invalid, Key: " + shown(key));
  }
  std::string start = key.asString().substr(0, 4);
  for (char& c : start) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (start != "aws:") return {};
  return validationException("Tag Key cannot be prefixed with aws:, Key: " + key.asString());
}

base::ApiError tooManyTags() {
  return validationException("Number of Tags exceed the current limit for the provided ResourceArn");
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
  const base::ApiError invalid = validationException("Invalid TableArn: Invalid ResourceArn provided as input " + text);
  const auto named = base::parseArn(text);
  if (!named) return invalid;
  if (named->service != "dynamodb") return accessDenied("Access is denied");
  TRY_ASSIGN(const ResourceArn resource, readResourceArn(text));
  if (resource.arn.account != context.account()) return accessDenied("Access is denied");
  constexpr std::size_t kShortestName = 3;
  if (resource.arn.region != context.region() || resource.table.size() < kShortestName) return invalid;
  if (!list.empty() && input[list].empty()) {
    return validationException(list == "Tags" ? "Atleast one Tag needs to be provided as Input."
                                              : "Atleast one Tag Key needs to be provided as Input.");
  }
  // A stream has no tags.
  std::optional<rows::Table> row;
  if (resource.stream.empty()) {
    row = kTables.get(context.transaction(), context.account(), context.region(), resource.table);
  }
  if (!row) return resourceNotFound(not_found);
  return std::move(*row);
}

std::string notFound(const Json& input) {
  return "Requested resource not found: ResourcArn: " + input.stringAt("ResourceArn") + " not found";
}

base::Result<Json> tagResource(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(rows::Table table, findTagged(context, input, "Tags", notFound(input)));
  TRY(addTags(table, input["Tags"]));
  saveTable(context, table);
  return Json::object();
}

base::Result<Json> untagResource(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(rows::Table table, findTagged(context, input, "TagKeys", "Requested resource not found"));
  const Json::Array& keys = input["TagKeys"].asArray();
  if (keys.size() > kMostTags) return tooManyTags();
  for (const Json& key : keys) {
    TRY(checkTagKey(key));
    table.mutable_tags()->erase(key.asString());
  }
  saveTable(context, table);
  return Json::object();
}

base::Result<Json> listTagsOfResource(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const rows::Table table, findTagged(context, input, "", notFound(input)));
  // One page has room for all that a table can have.
  const std::map<std::string, std::string> sorted(table.tags().begin(), table.tags().end());
  Json tags = Json::array();
  for (const auto& [key, value] : sorted) tags.push(Json::object({{"Key", key}, {"Value", value}}));
  return Json::object({{"Tags", std::move(tags)}});
}

}  // namespace

base::Result<void> addTags(rows::Table& table, const Json& tags) {
  if (!tags.isArray()) return {};
  std::set<std::string> keys;
  for (const Json& tag : tags.asArray()) {
    TRY(checkTagKey(tag["Key"]));
    const std::string key = tag["Key"].asString();
    const Json& value = tag["Value"];
    if (!value.isString() || !isTagText(value.asString(), kMostValueLength)) {
      return validationException("The Tag Value provided is invalid, Value: " + shown(value));
    }
    if (!keys.insert(key).second) {
      return validationException("Duplicate Tag Keys provided as input: Duplicate Tag Key found " + key);
    }
    (*table.mutable_tags())[key] = value.asString();
  }
  return table.tags_size() > kMostTags ? tooManyTags() : base::Result<void>();
}

void registerTags(dispatch::Registry& registry) {
  addOperation(registry, "TagResource", tagResource);
  addOperation(registry, "UntagResource", untagResource);
  addOperation(registry, "ListTagsOfResource", listTagsOfResource);
}

}  // namespace thimble::services::dynamodb
