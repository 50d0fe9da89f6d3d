// What many operations of S3 share: the bucket they are about, who owns it, versions and encodings.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "dispatch/context.h"
#include "services/s3/tables.h"

namespace thimble::services::s3 {

/// The bucket, for an operation on it or its objects. `expected_owner` is the x-amz-expected-bucket-owner header.
base::Result<proto::Bucket> requireBucket(store::Transaction& transaction, const std::string& name,
                                          const std::optional<std::string>& expected_owner = std::nullopt);

/// A configuration's model value, or null.
base::Json configuration(const proto::Bucket& bucket, const std::string& name);

/// The canonical user id of an account: 64 hexadecimal digits.
std::string canonicalUser(const std::string& account);

/// The id of a new version in that bucket: "null" unless versioning is enabled.
std::string newVersionId(const proto::Bucket& bucket, platform::Random& random);
/// The id to show with a version, nothing where versioning was never set.
std::optional<std::string> shownVersionId(const proto::Bucket& bucket, const proto::ObjectVersion& version);

/// The id to show in the answer to a write: as above, but nothing for "null".
std::optional<std::string> writtenVersionId(const proto::Bucket& bucket, const proto::ObjectVersion& version);

/// Whether it lies in an archive, so that it has to be restored before it is read.
bool isArchived(const proto::ObjectVersion& object);

/// Random text of the alphabet of version and upload ids.
std::string randomId(platform::Random& random, std::size_t length);

/// Percent-encoding as lists with EncodingType=url show keys: "/" stays, a blank is "+".
std::string encodeListed(const std::string& text, const std::optional<std::string>& encoding_type);

/// AWS shows object times in whole seconds.
base::Timestamp shownTime(std::int64_t milliseconds);

struct CopySource {
  std::string bucket;
  std::string key;
  std::optional<std::string> version_id;
};
/// Reads x-amz-copy-source: "/bucket/key%20x?versionId=...".
base::Result<CopySource> parseCopySource(const std::string& text);

/// The object to be read: the newest, or the version asked for. Errors: NoSuchKey, NoSuchVersion, InvalidArgument, and
/// MethodNotAllowed for a delete marker asked for by its id. `method` is named in the last.
base::Result<proto::ObjectVersion> requireObject(store::Transaction& transaction, const proto::Bucket& bucket,
                                                 const std::string& key, const std::optional<std::string>& version_id,
                                                 const std::string& method);

/// Conditions of a read (RFC 9110, section 13). The error is PreconditionFailed or NotModified. `prefix` stands before
/// the header's name in errors (x-amz-copy-source-).
struct ReadConditions {
  std::optional<std::string> if_match, if_none_match;
  std::optional<base::Timestamp> if_modified_since, if_unmodified_since;
};
base::Result<void> checkConditions(const ReadConditions& conditions, const proto::ObjectVersion& object,
                                   base::Timestamp now, const std::string& prefix = "");
/// Conditions of a write: If-None-Match: *, or If-Match with an ETag.
base::Result<void> checkWriteConditions(store::Transaction& transaction, const proto::Bucket& bucket,
                                        const std::string& key, const std::optional<std::string>& if_match,
                                        const std::optional<std::string>& if_none_match);
bool etagMatches(const std::string& list, const std::string& etag);

}  // namespace thimble::services::s3
