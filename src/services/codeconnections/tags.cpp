// TagResource, UntagResource, ListTagsForResource: of connections and hosts.
#include <google/protobuf/repeated_field.h>

#include "services/codeconnections/operations.h"

namespace thimble::services::codeconnections {
namespace {

using base::Json;

constexpr int kMostTags = 200;

/// Gives the tags of the connection or host to `work`, and keeps what it makes of them when `change`.
template <class Work>
base::Result<Json> withTags(dispatch::Context& context, const Json& input, bool change, Work work) {
  const std::string arn = input.stringAt("ResourceArn");
  if (placeOf(arn, "host")) {
    TRY_ASSIGN(rows::Host row, findHost(context.transaction(), arn));
    TRY_ASSIGN(Json output, work(*row.mutable_tags()));
    if (change) putHost(context.transaction(), row);
    return output;
  }
  TRY_ASSIGN(rows::Connection row, findConnection(context.transaction(), arn));
  TRY_ASSIGN(Json output, work(*row.mutable_tags()));
  if (change) putConnection(context.transaction(), row);
  return output;
}

base::Result<Json> list(dispatch::Context& context, const Json& input) {
  return withTags(context, input, false, [](TagRows& tags) -> base::Result<Json> {
    return Json::object({{"Tags", shownTags(tags)}});
  });
}

base::Result<Json> tag(dispatch::Context& context, const Json& input) {
  return withTags(context, input, true, [&](TagRows& tags) -> base::Result<Json> {
    TRY(addTags(tags, input["Tags"]));
    return Json::object();
  });
}

base::Result<Json> untag(dispatch::Context& context, const Json& input) {
  return withTags(context, input, true, [&](TagRows& tags) -> base::Result<Json> {
    TagRows kept;
    for (const rows::Tag& one : tags) {
      const auto& keys = input["TagKeys"].asArray();
      if (std::find(keys.begin(), keys.end(), Json(one.key())) == keys.end()) *kept.Add() = one;
    }
    tags = kept;
    return Json::object();
  });
}

}  // namespace

base::Result<void> addTags(TagRows& tags, const Json& added) {
  for (std::size_t i = 0; i < added.size(); ++i) {
    const std::string key = added[i].stringAt("Key");
    const auto same = std::find_if(tags.begin(), tags.end(), [&](const rows::Tag& one) { return one.key() == key; });
    rows::Tag& row = same == tags.end() ? *tags.Add() : *same;
    row.set_key(key);
    row.set_value(added[i].stringAt("Value"));
  }
  if (tags.size() > kMostTags) {
    return base::ApiError{"LimitExceededException", "A resource can have no more than 200 tags."};
  }
  return {};
}

Json shownTags(const TagRows& tags) {
  Json shown = Json::array();
  for (const rows::Tag& one : tags) shown.push(Json::object({{"Key", one.key()}, {"Value", one.value()}}));
  return shown;
}

void registerTags(dispatch::Registry& registry) {
  addUnderBothNames(registry, "ListTagsForResource", list);
  addUnderBothNames(registry, "TagResource", tag);
  addUnderBothNames(registry, "UntagResource", untag);
}

}  // namespace thimble::services::codeconnections
