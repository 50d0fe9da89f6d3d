// Rows of S3 and their keys. Bucket names are global, so no account is part of a key.
#pragma once

#include <optional>
#include <string>

#include "services/s3/s3.pb.h"
#include "store/table.h"

namespace thimble::services::s3 {

inline constexpr store::Table<proto::Bucket> kBuckets{"s3.bucket"};           ///< (bucket)
inline constexpr store::Table<proto::ObjectVersion> kCurrent{"s3.current"};   ///< (bucket, key): newest, no marker.
inline constexpr store::Table<proto::ObjectVersion> kVersions{"s3.version"};  ///< (bucket, key, -sequence).
inline constexpr store::Table<proto::Upload> kUploads{"s3.upload"};           ///< (bucket, key, upload id).
inline constexpr store::Table<proto::Part> kParts{"s3.part"};                 ///< (bucket, upload id, number).

/// The newest version of a key, delete markers included.
std::optional<proto::ObjectVersion> newestVersion(store::Transaction& transaction, const std::string& bucket,
                                                  const std::string& key);
/// The version of that id.
std::optional<proto::ObjectVersion> findVersion(store::Transaction& transaction, const std::string& bucket,
                                                const std::string& key, const std::string& version_id);
/// Adds a version as the newest (sets its sequence); one with the id "null" replaces the "null" version there is.
void addVersion(store::Transaction& transaction, const std::string& bucket, proto::ObjectVersion version);
/// Writes a version back whose contents changed but not its place.
void updateVersion(store::Transaction& transaction, const std::string& bucket, const proto::ObjectVersion& version);
void removeVersion(store::Transaction& transaction, const std::string& bucket, const proto::ObjectVersion& version);

}  // namespace thimble::services::s3
