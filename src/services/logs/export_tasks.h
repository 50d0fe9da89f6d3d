// Export tasks: a group's events as compressed files in a bucket, each task a durable process.
#pragma once

#include "dispatch/kernel.h"
#include "services/logs/rows.h"

namespace thimble::services::logs {

class ExportTasks final : public dispatch::ProcessKind {
 public:
  static constexpr char kName[] = "logs.export";
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;
};

/// The task that writes the files, an operation of our own.
inline constexpr const char* kExportService = "thimble.logs";
inline constexpr const char* kExportOperation = "Export";

/// Writes what a task is to export; `done` gets nothing, or why it could not.
void runExport(std::shared_ptr<dispatch::AsyncContext> context, dispatch::CallDone done);

/// A call of S3 by CloudWatch Logs itself.
dispatch::Call bucketCall(const std::string& account, const std::string& region, const std::string& principal,
                          std::string operation, base::Json input);

}  // namespace thimble::services::logs
