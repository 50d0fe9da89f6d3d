#include "services/codepipeline/artifact_zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <system_error>
#include <vector>

#include "base/encoding.h"

namespace thimble::services::codepipeline {
namespace {

constexpr std::size_t kLongestName = 4000;
constexpr std::size_t kPiece = 64 * 1024;

ZipProblem damaged() {
  return {"it is not a valid zip file."};
}

}  // namespace

/// libarchive reads through these.
struct ZipReader::Source {
  platform::ByteSourcePointer bytes;
  std::uint64_t at = 0;
  std::vector<char> buffer = std::vector<char>(kPiece);

  static la_ssize_t read(struct archive* archive, void* self, const void** out) {
    auto& source = *static_cast<Source*>(self);
    *out = source.buffer.data();
    try {  // No exception passes through a library written in C.
      const std::size_t size = source.bytes->read(source.at, source.buffer.data(), source.buffer.size());
      source.at += size;
      return static_cast<la_ssize_t>(size);
    } catch (const std::system_error& error) {
      archive_set_error(archive, error.code().value(), "%s", error.what());
      return -1;
    }
  }

  static la_int64_t seek(struct archive*, void* self, la_int64_t offset, int whence) {
    auto& source = *static_cast<Source*>(self);
    const auto size = static_cast<la_int64_t>(source.bytes->size());
    const la_int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? static_cast<la_int64_t>(source.at) : size;
    source.at = static_cast<std::uint64_t>(std::clamp<la_int64_t>(base + offset, 0, size));
    return static_cast<la_int64_t>(source.at);
  }
};

std::optional<std::string> plainName(const std::string& name) {
  if (name.empty() || name[0] == '/' || name.size() > kLongestName || name.find('\\') != std::string::npos ||
      name.find('\0') != std::string::npos || !base::isUtf8(name)) {
    return std::nullopt;
  }
  std::string plain;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string part = name.substr(begin, end - begin);
    begin = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == "..") return std::nullopt;
    plain += (plain.empty() ? "" : "/") + part;
  }
  if (plain.empty()) return std::nullopt;
  return plain;
}

ZipReader::ZipReader(platform::ByteSourcePointer bytes, ZipLimits limits)
    : source_(std::make_unique<Source>()), archive_(archive_read_new()), limits_(limits) {
  if (archive_ == nullptr) throw std::bad_alloc();
  source_->bytes = std::move(bytes);
  archive_read_support_format_zip_seekable(archive_);
  archive_read_set_read_callback(archive_, Source::read);
  archive_read_set_seek_callback(archive_, Source::seek);
  archive_read_set_callback_data(archive_, source_.get());
  opened_ = archive_read_open1(archive_) == ARCHIVE_OK;
}

ZipReader::~ZipReader() {
  archive_read_free(archive_);
}

base::Result<std::optional<ZipReader::File>, ZipProblem> ZipReader::next() {
  if (!opened_) return damaged();
  for (;;) {
    const int status = archive_read_next_header(archive_, &entry_);
    if (status == ARCHIVE_EOF) return std::optional<File>();
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return damaged();
    if (++entries_ > limits_.max_entries) {
      return ZipProblem{"it has more than " + std::to_string(limits_.max_entries) + " files."};
    }
    const char* given = archive_entry_pathname_utf8(entry_);
    if (given == nullptr) given = archive_entry_pathname(entry_);
    const std::string name = given == nullptr ? "" : given;
    const auto type = archive_entry_filetype(entry_);
    if (type == AE_IFDIR && (name == "/" || name == "./")) continue;
    const auto plain = plainName(name);
    if (!plain) return ZipProblem{"it has a file whose name leads out of it."};
    if (type == AE_IFDIR) continue;
    if (archive_entry_hardlink(entry_) != nullptr || (type != AE_IFREG && type != AE_IFLNK)) {
      return ZipProblem{*plain + " in it is neither a file nor a symbolic link."};
    }
    return std::optional<File>(File{*plain, type == AE_IFLNK});
  }
}

std::optional<std::uint64_t> ZipReader::declaredSize() const {
  if (archive_entry_size_is_set(entry_) == 0) return std::nullopt;
  return static_cast<std::uint64_t>(archive_entry_size(entry_));
}

base::Result<std::size_t, ZipProblem> ZipReader::readSome(char* out, std::size_t length) {
  const la_ssize_t size = archive_read_data(archive_, out, length);
  if (size < 0) return damaged();
  bytes_ += static_cast<std::uint64_t>(size);
  if (bytes_ > limits_.max_bytes) {
    return ZipProblem{"its files are larger than " + std::to_string(limits_.max_bytes) + " bytes together."};
  }
  return static_cast<std::size_t>(size);
}

base::Result<std::string, ZipProblem> ZipReader::read(std::uint64_t most) {
  std::string content;
  std::vector<char> piece(kPiece);
  for (;;) {
    TRY_ASSIGN(const std::size_t size, readSome(piece.data(), piece.size()));
    if (size == 0) return content;
    content.append(piece.data(), size);
    if (content.size() > most) {
      return ZipProblem{std::string(archive_entry_pathname(entry_)) + " in it is larger than " + std::to_string(most) +
                        " bytes."};
    }
  }
}

base::Result<void, ZipProblem> ZipReader::copyTo(const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) throw std::system_error(errno, std::generic_category(), "making a file for an artifact's content");
  const auto close_file = [](const int* descriptor) { close(*descriptor); };
  const std::unique_ptr<const int, decltype(close_file)> closing(&file, close_file);
  std::vector<char> piece(kPiece);
  for (;;) {
    TRY_ASSIGN(const std::size_t size, readSome(piece.data(), piece.size()));
    if (size == 0) return {};
    for (std::size_t done = 0; done < size;) {
      const ssize_t written = write(file, piece.data() + done, size - done);
      if (written < 0 && errno != EINTR) {
        throw std::system_error(errno, std::generic_category(), "writing an artifact's content");
      }
      if (written > 0) done += static_cast<std::size_t>(written);
    }
  }
}

}  // namespace thimble::services::codepipeline
