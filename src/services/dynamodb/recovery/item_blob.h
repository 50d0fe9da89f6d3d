// A blob of items: each behind its length in four bytes, the lowest first. It begins with the ARN of what it belongs
// to, so that no other has the same bytes and it may be removed; that length has its highest bit set.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/blob_store.h"

namespace thimble::services::dynamodb {

class ItemBlobWriter {
 public:
  ItemBlobWriter(store::BlobStore& blobs, std::string_view arn);

  void add(std::string_view item);
  /// The blob's name.
  std::string finish() { return blob_->finish(); }

  std::int64_t items() const { return items_; }
  std::int64_t bytes() const { return bytes_; }

 private:
  void append(std::string_view record, std::uint32_t bit);

  std::unique_ptr<store::BlobStore::Staging> blob_;
  std::int64_t items_ = 0;
  std::int64_t bytes_ = 0;
};

/// Some of the items of a blob from `offset` on, which goes behind them. Throws store::DamagedRow.
std::vector<std::string> readItems(const platform::ByteSource& blob, std::uint64_t& offset);

}  // namespace thimble::services::dynamodb
