// Bulk operations as durable processes, whose work is done by two operations of our own.
//
// A worker reads the objects and puts their items into the table, some at a time, each time with the place in the
// input, the counts and what the report is to say in the same commit; so nothing is put twice however often the server
// ends. Then another writes the report to S3.
#pragma once

#include <string_view>

#include "dispatch/process.h"
#include "services/dynamodb/transfer/bulk_rows.h"

namespace thimble::services::dynamodb {

/// The id of a bulk operation's process is its ARN.
inline constexpr std::string_view kBulkProcess = "dynamodb.bulk";
/// The workers' operations. The input is the Arn.
inline constexpr std::string_view kBulkService = "thimble.dynamodb";
inline constexpr std::string_view kPutBulkItems = "PutBulkItems";
inline constexpr std::string_view kWriteBulkReport = "WriteBulkReport";

class BulkProcess final : public dispatch::ProcessKind {
 public:
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;
};

}  // namespace thimble::services::dynamodb
