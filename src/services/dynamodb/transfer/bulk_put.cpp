// The worker of StartBulkPutItems that puts the items.
#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "lang/expression/wire_value.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/item_write.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/transfer/bulk_process.h"
#include "services/dynamodb/transfer/bulk_records.h"
#include "services/dynamodb/transfer/object_lines.h"
#include "services/dynamodb/transfer/s3_calls.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;
using lang::expression::itemSize;
using lang::expression::ItemView;

constexpr std::size_t kMostObjects = 50'000;
constexpr std::int64_t kMostBytesOfObject = std::int64_t{5} << 30;
constexpr std::size_t kItemsPerCommit = 200;
constexpr std::size_t kBytesPerCommit = std::size_t{1} << 20;
constexpr std::size_t kLongestMessage = 1024;
constexpr double kMillisecondsPerSecond = 1000;

/// Some records of one object, and the place behind them.
struct Batch {
  std::vector<base::Result<ItemWrite>> puts;
  std::string key;  ///< The object's.
  std::int64_t lines = 0;
  std::int64_t bytes = 0;  ///< Of the object, with those of the batches before.
  bool ended = false;      ///< The object is at its end.
};

/// Puts one batch, in its transaction.
class BatchPut {
 public:
  BatchPut(dispatch::Context& context, Data& data, const TableInfo& table, rows::BulkOperation& row)
      : context_(context), data_(data), table_(table), row_(row), request_(requestOf(row)) {}

  void put(const Batch& batch) {
    std::int64_t index = row_.next_item();
    for (const base::Result<ItemWrite>& each : batch.puts) {
      const Json pointer = pointerTo(request_["InputS3Configuration"], batch.key, index++);
      row_.set_processed(row_.processed() + 1);
      if (!each.ok()) {
        refuse(pointer, each.error());
      } else {
        putOne(pointer, *each);
      }
    }
    if (batch.ended) {
      row_.set_next_object(row_.next_object() + 1);
      row_.set_next_line(0);
      row_.set_next_item(0);
      row_.set_finished_bytes(row_.finished_bytes() + batch.bytes);
      row_.set_object_bytes(0);
    } else {
      row_.set_next_line(row_.next_line() + batch.lines);
      row_.set_next_item(index);
      row_.set_object_bytes(batch.bytes);
    }
  }

  /// Write request units that it took.
  double units() const { return units_; }

 private:
  void putOne(const Json& pointer, const ItemWrite& write) {
    const auto key = rowFor(table_, write);
    if (!key.ok()) return refuse(pointer, key.error());
    IndexUnits index_units;
    const auto written = applyItemWrite(context_, data_, table_, write, *key, true, &index_units);
    if (!written.ok()) {
      const base::ApiError& error = written.error();
      if (error.code != "ConditionalCheckFailedException") return refuse(pointer, error);
      units_ += writeUnits(itemSize(write.item));
      row_.set_condition_failed(row_.condition_failed() + 1);
      if (!reports(request_, kConditionReport)) return;
      Json line = lineOf(pointer, error);
      line.set("item", lang::expression::toWire(toJson(write.item)));
      if (error.details["Item"].isObject()) {
        line.set("existingItem", lang::expression::toWire(error.details["Item"]));
      }
      return addReport(context_.transaction(), row_, kConditionReport, line);
    }
    const std::size_t before = written->before ? itemSize(viewOf(written->before)) : 0;
    units_ += writeUnits(std::max(before, itemSize(write.item)));
    // What vector indexes take is told in bytes, and is no part of the units.
    Consumed consumed;
    consumed.add(table_, 0, index_units, 1);
    units_ += consumed.units(table_);
    row_.set_table_bytes(row_.table_bytes() + static_cast<std::int64_t>(itemSize(write.item)));
    countIndexes(*written, index_units);
  }

  /// `changed`: the indexes whose entries changed, by name.
  void countIndexes(const WrittenItem& written, const IndexUnits& changed) {
    for (const IndexInfo& index : table_.indexes) {
      const auto cost = changed.find(index.name);
      if (cost == changed.end()) continue;
      if (index.vector) {
        (*row_.mutable_vector_bytes())[index.name] += static_cast<std::int64_t>(cost->second);
        continue;
      }
      const auto entry = indexEntry(table_, index, *written.after);
      if (!entry) continue;
      auto& bytes = index.global ? *row_.mutable_global_bytes() : *row_.mutable_local_bytes();
      bytes[index.name] += static_cast<std::int64_t>(itemSize(ItemView(entry->value)));
    }
  }

