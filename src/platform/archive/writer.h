// Zip, tar.gz and gzip archives written entry by entry into a file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace thimble::platform {

/// Gzip: one entry, whose bytes alone are compressed.
enum class ArchiveKind { Zip, TarGzip, Gzip };

/// Entries keep a fixed date, so that equal files give equal bytes. Throws std::system_error when the file cannot be
/// written.
class ArchiveWriter {
 public:
  /// Writes to `path`, replacing what is there.
  ArchiveWriter(ArchiveKind kind, const std::string& path);
  ~ArchiveWriter();
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;

  /// `size`: of the content, which follows by append(); a tar's must be right.
  void beginFile(const std::string& name, unsigned mode, std::uint64_t size);
  void append(std::string_view bytes);
  void addFile(const std::string& name, unsigned mode, std::string_view content);
  void addLink(const std::string& name, const std::string& target);
  /// Completes the archive; without it the file is rubbish.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace thimble::platform
