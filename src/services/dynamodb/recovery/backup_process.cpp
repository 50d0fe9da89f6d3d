#include "services/dynamodb/recovery/backup_process.h"

#include <algorithm>
#include <memory>

#include "services/dynamodb/errors.h"
#include "services/dynamodb/item_rows.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/recovery/item_blob.h"
#include "services/dynamodb/recovery/point_in_time.h"
#include "services/dynamodb/table_parts.h"
#include "services/dynamodb/table_process.h"
#include "services/dynamodb/transfer/import_process.h"
#include "store/blob_removal.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;
using dispatch::ProcessInput;
using lang::expression::ItemView;

/// (account, region, table, the ARN's part behind "backup/").
constexpr store::Table<rows::Backup> kBackups("dynamodb.backup");
/// (account, region, table, number): how much of a blob is in the table.
constexpr store::Table<rows::Number> kRestored("dynamodb.restored");

constexpr std::string_view kService = "thimble.dynamodb";
constexpr std::size_t kRowsPerPage = 500;
constexpr std::int64_t kRetryMilliseconds = 1000;
constexpr std::int64_t kDayMilliseconds = 24LL * 3600 * 1000;
constexpr std::int64_t kSystemBackupDays = 35;

std::optional<TablePart> nameOf(const std::string& arn) {
  return partOf(arn, "backup");
}

/// Schedules an operation of our own, in the account and region of a backup or table.
void scheduleWork(dispatch::ProcessContext& context, const std::string& account, const std::string& region,
                  std::string_view operation, Json input, std::string_view tag = {}) {
  dispatch::Call call;
  call.identity = dispatch::Identity::root(account);
  call.account = account;
  call.region = region;
  call.service = kService;
  call.operation = operation;
  call.input = std::move(input);
  context.scheduleCall(call, tag);
}

// --- Writing ---------------------------------------------------------------------------------------------------------

/// Reads one snapshot page by page, each in a turn of its own.
struct BackupWriter : std::enable_shared_from_this<BackupWriter> {
  std::shared_ptr<dispatch::AsyncContext> context;
  dispatch::CallDone done;
  store::Transaction snapshot;
  ItemBlobWriter blob;
  store::Range rest;
  std::optional<PointInTime> point;  ///< For the table as it was; else it is read as it is.

  BackupWriter(std::shared_ptr<dispatch::AsyncContext> its_context, dispatch::CallDone its_done,
               const rows::Backup& backup)
      : context(std::move(its_context)),
        done(std::move(its_done)),
        snapshot(context->environment().store.begin()),
        blob(context->environment().blobs, backup.arn()) {
    const std::string prefix = itemPrefix(backup.table().number());
    rest = {prefix, store::prefixEnd(prefix)};
    if (backup.at() != 0) point.emplace(snapshot, backup.table().number(), base::Timestamp{backup.at()});
  }

  void page() {
    if (add()) {
      context->environment().executor.post([self = shared_from_this()] { self->page(); });
      return;
    }
    done(dispatch::Answer{Json::object({{"Blob", blob.finish()}, {"Items", blob.items()}, {"Bytes", blob.bytes()}}),
                          nullptr, 0});
  }

 private:
  /// Adds some items; false when there are no more.
  bool add() {
    if (point) {
      const std::vector<std::string> items = point->next();
      for (const std::string& item : items) blob.add(item);
      return !items.empty();
    }
    const auto rows = snapshot.scan(rest, {.limit = kRowsPerPage});
    for (const store::Row& row : rows) blob.add(row.value);
    if (!rows.empty()) rest.begin = rows.back().key + std::string(1, '\0');
    return rows.size() == kRowsPerPage;
  }
};

void writeBackup(std::shared_ptr<dispatch::AsyncContext> context, dispatch::CallDone done) {
  store::Transaction finding = context->environment().store.begin();
  const auto backup = findBackup(finding, context->call().input.stringAt("Arn"));
  if (!backup) return done(base::ApiError{"BackupNotFoundException", "The backup was deleted", 400});
  std::make_shared<BackupWriter>(context, std::move(done), *backup)->page();
}

// --- Restoring -------------------------------------------------------------------------------------------------------

