#include "services/dynamodb/transfer/export_process.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

#include "base/gzip.h"
#include "base/json_binary.h"
#include "dispatch/call_record.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/table_parts.h"
#include "services/dynamodb/tables.h"
#include "services/dynamodb/transfer/export_records.h"
#include "services/dynamodb/transfer/s3_calls.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;
using dispatch::ProcessInput;

/// (account, region, table, the ARN's part behind "export/").
constexpr store::Table<rows::Export> kExports("dynamodb.export");

constexpr std::string_view kService = "thimble.dynamodb";
constexpr std::size_t kBytesPerFile = std::size_t{8} << 20;
constexpr std::size_t kFileNameLength = 26;
constexpr std::int64_t kRetryMilliseconds = 1000;
constexpr std::int64_t kLeastBilledIncrement = 10'000'000;

/// Writes one export.
class ExportWriter : public std::enable_shared_from_this<ExportWriter> {
 public:
  ExportWriter(std::shared_ptr<dispatch::AsyncContext> context, dispatch::CallDone done, const rows::Export& row)
      : context_(std::move(context)),
        done_(std::move(done)),
        description_(describedExport(row)),
        number_(row.table_number()),
        snapshot_(context_->environment().store.begin()),
        incremental_(description_.contains("IncrementalExportSpecification")) {
    folder_ = outputFolder(description_.stringAt("S3Prefix"));
    // Increments keep their files in one place, so that a reader finds those of all.
    data_folder_ = folder_ + "data/";
    folder_ += partOf(row.arn(), "export")->name + "/";
    if (!incremental_) data_folder_ = folder_ + "data/";
  }

  void start() {
    const auto name = partOf(description_.stringAt("ExportArn"), "export");
    const auto table = kTables.get(snapshot_, name->account, name->region, name->table);
    if (!table || table->number() != number_) {
      return done_(base::ApiError{"TableNotFoundException", "Table not found: " + name->table, 400});
    }
    if (!table->recovery()) return done_(recoveryUnavailable(name->table));
    const auto info = makeTableInfo(table->SerializeAsString());
    auto filter = ExportFilter::read(description_["FilterSpecification"], *info);
    if (!filter.ok()) return done_(filter.error());
    records_.emplace(snapshot_, info, description_, std::move(*filter));
    putOutput(context_, description_, folder_ + "_started", "", then(&ExportWriter::page));
  }

 private:
  using Next = void (ExportWriter::*)();

  /// Goes on with `next` once an object is written.
  std::function<void(base::Result<std::string>)> then(Next next) {
    return [self = shared_from_this(), next](base::Result<std::string> etag) {
      if (!etag.ok()) return self->done_(etag.error());
      self->etag_ = *std::move(etag);
      (*self.*next)();
    };
  }

  void page() {
    if (file_ == nullptr) {
      file_ = std::make_unique<base::GzipWriter>();
      file_items_ = 0;
    }
    const std::optional<ExportRecords::Page> records = records_->next();
    last_ = !records;
    if (records) {
      for (const std::string& line : records->lines) file_->append(line + "\n");
      file_items_ += static_cast<std::int64_t>(records->lines.size());
      bytes_ += records->bytes;
    }
    if (last_ || file_->size() >= kBytesPerFile) return putFile();
    context_->environment().executor.post([self = shared_from_this()] { self->page(); });
  }

  void putFile() {
    file_bytes_ = file_->finish();
    file_.reset();
    const bool ion = description_.stringAt("ExportFormat") == "ION";
    file_name_ = data_folder_ + context_->random().hex(kFileNameLength) + (ion ? ".ion.gz" : ".json.gz");
    putOutput(context_, description_, file_name_, file_bytes_, then(&ExportWriter::fileIsThere));
  }

  void fileIsThere() {
    files_ += manifestLine(file_name_, file_bytes_, etag_, file_items_).write() + "\n";
    items_ += file_items_;
    if (!last_) return page();
    putManifest(context_, description_, folder_ + "manifest-files", files_, then(&ExportWriter::putSummary));
  }

  void putSummary() {
    ended_ = context_->now();
    const auto time = [](base::Timestamp at) { return base::formatIso8601Milliseconds(at); };
    if (incremental_) bytes_ = std::max(bytes_, kLeastBilledIncrement);
    Json summary = Json::object({{"version", incremental_ ? "2023-08-01" : "2020-06-30"},
                                 {"exportArn", description_["ExportArn"]},
                                 {"startTime", time({description_["StartTime"].asInt()})},
                                 {"endTime", time(ended_)},
                                 {"tableArn", description_["TableArn"]},
                                 {"tableId", description_["TableId"]}});
    const Json& span = description_["IncrementalExportSpecification"];
    if (incremental_) {
      summary.set("exportFromTime", time({span["ExportFromTime"].asInt()}));
      summary.set("exportToTime", time({span["ExportToTime"].asInt()}));
    } else {
      summary.set("exportTime", time({description_["ExportTime"].asInt()}));
    }
    for (const auto& [name, value] : {std::pair("s3Bucket", description_["S3Bucket"]),
                                      {"s3Prefix", description_["S3Prefix"]},
                                      {"s3SseAlgorithm", description_["S3SseAlgorithm"]},
                                      {"s3SseKmsKeyId", description_["S3SseKmsKeyId"]},
                                      {"manifestFilesS3Key", folder_ + "manifest-files.json"},
                                      {"billedSizeBytes", bytes_},
                                      {"itemCount", items_},
                                      {"outputFormat", description_["ExportFormat"]}}) {
      summary.set(name, value);
    }
    if (incremental_) summary.set("outputView", span["ExportViewType"]);
    summary.set("exportType", incremental_ ? "INCREMENTAL_EXPORT" : "FULL_EXPORT");
    putManifest(context_, description_, folder_ + "manifest-summary", summary.write(), then(&ExportWriter::finish));
  }

