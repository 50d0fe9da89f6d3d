// When a bucket's lifecycle rules let an object expire.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "base/time.h"
#include "services/s3/s3.pb.h"

namespace thimble::services::s3 {

/// Whether the rule is enabled and its filter takes the version.
bool ruleApplies(const base::Json& rule, const proto::ObjectVersion& object);
/// When the rule lets a current version expire; nothing when it does not.
std::optional<base::Timestamp> expiryBy(const base::Json& rule, const proto::ObjectVersion& object);
/// The midnight (UTC) at or after a moment, to which AWS rounds.
base::Timestamp midnightAfter(std::int64_t milliseconds);

/// The x-amz-expiration header: `expiry-date="…", rule-id="…"` of the rule that applies first; nothing when none does.
std::optional<std::string> expirationHeader(const proto::Bucket& bucket, const proto::ObjectVersion& object);

}  // namespace thimble::services::s3
