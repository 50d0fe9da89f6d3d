// The lines of an object in S3 that may be compressed, as ImportTable and StartBulkPutItems read them: piece by piece.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/decompressor.h"
#include "platform/byte_source.h"

namespace thimble::services::dynamodb {

class ObjectLines {
 public:
  /// `compression`: an InputCompressionType. A null object is empty.
  ObjectLines(platform::ByteSourcePointer object, std::string compression);

  struct Piece {
    std::vector<std::string> lines;  ///< Without their ends; blank ones too.
    std::int64_t bytes = 0;          ///< Of the object, as it is stored.
    std::string error;               ///< Why the rest of the object cannot be read; empty: it can.
    bool ended = false;              ///< Nothing follows.
  };
  Piece next();

 private:
  platform::ByteSourcePointer object_;
  std::string compression_;
  std::unique_ptr<base::Decompressor> reader_;  ///< Null: the object is not compressed.
  std::uint64_t offset_ = 0;
  std::string text_;  ///< A line's beginning.
};

}  // namespace thimble::services::dynamodb
