// TagResource, UntagResource, ListTagsForResource.
#include "services/codestarnotifications/operations.h"

namespace thimble::services::codestarnotifications {
namespace {

using base::Json;

constexpr int kMostTags = 50;

base::Result<Json> tag(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(rows::Rule rule, findRule(context, input.stringAt("Arn")));
  TRY(setTags(rule, input["Tags"]));
  putRule(context, rule);
  return Json::object({{"Tags", shownTags(rule)}});
}

base::Result<Json> untag(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(rows::Rule rule, findRule(context, input.stringAt("Arn")));
  auto* tags = rule.mutable_tags();
  const auto& keys = input["TagKeys"].asArray();
  tags->erase(std::remove_if(tags->begin(), tags->end(),
                             [&](const rows::Tag& one) {
                               return std::find(keys.begin(), keys.end(), Json(one.key())) != keys.end();
                             }),
              tags->end());
  putRule(context, rule);
  return Json::object();
}

base::Result<Json> list(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const rows::Rule rule, findRule(context, input.stringAt("Arn")));
  return Json::object({{"Tags", shownTags(rule)}});
}

}  // namespace

Json shownTags(const rows::Rule& rule) {
  Json shown = Json::object();
  for (const rows::Tag& one : rule.tags()) shown.set(one.key(), one.value());
  return shown;
}

base::Result<void> setTags(rows::Rule& rule, const Json& tags) {
  if (!tags.isObject()) return {};
  for (const auto& [key, value] : tags.asObject()) {
    auto* known = rule.mutable_tags();
    const auto same =
        std::find_if(known->begin(), known->end(), [&](const rows::Tag& one) { return one.key() == key; });
    rows::Tag& row = same == known->end() ? *known->Add() : *same;
    row.set_key(key);
    row.set_value(value.asString());
  }
  if (rule.tags_size() > kMostTags) {
    return base::ApiError{"LimitExceededException", "A notification rule can have no more than 50 tags."};
  }
  return {};
}

void registerTags(dispatch::Registry& registry) {
  registry.addPlain(kService, "TagResource", tag);
  registry.addPlain(kService, "UntagResource", untag);
  registry.addPlain(kService, "ListTagsForResource", list);
}

}  // namespace thimble::services::codestarnotifications
