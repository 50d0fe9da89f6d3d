// What the files of exports hold, line by line.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "services/dynamodb/recovery/point_in_time.h"
#include "services/dynamodb/tables.h"
#include "services/dynamodb/transfer/export_filter.h"

namespace thimble::services::dynamodb {

class ExportRecords {
 public:
  struct Page {
    std::vector<std::string> lines;  ///< Without their ends.
    std::int64_t bytes = 0;          ///< Of the items that were read for them, as DynamoDB counts them.
  };

  /// `description`: an ExportDescription. All is read from one snapshot, the transaction's.
  ExportRecords(store::Transaction& snapshot, std::shared_ptr<const TableInfo> table, const base::Json& description,
                ExportFilter filter);

  /// The next records; a page may have none. Nothing: that was all.
  std::optional<Page> next();

 private:
  void add(Page& page, const std::string& item) const;
  void add(Page& page, const ItemDifference& difference) const;

  std::shared_ptr<const TableInfo> table_;
  ExportFilter filter_;
  bool ion_;
  bool old_images_ = false;
  /// Of these there is one: of a full export, and of an incremental one.
  std::optional<PointInTime> items_;
  std::optional<ItemDifferences> differences_;
};

}  // namespace thimble::services::dynamodb
