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

std::string zipOf(const std::vector<ZipMember>& members) {
  std::string out;
  std::string directory;
  for (const ZipMember& member : members) {
    put(directory, 0x02014b50, 4);
    put(directory, 0x0314, 2);  // Made on Unix.
    putCommon(directory, member.name, member.content);
    put(directory, 0, 2);  // No comment.
    put(directory, 0, 2);  // Disk 0.
    put(directory, 0, 2);  // Internal attributes.
    put(directory, 0100644u << 16, 4);
    put(directory, static_cast<std::uint32_t>(out.size()), 4);
    directory += member.name;
    put(out, 0x04034b50, 4);
    putCommon(out, member.name, member.content);
    out += member.name;
    out += member.content;
  }
  const auto start = static_cast<std::uint32_t>(out.size());
  out += directory;
  put(out, 0x06054b50, 4);
  put(out, 0, 4);
  put(out, static_cast<std::uint32_t>(members.size()), 2);
  put(out, static_cast<std::uint32_t>(members.size()), 2);
  put(out, static_cast<std::uint32_t>(directory.size()), 4);
  put(out, start, 4);
  put(out, 0, 2);
  return out;
}

std::string zipOf(std::string_view name, std::string_view content) {
  return zipOf(std::vector<ZipMember>{{name, content}});
}

}  // namespace thimble::base