void restoreItems(Data& data, std::shared_ptr<dispatch::AsyncContext> context, dispatch::CallDone done) {
  const Json input = context->call().input;
  const std::string name = input.stringAt("Table");
  const std::int64_t number = input["Number"].asInt();
  context->transact<bool>(
      [&data, name, number](dispatch::Context& transacting) -> base::Result<bool> {
        store::Transaction& transaction = transacting.transaction();
        const std::string& account = transacting.account();
        const std::string& region = transacting.region();
        auto table = kTables.get(transaction, account, region, name);
        if (!table || table->number() != number || table->restore_blob().empty()) return false;
        const platform::ByteSourcePointer blob = transacting.environment().blobs.open(table->restore_blob());
        std::uint64_t offset = 0;
        if (const auto row = kRestored.get(transaction, account, region, name, number)) {
          offset = static_cast<std::uint64_t>(row->next());
        }
        const auto info = makeTableInfo(table->SerializeAsString());
        for (const std::string& item : readItems(*blob, offset)) {
          // Items may be older than an index that they are not fit for: they are in the table and not in the index.
          const std::string key = itemKey(*info, ItemView(item));
          const lang::expression::Item made{ItemView(item)};
          writeItem(transaction, *data.sequencer, transacting.now(), {*info, key, std::nullopt, &made});
        }
        if (offset < blob->size()) {
          rows::Number row;
          row.set_next(static_cast<std::int64_t>(offset));
          kRestored.put(transaction, row, account, region, name, number);
          return true;
        }
        kRestored.erase(transaction, account, region, name, number);
        if (!table->import_arn().empty()) {
          transacting.signal({std::string(kImportProcess), table->import_arn()},
                             Json::object({{"Blob", table->restore_blob()}}));
          table->clear_import_arn();
        }
        if (const auto point = findBackup(transaction, table->restore_point())) {
          transacting.signal({std::string(kBackupProcess), point->arn()},
                             removeBlob(table->restore_blob(), account, region));
          eraseBackup(transaction, *point);
          table->clear_restore_point();
        }
        table->clear_restore_blob();
        settle(*table, transacting.now());
        saveTable(transaction, *table);
        return false;
      },
      [done = std::move(done)](base::Result<bool> more) {
        if (!more.ok()) return done(more.error());
        done(dispatch::Answer{Json::object({{"More", *more}}), nullptr, 0});
      });
}

/// Puts what was written for a restoration into its table.
void beginRestoration(dispatch::ProcessContext& context, const rows::Backup& point) {
  auto table = kTables.get(context.transaction(), point.table().account(), point.table().region(), point.target());
  if (!table || table->restore_point() != point.arn()) return;
  table->set_restore_blob(point.blob());
  saveTable(context.transaction(), *table);
  context.start({std::string(kRestoreProcess), tableProcess(*table).id}, Json());
}

}  // namespace

std::optional<rows::Backup> findBackup(store::Transaction& transaction, const std::string& arn) {
  const auto name = nameOf(arn);
  if (!name) return std::nullopt;
  return kBackups.get(transaction, name->account, name->region, name->table, name->name);
}
void putBackup(store::Transaction& transaction, const rows::Backup& backup) {
  const TablePart name = *nameOf(backup.arn());
  kBackups.put(transaction, backup, name.account, name.region, name.table, name.name);
}
void eraseBackup(store::Transaction& transaction, const rows::Backup& backup) {
  const TablePart name = *nameOf(backup.arn());
  kBackups.erase(transaction, name.account, name.region, name.table, name.name);
}

std::vector<rows::Backup> listBackups(store::Transaction& transaction, const std::string& account,
                                      const std::string& region, const std::string& table, const std::string& after) {
  std::string start;
  if (const auto name = nameOf(after)) start = kBackups.key(account, region, name->table, name->name).bytes();
  std::vector<rows::Backup> found;
  for (auto& entry : table.empty() ? kBackups.scanAfter(transaction, start, {}, account, region)
                                   : kBackups.scanAfter(transaction, start, {}, account, region, table)) {
    found.push_back(std::move(entry.record));
  }
  return found;
}

rows::Backup beginBackup(dispatch::Context& context, const rows::Table& table, const std::string& name, bool system) {
  rows::Backup backup;
  backup.set_arn(newPartArn(context, table, "backup"));
  backup.set_name(name);
  backup.set_created(context.now().milliseconds);
  backup.set_status("CREATING");
  backup.set_system(system);
  *backup.mutable_table() = table;
  putBackup(context.transaction(), backup);
  context.start({std::string(kBackupProcess), backup.arn()}, Json());
  return backup;
}

bool isBeingBackedUp(dispatch::Context& context, const rows::Table& table) {
  const auto backups = listBackups(context.transaction(), table.account(), table.region(), table.name(), "");
  return std::any_of(backups.begin(), backups.end(), [&](const rows::Backup& backup) {
    return backup.status() == "CREATING" && backup.at() == 0 && backup.table().number() == table.number();
  });
}

bool isInUse(store::Transaction& transaction, const rows::Backup& backup) {
  if (backup.blob().empty()) return false;
  const auto tables = kTables.scanAfter(transaction, "", {}, backup.table().account(), backup.table().region());
  return std::any_of(tables.begin(), tables.end(),
                     [&](const auto& entry) { return entry.record.restore_blob() == backup.blob(); });
}