  void refuse(const Json& pointer, const base::ApiError& error) {
    row_.set_failed(row_.failed() + 1);
    if (reports(request_, kErrorReport)) {
      addReport(context_.transaction(), row_, kErrorReport, lineOf(pointer, error));
    }
  }

  Json lineOf(const Json& pointer, const base::ApiError& error) const {
    return Json::object(
        {{"itemS3Pointer", pointer},
         {"bulkOperationArn", row_.arn()},
         {"errorMessages", Json::array({base::wellFormedUtf8(error.message.substr(0, kLongestMessage))})}});
  }

  dispatch::Context& context_;
  Data& data_;
  const TableInfo& table_;
  rows::BulkOperation& row_;
  Json request_;
  double units_ = 0;
};

/// Puts the items of one bulk operation. It ends, without an error, at the end of the input and when it is cancelled.
class BulkPut : public std::enable_shared_from_this<BulkPut> {
 public:
  BulkPut(std::shared_ptr<dispatch::AsyncContext> context, dispatch::CallDone done, Data& data,
          const rows::BulkOperation& row)
      : context_(std::move(context)), done_(std::move(done)), data_(data), row_(row), request_(requestOf(row)) {
    if (request_["MaxWriteRequestUnits"].isInt()) rate_ = static_cast<double>(request_["MaxWriteRequestUnits"].asInt());
  }

  void start() {
    if (row_.status() != "IN_PROGRESS") return finish();
    if (row_.listed()) return open();
    // As an export does: this shows that the output can be written before anything is done.
    putOutput(context_, request_["OutputS3Configuration"], bulkFolder(row_) + "_started", "",
              [self = shared_from_this()](const base::Result<std::string>& etag) {
                if (!etag.ok()) return self->done_(etag.error());
                self->list();
              });
  }

 private:
  const Json& source() const { return request_["InputS3Configuration"]; }

  void list() {
    listObjects(context_, source(), [self = shared_from_this()](base::Result<std::vector<S3Object>> objects) {
      if (!objects.ok()) return self->done_(objects.error());
      if (objects->size() > kMostObjects) {
        return self->done_(validationException("The input has more than " + std::to_string(kMostObjects) +
                                               " objects: " + std::to_string(objects->size())));
      }
      self->keepList(*objects);
    });
  }

  void keepList(const std::vector<S3Object>& objects) {
    change(
        [objects](dispatch::Context& context, rows::BulkOperation& row) -> base::Result<void> {
          const TablePart name = *bulkPartOf(row.arn());
          for (std::size_t i = 0; i < objects.size(); ++i) {
            rows::BulkObject object;
            object.set_key(objects[i].key);
            object.set_etag(objects[i].etag);
            object.set_size(objects[i].size);
            kBulkObjects.put(context.transaction(), object, name.account, name.region, name.name,
                             static_cast<std::int64_t>(i));
            row.set_total_bytes(row.total_bytes() + objects[i].size);
          }
          row.set_objects(static_cast<std::int64_t>(objects.size()));
          row.set_listed(true);
          return {};
        },
        [self = shared_from_this()] { self->open(); });
  }

  using Change = std::function<base::Result<void>(dispatch::Context&, rows::BulkOperation&)>;

  /// Changes the operation and what belongs to it in one commit and goes on with `then`; ends when it was cancelled.
  void change(Change work, std::function<void()> then) {
    using Changed = std::optional<rows::BulkOperation>;
    context_->transact<Changed>(
        [arn = row_.arn(), work = std::move(work)](dispatch::Context& context) -> base::Result<Changed> {
          auto row = findBulk(context.transaction(), arn);
          if (!row || row->status() != "IN_PROGRESS") return Changed();
          TRY(work(context, *row));
          putBulk(context.transaction(), *row);
          return row;
        },
        // The outcome comes on the committing thread, which is not for parsing.
        [self = shared_from_this(), then = std::move(then)](base::Result<Changed> row) {
          self->context_->environment().executor.post([self, then, row = std::move(row)] {
            if (!row.ok()) return self->done_(row.error());
            if (!*row) return self->finish();
            self->row_ = **row;
            then();
          });
        });
  }

  void open() {
    if (row_.next_object() == row_.objects()) return finish();
    const TablePart name = *bulkPartOf(row_.arn());
    store::Transaction reading = context_->environment().store.begin();
    const auto object = kBulkObjects.get(reading, name.account, name.region, name.name, row_.next_object());
    batch_ = {};
    batch_.key = object->key();
    if (object->size() > kMostBytesOfObject) return leave("The object is larger than 5 GB");
    Json input = inputOf(source(), object->key());
    // An object that was changed since has lines of which some may have been put already.
    input.set("IfMatch", object->etag());
    callS3(context_, "GetObject", std::move(input), nullptr,
           [self = shared_from_this()](dispatch::CallOutcome outcome) {
             if (!outcome.ok()) return self->done_(std::move(outcome));
             self->lines_.emplace(outcome->body, self->source().stringAt("InputCompressionType"));
             self->records_.emplace(self->source().stringAt("InputFormat"));
             self->behind_ = self->row_.next_line();
             self->piece();
           });
  }

