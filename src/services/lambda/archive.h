// Code archives from outside: unpacked into a folder, within bounds, and nowhere else.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace thimble::services::lambda {

struct ArchiveLimits {
  std::uint64_t max_bytes = 262'144'000;  ///< Of all files together.
  std::size_t max_entries = 100'000;
  std::size_t max_depth = 64;
};

enum class ArchiveError {
  Damaged,    ///< Not a zip, cut short, a wrong checksum.
  Forbidden,  ///< A name or kind of entry that leads out of the folder.
  TooLarge,
};

/// Unpacks the zip at `archive` into `folder`, which must be there; files that are there are replaced. Only files,
/// folders and symbolic links that stay inside are made; links come last, so that nothing is written through one. On
/// error the folder holds rubbish for the caller to remove. Throws std::system_error when the machine fails.
base::Result<void, ArchiveError> unpackArchive(const std::string& archive, const std::string& folder,
                                               const ArchiveLimits& limits = {});

}  // namespace thimble::services::lambda
