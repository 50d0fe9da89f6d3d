#include "services/codebuild/batch/batch_records.h"

#include "services/codebuild/document_rows.h"
#include "services/codebuild/errors.h"

namespace thimble::services::codebuild {
namespace {

using base::Json;
using rows::Record;

constexpr store::Table<Record> kBatches("codebuild.batch");
constexpr store::Table<Record> kBatchTimes("codebuild.batch_time");
constexpr store::Table<Record> kProjectBatches("codebuild.project_batch");

}  // namespace

std::optional<Json> findBatch(store::Transaction& transaction, const Place& place, const std::string& id) {
  const auto row = kBatches.get(transaction, place.account, place.region, id);
  return unpackFound(row);
}

void putBatch(store::Transaction& transaction, const Place& place, const Json& document) {
  kBatches.put(transaction, pack(document), place.account, place.region, document["Batch"].stringAt("id"));
}

void addBatch(store::Transaction& transaction, const Place& place, const Json& document) {
  const Json& batch = document["Batch"];
  const std::string id = batch.stringAt("id");
  putBatch(transaction, place, document);
  kBatchTimes.put(transaction, pack(id), place.account, place.region, batch["startTime"].asInt(), id);
  kProjectBatches.put(transaction, pack(id), place.account, place.region, batch.stringAt("projectName"),
                      batch["buildBatchNumber"].asInt(), id);
}

void eraseBatch(store::Transaction& transaction, const Place& place, const Json& document) {
  const Json& batch = document["Batch"];
  const std::string id = batch.stringAt("id");
  kBatches.erase(transaction, place.account, place.region, id);
  kBatchTimes.erase(transaction, place.account, place.region, batch["startTime"].asInt(), id);
  kProjectBatches.erase(transaction, place.account, place.region, batch.stringAt("projectName"),
                        batch["buildBatchNumber"].asInt(), id);
}

BuildList listBatches(store::Transaction& transaction, const Place& place, const std::string& project,
                      const std::string& status, bool ascending, const std::string& after, std::size_t limit) {
  BuildList list;
  std::string from = after;
  for (;;) {
    store::ScanOptions options;
    options.reverse = !ascending;
    options.limit = limit + 1;
    const auto rows = project.empty()
                          ? kBatchTimes.scanAfter(transaction, from, options, place.account, place.region)
                          : kProjectBatches.scanAfter(transaction, from, options, place.account, place.region, project);
    for (const auto& row : rows) {
      if (list.ids.size() == limit) {
        list.next = from;
        return list;
      }
      from = row.key;
      const std::string id = unpack(row.record).asString();
      if (!status.empty()) {
        const std::optional<Json> document = findBatch(transaction, place, id);
        if (!document || (*document)["Batch"].stringAt("buildBatchStatus") != status) continue;
      }
      list.ids.push_back(id);
    }
    if (rows.size() <= limit) return list;
  }
}

base::Result<std::string> readBatchId(const Place& place, const std::string& text) {
  const std::string prefix = batchArn(place, "");
  const std::string id = text.compare(0, prefix.size(), prefix) == 0 ? text.substr(prefix.size()) : text;
  if (id.compare(0, 4, "arn:") == 0 || projectOf(id).empty()) return invalidInput("Invalid build batch ID provided");
  return id;
}

dispatch::ProcessReference batchProcess(const Place& place, const std::string& id) {
  return {std::string(kBatchProcess), place.account + "/" + place.region + "/" + id};
}

}  // namespace thimble::services::codebuild
