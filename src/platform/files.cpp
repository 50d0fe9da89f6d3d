#include "platform/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace thimble::platform {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags, mode_t mode = 0) : descriptor_(::open(path.c_str(), flags, mode)) {
    if (descriptor_ < 0) fail("cannot open " + path);
  }
  ~Descriptor() { ::close(descriptor_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

void writeAll(int descriptor, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail("cannot write " + path);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

class RealWritableFile final : public WritableFile {
 public:
  explicit RealWritableFile(const std::string& path)
      : path_(path), file_(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) {}
  void append(std::string_view bytes) override { writeAll(file_.get(), bytes, path_); }
  void sync() override {
    if (::fdatasync(file_.get()) != 0) fail("cannot sync " + path_);
  }

 private:
  std::string path_;
  Descriptor file_;
};

}  // namespace

std::unique_ptr<WritableFile> RealFileSystem::create(const std::string& path) {
  return std::make_unique<RealWritableFile>(path);
}

std::string RealFileSystem::read(const std::string& path, std::uint64_t max_bytes) {
  const Descriptor file(path, O_RDONLY | O_CLOEXEC);
  std::string out;
  char buffer[65536];
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0) {
      if (errno == EINTR) continue;
      fail("cannot read " + path);
    }
    if (got == 0) return out;
    if (out.size() + static_cast<std::size_t>(got) > max_bytes) {
      errno = EFBIG;
      fail(path + " is too large");
    }
    out.append(buffer, static_cast<std::size_t>(got));
  }
}

bool RealFileSystem::exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

void RealFileSystem::createFolders(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  if (!parent.empty() && parent != path && !exists(parent)) createFolders(parent);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) fail("cannot create the folder " + path);
}

void RealFileSystem::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) fail("cannot rename " + from + " to " + to);
}

void RealFileSystem::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail("cannot remove " + path);
}

void RealFileSystem::removeTree(const std::string& path) {
  // A process that a killed server left may be writing there still (git in a clone): what was listed is then gone, or a
  // folder is not empty any more.
  constexpr int kMostTries = 1000;
  std::error_code error;
  for (int tries = 0; tries < kMostTries; ++tries) {
    std::filesystem::remove_all(path, error);
    if (error != std::errc::no_such_file_or_directory && error != std::errc::directory_not_empty) break;
  }
  if (error) throw std::filesystem::filesystem_error("cannot remove a folder", path, error);
}

void RealFileSystem::syncFolder(const std::string& path) {
  const Descriptor folder(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (::fsync(folder.get()) != 0) fail("cannot sync the folder " + path);
}

std::vector<std::string> RealFileSystem::list(const std::string& path) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

void writeFileAtomically(FileSystem& files, const std::string& path, std::string_view content) {
  const std::string temporary = path + ".new";
  files.remove(temporary);
  {
    auto file = files.create(temporary);
    file->append(content);
    file->sync();
  }
  files.rename(temporary, path);
  files.syncFolder(std::filesystem::path(path).parent_path());
}

std::unique_ptr<FileLock> FileLock::tryLock(const std::string& path, std::string_view content) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) fail("cannot open " + path);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    ::close(descriptor);
    errno = error;
    if (error == EWOULDBLOCK) return nullptr;
    fail("cannot lock " + path);
  }
  std::unique_ptr<FileLock> lock(new FileLock(descriptor));
  if (::ftruncate(descriptor, 0) != 0) fail("cannot write " + path);
  writeAll(descriptor, content, path);
  return lock;
}

FileLock::~FileLock() {
  ::close(descriptor_);
}

}  // namespace thimble::platform
