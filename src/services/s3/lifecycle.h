// When a bucket's lifecycle rules let an object expire.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
#pragma once

#include <optional>
#include <string>

#include "services/s3/s3.pb.h"

namespace thimble::services::s3 {

/// The x-amz-expiration header: `expiry-date="…", rule-id="…"` of the rule that applies first; nothing when none does.
std::optional<std::string> expirationHeader(const proto::Bucket& bucket, const proto::ObjectVersion& object);

}  // namespace thimble::services::s3
