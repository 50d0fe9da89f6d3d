// Bulk operations as rows. They are kept for 90 days.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "services/dynamodb/table_parts.h"
#include "services/dynamodb/transfer/bulk_operations.pb.h"
#include "store/table.h"

namespace thimble::services::dynamodb {

/// (account, region, the ARN's last part): in the order of their times.
inline constexpr store::Table<rows::BulkOperation> kBulkOperations("dynamodb.bulk");
/// (account, region, the ARN's last part): those that are under way.
inline constexpr store::Table<rows::BulkToken> kActiveBulkOperations("dynamodb.bulkactive");
/// (account, region, token).
inline constexpr store::Table<rows::BulkToken> kBulkTokens("dynamodb.bulktoken");
/// (account, region, the ARN's last part, number), while it is under way.
inline constexpr store::Table<rows::BulkObject> kBulkObjects("dynamodb.bulkobject");
/// (account, region, the ARN's last part, OutputType, number), while it is under way.
inline constexpr store::Table<rows::BulkReport> kBulkReports("dynamodb.bulkreport");

inline constexpr std::string_view kErrorReport = "ERROR";
inline constexpr std::string_view kConditionReport = "CONDITION_CHECK_FAILURE";

/// The parts of a bulk operation's ARN.
std::optional<TablePart> bulkPartOf(const std::string& arn);

std::optional<rows::BulkOperation> findBulk(store::Transaction& transaction, const std::string& arn);
void putBulk(store::Transaction& transaction, const rows::BulkOperation& row);

/// The request as it was made, in the members of a BulkOperationDescription.
base::Json requestOf(const rows::BulkOperation& row);
/// Whether its OutputType has the type.
bool reports(const base::Json& request, std::string_view type);
/// Adds a line to its report.
void addReport(store::Transaction& transaction, rows::BulkOperation& row, std::string_view type,
               const base::Json& line);
/// The folder of its output in S3, with a slash.
std::string bulkFolder(const rows::BulkOperation& row);

/// A BulkOperationDescription.
base::Json describeBulk(const rows::BulkOperation& row);
/// A BulkOperationSummary.
base::Json summariseBulk(const rows::BulkOperation& row);

}  // namespace thimble::services::dynamodb
