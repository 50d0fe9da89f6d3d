#include "services/codepipeline/stage_plan.h"

#include <gtest/gtest.h>

#include "services/codepipeline/variables.h"

namespace thimble::services::codepipeline {
namespace {

using Outcome = StagePlan::Outcome;

struct Case {
  const char* what;
  std::vector<PlannedAction> actions;
  bool stopping;
  Outcome outcome;
  std::vector<std::string> begin;
};

TEST(StagePlan, Cases) {
  const Case cases[] = {
      {"all of the first order begin", {{"a", 1, ""}, {"b", 1, ""}, {"c", 2, ""}}, false, Outcome::Running, {"a", "b"}},
      {"the next order waits",
       {{"a", 1, "Succeeded"}, {"b", 1, "InProgress"}, {"c", 2, ""}},
       false,
       Outcome::Running,
       {}},
      {"the next order begins", {{"a", 1, "Succeeded"}, {"c", 7, ""}}, false, Outcome::Running, {"c"}},
      {"over", {{"a", 1, "Succeeded"}, {"c", 2, "Succeeded"}}, false, Outcome::Succeeded, {}},
      {"those beside a failed one end", {{"a", 1, "Failed"}, {"b", 1, "InProgress"}}, false, Outcome::Running, {}},
      {"failed", {{"a", 1, "Failed"}, {"b", 1, "Succeeded"}, {"c", 2, ""}}, false, Outcome::Failed, {}},
      {"a retry of the failed one", {{"a", 1, ""}, {"b", 1, "Succeeded"}}, false, Outcome::Running, {"a"}},
      {"stopping waits", {{"a", 1, "InProgress"}, {"c", 2, ""}}, true, Outcome::Running, {}},
      {"stopped", {{"a", 1, "Succeeded"}, {"c", 2, ""}}, true, Outcome::Stopped, {}},
      {"stopped at a failure", {{"a", 1, "Failed"}}, true, Outcome::Stopped, {}},
  };
  for (const Case& one : cases) {
    const StagePlan plan = planStage(one.actions, one.stopping);
    EXPECT_EQ(plan.outcome, one.outcome) << one.what;
    EXPECT_EQ(plan.begin, one.begin) << one.what;
  }
}

TEST(Variables, AreReplaced) {
  const FindVariable find = [](const std::string& name_space, const std::string& key) -> std::optional<std::string> {
    if (name_space == "variables" && key == "x") return "1";
    return std::nullopt;
  };
  EXPECT_EQ(resolveVariables("a#{variables.x}b#{variables.x}", find).value(), "a1b1");
  EXPECT_EQ(resolveVariables("#{ #{a} #{.b} #{a.}", find).value(), "#{ #{a} #{.b} #{a.}");
  EXPECT_EQ(resolveVariables("#{variables.x", find).value(), "#{variables.x");
  EXPECT_EQ(resolveVariables("#{n.y}", find).error().reference, "#{n.y}");
}

}  // namespace
}  // namespace thimble::services::codepipeline
