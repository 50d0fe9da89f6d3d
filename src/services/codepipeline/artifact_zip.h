// Artifacts from outside: the files in a zip, one after another, within bounds and never as paths of this machine.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "platform/byte_source.h"

struct archive;
struct archive_entry;

namespace thimble::services::codepipeline {

struct ZipLimits {
  std::size_t max_entries = 100'000;
  std::uint64_t max_bytes = 3ULL << 30;  ///< Of all files that are read, together.
};

/// What is wrong with an archive, for whoever made it.
struct ZipProblem {
  std::string message;
};

class ZipReader {
 public:
  explicit ZipReader(platform::ByteSourcePointer bytes, ZipLimits limits = {});
  ~ZipReader();
  ZipReader(const ZipReader&) = delete;
  ZipReader& operator=(const ZipReader&) = delete;

  struct File {
    std::string name;  ///< Relative, with "/" between its parts; no part is empty, "." or "..".
    bool is_link = false;
  };
  /// The next file or symbolic link (folders are passed over); nothing at the end. A name that leads out of the
  /// archive, or an entry that is neither, is a problem.
  base::Result<std::optional<File>, ZipProblem> next();
  /// The content of that file. A problem when it is larger than `most`.
  base::Result<std::string, ZipProblem> read(std::uint64_t most);
  /// Writes the content to a file, which is made or emptied. Throws std::system_error when the machine fails.
  base::Result<void, ZipProblem> copyTo(const std::string& path);
  /// As the archive's directory says, so possibly wrong; nothing when it does not say.
  std::optional<std::uint64_t> declaredSize() const;

 private:
  struct Source;
  base::Result<std::size_t, ZipProblem> readSome(char* out, std::size_t length);

  std::unique_ptr<Source> source_;
  struct archive* archive_ = nullptr;
  archive_entry* entry_ = nullptr;
  bool opened_ = false;
  ZipLimits limits_;
  std::size_t entries_ = 0;
  std::uint64_t bytes_ = 0;
};

/// A relative name of an archive in its plain form ("./a//b" is "a/b"); nothing when it is absolute, empty, leads
/// upwards or is no text.
std::optional<std::string> plainName(const std::string& name);

}  // namespace thimble::services::codepipeline
