// Where a write-ahead log really ends, when a crash has left zeros or a torn write behind its last record.
#pragma once

#include <cstddef>
#include <string_view>

namespace thimble::store {

struct LogEnd {
  std::size_t end = 0;  ///< Bytes of whole records from the file's start.
  bool damaged =
      false;  ///< What follows `end` is neither zeros nor the torn last write: a record was acknowledged there.
};

/// `log` is a whole file in RocksDB's log format (https://github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format)
/// with one record to each synced write. A write begins only when the one before it is durable, so what is invalid and
/// followed by the beginning of a valid record has rotted. The last record, if invalid, is taken for torn when a whole
/// sector of it never reached the disk, and for rotten else: sectors are written as one, over zeros.
LogEnd findLogEnd(std::string_view log);

}  // namespace thimble::store
