// What a stage does next: which actions begin, and when it is over. Pure.
//
// Actions with the same runOrder run side by side, those with the next one after all of them succeeded. A failed action
// lets those beside it end before the stage fails.
// https://docs.aws.amazon.com/codepipeline/latest/userguide/action-requirements.html
#pragma once

#include <string>
#include <vector>

namespace thimble::services::codepipeline {

struct PlannedAction {
  std::string name;
  std::int64_t run_order = 1;
  std::string status;  ///< Empty: not begun. Else InProgress, Succeeded, Failed or Abandoned.
};

struct StagePlan {
  enum class Outcome { Running, Succeeded, Failed, Stopped };
  Outcome outcome = Outcome::Running;
  std::vector<std::string> begin;  ///< Actions to begin now.
};

/// `stopping`: nothing new begins, what runs may end.
StagePlan planStage(const std::vector<PlannedAction>& actions, bool stopping);

}  // namespace thimble::services::codepipeline
