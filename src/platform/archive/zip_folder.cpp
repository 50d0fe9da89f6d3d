#include "platform/archive/zip_folder.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>

#include "platform/archive/writer.h"

namespace thimble::platform {
namespace {

namespace files = std::filesystem;

constexpr std::size_t kPiece = std::size_t{64} << 10;

void addFile(ArchiveWriter& writer, const files::path& path, const std::string& name, const struct stat& status) {
  writer.beginFile(name, status.st_mode & 07777, static_cast<std::uint64_t>(status.st_size));
  std::ifstream in(path, std::ios::binary);
  std::string piece(kPiece, '\0');
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0) {
    writer.append(std::string_view(piece).substr(0, static_cast<std::size_t>(in.gcount())));
  }
}

}  // namespace

void zipFolder(const std::string& folder, const std::string& path) {
  const files::path root = folder;
  std::set<files::path> paths;
  for (const files::directory_entry& entry : files::recursive_directory_iterator(root)) paths.insert(entry.path());
  ArchiveWriter writer(ArchiveKind::Zip, path);
  for (const files::path& each : paths) {
    struct stat status {};
    if (lstat(each.c_str(), &status) != 0) throw std::system_error(errno, std::generic_category(), each.string());
    const std::string name = each.lexically_relative(root).string();
    if (S_ISLNK(status.st_mode)) {
      writer.addLink(name, files::read_symlink(each).string());
    } else if (S_ISREG(status.st_mode)) {
      addFile(writer, each, name, status);
    }
  }
  writer.finish();
}

}  // namespace thimble::platform
