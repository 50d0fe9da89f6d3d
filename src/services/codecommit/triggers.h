// Triggers of a repository: a message to a topic or function when references change, committed with the change.
#pragma once

#include <string>
#include <vector>

#include "dispatch/process.h"
#include "services/codecommit/references.h"

namespace thimble::services::codecommit {

/// Starts a delivery for each trigger that one of the changes concerns.
void fireTriggers(dispatch::Context& context, const rows::RepositoryRecord& repository,
                  const std::vector<ReferenceChange>& changes, const std::string& caller_arn);

/// A message on its way: one call, made by CodeCommit itself; the function's or topic's own policy must allow it.
class TriggerDelivery final : public dispatch::ProcessKind {
 public:
  static constexpr char kName[] = "codecommit.trigger";
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;
};

}  // namespace thimble::services::codecommit
