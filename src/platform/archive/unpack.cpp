#include "platform/archive/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "base/encoding.h"

namespace thimble::platform {
namespace {

using Status = base::Result<void, ArchiveError>;

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  int get() const { return value_; }

 private:
  int value_;
};

[[noreturn]] void throwErrno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// The parts of a relative name; nothing when it is absolute, empty, leads upwards or cannot be a file's name.
bool splitName(const std::string& name, std::size_t max_depth, std::vector<std::string>& parts) {
  if (name.empty() || name[0] == '/' || name.find('\\') != std::string::npos || name.size() > 4000 ||
      !base::isUtf8(name))
    return false;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string part = name.substr(begin, end - begin);
    begin = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == ".." || part.size() > 255) return false;
    parts.push_back(part);
    if (parts.size() > max_depth) return false;
  }
  return true;
}

/// Whether a link at `parts` with this target stays inside. Steps upwards may only begin it: after the name of another
/// link they would lead from where that one points to.
bool linkStaysInside(const std::vector<std::string>& parts, const std::string& target) {
  if (target.empty() || target[0] == '/' || target.size() > 4000) return false;
  std::size_t above = parts.size() - 1;
  bool down = false;
  for (std::size_t begin = 0; begin <= target.size();) {
    const std::size_t end = std::min(target.find('/', begin), target.size());
    const std::string part = target.substr(begin, end - begin);
    begin = end + 1;
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      down = true;
    } else if (down || above-- == 0) {
      return false;
    }
  }
  return true;
}

/// Judges entries by their headers, one after another.
class Admission {
 public:
  explicit Admission(const ArchiveLimits& limits) : limits_(limits) {}

  /// Fills `parts` with the name's.
  Status admit(archive_entry* entry, std::vector<std::string>& parts) {
    if (++entries_ > limits_.max_entries) return ArchiveError::TooLarge;
    const char* name = archive_entry_pathname_utf8(entry);
    if (name == nullptr) name = archive_entry_pathname(entry);
    if (name == nullptr || !splitName(name, limits_.max_depth, parts)) return ArchiveError::Forbidden;
    if (archive_entry_hardlink(entry) != nullptr) return ArchiveError::Forbidden;
    switch (archive_entry_filetype(entry)) {
      case AE_IFDIR:
        return {};
      case AE_IFLNK: {
        // Zips keep a link's target as the file's content; libarchive reads it with the header.
        const char* target = archive_entry_symlink(entry);
        if (parts.empty() || target == nullptr || !linkStaysInside(parts, target)) return ArchiveError::Forbidden;
        return {};
      }
      case AE_IFREG:
        if (parts.empty()) return ArchiveError::Forbidden;
        // What it says of its size spares the work; what comes is counted all the same.
        if (archive_entry_size_is_set(entry) != 0) said_ += static_cast<std::uint64_t>(archive_entry_size(entry));
        return said_ > limits_.max_bytes ? Status(ArchiveError::TooLarge) : Status();
      default:
        return ArchiveError::Forbidden;
    }
  }

 private:
  ArchiveLimits limits_;
  std::size_t entries_ = 0;
  std::uint64_t said_ = 0;
};

