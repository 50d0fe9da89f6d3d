// Imports of tables from S3, as durable processes.
//
// A worker reads the objects and makes a blob of their items (item_blob.h), anew when the server ends meanwhile. What
// is no item is counted, and told in CloudWatch Logs. Then the blob is put into the table as a backup is
// (backup_process.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dispatch/process.h"
#include "services/dynamodb/dynamodb.pb.h"
#include "store/store.h"

namespace thimble::services::dynamodb {

/// The id of an import's process is its ARN. A signal says that the table is filled.
inline constexpr std::string_view kImportProcess = "dynamodb.import";
/// Where the errors of imports are, in the stream "<the ARN's last part>/error".
inline constexpr std::string_view kImportLogGroup = "/aws-dynamodb/imports";

std::optional<rows::Import> findImport(store::Transaction& transaction, const std::string& arn);
void putImport(store::Transaction& transaction, const rows::Import& row);
/// An account's imports in a region, or those of a table, in the order of tables and times, after the ARN `after`.
std::vector<rows::Import> listImports(store::Transaction& transaction, const std::string& account,
                                      const std::string& region, const std::string& table, const std::string& after);

class ImportProcess final : public dispatch::ProcessKind {
 public:
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;
};

}  // namespace thimble::services::dynamodb
