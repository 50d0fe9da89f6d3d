#include "platform/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace thimble::platform {
namespace {

int openForReading(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "cannot open " + path);
  return descriptor;
}

}  // namespace

std::string ByteSource::readAll() const {
  std::string out(size(), '\0');
  std::size_t filled = 0;
  while (filled < out.size()) {
    const std::size_t got = read(filled, out.data() + filled, out.size() - filled);
    if (got == 0) break;
    filled += got;
  }
  out.resize(filled);
  return out;
}

std::size_t MemoryBytes::read(std::uint64_t offset, char* out, std::size_t length) const {
  if (offset >= bytes_.size()) return 0;
  const std::size_t count = std::min<std::uint64_t>(length, bytes_.size() - offset);
  std::memcpy(out, bytes_.data() + offset, count);
  return count;
}

FileBytes::FileBytes(std::string path, bool remove_when_done)
    : path_(std::move(path)), descriptor_(openForReading(path_)), remove_when_done_(remove_when_done) {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) {
    const int error = errno;
    ::close(descriptor_);
    throw std::system_error(error, std::generic_category(), "cannot stat " + path_);
  }
  length_ = static_cast<std::uint64_t>(status.st_size);
}

FileBytes::FileBytes(std::string path, std::uint64_t offset, std::uint64_t length)
    : path_(std::move(path)), descriptor_(openForReading(path_)), offset_(offset), length_(length), whole_(false) {}

FileBytes::~FileBytes() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (remove_when_done_) ::unlink(path_.c_str());
}

std::size_t FileBytes::read(std::uint64_t offset, char* out, std::size_t length) const {
  if (offset >= length_) return 0;
  const std::size_t wanted = std::min<std::uint64_t>(length, length_ - offset);
  for (;;) {
    const ssize_t got = ::pread(descriptor_, out, wanted, static_cast<off_t>(offset_ + offset));
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "cannot read " + path_);
  }
}

}  // namespace thimble::platform
