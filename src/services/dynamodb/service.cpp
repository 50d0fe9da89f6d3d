#include "services/dynamodb/service.h"

#include "services/dynamodb/counting.h"
#include "services/dynamodb/item_rows.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/recovery/backup_process.h"
#include "services/dynamodb/streams/stream_process.h"
#include "services/dynamodb/table_process.h"
#include "services/dynamodb/transfer/bulk_process.h"
#include "services/dynamodb/transfer/export_process.h"
#include "services/dynamodb/transfer/import_process.h"

namespace thimble::services::dynamodb {

struct Service::Impl {
  Data data;
  Counting counting;
  TableProcess table_process{data};
  PurgeProcess purge_process;
  StreamProcess stream_process;
  BackupProcess backup_process;
  RestoreProcess restore_process;
  ExportProcess export_process;
  ImportProcess import_process;
  BulkProcess bulk_process;
};

Service::Service() : impl_(std::make_unique<Impl>()) {}
Service::~Service() = default;

void Service::registerWith(dispatch::Registry& registry, dispatch::Kernel& kernel) {
  registerCreateTable(registry);
  registerUpdateTable(registry);
  registerDeleteTable(registry);
  registerDescribeTables(registry, impl_->counting);
  registerGlobalTables(registry);
  registerTags(registry);
  registerResourcePolicies(registry, impl_->data);
  registerTimeToLive(registry);
  registerContinuousBackups(registry);
  registerContributorInsights(registry);
  registerBackups(registry);
  registerRestores(registry);
  registerBackupWork(registry, impl_->data);
  registerExports(registry);
  registerExportWork(registry);
  registerImports(registry);
  registerImportWork(registry);
  registerBulkOperations(registry);
  registerBulkPut(registry, impl_->data);
  registerBulkReport(registry);
  registerWriteItems(registry, impl_->data);
  registerWriteBatches(registry, impl_->data);
  registerGetItems(registry, impl_->data);
  registerQuery(registry, impl_->data);
  registerScan(registry, impl_->data);
  registerSearchVectors(registry, impl_->data);
  registerExecuteStatement(registry, impl_->data);
  registerBatchExecuteStatement(registry, impl_->data);
  registerExecuteTransaction(registry, impl_->data);
  registerReadStreams(registry, impl_->data);
  registerAwaitRecords(registry, impl_->data);
  kernel.addKind("dynamodb.table", impl_->table_process);
  kernel.addKind("dynamodb.purge", impl_->purge_process);
  kernel.addKind(std::string(kBackupProcess), impl_->backup_process);
  kernel.addKind(std::string(kRestoreProcess), impl_->restore_process);
  kernel.addKind(std::string(kExportProcess), impl_->export_process);
  kernel.addKind(std::string(kImportProcess), impl_->import_process);
  kernel.addKind(std::string(kBulkProcess), impl_->bulk_process);
  kernel.addKind(std::string(kStreamProcess), impl_->stream_process);
}

}  // namespace thimble::services::dynamodb
