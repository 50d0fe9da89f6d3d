#include "wire/http/body.h"

#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>

namespace thimble::wire::http {
namespace {

template <class Consumer>
void readFile(const std::string& path, Consumer consume) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::system_error(errno, std::generic_category(), "cannot open the staged body " + path);
  char buffer[1 << 16];
  while (in.read(buffer, sizeof buffer), in.gcount() > 0) {
    consume(std::string_view(buffer, static_cast<std::size_t>(in.gcount())));
  }
  if (in.bad()) throw std::system_error(errno, std::generic_category(), "cannot read the staged body " + path);
}

}  // namespace

StagedFile::~StagedFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

std::string StagedFile::take() {
  std::string path;
  path.swap(path_);
  return path;
}

std::optional<std::string> Body::read(std::uint64_t max_bytes) const {
  if (size_ > max_bytes) return std::nullopt;
  if (!inFile()) return bytes_;
  std::string out;
  out.reserve(size_);
  readFile(file_->path(), [&](std::string_view piece) { out += piece; });
  return out;
}

std::string Body::digest(base::DigestKind kind) const {
  if (!inFile()) return base::digestOf(kind, bytes_);
  if (const auto known = digests_.find(kind); known != digests_.end()) return known->second;
  base::Digester digester({kind});
  readFile(file_->path(), [&](std::string_view piece) { digester.update(piece); });
  return std::move(digester.finish().begin()->second);
}

}  // namespace thimble::wire::http
