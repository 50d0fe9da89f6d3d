// Multipart uploads on their way.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
#pragma once

#include <string>

#include "base/result.h"
#include "services/s3/common.h"
#include "services/s3/staging.h"

namespace thimble::services::s3 {

base::Result<proto::Upload> requireUpload(store::Transaction& transaction, const std::string& bucket,
                                          const std::string& key, const std::string& upload_id);
base::Result<void> checkPartNumber(std::int64_t number);

/// Checks that a part's checksum is of the algorithm that the upload was created with.
base::Result<void> checkPartAlgorithm(const proto::Upload& upload, const std::string& algorithm);

/// Adds (or replaces) a part.
proto::Part putPart(store::Transaction& transaction, const std::string& bucket, const std::string& upload_id,
                    std::int64_t number, const Staged& staged, base::Timestamp now);

}  // namespace thimble::services::s3
