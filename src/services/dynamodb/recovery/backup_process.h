// Writing and restoring backups, as durable processes whose work is done by operations of our own.
//
// A backup is a blob with the items as they were at one instant: a worker reads them from one snapshot. When the server
// ends meanwhile, a new snapshot is taken. A table is restored some items at a time, each time with the place in the
// blob in the same commit.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dispatch/process.h"
#include "services/dynamodb/tables.h"

namespace thimble::services::dynamodb {

/// The id of a backup's process is the backup's ARN; that of a restoration's is the table's process's. When a restored
/// table has an import's ARN, that import's process is told of the end by a signal
/// with the Blob.
inline constexpr std::string_view kBackupProcess = "dynamodb.backup";
inline constexpr std::string_view kRestoreProcess = "dynamodb.restore";

/// The backup of an ARN of this account and region.
std::optional<rows::Backup> findBackup(store::Transaction& transaction, const std::string& arn);
void putBackup(store::Transaction& transaction, const rows::Backup& backup);
void eraseBackup(store::Transaction& transaction, const rows::Backup& backup);
/// The backup of an ARN that a caller gave: one of this account and region, and none that serves a restoration.
base::Result<rows::Backup> backupOf(dispatch::Context& context, const std::string& arn);
/// Whether the table's items are still being read for a restoration to a point in time.
bool isBeingRestored(dispatch::Context& context, const rows::Table& table);
/// An account's backups in a region, in the order of their tables and times, after the one of the ARN `after`.
std::vector<rows::Backup> listBackups(store::Transaction& transaction, const std::string& account,
                                      const std::string& region, const std::string& table, const std::string& after);

/// Begins to write a backup. `system`: of a table that is being deleted, which nobody writes to any more.
rows::Backup beginBackup(dispatch::Context& context, const rows::Table& table, const std::string& name, bool system);
/// Whether a backup of the table is being written.
bool isBeingBackedUp(dispatch::Context& context, const rows::Table& table);
/// Whether a table is being filled from the backup.
bool isInUse(store::Transaction& transaction, const rows::Backup& backup);
/// When a backup goes by itself.
std::int64_t expiryOf(const rows::Backup& backup);

/// The signal to a backup's process that a blob of its own, or of an import of that ARN, is to go.
base::Json removeBlob(const std::string& blob, const std::string& account, const std::string& region);

class BackupProcess final : public dispatch::ProcessKind {
 public:
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;
};

class RestoreProcess final : public dispatch::ProcessKind {
 public:
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;
};

}  // namespace thimble::services::dynamodb
