// Object Lock: retention and legal holds.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "services/s3/s3.pb.h"

namespace thimble::services::s3 {

struct LockRequest {
  std::optional<std::string> mode;
  std::optional<base::Timestamp> retain_until;
  std::optional<std::string> legal_hold;
};

/// Sets the lock that a request asks for, or the bucket's default.
base::Result<void> applyLock(const LockRequest& request, const proto::Bucket& bucket, base::Timestamp now,
                             proto::ObjectVersion& object);

/// Whether that version may be removed now.
base::Result<void> checkRemovable(const proto::ObjectVersion& object, base::Timestamp now, bool bypass_governance);

}  // namespace thimble::services::s3
