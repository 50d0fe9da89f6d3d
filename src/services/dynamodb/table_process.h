// What tables do by themselves, as durable processes.
#pragma once

#include "dispatch/process.h"
#include "services/dynamodb/item_rows.h"

namespace thimble::services::dynamodb {

/// How long a table stays CREATING, UPDATING or DELETING when nothing takes longer. A DescribeTable ends CREATING and
/// UPDATING sooner, so that no client's waiter sleeps for it.
inline constexpr std::int64_t kStatusMilliseconds = 300;

/// Payloads of the table's process.
base::Json settleLater();
base::Json deleteLater();
base::Json deleteNow();
/// Builds the indexes that are being created, then settles.
base::Json buildIndexes();
base::Json timeToLiveChanged();
/// From now on there is something for point-in-time recovery to forget.
base::Json recoveryBegun();

class TableProcess final : public dispatch::ProcessKind {
 public:
  explicit TableProcess(Data& data) : data_(data) {}
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;

 private:
  void build(dispatch::ProcessContext& context, rows::Table table);
  void expire(dispatch::ProcessContext& context, const rows::Table& table);
  void trim(dispatch::ProcessContext& context, const rows::Table& table, const base::Json& payload);

  Data& data_;
};

/// Removes all rows with a prefix, some at a time. The process's id is the prefix in hexadecimal.
class PurgeProcess final : public dispatch::ProcessKind {
 public:
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;
};
void startPurge(dispatch::ProcessContext& context, const std::string& prefix);

}  // namespace thimble::services::dynamodb
