#include "store/log_files.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <limits>
#include <mutex>
#include <system_error>

#include "platform/files.h"
#include "store/engine.h"
#include "store/log_end.h"

namespace thimble::store {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

// What direct writes to a disk are aligned to.
constexpr std::size_t kPage = 4096;
// Bytes gathered before they are written; more of them are written in pieces.
constexpr std::size_t kGathered = std::size_t{256} << 10;
// Zeros made ahead at a time, and the largest write that they are made for: a larger one takes longer than its growth.
constexpr std::size_t kAhead = std::size_t{512} << 10;
constexpr std::size_t kSmallWrite = std::size_t{32} << 10;

// Never written, so it takes no memory.
alignas(kPage) std::array<char, kAhead> zeros;

constexpr std::size_t roundUp(std::size_t bytes) {
  return (bytes + kPage - 1) / kPage * kPage;
}

IOStatus failure(const std::string& path, int error) {
  const std::string reason = std::generic_category().message(error);
  return error == ENOSPC ? IOStatus::NoSpace(path, reason) : IOStatus::IOError(path, reason);
}

class LogFile final : public rocksdb::FSWritableFile {
 public:
  LogFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  ~LogFile() override {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  using FSWritableFile::Append;
  IOStatus Append(const rocksdb::Slice& data, const IOOptions&, IODebugContext*) override {
    const std::lock_guard lock(mutex_);
    std::string_view left(data.data(), data.size());
    while (!left.empty() && error_ == 0) {
      if (pages_ == nullptr) pages_ = allocatePages();
      const std::size_t taken = std::min(left.size(), kGathered - gathered_);
      std::memcpy(pages_.get() + gathered_, left.data(), taken);
      gathered_ += taken;
      left.remove_prefix(taken);
      if (gathered_ == kGathered) writeGathered();
    }
    return outcome();
  }

  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    const std::lock_guard lock(mutex_);
    writeGathered();
    if (error_ == 0 && ::fdatasync(descriptor_) != 0) error_ = errno;
    return outcome();
  }

  bool IsSyncThreadSafe() const override { return true; }

  IOStatus Close(const IOOptions&, IODebugContext*) override {
    const std::lock_guard lock(mutex_);
    if (descriptor_ < 0) return outcome();
    writeGathered();
    if (error_ == 0 && ::ftruncate(descriptor_, static_cast<off_t>(size())) != 0) error_ = errno;
    if (::close(descriptor_) != 0 && error_ == 0) error_ = errno;
    descriptor_ = -1;
    pages_.reset();
    return outcome();
  }

  std::uint64_t GetFileSize(const IOOptions&, IODebugContext*) override {
    const std::lock_guard lock(mutex_);
    return size();
  }

  /// RocksDB cuts a file only to what it has written.
  IOStatus Truncate(std::uint64_t, const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  void PrepareWrite(std::size_t, std::size_t, const IOOptions&, IODebugContext*) override {}
  IOStatus Allocate(std::uint64_t, std::uint64_t, const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  struct Free {
    void operator()(char* pages) const { std::free(pages); }
  };
  using Pages = std::unique_ptr<char, Free>;

  static Pages allocatePages() {
    Pages pages(static_cast<char*>(std::aligned_alloc(kPage, kGathered)));
    if (!pages) throw std::bad_alloc();
    return pages;
  }

  std::uint64_t size() const { return begin_ + gathered_; }

  IOStatus outcome() const { return error_ == 0 ? IOStatus::OK() : failure(path_, error_); }

  /// Writes whole pages, the last one filled up with zeros, and keeps that one for what will follow in it.
  void writeGathered() {
    if (error_ != 0 || gathered_ == written_) return;
    const std::size_t length = roundUp(gathered_);
    std::memset(pages_.get() + gathered_, 0, length - gathered_);
    std::size_t ahead = 0;
    if (begin_ + length > made_) {
      if (gathered_ - written_ <= kSmallWrite) ahead = kAhead;
      made_ = begin_ + length + ahead;
    }
    std::array<iovec, 2> parts{iovec{pages_.get(), length}, iovec{zeros.data(), ahead}};
    if (!writeAll(parts.data(), ahead == 0 ? 1 : 2)) return;
    const std::size_t kept = gathered_ % kPage;
    const std::size_t done = gathered_ - kept;
    std::memmove(pages_.get(), pages_.get() + done, kept);
    begin_ += done;
    gathered_ = written_ = kept;
  }

  bool writeAll(iovec* parts, int count) {
    auto place = static_cast<off_t>(begin_);
    while (count > 0) {
      const ssize_t written = ::pwritev(descriptor_, parts, count, place);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0 && errno == EINVAL && throughCache()) continue;
      if (written <= 0) {
        error_ = written < 0 ? errno : EIO;
        return false;
      }
      place += written;
      auto left = static_cast<std::size_t>(written);
      while (count > 0 && left >= parts->iov_len) {
        left -= parts->iov_len;
        ++parts;
        --count;
      }
      if (count > 0) *parts = {static_cast<char*>(parts->iov_base) + left, parts->iov_len - left};
    }
    return true;
  }

  /// From now on the file is written through the page cache: its file system cannot do otherwise in pages of this size.
  /// False when it is already.
  bool throughCache() {
    const int flags = ::fcntl(descriptor_, F_GETFL);
    return flags >= 0 && (flags & O_DIRECT) != 0 && ::fcntl(descriptor_, F_SETFL, flags & ~O_DIRECT) == 0;
  }

  const std::string path_;
  std::mutex mutex_;
  int descriptor_;            ///< -1: closed.
  int error_ = 0;             ///< Of the first call that failed.
  Pages pages_;               ///< Nothing before the first write.
  std::uint64_t begin_ = 0;   ///< Where in the file `pages_` begins: at a page.
  std::size_t gathered_ = 0;  ///< Bytes in `pages_`.
  std::size_t written_ = 0;   ///< Of them in the file.
  std::uint64_t made_ = 0;    ///< The file's own length, zeros included.
};

/// Past the page cache where that can be; -1 with errno otherwise.
int createLog(const std::string& path) {
  constexpr int kFlags = O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC;
  const int direct = ::open(path.c_str(), kFlags | O_DIRECT, 0644);
  return direct >= 0 || errno != EINVAL ? direct : ::open(path.c_str(), kFlags, 0644);
}

class LogFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;
  const char* Name() const override { return "thimble.LogFileSystem"; }

  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result, IODebugContext* debug) override {
    if (!path.ends_with(".log")) return target()->NewWritableFile(path, options, result, debug);
    const int descriptor = createLog(path);
    if (descriptor < 0) return failure(path, errno);
    *result = std::make_unique<LogFile>(path, descriptor);
    return IOStatus::OK();
  }
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> makeLogFileSystem(const std::shared_ptr<rocksdb::FileSystem>& base) {
  return std::make_shared<LogFileSystem>(base);
}

void cutLogFiles(const std::string& folder) {
  platform::RealFileSystem files;
  if (!files.exists(folder)) return;
  for (const std::string& name : files.list(folder)) {
    if (!name.ends_with(".log")) continue;
    const std::string path = folder + "/" + name;
    const std::string log = files.read(path, std::numeric_limits<std::uint32_t>::max());
    const LogEnd found = findLogEnd(log);
    if (found.damaged) {
      throw EngineBroken("the store's log " + path + " is damaged at byte " + std::to_string(found.end) + " of " +
                         std::to_string(log.size()));
    }
    if (found.end < log.size()) std::filesystem::resize_file(path, found.end);
  }
}

}  // namespace thimble::store