std::int64_t expiryOf(const rows::Backup& backup) {
  return backup.created() + kSystemBackupDays * kDayMilliseconds;
}

Json removeBlob(const std::string& blob, const std::string& account, const std::string& region) {
  return Json::object({{"Blob", blob}, {"Account", account}, {"Region", region}});
}

void BackupProcess::decide(dispatch::ProcessContext& context, const ProcessInput& input) {
  if (input.type == ProcessInput::Type::Signal) {
    // Once more, after a crash too, until it is gone.
    context.scheduleTimer("remove", context.now(), input.payload);
    return;
  }
  if (input.type == ProcessInput::Type::Timer && input.name == "remove") {
    context.scheduleTimer("remove", context.now().plusMilliseconds(kRetryMilliseconds), input.payload);
    scheduleWork(context, input.payload.stringAt("Account"), input.payload.stringAt("Region"), "RemoveBlob",
                 Json::object({{"Blob", input.payload["Blob"]}}), "remove");
    return;
  }
  if (input.name == "remove") {
    if (input.type == ProcessInput::Type::TaskResult && input.outcome->ok()) context.cancelTimer("remove");
    return;
  }
  auto backup = findBackup(context.transaction(), context.self().id);
  if (!backup || input.type == ProcessInput::Type::TaskStarted) return;
  if (input.type == ProcessInput::Type::Timer && input.name == "expire") {
    if (isInUse(context.transaction(), *backup)) {
      context.scheduleTimer("expire", context.now().plusMilliseconds(kDayMilliseconds));
      return;
    }
    eraseBackup(context.transaction(), *backup);
    context.scheduleTimer("remove", context.now(),
                          removeBlob(backup->blob(), backup->table().account(), backup->table().region()));
    return;
  }
  if (input.type == ProcessInput::Type::TaskResult && input.outcome->ok()) {
    const Json& written = (*input.outcome)->output;
    backup->set_blob(written.stringAt("Blob"));
    backup->set_own_blob(true);
    backup->set_items(written["Items"].asInt());
    backup->set_size(written["Bytes"].asInt());
    backup->set_status("AVAILABLE");
    putBackup(context.transaction(), *backup);
    if (backup->at() != 0) beginRestoration(context, *backup);
    if (backup->system()) {
      startPurge(context, itemPrefix(backup->table().number()));
      context.scheduleTimer("expire", base::Timestamp{expiryOf(*backup)});
    }
    return;
  }
  if (input.type == ProcessInput::Type::TaskResult) {
    context.scheduleTimer("again", context.now().plusMilliseconds(kRetryMilliseconds));
    return;
  }
  // At the start, after a failure, and when the server ended meanwhile.
  scheduleWork(context, backup->table().account(), backup->table().region(), "WriteBackup",
               Json::object({{"Arn", backup->arn()}}));
}

void RestoreProcess::decide(dispatch::ProcessContext& context, const ProcessInput& input) {
  if (input.type == ProcessInput::Type::TaskStarted) return;
  if (input.type == ProcessInput::Type::TaskResult) {
    if (!input.outcome->ok()) {
      context.scheduleTimer("again", context.now().plusMilliseconds(kRetryMilliseconds));
      return;
    }
    if (!(*input.outcome)->output["More"].asBool()) return;
  }
  // The id is "account/region/table/number".
  const std::string& id = context.self().id;
  const std::size_t first = id.find('/');
  const std::size_t second = id.find('/', first + 1);
  const std::size_t third = id.find('/', second + 1);
  scheduleWork(context, id.substr(0, first), id.substr(first + 1, second - first - 1), "RestoreItems",
               Json::object({{"Table", id.substr(second + 1, third - second - 1)},
                             {"Number", std::stoll(id.substr(third + 1))}}));
}

void registerBackupWork(dispatch::Registry& registry, Data& data) {
  registry.addInternal(kService, "WriteBackup", writeBackup);
  registry.addInternal(kService, "RemoveBlob",
                       [](const std::shared_ptr<dispatch::AsyncContext>& context, const dispatch::CallDone& done) {
                         store::removeBlob(context->environment().blobs, context->call().input.stringAt("Blob"));
                         done(dispatch::Answer{Json::object(), nullptr, 0});
                       });
  registry.addInternal(kService, "RestoreItems",
                       [&data](std::shared_ptr<dispatch::AsyncContext> context, dispatch::CallDone done) {
                         restoreItems(data, std::move(context), std::move(done));
                       });
}

}  // namespace thimble::services::dynamodb
