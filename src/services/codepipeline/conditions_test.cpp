// Conditions of stages, retries, rollbacks, and the events that tell of it all.
#include "services/codepipeline/testing_pipeline.h"

namespace thimble::services::codepipeline {
namespace {

class ConditionsTest : public CodePipelineTest {
 protected:
  /// Three stages; the second with these members.
  void createWith(std::string_view members) {
    const Json more = parse(members);
    create(changed([&](Json& stages) {
             for (const auto& [name, value] : more.asObject()) stages.mutableArray()[1].set(name, value);
           })
               .write()
               .c_str());
  }
  std::string newest(std::size_t index = 0) { return executions()[index].stringAt("pipelineExecutionId"); }
  Json executions() {
    return ask("ListPipelineExecutions", Json::object({{"pipelineName", kName}}))["pipelineExecutionSummaries"];
  }
  void failJob() {
    ask("PutJobFailureResult",
        Json::object({{"jobId", lastJob().stringAt("id")},
                      {"failureDetails", Json::object({{"type", "JobFailed"}, {"message", "red"}})}}));
  }
  Json onStage(const char* stage_name, const std::string& id) {
    return Json::object({{"pipelineName", kName}, {"stageName", stage_name}, {"pipelineExecutionId", id}});
  }
};

constexpr const char* kEntry = R"({"beforeEntry": {"conditions": [{"result": "RESULT", "rules": [{"name": "Who",
    "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "VariableCheck", "version": "1"},
    "configuration": {"Variable": "#{variables.who}", "Value": "me", "Operator": "EQ"}}]}]}})";

std::string entry(const char* result) {
  std::string text = kEntry;
  return text.replace(text.find("RESULT"), 6, result);
}

TEST_F(ConditionsTest, AStageIsEnteredWhenItsConditionHolds) {
  createWith(entry("FAIL"));
  EXPECT_EQ(status(newest()), "Failed");
  const Json state = stage(1)["beforeEntryConditionState"];
  EXPECT_EQ(state["latestExecution"]["status"], Json("Failed"));
  EXPECT_EQ(state["conditionStates"][std::size_t{0}]["ruleStates"][std::size_t{0}]["latestExecution"]["status"],
            Json("Failed"));
  EXPECT_TRUE(invokes_.empty());
  const std::string good = start(parse(R"({"variables": [{"name": "who", "value": "me"}]})"));
  EXPECT_EQ(status(good), "InProgress");
  EXPECT_EQ(invokes_.size(), 1U);
  const Json rules = ask("ListRuleExecutions", Json::object({{"pipelineName", kName}}))["ruleExecutionDetails"];
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(rules[std::size_t{0}]["status"], Json("Succeeded"));
  EXPECT_EQ(rules[std::size_t{0}]["input"]["resolvedConfiguration"]["Variable"], Json("me"));
  // Rules are no actions.
  const Json actions = ask("ListActionExecutions", Json::object({{"pipelineName", kName}}))["actionExecutionDetails"];
  for (const Json& action : actions.asArray()) {
    EXPECT_NE(action.stringAt("actionName"), "Who");
  }
}

TEST_F(ConditionsTest, AStageIsSkippedOrItsConditionOverridden) {
  createWith(entry("SKIP"));
  EXPECT_EQ(stage(1)["latestExecution"]["status"], Json("Skipped"));
  EXPECT_EQ(messages_.size(), 1U);  // The next stage is there.
  ask("UpdatePipeline", Json::object({{"pipeline", changed([&](Json& stages) {
                                         stages.mutableArray()[1].set("beforeEntry",
                                                                      parse(entry("FAIL"))["beforeEntry"]);
                                       })}}));
  const std::string failed = start();
  EXPECT_EQ(status(failed), "Failed");
  Json override = onStage("Check", failed);
  override.set("conditionType", "ON_SUCCESS");
  EXPECT_EQ(refusal("OverrideStageCondition", override).substr(0, 32), "ConditionNotOverridableException");
  override.set("conditionType", "BEFORE_ENTRY");
  ask("OverrideStageCondition", override);
  EXPECT_EQ(status(failed), "InProgress");
  EXPECT_EQ(invokes_.size(), 1U);
  EXPECT_EQ(stage(1)["beforeEntryConditionState"]["latestExecution"]["status"], Json("Overridden"));
}

