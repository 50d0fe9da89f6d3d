#include "services/dynamodb/transfer/import_process.h"

#include <functional>
#include <memory>
#include <utility>

#include "base/encoding.h"
#include "dispatch/call_record.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/recovery/backup_process.h"
#include "services/dynamodb/recovery/item_blob.h"
#include "services/dynamodb/table_parts.h"
#include "services/dynamodb/table_process.h"
#include "services/dynamodb/tables.h"
#include "services/dynamodb/transfer/import_lines.h"
#include "services/dynamodb/transfer/object_lines.h"
#include "services/dynamodb/transfer/s3_calls.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;
using dispatch::ProcessInput;

/// (account, region, table, the ARN's part behind "import/").
constexpr store::Table<rows::Import> kImports("dynamodb.import");

constexpr std::string_view kService = "thimble.dynamodb";
constexpr std::size_t kMostLogged = 10'000;
constexpr std::size_t kLongestMessage = 1024;
constexpr std::size_t kBytesPerPut = 900'000;  // CloudWatch Logs takes 1 MiB.
constexpr std::size_t kEventsPerPut = 1000;
constexpr std::int64_t kRetryMilliseconds = 1000;

base::ApiError invalidItems() {
  return {"ItemValidationError",
          "Some of the items failed validation checks and were not imported. Please check CloudWatch error logs for "
          "more details.",
          400};
}

/// The table that an import fills, while it does.
std::optional<rows::Table> tableOf(store::Transaction& transaction, const rows::Import& row) {
  const TablePart name = *partOf(row.arn(), "import");
  auto table = kTables.get(transaction, name.account, name.region, name.table);
  if (!table || table->number() != row.table_number()) return std::nullopt;
  return table;
}

/// Reads the objects of one import.
class ImportReader : public std::enable_shared_from_this<ImportReader> {
 public:
  ImportReader(std::shared_ptr<dispatch::AsyncContext> context, dispatch::CallDone done, const rows::Import& row,
               const rows::Table& table)
      : context_(std::move(context)),
        done_(std::move(done)),
        description_(*Json::parse(row.description())),
        table_(makeTableInfo(table.SerializeAsString())),
        lines_(description_, *table_),
        blob_(context_->environment().blobs, row.arn()),
        compression_(description_.stringAt("InputCompressionType")) {}

  void start() {
    listObjects(context_, source(), [self = shared_from_this()](base::Result<std::vector<S3Object>> objects) {
      if (!objects.ok()) return self->done_(objects.error());
      self->objects_ = *std::move(objects);
      self->open();
    });
  }

 private:
  const Json& source() const { return description_["S3BucketSource"]; }

  void open() {
    if (next_object_ == objects_.size()) return finish();
    callS3(context_, "GetObject", inputOf(source(), objects_[next_object_++].key), nullptr,
           [self = shared_from_this()](dispatch::CallOutcome outcome) {
             if (!outcome.ok()) return self->done_(std::move(outcome));
             self->index_ = 0;
             self->lines_.beginFile();
             self->object_.emplace(outcome->body, self->compression_);
             self->piece();
           });
  }

  /// The rest of an object that cannot be read is left out; the others are imported all the same.
  void piece() {
    const ObjectLines::Piece piece = object_->next();
    bytes_ += piece.bytes;
    for (const std::string& each : piece.lines) line(each);
    if (!piece.error.empty()) refuse(piece.error);
    context_->environment().executor.post([self = shared_from_this(), ended = piece.ended] {
      if (ended) return self->open();
      self->piece();
    });
  }

  void line(std::string_view text) {
    if (text.find_first_not_of(" \t") == std::string_view::npos || lines_.takeHeader(text)) return;
    for (const auto& item : lines_.read(text)) {
      ++items_;
      if (item.ok()) {
        blob_.add(item->bytes());
      } else {
        refuse(item.error().message);
      }
      ++index_;
    }
  }

  /// Counts an error, and keeps it for the log.
  void refuse(const std::string& message) {
    ++errors_;
    if (logged_.size() == kMostLogged) return;
    logged_.push_back(
        Json::object({{"itemS3Pointer", pointerTo(source(), objects_[next_object_ - 1].key, index_)},
                      {"importArn", description_["ImportArn"]},
                      {"errorMessages", Json::array({base::wellFormedUtf8(message.substr(0, kLongestMessage))})}})
            .write());
  }

  void finish() {
    if (logged_.empty()) return succeed();
    log("CreateLogGroup", Json::object(),
        [self = shared_from_this()] { self->log("CreateLogStream", self->stream(), [self] { self->putEvents(); }); });
  }

  Json stream() const {
    return Json::object({{"logStreamName", partOf(description_.stringAt("ImportArn"), "import")->name + "/error"}});
  }

  /// Group and stream may be there. A caller who may not log has the counts alone.
  void log(std::string operation, Json input, std::function<void()> then) {
    input.set("logGroupName", kImportLogGroup);
    callAsCaller(context_, "logs", std::move(operation), std::move(input), nullptr,
                 [then = std::move(then)](const dispatch::CallOutcome&) { then(); });
  }

  void putEvents() {
    if (next_logged_ == logged_.size()) return succeed();
    const std::int64_t now = context_->environment().clock.now().milliseconds;
    Json events = Json::array();
    for (std::size_t bytes = 0; next_logged_ < logged_.size() && events.size() < kEventsPerPut; ++next_logged_) {
      bytes += logged_[next_logged_].size();
      if (!events.empty() && bytes > kBytesPerPut) break;
      events.push(Json::object({{"timestamp", now}, {"message", logged_[next_logged_]}}));
    }
    Json input = stream();
    input.set("logEvents", std::move(events));
    log("PutLogEvents", std::move(input), [self = shared_from_this()] { self->putEvents(); });
  }

