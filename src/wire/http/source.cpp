#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "wire/http/message.h"

namespace thimble::wire::http {
namespace {

class FileSource final : public ByteSource {
 public:
  FileSource(int descriptor, std::uint64_t offset, std::uint64_t length)
      : descriptor_(descriptor), offset_(offset), left_(length), size_(length) {}
  ~FileSource() override { ::close(descriptor_); }

  std::optional<std::uint64_t> size() const override { return size_; }

  void pull(std::size_t max, Ready ready) override {
    Chunk chunk;
    chunk.bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(max, left_)));
    std::size_t filled = 0;
    while (filled < chunk.bytes.size()) {
      const ssize_t got = ::pread(descriptor_, chunk.bytes.data() + filled, chunk.bytes.size() - filled,
                                  static_cast<off_t>(offset_ + filled));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) {  // An error, or a file that became shorter than promised.
        chunk.failed = true;
        break;
      }
      filled += static_cast<std::size_t>(got);
    }
    chunk.bytes.resize(filled);
    offset_ += filled;
    left_ -= filled;
    chunk.end = left_ == 0;
    ready(std::move(chunk));
  }

 private:
  int descriptor_;
  std::uint64_t offset_;
  std::uint64_t left_;
  std::uint64_t size_;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string bytes) : bytes_(std::move(bytes)) {}

  std::optional<std::uint64_t> size() const override { return bytes_.size(); }

  void pull(std::size_t max, Ready ready) override {
    Chunk chunk;
    chunk.bytes = bytes_.substr(at_, max);
    at_ += chunk.bytes.size();
    chunk.end = at_ == bytes_.size();
    ready(std::move(chunk));
  }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

}  // namespace

std::shared_ptr<ByteSource> fileSource(const std::string& path, std::uint64_t offset,
                                       std::optional<std::uint64_t> length) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "cannot open " + path);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) {
    const int error = errno;
    ::close(descriptor);
    throw std::system_error(error, std::generic_category(), "cannot read the size of " + path);
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const std::uint64_t begin = std::min(offset, size);
  return std::make_shared<FileSource>(descriptor, begin, std::min(length.value_or(size), size - begin));
}

std::shared_ptr<ByteSource> memorySource(std::string bytes) {
  return std::make_shared<MemorySource>(std::move(bytes));
}

}  // namespace thimble::wire::http