TEST_F(ConditionsTest, ASuccessIsCheckedByAFunction) {
  createWith(R"({"onSuccess": {"conditions": [{"result": "FAIL", "rules": [{"name": "Look",
      "ruleTypeId": {"category": "Rule", "provider": "LambdaInvoke"}, "configuration": {"FunctionName": "look"}}]}]}})");
  succeedJob();
  EXPECT_EQ(stage(1)["latestExecution"]["status"], Json("InProgress"));
  ASSERT_EQ(invokes_.size(), 2U);
  EXPECT_EQ(invokes_[1]["FunctionName"], Json("look"));
  crash();
  succeedJob();
  EXPECT_EQ(stage(1)["latestExecution"]["status"], Json("Succeeded"));
  EXPECT_EQ(messages_.size(), 1U);
}

constexpr const char* kWindow = R"({"beforeEntry": {"conditions": [{"result": "FAIL", "rules": [{"name": "Night",
    "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "DeploymentWindow", "version": "1"},
    "timeoutInMinutes": MINUTES, "configuration": {"Cron": "* 30 4 ? * * *"}}]}]}})";

std::string window(const char* minutes) {
  std::string text = kWindow;
  return text.replace(text.find("MINUTES"), 7, minutes);
}

TEST_F(ConditionsTest, AWindowIsWaitedForAcrossACrash) {
  createWith(window("2000"));
  EXPECT_EQ(stage(1)["beforeEntryConditionState"]["latestExecution"]["status"], Json("InProgress"));
  crash();
  world_.runFor(12LL * 3600 * 1000);
  crash();
  world_.runFor(12LL * 3600 * 1000);
  EXPECT_EQ(stage(1)["beforeEntryConditionState"]["latestExecution"]["status"], Json("Succeeded"));
  EXPECT_EQ(invokes_.size(), 1U);
}

TEST_F(ConditionsTest, AWindowIsWaitedForAsLongAsTheRuleSays) {
  createWith(window("5"));
  const std::string id = newest();
  world_.runFor(6LL * 60 * 1000);
  EXPECT_EQ(status(id), "Failed");
  const Json rules = ask("ListRuleExecutions", Json::object({{"pipelineName", kName}}))["ruleExecutionDetails"];
  EXPECT_EQ(rules[std::size_t{0}]["output"]["executionResult"]["errorDetails"]["message"],
            Json("The action Night did not end within 5 minutes and timed out."));
}

TEST_F(ConditionsTest, AFailedStageIsRetriedOnceByItself) {
  createWith(R"({"onFailure": {"result": "RETRY", "retryConfiguration": {"retryMode": "FAILED_ACTIONS"}}})");
  failJob();
  EXPECT_EQ(status(newest()), "InProgress");
  EXPECT_EQ(invokes_.size(), 2U);
  EXPECT_EQ(stage(1)["retryStageMetadata"],
            parse(R"({"autoStageRetryAttempt": 1, "latestRetryTrigger": "AutomatedStageRetry"})"));
  failJob();
  EXPECT_EQ(status(newest()), "Failed");
  EXPECT_EQ(invokes_.size(), 2U);
}