class Unpacker {
 public:
  Unpacker(const std::string& folder, const ArchiveLimits& limits)
      : root_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), limits_(limits), admission_(limits) {
    if (root_.get() < 0) throwErrno("opening the folder to unpack into");
  }

  Status entry(struct archive* archive, archive_entry* entry) {
    std::vector<std::string> parts;
    if (const Status admitted = admission_.admit(entry, parts); !admitted.ok()) return admitted;
    switch (archive_entry_filetype(entry)) {
      case AE_IFDIR:
        return enter(parts).ok() ? Status() : Status(ArchiveError::Forbidden);
      case AE_IFLNK:
        links_.emplace_back(std::move(parts), archive_entry_symlink(entry));
        return {};
      default:
        return file(archive, entry, std::move(parts));
    }
  }

  Status links() {
    for (auto& [parts, target] : links_) {
      const std::string name = parts.back();
      parts.pop_back();
      base::Result<Descriptor, ArchiveError> parent = enter(parts);
      if (!parent.ok()) return parent.error();
      unlinkat(parent->get(), name.c_str(), 0);
      if (symlinkat(target.c_str(), parent->get(), name.c_str()) != 0) return ArchiveError::Forbidden;
      if (limits_.owner &&
          fchownat(parent->get(), name.c_str(), *limits_.owner, *limits_.owner, AT_SYMLINK_NOFOLLOW) != 0) {
        throwErrno("giving a link to its owner");
      }
    }
    return {};
  }

 private:
  /// Opens a folder below the root, part by part without following links, and makes what is missing.
  base::Result<Descriptor, ArchiveError> enter(const std::vector<std::string>& parts) {
    Descriptor at(fcntl(root_.get(), F_DUPFD_CLOEXEC, 0));
    for (const std::string& part : parts) {
      const bool made = mkdirat(at.get(), part.c_str(), 0755) == 0;
      if (!made && errno != EEXIST) throwErrno("making a folder");
      Descriptor next(openat(at.get(), part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (next.get() < 0) return ArchiveError::Forbidden;
      if (made) give(next.get());
      at = std::move(next);
    }
    return at;
  }

  void give(int descriptor) const {
    if (limits_.owner && fchown(descriptor, *limits_.owner, *limits_.owner) != 0)
      throwErrno("giving a file to its owner");
  }

  Status file(struct archive* archive, archive_entry* entry, std::vector<std::string> parts) {
    const std::string name = parts.back();
    parts.pop_back();
    base::Result<Descriptor, ArchiveError> parent = enter(parts);
    if (!parent.ok()) return parent.error();
    // Executable for all or for none: the function's user owns nothing.
    const mode_t mode = (archive_entry_perm(entry) & 0111) != 0 ? 0755 : 0644;
    unlinkat(parent->get(), name.c_str(), 0);
    const Descriptor out(
        openat(parent->get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (out.get() < 0) {
      if (errno == EISDIR || errno == EEXIST || errno == ENOTDIR) return ArchiveError::Forbidden;
      throwErrno("making a file");
    }
    fchmod(out.get(), mode);
    give(out.get());
    char buffer[64 * 1024];
    for (;;) {
      const la_ssize_t size = archive_read_data(archive, buffer, sizeof buffer);
      if (size < 0) return ArchiveError::Damaged;
      if (size == 0) return {};
      bytes_ += static_cast<std::uint64_t>(size);
      if (bytes_ > limits_.max_bytes) return ArchiveError::TooLarge;
      for (la_ssize_t done = 0; done < size;) {
        const ssize_t written = write(out.get(), buffer + done, static_cast<std::size_t>(size - done));
        if (written < 0 && errno != EINTR) throwErrno("writing a file");
        if (written > 0) done += written;
      }
    }
  }

  Descriptor root_;
  ArchiveLimits limits_;
  Admission admission_;
  std::uint64_t bytes_ = 0;
  std::vector<std::pair<std::vector<std::string>, std::string>> links_;
};

std::uint64_t littleEndian(const std::string& bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

/// How many entries the end of a zip's directory says there are; 0 when it is not where it should be. It spares reading
/// a directory of millions; what is in it is counted all the same. PKWARE's APPNOTE, sections 4.3.14 to 4.3.16.
std::uint64_t entriesSaid(const std::string& path) {
  constexpr std::size_t kEnd = 22, kLocator = 20, kLongEnd = 56, kLongestComment = 65535;
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (file.get() < 0 || fstat(file.get(), &status) != 0) return 0;
  const auto size = static_cast<std::size_t>(status.st_size);
  std::string tail(std::min(size, kEnd + kLongestComment + kLocator + kLongEnd), '\0');
  if (pread(file.get(), tail.data(), tail.size(), static_cast<off_t>(size - tail.size())) !=
      static_cast<ssize_t>(tail.size())) {
    return 0;
  }
  const std::size_t end = tail.rfind("PK\5\6");
  if (end == std::string::npos || end + kEnd > tail.size()) return 0;
  const std::uint64_t entries = littleEndian(tail, end + 10, 2);
  if (entries != 0xffff || end < kLocator + kLongEnd) return entries;
  const std::size_t long_end = tail.rfind("PK\6\6", end);
  if (long_end == std::string::npos || long_end + kLongEnd > tail.size()) return entries;
  return littleEndian(tail, long_end + 32, 8);
}

/// A zip without entries is the end of its directory alone, which libarchive takes for no archive.
bool isEmptyZip(const std::string& path) {
  constexpr std::string_view kEnd = "PK\5\6";
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char bytes[22];
  return file.get() >= 0 && pread(file.get(), bytes, sizeof bytes, 0) == sizeof bytes &&
         std::string_view(bytes, sizeof bytes).starts_with(kEnd);
}

using Archive = std::unique_ptr<struct archive, int (*)(struct archive*)>;

/// Null when it cannot be read.
Archive openArchive(const std::string& path) {
  Archive archive(archive_read_new(), archive_read_free);
  if (archive == nullptr) throw std::bad_alloc();
  archive_read_support_format_zip_seekable(archive.get());
  archive_read_support_format_tar(archive.get());
  archive_read_support_filter_gzip(archive.get());
  if (archive_read_open_filename(archive.get(), path.c_str(), 64 * 1024) != ARCHIVE_OK) archive.reset();
  return archive;
}

/// Calls `take` with every entry until one is refused, or `take` says that it has seen enough.
template <typename Take>
Status forEachEntry(struct archive* archive, Take take) {
  for (bool more = true; more;) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(archive, &entry);
    if (status == ARCHIVE_EOF) break;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return ArchiveError::Damaged;
    if (const Status taken = take(entry, more); !taken.ok()) return taken;
  }
  return {};
}

}  // namespace

Status unpackArchive(const std::string& path, const std::string& folder, const ArchiveLimits& limits) {
  // 1. A zip's headers are read without its contents, and most of what is wrong shows before anything is written.
  if (isEmptyZip(path)) return {};
  if (entriesSaid(path) > limits.max_entries) return ArchiveError::TooLarge;
  Archive archive = openArchive(path);
  if (archive == nullptr) return ArchiveError::Damaged;
  Admission admission(limits);
  const Status admitted = forEachEntry(archive.get(), [&](archive_entry* entry, bool& more) {
    more = (archive_format(archive.get()) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP;
    std::vector<std::string> parts;
    return admission.admit(entry, parts);
  });
  if (!admitted.ok()) return admitted;

  // 2. The contents, and then the links.
  archive = openArchive(path);
  if (archive == nullptr) return ArchiveError::Damaged;
  Unpacker unpacker(folder, limits);
  const Status unpacked =
      forEachEntry(archive.get(), [&](archive_entry* entry, bool&) { return unpacker.entry(archive.get(), entry); });
  return unpacked.ok() ? unpacker.links() : unpacked;
}

}  // namespace thimble::platform