  void finish() {
    done_(dispatch::Answer{Json::object({{"EndTime", ended_.milliseconds},
                                         {"ExportManifest", folder_ + "manifest-summary.json"},
                                         {"BilledSizeBytes", bytes_},
                                         {"ItemCount", items_}}),
                           nullptr, 0});
  }

  std::shared_ptr<dispatch::AsyncContext> context_;
  dispatch::CallDone done_;
  Json description_;
  std::int64_t number_;
  store::Transaction snapshot_;
  bool incremental_;
  std::optional<ExportRecords> records_;
  std::string folder_;       ///< Of the export's manifests, with a slash.
  std::string data_folder_;  ///< Of its files of items, with a slash.
  bool last_ = false;
  std::string etag_;  ///< Of the object written last.

  std::unique_ptr<base::GzipWriter> file_;
  std::int64_t file_items_ = 0;
  std::string file_name_;
  std::string file_bytes_;

  std::int64_t items_ = 0;
  std::int64_t bytes_ = 0;
  std::string files_;
  base::Timestamp ended_;
};

void writeExport(std::shared_ptr<dispatch::AsyncContext> context, dispatch::CallDone done) {
  store::Transaction finding = context->environment().store.begin();
  const auto row = findExport(finding, context->call().input.stringAt("Arn"));
  if (!row) return done(base::ApiError{"ExportNotFoundException", "There is no such export", 400});
  std::make_shared<ExportWriter>(context, std::move(done), *row)->start();
}

void close(dispatch::ProcessContext& context, rows::Export row, std::string_view status, const Json& more) {
  Json description = *Json::parse(row.description());
  description.set("ExportStatus", status);
  for (const auto& [name, value] : more.asObject()) description.set(name, value);
  row.set_description(description.write());
  row.clear_caller();
  putExport(context.transaction(), row);
}

}  // namespace

std::optional<rows::Export> findExport(store::Transaction& transaction, const std::string& arn) {
  const auto name = partOf(arn, "export");
  if (!name) return std::nullopt;
  return kExports.get(transaction, name->account, name->region, name->table, name->name);
}

base::Json describedExport(const rows::Export& row) {
  Json description = *Json::parse(row.description());
  if (!row.filter().empty()) description.set("FilterSpecification", *base::decodeJsonBinary(row.filter()));
  return description;
}

void putExport(store::Transaction& transaction, const rows::Export& row) {
  const TablePart name = *partOf(row.arn(), "export");
  kExports.put(transaction, row, name.account, name.region, name.table, name.name);
}

std::vector<rows::Export> listExports(store::Transaction& transaction, const std::string& account,
                                      const std::string& region, const std::string& table, const std::string& after) {
  std::vector<rows::Export> found;
  for (auto& entry : table.empty() ? kExports.scanAfter(transaction, "", {}, account, region)
                                   : kExports.scanAfter(transaction, "", {}, account, region, table)) {
    found.push_back(std::move(entry.record));
  }
  return newestFirst(std::move(found), "export", after);
}

void ExportProcess::decide(dispatch::ProcessContext& context, const ProcessInput& input) {
  const auto row = findExport(context.transaction(), context.self().id);
  if (!row || input.type == ProcessInput::Type::TaskStarted) return;
  if (input.type == ProcessInput::Type::TaskResult) {
    if (input.outcome->ok()) return close(context, *row, "COMPLETED", (*input.outcome)->output);
    const base::ApiError& error = input.outcome->error();
    if (error.senderFault() || error.http_status == 501) {
      Json failure = failureOf(error);
      failure.set("EndTime", context.now().milliseconds);
      return close(context, *row, "FAILED", failure);
    }
    context.scheduleTimer("again", context.now().plusMilliseconds(kRetryMilliseconds));
    return;
  }
  // At the start, after a failure of the server, and when it ended meanwhile.
  dispatch::rows::IdentityRecord caller;
  caller.ParseFromString(row->caller());
  const TablePart name = *partOf(row->arn(), "export");
  dispatch::Call call;
  call.identity = dispatch::fromRecord(caller);
  call.account = name.account;
  call.region = name.region;
  call.service = kService;
  call.operation = "WriteExport";
  call.input = Json::object({{"Arn", row->arn()}});
  context.scheduleCall(call);
}

void registerExportWork(dispatch::Registry& registry) {
  registry.addInternal(kService, "WriteExport", writeExport);
}

}  // namespace thimble::services::dynamodb
