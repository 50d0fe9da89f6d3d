// What is known of a repository's references, and what follows when they change: rows, the default branch, events,
// triggers.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dispatch/context.h"
#include "services/codecommit/tables.h"
#include "services/codecommit/world.h"

namespace thimble::services::codecommit {

inline constexpr std::string_view kBranchPrefix = "refs/heads/";

struct ReferenceChange {
  std::string name;        ///< Full.
  std::string old_target;  ///< Empty: it is new.
  std::string new_target;  ///< Empty: it is gone.
};

/// Writes the rows of a repository's references as git has them now, with an event and the triggers for each that has
/// changed, and the default branch when it is the first. `caller_arn`: who did it. Under the repository's lock.
std::vector<ReferenceChange> recordReferences(dispatch::Context& context, rows::RepositoryRecord& repository,
                                              const std::map<std::string, std::string>& actual,
                                              const std::string& caller_arn);

/// Writes rows in the transaction that records changed references; may run twice, and must not fail.
using AlsoWrite = std::function<void(dispatch::Context&)>;

/// recordReferences in a transaction of its own, with HEAD following the default branch, and what `also` writes; `done`
/// gets false when it cannot be committed. A repository that is gone, or has no folder yet, is fine. Under the lock,
/// which `done` may let go.
void recordAndFollow(World& world, const std::string& repository_id, const dispatch::Call& caller,
                     std::function<void(bool)> done, AlsoWrite also = nullptr);

/// The target of a recorded branch; nothing when there is none of that name.
std::optional<std::string> branchTarget(store::Transaction& transaction, const std::string& repository_id,
                                        const std::string& branch);

}  // namespace thimble::services::codecommit
