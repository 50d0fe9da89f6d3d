#include "services/s3/segments.h"

#include <algorithm>

#include "services/s3/cipher.h"

namespace thimble::services::s3 {
namespace {

class SegmentedBytes final : public platform::ByteSource {
 public:
  SegmentedBytes(std::vector<platform::ByteSourcePointer> parts, std::uint64_t size)
      : parts_(std::move(parts)), size_(size) {}

  std::uint64_t size() const override { return size_; }

  std::size_t read(std::uint64_t offset, char* out, std::size_t length) const override {
    for (const auto& part : parts_) {
      if (offset < part->size()) return part->read(offset, out, length);
      offset -= part->size();
    }
    return 0;
  }

 private:
  std::vector<platform::ByteSourcePointer> parts_;
  std::uint64_t size_;
};

}  // namespace

platform::ByteSourcePointer openSegments(const store::BlobStore& blobs, const Segments& segments, std::uint64_t offset,
                                         std::uint64_t length, const std::string& key) {
  std::vector<platform::ByteSourcePointer> parts;
  const std::uint64_t size = length;
  for (const proto::Segment& segment : segments) {
    if (length == 0) break;
    if (offset >= segment.size()) {
      offset -= segment.size();
      continue;
    }
    const std::uint64_t take = std::min(length, segment.size() - offset);
    // A whole blob keeps its file's path, for programs that want one.
    parts.push_back(take == segment.size() ? blobs.open(segment.blob()) : blobs.open(segment.blob(), offset, take));
    if (!segment.nonce().empty()) parts.back() = decrypted(std::move(parts.back()), key, segment.nonce(), offset);
    length -= take;
    offset = 0;
  }
  if (parts.empty()) return std::make_shared<platform::MemoryBytes>(std::string());
  if (parts.size() == 1) return parts.front();
  return std::make_shared<SegmentedBytes>(std::move(parts), size);
}

}  // namespace thimble::services::s3
