// StartBulkPutItems, DescribeBulkOperation, ListBulkOperations, CancelBulkOperation.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StartBulkPutItems.html and the pages beside it
#include "dispatch/call_record.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/tables.h"
#include "services/dynamodb/transfer/bulk_process.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

constexpr std::size_t kListed = 10;
// AWS publishes this limit for ImportTable.
constexpr std::size_t kMostActive = 50;
constexpr std::int64_t kTokenMilliseconds = 8LL * 3600 * 1000;

base::ApiError stillInUse(const std::string& what, const std::string& name) {
  return resourceInUse("Attempt to change a resource which is still in use: " + what + ": " + name);
}

base::Result<void> checkOutput(const Json& output) {
  if (output["S3Bucket"].isNull()) {
    return validationException(
        "1 validation error detected: Value null at 'outputS3Configuration.s3Bucket' failed to satisfy constraint: "
        "Member must not be null");
  }
  if (output["OutputType"].empty()) {
    return validationException(
        "1 validation error detected: Value '[]' at 'outputS3Configuration.outputType' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1");
  }
  if (output.contains("S3SseKmsKeyId") && output.stringAt("S3SseAlgorithm") != "KMS") {
    return validationException("Invalid Request: KMS Key Id is not supported for this encryption type");
  }
  return {};
}

base::Result<void> checkState(const rows::Table& table) {
  if (table.status() == "CREATING") return stillInUse("Table is being created", table.name());
  if (table.status() == "DELETING") return stillInUse("Table is being deleted", table.name());
  for (const rows::Index& index : table.indexes()) {
    if (index.status() == "CREATING") return stillInUse("Index is being created", index.name());
  }
  return {};
}

/// What the description says of the request.
Json requested(const dispatch::Context& context, const Json& input) {
  Json out = Json::object({{"PerformanceTier", "STANDARD"}});
  for (const char* member : {"TableName", "ClientToken", "InputS3Configuration", "OutputS3Configuration",
                             "MaxWriteRequestUnits", "PerformanceTier"}) {
    if (input.contains(member)) out.set(member, input[member]);
  }
  for (const char* member : {"InputS3Configuration", "OutputS3Configuration"}) {
    Json configuration = out[member];
    if (!configuration.contains("S3BucketOwner")) configuration.set("S3BucketOwner", context.account());
    out.set(member, std::move(configuration));
  }
  Json source = out["InputS3Configuration"];
  if (!source.contains("InputCompressionType")) source.set("InputCompressionType", "NONE");
  out.set("InputS3Configuration", std::move(source));
  return out;
}

/// The operation that the same token started, if any.
base::Result<std::optional<rows::BulkOperation>> findEarlier(dispatch::Context& context, const Json& request) {
  const auto token =
      kBulkTokens.get(context.transaction(), context.account(), context.region(), request.stringAt("ClientToken"));
  if (!token) return std::optional<rows::BulkOperation>();
  auto earlier = kBulkOperations.get(context.transaction(), context.account(), context.region(), token->name());
  if (!earlier || earlier->started() + kTokenMilliseconds <= context.now().milliseconds) {
    return std::optional<rows::BulkOperation>();
  }
  TRY_ASSIGN(const std::string table, tableNameOf(context, request.stringAt("TableName")));
  Json before = requestOf(*earlier);
  before.set("TableName", bulkPartOf(earlier->arn())->table);
  Json now = request;
  now.set("TableName", table);
  if (before != now) return idempotentParameterMismatch();
  return earlier;
}

Json described(const rows::BulkOperation& row) {
  return Json::object({{"BulkOperationDescription", describeBulk(row)}});
}

base::Result<Json> start(dispatch::Context& context, const Json& input) {
  TRY(checkOutput(input["OutputS3Configuration"]));
  Json request = requested(context, input);
  if (!request.contains("ClientToken")) request.set("ClientToken", context.random().uuid());
  TRY_ASSIGN(const auto earlier, findEarlier(context, request));
  if (earlier) return described(*earlier);
  TRY_ASSIGN(const rows::Table table, findTableRow(context, input.stringAt("TableName")));
  TRY(checkState(table));
  const auto active =
      kActiveBulkOperations.scan(context.transaction(), {.limit = kMostActive}, context.account(), context.region());
  if (active.size() == kMostActive) {
    return limitExceeded("Subscriber limit exceeded: Only " + std::to_string(kMostActive) +
                         " bulk operations can be in progress simultaneously");
  }
  rows::BulkOperation row;
  row.set_arn(newPartArn(context, table, "bulk-operation"));
  row.set_caller(dispatch::toRecord(context.call().identity).SerializeAsString());
  row.set_table_number(table.number());
  row.set_table_id(table.id());
  row.set_status("IN_PROGRESS");
  row.set_started(context.now().milliseconds);
  row.set_request(request.write());
  putBulk(context.transaction(), row);
  rows::BulkToken named;
  named.set_name(bulkPartOf(row.arn())->name);
  kActiveBulkOperations.put(context.transaction(), named, context.account(), context.region(), named.name());
  kBulkTokens.put(context.transaction(), named, context.account(), context.region(), request.stringAt("ClientToken"));
  context.start({std::string(kBulkProcess), row.arn()}, Json());
  return described(row);
}

base::Result<rows::BulkOperation> operationOf(dispatch::Context& context, const Json& input) {
  const std::string arn = input.stringAt("BulkOperationArn");
  const auto name = bulkPartOf(arn);
  if (!name) return validationException("Invalid Bulk Operation ARN");
  auto row = findBulk(context.transaction(), arn);
  if (!row || name->account != context.account() || name->region != context.region()) {
    return resourceNotFound("Bulk operation not found: " + arn);
  }
  return *std::move(row);
}

base::Result<Json> describe(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const rows::BulkOperation row, operationOf(context, input));
  return described(row);
}

base::Result<Json> cancel(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(rows::BulkOperation row, operationOf(context, input));
  if (row.ended() != 0) return resourceNotFound("Bulk operation is not in progress: " + row.arn());
  // Who puts the items looks at the status in each of its commits.
  row.set_status("CANCELLING");
  putBulk(context.transaction(), row);
  return Json::object({{"BulkOperationArn", row.arn()}, {"BulkOperationStatus", row.status()}});
}

base::Result<Json> list(dispatch::Context& context, const Json& input) {
  std::size_t limit = kListed;
  if (input["MaxResults"].isInt()) limit = static_cast<std::size_t>(input["MaxResults"].asInt());
  std::string after;
  if (input.contains("NextToken")) {
    const std::string name = textOfPageToken(input.stringAt("NextToken"));
    if (name.empty()) return validationException("Invalid NextToken");
    after = kBulkOperations.key(context.account(), context.region(), name).bytes();
  }
  Json summaries = Json::array();
  Json out = Json::object();
  std::string last;
  for (const auto& entry : kBulkOperations.scanAfter(
           context.transaction(), after, {.limit = limit + 1, .reverse = true}, context.account(), context.region())) {
    if (summaries.size() == limit) {
      out.set("NextToken", pageToken(last));
      break;
    }
    summaries.push(summariseBulk(entry.record));
    last = bulkPartOf(entry.record.arn())->name;
  }
  out.set("BulkOperationsSummaryList", std::move(summaries));
  return out;
}

}  // namespace

void registerBulkOperations(dispatch::Registry& registry) {
  addOperation(registry, "StartBulkPutItems", start);
  addOperation(registry, "DescribeBulkOperation", describe);
  addOperation(registry, "ListBulkOperations", list);
  addOperation(registry, "CancelBulkOperation", cancel);
}

}  // namespace thimble::services::dynamodb
