// The files of an export task: each stream's events of the time, a line each, in numbered files of bounded size.
#include <algorithm>

#include "base/gzip.h"
#include "base/time.h"
#include "dispatch/doorway.h"
#include "services/logs/errors.h"
#include "services/logs/event_key.h"
#include "services/logs/export_tasks.h"

namespace thimble::services::logs {
namespace {

using base::Json;
using dispatch::Context;

/// Of the lines of one file, and so of what is held in memory.
constexpr std::size_t kFileBytes = std::size_t{16} << 20;
constexpr std::size_t kBatch = 1000;

struct File {
  std::string key;
  std::string bytes;  ///< Compressed.
};

/// Writes one file after the other. It lives as long as it has a call under way.
class Export : public std::enable_shared_from_this<Export> {
 public:
  Export(std::shared_ptr<dispatch::AsyncContext> context, dispatch::CallDone done)
      : context_(std::move(context)), done_(std::move(done)) {}

  void begin() {
    auto self = shared_from_this();
    context_->transact<rows::ExportTaskRecord>([self](Context& inner) { return self->load(inner); },
                                               [self](base::Result<rows::ExportTaskRecord> task) {
                                                 if (!task.ok()) return self->done_(std::move(task).error());
                                                 self->task_ = *std::move(task);
                                                 self->next();
                                               });
  }

 private:
  base::Result<rows::ExportTaskRecord> load(Context& inner) {
    auto task =
        kExportTasks.get(inner.transaction(), inner.account(), inner.region(), inner.call().input.stringAt("TaskId"));
    if (!task) return resourceNotFound("The specified export task does not exist.");
    streams_.clear();
    for (auto& entry : kStreams.scan(inner.transaction(), {}, inner.account(), inner.region(), task->group())) {
      if (entry.record.name().starts_with(task->stream_prefix())) streams_.push_back(std::move(entry.record));
    }
    return *std::move(task);
  }

  /// Off the thread that called, which may be the one that commits: compressing takes time.
  void next() {
    context_->environment().executor.post([self = shared_from_this()] {
      self->context_->transact<std::optional<File>>(
          [self](Context& inner) -> base::Result<std::optional<File>> { return self->read(inner.transaction()); },
          [self](base::Result<std::optional<File>> file) {
            if (!file.ok()) return self->done_(std::move(file).error());
            if (!*file) return self->done_(dispatch::Answer{Json::object(), nullptr, 0});
            self->write(**file);
          });
    });
  }

  void write(const File& file) {
    dispatch::Call call = bucketCall(context_->account(), context_->region(), task_.principal(), "PutObject",
                                     Json::object({{"Bucket", task_.bucket()}, {"Key", file.key}}));
    call.body = std::make_shared<platform::MemoryBytes>(file.bytes);
    context_->doorway().call(std::move(call), [self = shared_from_this()](const dispatch::CallOutcome& outcome) {
      if (!outcome.ok()) return self->done_(base::ApiError(outcome.error()));
      self->stream_ = self->read_stream_;
      self->from_ = self->read_from_;
      self->number_ = self->read_number_;
      self->next();
    });
  }

  /// The next file, from where the last ended; nothing when all is written. May run again from the same place.
  std::optional<File> read(store::Transaction& transaction) {
    read_stream_ = stream_;
    read_from_ = from_;
    read_number_ = number_;
    for (; read_stream_ < streams_.size(); ++read_stream_, read_from_.clear(), read_number_ = 0) {
      const rows::StreamRecord& stream = streams_[read_stream_];
      store::Range range{kEvents.key(stream.id(), task_.from()).bytes(),
                         kEvents.key(stream.id(), std::min(task_.to(), INT64_MAX - 1) + 1).bytes()};
      if (!read_from_.empty()) range.begin = read_from_;
      std::string lines;
      while (lines.size() < kFileBytes) {
        const auto batch = kEvents.scanRange(transaction, range, {.limit = kBatch});
        for (const auto& entry : batch) {
          lines += base::formatIso8601Milliseconds({positionOfKey(entry.key).timestamp}) + " " +
                   entry.record.message() + "\n";
        }
        if (!batch.empty()) range.begin = batch.back().key + '\0';
        if (batch.size() < kBatch) break;
      }
      if (lines.empty()) continue;
      read_from_ = range.begin;
      return File{keyOf(stream.name(), read_number_++), base::gzip(lines)};
    }
    return std::nullopt;
  }

  std::string keyOf(std::string stream, std::size_t number) const {
    std::replace(stream.begin(), stream.end(), '/', '-');
    const std::string digits = std::to_string(number);
    return task_.prefix() + "/" + task_.id() + "/" + stream + "/" +
           std::string(6 - std::min<std::size_t>(digits.size(), 6), '0') + digits + ".gz";
  }

  std::shared_ptr<dispatch::AsyncContext> context_;
  dispatch::CallDone done_;
  rows::ExportTaskRecord task_;
  std::vector<rows::StreamRecord> streams_;
  // Where the next file begins, and where the one that was read last ends.
  std::size_t stream_ = 0, read_stream_ = 0;
  std::string from_, read_from_;
  std::size_t number_ = 0, read_number_ = 0;
};

}  // namespace

void runExport(std::shared_ptr<dispatch::AsyncContext> context, dispatch::CallDone done) {
  std::make_shared<Export>(std::move(context), std::move(done))->begin();
}

}  // namespace thimble::services::logs
