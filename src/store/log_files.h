// RocksDB's write-ahead log on files that are grown ahead of need.
//
// A sync of a file that has grown since the last one must write the file system's journal too; a sync of bytes that
// were there already writes those bytes alone and takes about two thirds of the time. So a log file gets zeros ahead of
// its end whenever small writes reach it, and the zeros are cut off when the file is closed. What a crash leaves behind
// the last whole record, zeros or a torn write, is cut off before RocksDB reads the file (`log_end.h`).
#pragma once

#include <rocksdb/file_system.h>

#include <memory>
#include <string>

namespace thimble::store {

/// `base`, but for new files whose names end in ".log". Their writes reach the file at Sync (or Close) at the latest,
/// past the page cache where the file system can do that. After a failure a file takes no more writes and no more
/// syncs: what of it is on disk is unknown.
std::shared_ptr<rocksdb::FileSystem> makeLogFileSystem(const std::shared_ptr<rocksdb::FileSystem>& base);

/// Cuts the log files of `folder` after their last whole record. Throws std::system_error when that cannot be done, and
/// EngineBroken, which names the file and the place, when a record before the last one is damaged.
void cutLogFiles(const std::string& folder);

}  // namespace thimble::store
