// Files and folders, with the syncs that durability rests on.
//
// Everything that must survive a crash is written through FileSystem, so that a test can fail or cut any call.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace thimble::platform {

/// A file open for writing. Each call throws std::system_error when it fails; after a failed sync the file's content
/// on disk is unknown and the call must not be tried again (the kernel may have dropped the pages).
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual void append(std::string_view bytes) = 0;
  /// Content and size are on disk when this returns.
  virtual void sync() = 0;
};

/// Paths are absolute. Each call throws std::system_error when it fails.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// Creates a file that must not exist yet (mode 0600).
  virtual std::unique_ptr<WritableFile> create(const std::string& path) = 0;
  virtual std::string read(const std::string& path, std::uint64_t max_bytes) = 0;
  virtual bool exists(const std::string& path) = 0;
  /// With parents (mode 0700); an existing folder is fine.
  virtual void createFolders(const std::string& path) = 0;
  /// Replaces `to` in one step. Durable after syncFolder of the folders concerned.
  virtual void rename(const std::string& from, const std::string& to) = 0;
  /// A missing file is fine.
  virtual void remove(const std::string& path) = 0;
  /// Removes a folder and all in it; never follows links; a missing one is fine.
  virtual void removeTree(const std::string& path) = 0;
  virtual void syncFolder(const std::string& path) = 0;
  /// Names in a folder, sorted, without "." and "..".
  virtual std::vector<std::string> list(const std::string& path) = 0;
};

/// The machine's file system.
class RealFileSystem final : public FileSystem {
 public:
  std::unique_ptr<WritableFile> create(const std::string& path) override;
  std::string read(const std::string& path, std::uint64_t max_bytes) override;
  bool exists(const std::string& path) override;
  void createFolders(const std::string& path) override;
  void rename(const std::string& from, const std::string& to) override;
  void remove(const std::string& path) override;
  void removeTree(const std::string& path) override;
  void syncFolder(const std::string& path) override;
  std::vector<std::string> list(const std::string& path) override;
};

/// Creates `path` with `content` so that after a crash it holds either all of it or what was there before.
void writeFileAtomically(FileSystem& files, const std::string& path, std::string_view content);

/// An exclusive advisory lock on a file, held until destruction or the process's end.
class FileLock {
 public:
  /// Nothing when another process holds it; throws std::system_error when the file cannot be opened. `content` is
  /// written into the file once locked (so that a second process can say who holds it).
  static std::unique_ptr<FileLock> tryLock(const std::string& path, std::string_view content);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace thimble::platform
