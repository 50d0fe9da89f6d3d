// The FilterSpecification of an export: which items it has, and what of them.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Filtered.html
#pragma once

#include <optional>

#include "base/json.h"
#include "base/result.h"
#include "lang/expression/condition.h"
#include "lang/expression/key_condition.h"
#include "lang/expression/projection.h"
#include "services/dynamodb/tables.h"

namespace thimble::services::dynamodb {

class ExportFilter {
 public:
  /// Reads a FilterSpecification in model form, null when there is none, and checks it against the table as Query and
  /// Scan check theirs.
  static base::Result<ExportFilter> read(const base::Json& specification, const TableInfo& table);

  /// Whether the item is among those that are read; others are not billed either.
  bool reads(lang::expression::ItemView item) const;
  /// Whether the export has an item that is read.
  bool wants(lang::expression::ItemView item) const { return !filter_ || filter_->matches(item); }
  /// What it shows of an item.
  lang::expression::Item shown(lang::expression::ItemView item) const;

 private:
  std::optional<lang::expression::KeyCondition> keys_;
  std::optional<lang::expression::Condition> filter_;
  std::optional<lang::expression::Projection> projection_;
};

}  // namespace thimble::services::dynamodb
