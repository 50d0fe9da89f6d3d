// The body of a request: bytes in memory, or in a staged file when there are many.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"

namespace thimble::wire::http {

/// A file that the server staged; removed when the last holder goes, unless it was taken.
class StagedFile {
 public:
  explicit StagedFile(std::string path) : path_(std::move(path)) {}
  ~StagedFile();
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;

  const std::string& path() const { return path_; }
  /// The caller now owns the file (it renames or removes it).
  std::string take();

 private:
  std::string path_;
};

class Body {
 public:
  Body() = default;
  explicit Body(std::string bytes) : bytes_(std::move(bytes)), size_(bytes_.size()) {}
  /// A staged file of `size` bytes with the digests that were computed on the way.
  Body(std::shared_ptr<StagedFile> file, std::uint64_t size, std::map<base::DigestKind, std::string> digests)
      : file_(std::move(file)), size_(size), digests_(std::move(digests)) {}

  std::uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool inFile() const { return file_ != nullptr; }
  /// The bytes of a body in memory; empty for one in a file.
  const std::string& bytes() const { return bytes_; }
  std::string takeBytes() { return std::move(bytes_); }
  /// The staged file, or nullptr.
  const std::shared_ptr<StagedFile>& file() const { return file_; }

  /// The whole body, wherever it is; nothing when it is longer than `max_bytes`. Throws when the file cannot be read.
  std::optional<std::string> read(std::uint64_t max_bytes) const;
  /// The raw digest. Free for a staged body when the route asked for it, else the bytes are read once.
  std::string digest(base::DigestKind kind) const;

 private:
  std::string bytes_;
  std::shared_ptr<StagedFile> file_;
  std::uint64_t size_ = 0;
  std::map<base::DigestKind, std::string> digests_;
};

}  // namespace thimble::wire::http
