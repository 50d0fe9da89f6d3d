#include "services/s3/tables.h"

#include <algorithm>

namespace thimble::services::s3 {

using proto::ObjectVersion;
using store::Transaction;

namespace {

// The row of the newest version that is no delete marker; none when the newest is one, or none is left.
void refreshCurrent(Transaction& transaction, const std::string& bucket, const std::string& key) {
  auto newest = newestVersion(transaction, bucket, key);
  if (newest && !newest->delete_marker()) {
    kCurrent.put(transaction, *newest, bucket, key);
  } else {
    kCurrent.erase(transaction, bucket, key);
  }
}

}  // namespace

std::optional<ObjectVersion> newestVersion(Transaction& transaction, const std::string& bucket,
                                           const std::string& key) {
  auto rows = kVersions.scan(transaction, {.limit = 1}, bucket, key);
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front().record);
}

std::optional<ObjectVersion> findVersion(Transaction& transaction, const std::string& bucket, const std::string& key,
                                         const std::string& version_id) {
  for (auto& row : kVersions.scan(transaction, {}, bucket, key)) {
    if (row.record.version_id() == version_id) return std::move(row.record);
  }
  return std::nullopt;
}

void addVersion(Transaction& transaction, const std::string& bucket, ObjectVersion version) {
  const std::string key = version.key();
  std::int64_t sequence = version.modified() * 1000;
  if (auto newest = newestVersion(transaction, bucket, key)) sequence = std::max(sequence, newest->sequence() + 1);
  if (version.version_id() == "null") {
    if (auto before = findVersion(transaction, bucket, key, "null")) {
      kVersions.erase(transaction, bucket, key, -before->sequence());
    }
  }
  version.set_sequence(sequence);
  kVersions.put(transaction, version, bucket, key, -sequence);
  if (version.delete_marker()) {
    kCurrent.erase(transaction, bucket, key);
  } else {
    kCurrent.put(transaction, version, bucket, key);
  }
}

void updateVersion(Transaction& transaction, const std::string& bucket, const ObjectVersion& version) {
  kVersions.put(transaction, version, bucket, version.key(), -version.sequence());
  refreshCurrent(transaction, bucket, version.key());
}

void removeVersion(Transaction& transaction, const std::string& bucket, const ObjectVersion& version) {
  kVersions.erase(transaction, bucket, version.key(), -version.sequence());
  refreshCurrent(transaction, bucket, version.key());
}

}  // namespace thimble::services::s3