  /// The rest of an object that cannot be read is left out; the others are put all the same.
  void leave(std::string why) {
    batch_.puts.push_back(validationException(std::move(why)));
    batch_.ended = true;
    commit();
  }

  void piece() {
    piece_ = lines_->next();
    next_line_ = 0;
    batch_.bytes += piece_.bytes;
    lines();
  }

  /// Goes on in the piece.
  void lines() {
    while (next_line_ < piece_.lines.size()) {
      const std::string& line = piece_.lines[next_line_++];
      if (behind_ > 0) {
        --behind_;
        continue;
      }
      ++batch_.lines;
      waiting_bytes_ += line.size();
      add(records_->read(line));
      if (records_->stopped()) {
        batch_.ended = true;
        return commit();
      }
      const bool full = batch_.puts.size() >= kItemsPerCommit || waiting_bytes_ >= kBytesPerCommit;
      if (full && records_->between()) return commit();
    }
    if (!piece_.ended) {
      context_->environment().executor.post([self = shared_from_this()] { self->piece(); });
      return;
    }
    if (!piece_.error.empty()) return leave(piece_.error);
    add(records_->finish());
    batch_.ended = true;
    commit();
  }

  void add(std::vector<base::Result<ItemWrite>> puts) {
    for (auto& each : puts) batch_.puts.push_back(std::move(each));
  }

  void commit() {
    waiting_bytes_ = 0;
    const auto batch = std::make_shared<const Batch>(std::move(batch_));
    batch_ = {};
    batch_.key = batch->key;
    batch_.bytes = batch->bytes;
    change(
        [self = shared_from_this(), batch](dispatch::Context& context, rows::BulkOperation& row) -> base::Result<void> {
          const TablePart name = *bulkPartOf(row.arn());
          TRY_ASSIGN(const auto table,
                     usable(self->data_.tables.find(context.transaction(), name.account, name.region, name.table)));
          if (table->row.number() != row.table_number()) return tableNotFound(name.table);
          BatchPut put(context, self->data_, *table, row);
          put.put(*batch);
          self->units_ = put.units();
          return {};
        },
        [self = shared_from_this(), ended = batch->ended] {
          self->wait([self, ended] {
            if (ended) return self->open();
            self->lines();
          });
        });
  }

  /// Until the rate lets the next items be put.
  void wait(std::function<void()> then) {
    if (rate_ == 0) return then();
    const base::Timestamp now = context_->now();
    free_ = std::max(free_, now)
                .plusMilliseconds(static_cast<std::int64_t>(std::ceil(units_ * kMillisecondsPerSecond / rate_)));
    context_->environment().executor.postAt(free_, std::move(then));
  }

  void finish() { done_(dispatch::Answer{Json::object(), nullptr, 0}); }

  std::shared_ptr<dispatch::AsyncContext> context_;
  dispatch::CallDone done_;
  Data& data_;
  rows::BulkOperation row_;  ///< As it was committed last.
  Json request_;
  double rate_ = 0;       ///< Units a second; 0: without a limit.
  double units_ = 0;      ///< Of the last commit.
  base::Timestamp free_;  ///< When the units so far are paid for.

  std::optional<ObjectLines> lines_;
  std::optional<BulkRecords> records_;
  std::int64_t behind_ = 0;  ///< Lines that are to be passed over, since they were put before the server ended.
  ObjectLines::Piece piece_;
  std::size_t next_line_ = 0;  ///< In the piece.
  Batch batch_;                ///< What is to be committed next.
  std::size_t waiting_bytes_ = 0;
};

}  // namespace

void registerBulkPut(dispatch::Registry& registry, Data& data) {
  registry.addInternal(kBulkService, kPutBulkItems,
                       [&data](const std::shared_ptr<dispatch::AsyncContext>& context, dispatch::CallDone done) {
                         store::Transaction finding = context->environment().store.begin();
                         const auto row = findBulk(finding, context->call().input.stringAt("Arn"));
                         if (!row) return done(resourceNotFound());
                         std::make_shared<BulkPut>(context, std::move(done), data, *row)->start();
                       });
}

}  // namespace thimble::services::dynamodb
