// Exports of tables to S3, as durable processes whose work is done by an operation of our own.
//
// A worker reads a table's items as they were at the export's time into objects of JSON lines and then writes the
// manifests that name them. When the server ends meanwhile it begins anew.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "dispatch/process.h"
#include "services/dynamodb/dynamodb.pb.h"
#include "store/store.h"

namespace thimble::services::dynamodb {

/// The id of an export's process is its ARN.
inline constexpr std::string_view kExportProcess = "dynamodb.export";

std::optional<rows::Export> findExport(store::Transaction& transaction, const std::string& arn);
/// The ExportDescription in model form.
base::Json describedExport(const rows::Export& row);
void putExport(store::Transaction& transaction, const rows::Export& row);
/// An account's exports in a region, or those of a table, in the order of tables and times, after the ARN `after`.
std::vector<rows::Export> listExports(store::Transaction& transaction, const std::string& account,
                                      const std::string& region, const std::string& table, const std::string& after);

class ExportProcess final : public dispatch::ProcessKind {
 public:
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;
};

}  // namespace thimble::services::dynamodb
