// Archives from outside: unpacked into a folder, within bounds, and nowhere else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace thimble::platform {

struct ArchiveLimits {
  std::uint64_t max_bytes = 262'144'000;  ///< Of all files together.
  std::size_t max_entries = 100'000;
  std::size_t max_depth = 64;
  /// Who is to own what is made, as user and group; only root may give files away.
  std::optional<unsigned> owner = std::nullopt;
};

enum class ArchiveError {
  Damaged,    ///< Not a zip, cut short, a wrong checksum.
  Forbidden,  ///< A name or kind of entry that leads out of the folder.
  TooLarge,
};

/// Unpacks the zip (or, by its first bytes, the tar with or without gzip) at `archive` into `folder`, which must be
/// there; files that are there are replaced. Only files, folders and symbolic links that stay inside are made; links
/// come last, so that nothing is written through one. On error the folder holds rubbish for the caller to remove.
/// Throws std::system_error when the machine fails.
base::Result<void, ArchiveError> unpackArchive(const std::string& archive, const std::string& folder,
                                               const ArchiveLimits& limits = {});

}  // namespace thimble::platform
