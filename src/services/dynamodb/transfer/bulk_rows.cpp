#include "services/dynamodb/transfer/bulk_rows.h"

#include <algorithm>

#include "services/dynamodb/transfer/s3_calls.h"

namespace thimble::services::dynamodb {

using base::Json;

namespace {

Json bytesOf(std::int64_t bytes) {
  return Json::object({{"BulkPutBytes", bytes}});
}

template <class Map>
Json bytesOfEach(const Map& indexes, std::int64_t& sum) {
  Json out = Json::object();
  for (const auto& [name, bytes] : indexes) {
    out.set(name, bytesOf(bytes));
    sum += bytes;
  }
  return out;
}

Json usageOf(const rows::BulkOperation& row, const Json& table) {
  std::int64_t sum = row.table_bytes();
  Json local = bytesOfEach(row.local_bytes(), sum);
  Json global = bytesOfEach(row.global_bytes(), sum);
  Json out = Json::object({{"TableName", table}, {"BulkPutBytes", sum}, {"Table", bytesOf(row.table_bytes())}});
  if (!local.empty()) out.set("LocalSecondaryIndexes", std::move(local));
  if (!global.empty()) out.set("GlobalSecondaryIndexes", std::move(global));
  Json vectors = Json::object();
  for (const auto& [name, bytes] : row.vector_bytes()) {
    vectors.set(name, Json::object({{"BulkPutVectorBytes", bytes}}));
  }
  if (!vectors.empty()) out.set("VectorIndexes", std::move(vectors));
  return out;
}

}  // namespace

std::optional<TablePart> bulkPartOf(const std::string& arn) {
  return partOf(arn, "bulk-operation");
}

std::optional<rows::BulkOperation> findBulk(store::Transaction& transaction, const std::string& arn) {
  const auto name = bulkPartOf(arn);
  if (!name) return std::nullopt;
  auto row = kBulkOperations.get(transaction, name->account, name->region, name->name);
  if (!row || row->arn() != arn) return std::nullopt;
  return row;
}

void putBulk(store::Transaction& transaction, const rows::BulkOperation& row) {
  const TablePart name = *bulkPartOf(row.arn());
  kBulkOperations.put(transaction, row, name.account, name.region, name.name);
}

Json requestOf(const rows::BulkOperation& row) {
  return *Json::parse(row.request());
}

bool reports(const Json& request, std::string_view type) {
  const auto& types = request["OutputS3Configuration"]["OutputType"].asArray();
  return std::any_of(types.begin(), types.end(), [&](const Json& each) { return each.asString() == type; });
}

void addReport(store::Transaction& transaction, rows::BulkOperation& row, std::string_view type, const Json& line) {
  rows::BulkReport report;
  report.set_line(line.write());
  const TablePart name = *bulkPartOf(row.arn());
  kBulkReports.put(transaction, report, name.account, name.region, name.name, type, row.reported());
  row.set_reported(row.reported() + 1);
}

std::string bulkFolder(const rows::BulkOperation& row) {
  const Json request = requestOf(row);
  return outputFolder(request["OutputS3Configuration"].stringAt("S3KeyPrefix")) + bulkPartOf(row.arn())->name + "/";
}

Json describeBulk(const rows::BulkOperation& row) {
  const Json request = requestOf(row);
  const Json& table = request["TableName"];
  Json out = Json::object({{"BulkOperationArn", row.arn()}, {"BulkOperationStatus", row.status()}});
  out.set("TableDetails", Json::array({Json::object({{"TableName", table}, {"TableId", row.table_id()}})}));
  for (const auto& [name, value] : request.asObject()) {
    if (name != "TableName") out.set(name, value);
  }
  out.set("StartTime", row.started());
  if (row.ended() != 0) out.set("EndTime", row.ended());
  out.set("ProcessedItemCount", row.processed());
  out.set("ProcessedInputBytes", row.finished_bytes() + row.object_bytes());
  if (row.listed()) out.set("TotalInputBytes", row.total_bytes());
  out.set("BulkOperationUsage", Json::array({usageOf(row, table)}));
  out.set("FailedItemCount", row.failed());
  if (!row.failure_code().empty() && row.ended() != 0) {
    out.set("FailureCode", row.failure_code());
    out.set("FailureMessage", row.failure_message());
  }
  return out;
}

Json summariseBulk(const rows::BulkOperation& row) {
  Json out = Json::object(
      {{"BulkOperationArn", row.arn()}, {"BulkOperationStatus", row.status()}, {"StartTime", row.started()}});
  if (row.ended() != 0) out.set("EndTime", row.ended());
  return out;
}

}  // namespace thimble::services::dynamodb