TEST_F(ConditionsTest, AFailedStageIsRolledBackByItself) {
  createWith(R"({"onFailure": {"result": "ROLLBACK"}})");
  const std::string first = newest();
  succeedJob();
  newest_version_ = "v2";
  const std::string second = start();
  failJob();
  EXPECT_EQ(status(second), "Failed");
  const Json rollback = executions()[std::size_t{0}];
  EXPECT_EQ(rollback["executionType"], Json("ROLLBACK"));
  EXPECT_EQ(rollback["rollbackMetadata"]["rollbackTargetPipelineExecutionId"], Json(first));
  EXPECT_EQ(rollback["trigger"], Json::object({{"triggerType", "AutomatedRollback"}, {"triggerDetail", second}}));
  EXPECT_EQ(lastJob()["data"]["actionConfiguration"]["configuration"]["UserParameters"], Json("nobody v1"));
  succeedJob();
  EXPECT_EQ(status(rollback.stringAt("pipelineExecutionId")), "Succeeded");
  EXPECT_EQ(messages_.size(), 1U);  // It does not go on to the next stage.
}

TEST_F(ConditionsTest, RollbackStageByHand) {
  create();
  const std::string first = newest();
  const auto rollback = [&](const char* stage_name) {
    return Json::object({{"pipelineName", kName}, {"stageName", stage_name}, {"targetPipelineExecutionId", first}});
  };
  EXPECT_EQ(refusal("RollbackStage", rollback("Check")).substr(0, 30), "UnableToRollbackStageException");
  succeedJob();
  EXPECT_EQ(refusal("RollbackStage", rollback("Source")).substr(0, 30), "UnableToRollbackStageException");
  const std::string id = ask("RollbackStage", rollback("Check")).stringAt("pipelineExecutionId");
  EXPECT_EQ(copies_.size(), 1U);
  EXPECT_EQ(invokes_.size(), 2U);
  succeedJob();
  EXPECT_EQ(status(id), "Succeeded");
}

TEST_F(ConditionsTest, RulesAreChecked) {
  std::string text = entry("FAIL");
  text.replace(text.find("VariableCheck"), 13, "Crystal");
  const Json more = parse(text);
  const Json declaration =
      changed([&](Json& stages) { stages.mutableArray()[1].set("beforeEntry", more["beforeEntry"]); });
  EXPECT_EQ(refusal("CreatePipeline", Json::object({{"pipeline", declaration}})),
            "ValidationException: RuleType (Category: 'Rule', Provider: 'Crystal', Owner: 'AWS') in rule 'Who' is not "
            "available.");
  EXPECT_EQ(ask("ListRuleTypes", Json::object())["ruleTypes"].size(), 5U);
}

TEST_F(ConditionsTest, EventsTellWhatHappens) {
  world_.crash();
  dispatch::EventRecorder recorder(world_);
  build();
  world_.run();
  create();
  failJob();
  const auto told = [&](const char* type) {
    std::string text;
    for (const Json& event : recorder.events(type)) {
      const Json& detail = event["detail"];
      const std::string name = detail.stringAt("action", detail.stringAt("stage"));
      text += (text.empty() ? "" : " ") + (name.empty() ? "" : name + ":") + detail.stringAt("state");
    }
    return text;
  };
  EXPECT_EQ(told("CodePipeline Pipeline Execution State Change"), "STARTED FAILED");
  EXPECT_EQ(told("CodePipeline Stage Execution State Change"),
            "Source:STARTED Source:SUCCEEDED Check:STARTED Check:FAILED");
  EXPECT_EQ(told("CodePipeline Action Execution State Change"),
            "Fetch:STARTED Fetch:SUCCEEDED Test:STARTED Test:FAILED");
  const Json failed = recorder.events("CodePipeline Action Execution State Change").back();
  EXPECT_EQ(failed["detail"]["execution-result"]["external-execution-summary"], Json("red"));
  EXPECT_EQ(failed["detail"]["type"]["provider"], Json("Lambda"));
  EXPECT_EQ(failed["resources"][std::size_t{0}],
            Json("arn:aws:codepipeline:us-east-1:000000000000:" + std::string(kName)));
}

}  // namespace
}  // namespace thimble::services::codepipeline
