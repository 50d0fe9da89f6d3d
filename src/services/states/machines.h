// Finding state machines by their ARNs, versions and aliases included.
#pragma once

#include <string>

#include "base/result.h"
#include "dispatch/context.h"
#include "services/states/names.h"
#include "services/states/tables.h"

namespace thimble::services::states {

/// A machine as an ARN names it: the current one, a version, or what an alias leads to.
struct FoundMachine {
  rows::StateMachine machine;
  std::string version_arn, alias_arn;  ///< Empty when not asked for.
  std::string description;             ///< A version's.
  std::int64_t created = 0;
};

/// Errors: InvalidArn, StateMachineDoesNotExist. An alias with two versions picks one by weight.
base::Result<FoundMachine> findMachine(dispatch::Context& context, const std::string& arn);

std::optional<rows::StateMachine> loadMachine(store::Transaction& transaction, const MachineArn& arn);
void saveMachine(store::Transaction& transaction, const MachineArn& arn, const rows::StateMachine& machine);

/// Publishes the machine's present state, or returns the version that already has it.
rows::Version publishVersion(dispatch::Context& context, rows::StateMachine& machine, const std::string& description);

/// Replaces tags of the same keys. Errors: TooManyTags.
base::Result<void> addTags(store::Transaction& transaction, const std::string& arn,
                           const std::vector<std::pair<std::string, std::string>>& tags);

}  // namespace thimble::services::states
