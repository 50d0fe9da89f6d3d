// How operations are registered: with DynamoDB's checks of the input before the handler.
#pragma once

#include <string_view>
#include <utility>

#include "dispatch/context.h"
#include "dispatch/registry.h"
#include "services/dynamodb/rules.h"

namespace thimble::services::dynamodb {

class Counting;
struct Data;

template <class Handler>
void addOperation(dispatch::Registry& registry, std::string_view operation, Handler handler) {
  registry.addPlain("dynamodb", operation,
                    [operation, handler = std::move(handler)](dispatch::Context& context,
                                                              const base::Json& input) -> base::Result<base::Json> {
                      TRY(checkRules(operation, input));
                      return handler(context, input);
                    });
}

// One a file.
void registerCreateTable(dispatch::Registry& registry);
void registerUpdateTable(dispatch::Registry& registry);
void registerDeleteTable(dispatch::Registry& registry);
void registerDescribeTables(dispatch::Registry& registry, Counting& counting);
void registerGlobalTables(dispatch::Registry& registry);
void registerTags(dispatch::Registry& registry);
void registerResourcePolicies(dispatch::Registry& registry, Data& data);
void registerTimeToLive(dispatch::Registry& registry);
void registerContinuousBackups(dispatch::Registry& registry);
void registerContributorInsights(dispatch::Registry& registry);
void registerBackups(dispatch::Registry& registry);
void registerRestores(dispatch::Registry& registry);
void registerBackupWork(dispatch::Registry& registry, Data& data);
void registerExports(dispatch::Registry& registry);
void registerExportWork(dispatch::Registry& registry);
void registerImports(dispatch::Registry& registry);
void registerImportWork(dispatch::Registry& registry);
void registerBulkOperations(dispatch::Registry& registry);
void registerBulkPut(dispatch::Registry& registry, Data& data);
void registerBulkReport(dispatch::Registry& registry);
void registerWriteItems(dispatch::Registry& registry, Data& data);
void registerWriteBatches(dispatch::Registry& registry, Data& data);
void registerGetItems(dispatch::Registry& registry, Data& data);
void registerQuery(dispatch::Registry& registry, Data& data);
void registerScan(dispatch::Registry& registry, Data& data);
void registerSearchVectors(dispatch::Registry& registry, Data& data);
void registerExecuteStatement(dispatch::Registry& registry, Data& data);
void registerBatchExecuteStatement(dispatch::Registry& registry, Data& data);
void registerExecuteTransaction(dispatch::Registry& registry, Data& data);
void registerReadStreams(dispatch::Registry& registry, Data& data);
void registerAwaitRecords(dispatch::Registry& registry, Data& data);

}  // namespace thimble::services::dynamodb
