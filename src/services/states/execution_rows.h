// An execution between its rows and the structures that lang/asl decides on.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lang/asl/execution.h"
#include "services/states/tables.h"

namespace thimble::services::states {

/// The rows of one execution, read through a transaction. No branch has a row yet whose id is above `stored_up_to`.
class ExecutionRows final : public lang::asl::RowSource {
 public:
  ExecutionRows(store::Transaction& transaction, std::string arn, std::uint64_t stored_up_to)
      : transaction_(transaction), arn_(std::move(arn)), stored_up_to_(stored_up_to) {}

  std::optional<lang::asl::Branch> loadBranch(std::uint64_t id) override;
  std::optional<lang::asl::Join> loadJoin(std::uint64_t id) override;
  base::Json loadItem(std::uint64_t join, std::int64_t index) override;
  base::Json loadMapInput(std::uint64_t join) override;
  std::map<std::int64_t, lang::asl::Payload> takeResults(std::uint64_t join) override;
  std::vector<std::uint64_t> branchesOf(std::uint64_t join) override;

  /// Writes what a decision changed.
  void save(const lang::asl::Workspace& workspace);
  void append(const std::vector<lang::asl::HistoryEvent>& events);

 private:
  store::Transaction& transaction_;
  std::string arn_;
  std::uint64_t stored_up_to_;
};

lang::asl::ExecutionIdentity identityOf(const rows::Execution& row);
lang::asl::Header headerOf(const rows::Header& row);
rows::Header rowOf(const lang::asl::Header& header);
lang::asl::HistoryEvent eventOf(rows::Event row);

}  // namespace thimble::services::states
