// A secret's description as DescribeSecret and ListSecrets show it, and its tags.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/secretsmanager/secrets.h"
#include "wire/shapes/secretsmanager.h"

namespace thimble::services::secretsmanager {

/// Version ids to stages, of the versions that have any; nothing when there are none.
inline std::optional<std::map<std::string, std::vector<std::string>>> stagesOf(const rows::Secret& secret) {
  std::map<std::string, std::vector<std::string>> out;
  for (const rows::Version& version : secret.versions()) {
    if (!version.stages().empty()) out[version.id()].assign(version.stages().begin(), version.stages().end());
  }
  if (out.empty()) return std::nullopt;
  return out;
}

template <class Shown>
void showSecret(Shown& shown, const rows::Secret& secret) {
  const auto time = [](std::int64_t milliseconds) -> std::optional<base::Timestamp> {
    if (milliseconds == 0) return std::nullopt;
    return base::Timestamp{milliseconds};
  };
  shown.ARN_ = secret.arn();
  shown.Name_ = secret.name();
  if (!secret.description().empty()) shown.Description_ = secret.description();
  if (!secret.kms_key().empty()) shown.KmsKeyId_ = secret.kms_key();
  shown.CreatedDate_ = time(secret.created());
  shown.LastChangedDate_ = time(secret.changed());
  shown.LastAccessedDate_ = time(secret.accessed());
  shown.DeletedDate_ = time(secret.deleted());
  if (!secret.tags().empty()) {
    shown.Tags_.emplace();
    for (const rows::Tag& row : secret.tags()) {
      shapes::secretsmanager::Tag& tag = shown.Tags_->emplace_back();
      tag.Key_ = row.key();
      tag.Value_ = row.value();
    }
  }
}

/// Adds or replaces. Errors: LimitExceededException.
inline base::Result<void> addTags(rows::Secret& secret,
                                  const std::optional<std::vector<shapes::secretsmanager::Tag>>& added) {
  constexpr int kMaxTags = 50;
  for (const auto& tag : added.value_or(std::vector<shapes::secretsmanager::Tag>())) {
    auto& tags = *secret.mutable_tags();
    const std::string key = tag.Key_.value_or("");
    const auto same = std::find_if(tags.begin(), tags.end(), [&](const rows::Tag& each) { return each.key() == key; });
    rows::Tag& row = same == tags.end() ? *tags.Add() : *same;
    row.set_key(key);
    row.set_value(tag.Value_.value_or(""));
  }
  if (secret.tags_size() > kMaxTags) {
    return base::ApiError{"LimitExceededException", "A secret has at most 50 tags.", 400};
  }
  return {};
}

}  // namespace thimble::services::secretsmanager
