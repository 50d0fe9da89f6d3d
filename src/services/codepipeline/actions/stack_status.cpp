#include "services/codepipeline/actions/stack_status.h"

#include <algorithm>
#include <array>

namespace thimble::services::codepipeline {

bool isAbsent(const base::ApiError& error) {
  return error.code == "ValidationError" && error.message.find("does not exist") != std::string::npos;
}

bool isFailedStack(const std::string& status) {
  constexpr std::array kFailed = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED",
                                  "UPDATE_ROLLBACK_FAILED"};
  return std::find(kFailed.begin(), kFailed.end(), status) != kFailed.end();
}

bool hasNoChanges(const base::Json& change_set) {
  if (change_set.stringAt("Status") != "FAILED") return false;
  const std::string reason = change_set.stringAt("StatusReason");
  return reason.find("didn't contain changes") != std::string::npos ||
         reason.find("No updates are to be performed") != std::string::npos;
}

std::string failureReason(const base::Json& events, const std::string& stack_id) {
  // Newest first: the stack's own event that began the operation ends the search; the oldest failure is the cause, what
  // came after it was cancelled for it.
  std::string cause;
  for (const base::Json& event : events.isArray() ? events.asArray() : base::Json::Array{}) {
    const std::string now = event.stringAt("ResourceStatus");
    const std::string reason = event.stringAt("ResourceStatusReason");
    const bool own = event.stringAt("PhysicalResourceId") == stack_id;
    if (own && reason == "User Initiated") break;
    if (own || !now.ends_with("_FAILED") || reason.empty() || reason == "Resource creation cancelled" ||
        reason == "Resource update cancelled") {
      continue;
    }
    cause = event.stringAt("LogicalResourceId") + " (" + event.stringAt("ResourceType") + "): " + reason;
  }
  return cause;
}

}  // namespace thimble::services::codepipeline
