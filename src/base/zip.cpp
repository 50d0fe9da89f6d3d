#include "base/zip.h"

#include <cstdint>

#include "base/encoding.h"

namespace thimble::base {
namespace {

void put(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

/// What a local header and a directory entry have in common (APPNOTE.TXT 4.3.7 and 4.3.12).
void putCommon(std::string& out, std::string_view name, std::string_view content) {
  const auto size = static_cast<std::uint32_t>(content.size());
  put(out, 10, 2);      // Version needed.
  put(out, 0x0800, 2);  // Names are UTF-8.
  put(out, 0, 2);       // Stored.
  put(out, 0, 2);       // Time.
  put(out, 0x0021, 2);  // 1980-01-01.
  put(out, crc32(content), 4);
  put(out, size, 4);
  put(out, size, 4);
  put(out, static_cast<std::uint32_t>(name.size()), 2);
  put(out, 0, 2);  // No extra field.
}

}  // namespace

std::string zipOf(std::string_view name, std::string_view content) {
  std::string out;
  put(out, 0x04034b50, 4);
  putCommon(out, name, content);
  out += name;
  out += content;
  const auto directory = static_cast<std::uint32_t>(out.size());
  put(out, 0x02014b50, 4);
  put(out, 0x0314, 2);  // Made on Unix.
  putCommon(out, name, content);
  put(out, 0, 2);  // No comment.
  put(out, 0, 2);  // Disk 0.
  put(out, 0, 2);  // Internal attributes.
  put(out, 0100644u << 16, 4);
  put(out, 0, 4);  // The member begins the file.
  out += name;
  const auto directory_size = static_cast<std::uint32_t>(out.size()) - directory;
  put(out, 0x06054b50, 4);
  put(out, 0, 4);
  put(out, 1, 2);
  put(out, 1, 2);
  put(out, directory_size, 4);
  put(out, directory, 4);
  put(out, 0, 2);
  return out;
}

}  // namespace thimble::base
