#include "services/codepipeline/stage_plan.h"

#include <map>

namespace thimble::services::codepipeline {

StagePlan planStage(const std::vector<PlannedAction>& actions, bool stopping) {
  std::map<std::int64_t, std::vector<const PlannedAction*>> groups;
  for (const PlannedAction& action : actions) groups[action.run_order].push_back(&action);
  StagePlan plan;
  for (const auto& [order, group] : groups) {
    bool running = false;
    bool failed = false;
    for (const PlannedAction* action : group) {
      running = running || action->status == "InProgress";
      failed = failed || action->status == "Failed" || action->status == "Abandoned";
      if (action->status.empty()) plan.begin.push_back(action->name);
    }
    if (stopping) {
      const bool unfinished = !plan.begin.empty() || failed;
      plan.begin.clear();
      if (running) return plan;
      if (!unfinished) continue;
      plan.outcome = StagePlan::Outcome::Stopped;
      return plan;
    }
    if (running || !plan.begin.empty()) return plan;
    if (failed) {
      plan.outcome = StagePlan::Outcome::Failed;
      return plan;
    }
  }
  plan.outcome = StagePlan::Outcome::Succeeded;
  return plan;
}

}  // namespace thimble::services::codepipeline
