// Bytes that are in memory or in a file, read in pieces: request bodies, objects, code archives.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace thimble::platform {

/// Immutable bytes of a known length. Safe to read from any thread.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual std::uint64_t size() const = 0;
  /// Copies up to `length` bytes from `offset` on into `out`; returns how many (0 at the end). Throws
  /// std::system_error when the file cannot be read.
  virtual std::size_t read(std::uint64_t offset, char* out, std::size_t length) const = 0;
  /// The path of a file that holds exactly these bytes, or empty.
  virtual std::string path() const { return {}; }

  /// All of it in memory; for bodies whose size has been bounded.
  std::string readAll() const;
};

using ByteSourcePointer = std::shared_ptr<const ByteSource>;

class MemoryBytes final : public ByteSource {
 public:
  explicit MemoryBytes(std::string bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size() const override { return bytes_.size(); }
  std::size_t read(std::uint64_t offset, char* out, std::size_t length) const override;

 private:
  std::string bytes_;
};

/// A file, or a range of one. The file stays open, so it may be unlinked meanwhile.
class FileBytes final : public ByteSource {
 public:
  /// Throws std::system_error when the file cannot be opened.
  explicit FileBytes(std::string path, bool remove_when_done = false);
  /// `length` bytes of the file from `offset` on.
  FileBytes(std::string path, std::uint64_t offset, std::uint64_t length);
  ~FileBytes() override;
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  std::uint64_t size() const override { return length_; }
  std::size_t read(std::uint64_t offset, char* out, std::size_t length) const override;
  std::string path() const override { return whole_ ? path_ : std::string(); }

 private:
  std::string path_;
  int descriptor_ = -1;
  std::uint64_t offset_ = 0;
  std::uint64_t length_ = 0;
  bool whole_ = true;
  bool remove_when_done_ = false;
};

}  // namespace thimble::platform
