// S3's errors. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
#pragma once

#include <cstdint>
#include <string>

#include "base/api_error.h"

namespace thimble::services::s3 {

base::ApiError noSuchBucket(const std::string& bucket);
base::ApiError noSuchKey(const std::string& key);
base::ApiError noSuchVersion(const std::string& key, const std::string& version_id);
base::ApiError noSuchUpload(const std::string& upload_id);
/// A configuration that the bucket does not have; `code` for example "NoSuchTagSet".
base::ApiError noSuchConfiguration(const std::string& code, const std::string& message, const std::string& bucket);
base::ApiError bucketAlreadyOwnedByYou(const std::string& bucket);
base::ApiError bucketAlreadyExists(const std::string& bucket);
/// `versioned`: there are versions to be deleted one by one.
base::ApiError bucketNotEmpty(const std::string& bucket, bool versioned);
base::ApiError invalidBucketName(const std::string& bucket);
base::ApiError invalidArgument(const std::string& message, const std::string& name, const std::string& value);
base::ApiError invalidRequest(const std::string& message);
base::ApiError preconditionFailed(const std::string& condition);
base::ApiError notModified();
base::ApiError methodNotAllowedOnMarker(const std::string& method);
base::ApiError badDigest(const std::string& message);
base::ApiError invalidDigest(const std::string& digest);
base::ApiError invalidRange(const std::string& range, std::uint64_t size);
base::ApiError malformedXml();
base::ApiError malformedPolicy(const std::string& message);
base::ApiError accessDenied(const std::string& message = "Access Denied");
/// Functionality behind a header that is not there.
base::ApiError notImplementedHeader(const std::string& header, const std::string& additional = "");
/// Functionality of an operation that is not there; says which.
base::ApiError notImplemented(const std::string& what);

}  // namespace thimble::services::s3
