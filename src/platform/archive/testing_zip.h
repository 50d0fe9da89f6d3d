// Zip archives for tests.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <string>
#include <utility>
#include <vector>

namespace thimble::platform {

struct ZipEntry {
  std::string name;
  std::string content;
  mode_t type = AE_IFREG;  ///< AE_IFREG, AE_IFDIR or AE_IFLNK (then `content` is the target).
  mode_t mode = 0644;
};

inline std::string zipOf(const std::vector<ZipEntry>& entries) {
  std::string bytes(16 << 20, '\0');
  std::size_t used = 0;
  struct archive* archive = archive_write_new();
  archive_write_set_format_zip(archive);
  archive_write_open_memory(archive, bytes.data(), bytes.size(), &used);
  for (const ZipEntry& each : entries) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, each.name.c_str());
    archive_entry_set_filetype(entry, each.type);
    archive_entry_set_perm(entry, each.mode);
    if (each.type == AE_IFLNK) archive_entry_set_symlink(entry, each.content.c_str());
    if (each.type == AE_IFREG) archive_entry_set_size(entry, static_cast<la_int64_t>(each.content.size()));
    archive_write_header(archive, entry);
    if (each.type == AE_IFREG) archive_write_data(archive, each.content.data(), each.content.size());
    archive_entry_free(entry);
  }
  archive_write_close(archive);
  archive_write_free(archive);
  bytes.resize(used);
  return bytes;
}

}  // namespace thimble::platform
