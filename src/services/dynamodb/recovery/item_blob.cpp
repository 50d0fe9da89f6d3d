#include "services/dynamodb/recovery/item_blob.h"

#include "store/store.h"
#include "store/table.h"

namespace thimble::services::dynamodb {
namespace {

constexpr std::size_t kItemsPerStep = 200;
constexpr std::size_t kBytesPerStep = 1 << 20;
constexpr std::size_t kLengthBytes = 4;
constexpr std::uint32_t kNoItem = std::uint32_t{1} << 31;  // Bit of a length.

}  // namespace

ItemBlobWriter::ItemBlobWriter(store::BlobStore& blobs, std::string_view arn) : blob_(blobs.stage()) {
  append(arn, kNoItem);
}

void ItemBlobWriter::add(std::string_view item) {
  append(item, 0);
  ++items_;
  bytes_ += static_cast<std::int64_t>(item.size());
}

void ItemBlobWriter::append(std::string_view record, std::uint32_t bit) {
  const std::uint32_t size = static_cast<std::uint32_t>(record.size()) | bit;
  std::string length(kLengthBytes, '\0');
  for (std::size_t i = 0; i < kLengthBytes; ++i) length[i] = static_cast<char>(size >> (8 * i));
  blob_->append(length);
  blob_->append(record);
}

std::vector<std::string> readItems(const platform::ByteSource& blob, std::uint64_t& offset) {
  std::vector<std::string> items;
  std::size_t bytes = 0;
  while (offset < blob.size() && items.size() < kItemsPerStep && bytes < kBytesPerStep) {
    unsigned char length[kLengthBytes] = {};
    std::size_t size = 0;
    if (blob.read(offset, reinterpret_cast<char*>(length), kLengthBytes) != kLengthBytes) {
      throw store::DamagedRow("a backup is damaged");
    }
    for (std::size_t i = 0; i < kLengthBytes; ++i) size |= std::size_t{length[i]} << (8 * i);
    const bool is_item = (size & kNoItem) == 0;
    size &= ~std::size_t{kNoItem};
    std::string item(size, '\0');
    if (blob.read(offset + kLengthBytes, item.data(), size) != size) throw store::DamagedRow("a backup is damaged");
    offset += kLengthBytes + size;
    bytes += size;
    if (is_item) items.push_back(std::move(item));
  }
  return items;
}

}  // namespace thimble::services::dynamodb
