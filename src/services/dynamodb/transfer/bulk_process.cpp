#include "services/dynamodb/transfer/bulk_process.h"

#include "dispatch/call_record.h"
#include "services/dynamodb/table_process.h"
#include "services/dynamodb/transfer/s3_calls.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;
using dispatch::ProcessInput;

constexpr std::int64_t kRetryMilliseconds = 1000;
constexpr std::int64_t kKeptMilliseconds = 90LL * 24 * 3600 * 1000;

/// The next work, at the start, after a failure of the server, and when it ended meanwhile.
void work(dispatch::ProcessContext& context, const rows::BulkOperation& row) {
  const TablePart name = *bulkPartOf(row.arn());
  dispatch::rows::IdentityRecord caller;
  caller.ParseFromString(row.caller());
  dispatch::Call call;
  call.identity = dispatch::fromRecord(caller);
  call.account = name.account;
  call.region = name.region;
  call.service = kBulkService;
  call.operation = row.put() ? kWriteBulkReport : kPutBulkItems;
  call.input = Json::object({{"Arn", row.arn()}});
  context.scheduleCall(call);
}

void close(dispatch::ProcessContext& context, rows::BulkOperation row) {
  const TablePart name = *bulkPartOf(row.arn());
  if (row.status() == "CANCELLING") {
    row.set_status("CANCELLED");
    row.set_failure_code("OperationCancelled");
    row.set_failure_message("The bulk operation was cancelled.");
  } else if (!row.failure_code().empty()) {
    row.set_status("FAILED");
  } else {
    row.set_status(row.failed() > 0 ? "COMPLETED_WITH_ERRORS" : "COMPLETED");
  }
  row.set_ended(context.now().milliseconds);
  row.clear_caller();
  putBulk(context.transaction(), row);
  kActiveBulkOperations.erase(context.transaction(), name.account, name.region, name.name);
  startPurge(context, kBulkObjects.key(name.account, name.region, name.name).bytes());
  startPurge(context, kBulkReports.key(name.account, name.region, name.name).bytes());
  context.scheduleTimer("expire", base::Timestamp{row.started() + kKeptMilliseconds});
}

void fail(rows::BulkOperation& row, const base::ApiError& error) {
  const Json failure = failureOf(error);
  row.set_failure_code(failure.stringAt("FailureCode"));
  row.set_failure_message(failure.stringAt("FailureMessage"));
}

void expire(dispatch::ProcessContext& context, const rows::BulkOperation& row) {
  const TablePart name = *bulkPartOf(row.arn());
  kBulkOperations.erase(context.transaction(), name.account, name.region, name.name);
  const std::string token = requestOf(row).stringAt("ClientToken");
  const auto named = kBulkTokens.get(context.transaction(), name.account, name.region, token);
  // The token may have started another since.
  if (named && named->name() == name.name) kBulkTokens.erase(context.transaction(), name.account, name.region, token);
}

}  // namespace

void BulkProcess::decide(dispatch::ProcessContext& context, const ProcessInput& input) {
  auto row = findBulk(context.transaction(), context.self().id);
  if (!row || input.type == ProcessInput::Type::TaskStarted) return;
  if (input.type == ProcessInput::Type::Timer && input.name == "expire") return expire(context, *row);
  if (row->ended() != 0) return;
  if (input.type != ProcessInput::Type::TaskResult) return work(context, *row);
  const bool putting = !row->put();
  if (!input.outcome->ok()) {
    const base::ApiError& error = input.outcome->error();
    if (!error.senderFault() && error.http_status != 501) {
      context.scheduleTimer("again", context.now().plusMilliseconds(kRetryMilliseconds));
      return;
    }
    // Why the items could not be put says more than why the report of that could not be written.
    if (row->failure_code().empty()) fail(*row, error);
  }
  if (!putting) return close(context, *std::move(row));
  row->set_put(true);
  // Before the input is listed nothing was written to the output but its beginning, and there is nothing to report.
  if (!row->listed()) return close(context, *std::move(row));
  putBulk(context.transaction(), *row);
  work(context, *row);
}

}  // namespace thimble::services::dynamodb
