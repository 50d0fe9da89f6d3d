// One decision of a pipeline: takes an input, then lets every execution go as far as it can.
#pragma once

#include <map>
#include <string>

#include "dispatch/authorization.h"
#include "dispatch/process.h"
#include "services/codepipeline/actions/action.h"
#include "services/codepipeline/stage_plan.h"
#include "services/codepipeline/tables.h"

namespace thimble::services::codepipeline {

class PipelineDecision {
 public:
  PipelineDecision(dispatch::ProcessContext& context, dispatch::Authorizer& authorizer, rows::Pipeline pipeline);

  void signal(const base::Json& payload);
  /// The answer to an action's call, or that it was lost.
  void taskEnded(const dispatch::ProcessInput& input);
  void timer(const dispatch::ProcessInput& input);
  /// Lets executions enter stages and stages go on, until nothing changes; writes what changed.
  void finish();

 private:
  struct Live {
    rows::Execution execution;
    base::Json declaration;
  };

  // Executions (pipeline_decision.cpp).
  void loadActive();
  Live* findLive(std::int64_t sequence);
  bool step(Live& live);
  bool mayEnter(const Live& live) const;
  bool isSuperseded(const Live& live) const;
  bool transitionEnabled(const std::string& stage, bool outbound) const;
  void enter(Live& live);
  bool runStage(Live& live);
  void setStatus(Live& live, const std::string& status);
  void stop(Live& live, bool abandon);
  void retry(const base::Json& payload);
  /// A polled source has another revision than the last: one execution for it, however often that is told.
  void sourceChanged(const base::Json& payload);
  /// Branches and tags that triggers watch have changed; executions begin for those that the triggers want.
  void referencesChanged(const base::Json& payload);
  void abandonActions(Live& live);
  void abandonActions(Live& live, const google::protobuf::RepeatedPtrField<rows::CurrentAction>& current);
  void leaveStage(Live& live);

  // Conditions of stages (condition_decision.cpp).
  struct Checked {
    enum class Outcome { Succeeded, Running, Failed };
    Outcome outcome = Outcome::Succeeded;
    std::string result;   ///< Failed: FAIL, SKIP, RETRY or ROLLBACK.
    std::string summary;  ///< Failed: which rule.
    bool begun = false;   ///< Rules were begun just now.
  };
  /// Begins the rules of the stage's conditions of that kind, or says how they ended.
  Checked check(Live& live, rows::StageRun& run, const std::string& kind);
  void engage(Live& live, rows::StageRun& run, const std::string& result, const std::string& why);
  void failStage(Live& live, rows::StageRun& run, const std::string& why);
  void rollBack(const Live& live, const std::string& stage);
  /// Runs the stage again: all of its actions, or those that did not succeed.
  void beginAgain(Live& live, rows::StageRun& run, bool all);
  void overrideConditions(const base::Json& payload);
  const base::Json& stageDeclaration(const Live& live) const;
  rows::StageRun& stageRun(Live& live, const std::string& stage);
  std::string stageName(const Live& live) const { return stageDeclaration(live).stringAt("name"); }

  // Actions (action_decision.cpp).
  /// `current` is the list that the action's newest run is kept in; `rule_of` as in its row.
  void beginAction(Live& live, const std::string& stage,
                   google::protobuf::RepeatedPtrField<rows::CurrentAction>& current, const base::Json& declaration,
                   const std::string& rule_of = "");
  /// A new job for the action: its worker answers it.
  void makeJob(rows::Action& action, ActionProvider::Work work, const std::string& continuation_token = "");
  /// Fills in what the action gets; false when it failed for it.
  bool prepare(Live& live, rows::Action& action, const base::Json& declaration);
  ActionInput inputOf(const Live& live, const rows::Action& action) const;
  void apply(Live& live, rows::Action& action, const base::Json& progress, const ActionStep& step);
  void endAction(Live& live, rows::Action& action, const std::string& status);
  void report(rows::Action& action, const ActionReport& report) const;
  void setJobStatus(const rows::Action& action, const std::string& status);
  void jobResult(const base::Json& payload);
  void approval(const base::Json& payload);
  std::optional<rows::Action> runningAction(const base::Json& payload);
  bool giveCredentials(Live& live, rows::Action& action, ActionInput& input);
  /// The revision that an action took needs no execution of its own any more.
  void noteRevision(const Live& live, const rows::Action& action);
  static std::string tag(const rows::Action& action);

  dispatch::ProcessContext& context_;
  dispatch::Authorizer& authorizer_;
  rows::Pipeline pipeline_;
  std::map<std::int64_t, Live> live_;  ///< By sequence: oldest first.
};

}  // namespace thimble::services::codepipeline