  void succeed() {
    const std::int64_t items = blob_.items();
    done_(dispatch::Answer{Json::object({{"Blob", blob_.finish()},
                                         {"Description", Json::object({{"ProcessedSizeBytes", bytes_},
                                                                       {"ProcessedItemCount", items_},
                                                                       {"ImportedItemCount", items},
                                                                       {"ErrorCount", errors_}})}}),
                           nullptr, 0});
  }

  std::shared_ptr<dispatch::AsyncContext> context_;
  dispatch::CallDone done_;
  Json description_;
  std::shared_ptr<const TableInfo> table_;
  ImportLines lines_;
  ItemBlobWriter blob_;
  std::string compression_;
  std::vector<S3Object> objects_;
  std::size_t next_object_ = 0;

  std::optional<ObjectLines> object_;
  std::int64_t index_ = 0;  ///< Of the next item in the object.

  std::int64_t bytes_ = 0;
  std::int64_t items_ = 0;
  std::int64_t errors_ = 0;
  std::vector<std::string> logged_;  ///< Messages of the first errors.
  std::size_t next_logged_ = 0;
};

void readImport(std::shared_ptr<dispatch::AsyncContext> context, dispatch::CallDone done) {
  store::Transaction finding = context->environment().store.begin();
  const auto row = findImport(finding, context->call().input.stringAt("Arn"));
  const auto table = row ? tableOf(finding, *row) : std::nullopt;
  if (!table) return done(base::ApiError{"ImportNotFoundException", "There is no such import", 400});
  std::make_shared<ImportReader>(context, std::move(done), *row, *table)->start();
}

void save(dispatch::ProcessContext& context, rows::Import row, const Json& more) {
  Json description = *Json::parse(row.description());
  for (const auto& [name, value] : more.asObject()) description.set(name, value);
  row.set_description(description.write());
  row.clear_caller();
  putImport(context.transaction(), row);
}

void fill(dispatch::ProcessContext& context, const rows::Import& row, const Json& read) {
  auto table = tableOf(context.transaction(), row);
  if (!table) return;
  table->set_restore_blob(read.stringAt("Blob"));
  saveTable(context.transaction(), *table);
  save(context, row, read["Description"]);
  context.start({std::string(kRestoreProcess), tableProcess(*table).id}, Json());
}

void fail(dispatch::ProcessContext& context, const rows::Import& row, const base::ApiError& error) {
  Json failure = failureOf(error);
  failure.set("ImportStatus", "FAILED");
  failure.set("EndTime", context.now().milliseconds);
  save(context, row, failure);
  // Nothing came, so the name is free for another try.
  if (const auto table = tableOf(context.transaction(), row)) context.signal(tableProcess(*table), deleteNow());
}

void complete(dispatch::ProcessContext& context, const rows::Import& row, const std::string& blob) {
  Json more = Json::object({{"ImportStatus", "COMPLETED"}, {"EndTime", context.now().milliseconds}});
  if ((*Json::parse(row.description()))["ErrorCount"].asInt() > 0) {
    more = failureOf(invalidItems());
    more.set("ImportStatus", "FAILED");
    more.set("EndTime", context.now().milliseconds);
  }
  save(context, row, more);
  const TablePart name = *partOf(row.arn(), "import");
  context.signal({std::string(kBackupProcess), row.arn()}, removeBlob(blob, name.account, name.region));
}

}  // namespace

std::optional<rows::Import> findImport(store::Transaction& transaction, const std::string& arn) {
  const auto name = partOf(arn, "import");
  if (!name) return std::nullopt;
  return kImports.get(transaction, name->account, name->region, name->table, name->name);
}

void putImport(store::Transaction& transaction, const rows::Import& row) {
  const TablePart name = *partOf(row.arn(), "import");
  kImports.put(transaction, row, name.account, name.region, name.table, name.name);
}

std::vector<rows::Import> listImports(store::Transaction& transaction, const std::string& account,
                                      const std::string& region, const std::string& table, const std::string& after) {
  std::vector<rows::Import> found;
  for (auto& entry : table.empty() ? kImports.scanAfter(transaction, "", {}, account, region)
                                   : kImports.scanAfter(transaction, "", {}, account, region, table)) {
    found.push_back(std::move(entry.record));
  }
  return newestFirst(std::move(found), "import", after);
}

void ImportProcess::decide(dispatch::ProcessContext& context, const ProcessInput& input) {
  const auto row = findImport(context.transaction(), context.self().id);
  if (!row || input.type == ProcessInput::Type::TaskStarted) return;
  if (input.type == ProcessInput::Type::Signal) return complete(context, *row, input.payload.stringAt("Blob"));
  if (input.type == ProcessInput::Type::TaskResult) {
    if (input.outcome->ok()) return fill(context, *row, (*input.outcome)->output);
    const base::ApiError& error = input.outcome->error();
    if (error.senderFault() || error.http_status == 501) return fail(context, *row, error);
    context.scheduleTimer("again", context.now().plusMilliseconds(kRetryMilliseconds));
    return;
  }
  // At the start, after a failure of the server, and when it ended meanwhile.
  const TablePart name = *partOf(row->arn(), "import");
  dispatch::rows::IdentityRecord caller;
  caller.ParseFromString(row->caller());
  dispatch::Call call;
  call.identity = dispatch::fromRecord(caller);
  call.account = name.account;
  call.region = name.region;
  call.service = kService;
  call.operation = "ReadImport";
  call.input = Json::object({{"Arn", row->arn()}});
  context.scheduleCall(call);
}

void registerImportWork(dispatch::Registry& registry) {
  registry.addInternal(kService, "ReadImport", readImport);
}

}  // namespace thimble::services::dynamodb
