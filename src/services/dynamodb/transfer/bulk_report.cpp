// The worker of StartBulkPutItems that writes what became of items which are not in the table: files of JSON lines, and
// manifests as exports have them. Their names do not change when they are written anew.
#include <array>
#include <functional>
#include <memory>
#include <utility>

#include "base/gzip.h"
#include "base/time.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/transfer/bulk_process.h"
#include "services/dynamodb/transfer/s3_calls.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

constexpr std::size_t kRowsPerPage = 100;
constexpr std::size_t kBytesPerFile = std::size_t{8} << 20;
constexpr std::array kTypes = {kErrorReport, kConditionReport};

class BulkReportWriter : public std::enable_shared_from_this<BulkReportWriter> {
 public:
  BulkReportWriter(std::shared_ptr<dispatch::AsyncContext> context, dispatch::CallDone done,
                   const rows::BulkOperation& row)
      : context_(std::move(context)),
        done_(std::move(done)),
        row_(row),
        output_(requestOf(row)["OutputS3Configuration"]),
        folder_(bulkFolder(row)),
        snapshot_(context_->environment().store.begin()) {}

  void page() {
    if (type_ == kTypes.size()) {
      putManifest(context_, output_, folder_ + "manifest-files", files_, then(&BulkReportWriter::summarise));
      return;
    }
    const TablePart name = *bulkPartOf(row_.arn());
    const auto entries = kBulkReports.scanAfter(snapshot_, last_, {.limit = kRowsPerPage}, name.account, name.region,
                                                name.name, kTypes[type_]);
    for (const auto& entry : entries) {
      if (file_ == nullptr) file_ = std::make_unique<base::GzipWriter>();
      file_->append(entry.record.line() + "\n");
      ++file_items_;
      last_ = entry.key;
    }
    type_ended_ = entries.size() < kRowsPerPage;
    if (file_ != nullptr && (type_ended_ || file_->size() >= kBytesPerFile)) return putFile();
    goOn();
  }

 private:
  using Next = void (BulkReportWriter::*)();

  /// Goes on with `next` once an object is written.
  std::function<void(base::Result<std::string>)> then(Next next) {
    return [self = shared_from_this(), next](base::Result<std::string> etag) {
      if (!etag.ok()) return self->done_(etag.error());
      self->etag_ = *std::move(etag);
      (*self.*next)();
    };
  }

  void goOn() {
    if (type_ended_) {
      ++type_;
      last_.clear();
    }
    context_->environment().executor.post([self = shared_from_this()] { self->page(); });
  }

  void putFile() {
    file_bytes_ = file_->finish();
    file_.reset();
    file_name_ = folder_ + "data/" + std::string(kTypes[type_]) + "-" + std::to_string(++file_number_) + ".json.gz";
    putOutput(context_, output_, file_name_, file_bytes_, then(&BulkReportWriter::fileIsThere));
  }

  void fileIsThere() {
    Json line = manifestLine(file_name_, file_bytes_, etag_, std::exchange(file_items_, 0));
    line.set("outputType", kTypes[type_]);
    files_ += line.write() + "\n";
    goOn();
  }

  void summarise() {
    const auto time = [](std::int64_t at) { return base::formatIso8601Milliseconds(base::Timestamp{at}); };
    const Json request = requestOf(row_);
    Json table = request["TableName"];
    Json summary = Json::object({{"bulkOperationArn", row_.arn()},
                                 {"startTime", time(row_.started())},
                                 {"endTime", time(context_->now().milliseconds)},
                                 {"tableName", std::move(table)},
                                 {"tableId", row_.table_id()},
                                 {"s3Bucket", output_["S3Bucket"]},
                                 {"s3Prefix", output_["S3KeyPrefix"]},
                                 {"s3SseAlgorithm", output_["S3SseAlgorithm"]},
                                 {"s3SseKmsKeyId", output_["S3SseKmsKeyId"]},
                                 {"outputType", output_["OutputType"]},
                                 {"manifestFilesS3Key", folder_ + "manifest-files.json"},
                                 {"processedItemCount", row_.processed()},
                                 {"failedItemCount", row_.failed()},
                                 {"conditionCheckFailureCount", row_.condition_failed()}});
    putManifest(context_, output_, folder_ + "manifest-summary", summary.write(), then(&BulkReportWriter::finish));
  }

  void finish() { done_(dispatch::Answer{Json::object(), nullptr, 0}); }

  std::shared_ptr<dispatch::AsyncContext> context_;
  dispatch::CallDone done_;
  rows::BulkOperation row_;
  Json output_;
  std::string folder_;
  store::Transaction snapshot_;

  std::size_t type_ = 0;                    ///< That is being written.
  bool type_ended_ = false;                 ///< All of its lines are read.
  std::string last_;                        ///< The key of its line that was read last; empty: none.
  std::unique_ptr<base::GzipWriter> file_;  ///< Null: it has no line yet.
  std::int64_t file_items_ = 0;
  std::int64_t file_number_ = 0;
  std::string file_name_;
  std::string file_bytes_;
  std::string etag_;  ///< Of the object written last.
  std::string files_;
};

}  // namespace

void registerBulkReport(dispatch::Registry& registry) {
  registry.addInternal(kBulkService, kWriteBulkReport,
                       [](const std::shared_ptr<dispatch::AsyncContext>& context, dispatch::CallDone done) {
                         store::Transaction finding = context->environment().store.begin();
                         const auto row = findBulk(finding, context->call().input.stringAt("Arn"));
                         if (!row) return done(resourceNotFound());
                         std::make_shared<BulkReportWriter>(context, std::move(done), *row)->page();
                       });
}

}  // namespace thimble::services::dynamodb
