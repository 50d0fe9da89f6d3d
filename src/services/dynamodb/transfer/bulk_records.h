// The records of the files that StartBulkPutItems reads, as puts of items: JSON lines or a sequence of Ion structs,
// each with an Item and, if it likes, a condition as PutItem's input has it.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems.Format.html
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lang/ion/boundary.h"
#include "services/dynamodb/item_write.h"

namespace thimble::services::dynamodb {

/// Of one object.
class BulkRecords {
 public:
  /// `format`: an InputFormat.
  explicit BulkRecords(std::string_view format) : ion_(format == "ION") {}

  /// The records that end with the next line, and what is wrong with those that can be put into no table.
  std::vector<base::Result<ItemWrite>> read(std::string_view line);
  /// What is wrong with a record that the object's end cuts off, if there is one.
  std::vector<base::Result<ItemWrite>> finish();
  /// Whether no record is begun.
  bool between() const { return text_.empty(); }
  /// Whether nothing behind the last line can be read; that line gave the error.
  bool stopped() const { return stopped_; }

 private:
  std::vector<base::Result<ItemWrite>> readIon(std::string_view line);
  std::vector<base::Result<ItemWrite>> stop(base::ApiError error);

  bool ion_;
  bool stopped_ = false;
  lang::ion::Boundary boundary_;
  std::string text_;  ///< The beginning of a record of several lines.
};

}  // namespace thimble::services::dynamodb
