// Tags as rows.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "services/events/errors.h"
#include "services/events/events.pb.h"
#include "wire/shapes/events.h"

namespace thimble::services::events {

using TagRows = google::protobuf::RepeatedPtrField<rows::Tag>;

/// Adds or replaces. Errors: LimitExceededException.
inline base::Result<void> addTags(TagRows& tags, const std::optional<std::vector<shapes::events::Tag>>& added) {
  constexpr int kMaxTags = 50;
  for (const auto& tag : added.value_or(std::vector<shapes::events::Tag>())) {
    const auto same =
        std::find_if(tags.begin(), tags.end(), [&](const rows::Tag& one) { return one.key() == tag.Key_; });
    rows::Tag& row = same == tags.end() ? *tags.Add() : *same;
    row.set_key(tag.Key_);
    row.set_value(tag.Value_);
  }
  if (tags.size() > kMaxTags) return limitExceeded();
  return {};
}

}  // namespace thimble::services::events
