#include "services/codepipeline/source_poller.h"
#include "services/codepipeline/testing_pipeline.h"

namespace thimble::services::codepipeline {
namespace {

TEST_F(CodePipelineTest, RunsFromSourceToApproval) {
  create();
  const Json list =
      ask("ListPipelineExecutions", Json::object({{"pipelineName", kName}}))["pipelineExecutionSummaries"];
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[std::size_t{0}]["trigger"]["triggerType"], Json("CreatePipeline"));
  const std::string id = list[std::size_t{0}].stringAt("pipelineExecutionId");

  ASSERT_EQ(copies_.size(), 1U);
  EXPECT_EQ(copies_[0]["CopySource"], Json("sources/my%20app.zip?versionId=v1"));
  EXPECT_EQ(copies_[0]["Bucket"], Json("artifacts"));
  const std::string key = copies_[0].stringAt("Key");
  EXPECT_EQ(key.substr(0, key.rfind('/')), "A_pipeline_with_a_lo/SourceOutp");
  EXPECT_EQ(key.size() - key.rfind('/') - 1, 7U);

  ASSERT_EQ(invokes_.size(), 1U);
  EXPECT_EQ(invokes_[0]["InvocationType"], Json("Event"));
  const Json data = lastJob()["data"];
  EXPECT_EQ(data["actionConfiguration"]["configuration"]["UserParameters"], Json("nobody v1"));
  EXPECT_EQ(data["inputArtifacts"][std::size_t{0}]["location"]["s3Location"]["objectKey"], Json(key));
  EXPECT_FALSE(data["artifactCredentials"].stringAt("sessionToken").empty());
  EXPECT_EQ(stage(1)["latestExecution"]["status"], Json("InProgress"));
  succeedJob();
  EXPECT_EQ(refusal("PutJobSuccessResult", Json::object({{"jobId", lastJob().stringAt("id")}})),
            "InvalidJobStateException: Cannot change job state from Succeeded.");

  ASSERT_EQ(messages_.size(), 1U);
  EXPECT_EQ(messages_[0]["Subject"],
            Json("APPROVAL NEEDED: AWS CodePipeline " + std::string(kName) + " for action Approve"));
  EXPECT_EQ(parse(messages_[0].stringAt("Message"))["approval"]["token"], Json(token()));
  EXPECT_EQ(refusal("PutApprovalResult", approval("Approved", "00000000-0000-4000-8000-000000000000")).substr(0, 29),
            "InvalidApprovalTokenException");
  const std::string given = token();
  ask("PutApprovalResult", approval("Approved", given));
  EXPECT_EQ(status(id), "Succeeded");
  EXPECT_EQ(refusal("PutApprovalResult", approval("Approved", given)).substr(0, 33),
            "ApprovalAlreadyCompletedException");
  const Json actions = ask("ListActionExecutions", Json::object({{"pipelineName", kName}}))["actionExecutionDetails"];
  ASSERT_EQ(actions.size(), 3U);
  EXPECT_EQ(actions[std::size_t{2}]["output"]["executionResult"]["externalExecutionSummary"],
            Json("Amazon S3 version id: v1"));
  EXPECT_EQ(actions[std::size_t{0}]["updatedBy"], Json("arn:aws:iam::000000000000:root"));
}

TEST_F(CodePipelineTest, FailureIsToldAndRetried) {
  create();
  ask("PutJobFailureResult",
      Json::object({{"jobId", lastJob().stringAt("id")},
                    {"failureDetails", Json::object({{"type", "JobFailed"}, {"message", "red"}})}}));
  const Json failed = stage(1);
  EXPECT_EQ(failed["latestExecution"]["status"], Json("Failed"));
  EXPECT_EQ(failed["actionStates"][std::size_t{0}]["latestExecution"]["errorDetails"]["message"], Json("red"));
  const std::string id = failed["latestExecution"].stringAt("pipelineExecutionId");
  EXPECT_EQ(status(id), "Failed");
  const auto retry = [&](const char* stage_name) {
    return Json::object({{"pipelineName", kName},
                         {"stageName", stage_name},
                         {"pipelineExecutionId", id},
                         {"retryMode", "FAILED_ACTIONS"}});
  };
  EXPECT_EQ(refusal("RetryStageExecution", retry("Source")).substr(0, 26), "StageNotRetryableException");
  EXPECT_EQ(refusal("RetryStageExecution", retry("Nowhere")),
            "StageNotFoundException: The stage with name 'Nowhere' was not found");
  ask("RetryStageExecution", retry("Check"));
  EXPECT_EQ(invokes_.size(), 2U);
  EXPECT_EQ(copies_.size(), 1U);
  succeedJob();
  ask("PutApprovalResult", approval("Rejected", token()));
  EXPECT_EQ(status(id), "Failed");
}

TEST_F(CodePipelineTest, ContinuationTokenInvokesAgain) {
  create();
  ask("PutJobSuccessResult", Json::object({{"jobId", lastJob().stringAt("id")}, {"continuationToken", "more"}}));
  EXPECT_EQ(invokes_.size(), 1U);
  world_.runFor(60 * 1000);
  ASSERT_EQ(invokes_.size(), 2U);
  EXPECT_EQ(lastJob()["data"]["continuationToken"], Json("more"));
  succeedJob();
  EXPECT_EQ(messages_.size(), 1U);
}

TEST_F(CodePipelineTest, NewerExecutionSupersedesTheOneThatWaits) {
  create();                            // In the stage Check.
  const std::string second = start();  // Waits before Check.
  EXPECT_EQ(stage(1)["inboundExecution"]["pipelineExecutionId"], Json(second));
  const std::string third = start();
  EXPECT_EQ(status(second), "Superseded");
  EXPECT_EQ(status(third), "InProgress");
  succeedJob();
  EXPECT_EQ(stage(1)["latestExecution"]["pipelineExecutionId"], Json(third));
}

TEST_F(CodePipelineTest, DisabledTransitionHoldsExecutionsBack) {
  create();
  ask("DisableStageTransition",
      Json::object(
          {{"pipelineName", kName}, {"stageName", "Release"}, {"transitionType", "Inbound"}, {"reason", "freeze"}}));
  succeedJob();
  EXPECT_TRUE(messages_.empty());
  EXPECT_EQ(stage(2)["inboundTransitionState"]["disabledReason"], Json("freeze"));
  ask("EnableStageTransition",
      Json::object({{"pipelineName", kName}, {"stageName", "Release"}, {"transitionType", "Inbound"}}));
  EXPECT_EQ(messages_.size(), 1U);
}

TEST_F(CodePipelineTest, Stops) {
  create();
  const std::string id = stage(1)["latestExecution"].stringAt("pipelineExecutionId");
  const Json wait = Json::object({{"pipelineName", kName}, {"pipelineExecutionId", id}, {"reason", "why"}});
  ask("StopPipelineExecution", wait);
  EXPECT_EQ(status(id), "Stopping");
  EXPECT_EQ(refusal("StopPipelineExecution", wait).substr(0, 30), "DuplicatedStopRequestException");
  Json abandon = wait;
  abandon.set("abandon", true);
  ask("StopPipelineExecution", abandon);
  EXPECT_EQ(status(id), "Stopped");
  EXPECT_EQ(stage(1)["actionStates"][std::size_t{0}]["latestExecution"]["status"], Json("Abandoned"));
  EXPECT_EQ(refusal("StopPipelineExecution", abandon).substr(0, 37), "PipelineExecutionNotStoppableExceptio");
}

TEST_F(CodePipelineTest, SameClientTokenIsTheSameExecution) {
  create();
  const std::string first = start(Json::object({{"clientRequestToken", "t"}}));
  EXPECT_EQ(start(Json::object({{"clientRequestToken", "t"}})), first);
  EXPECT_NE(start(), first);
}

TEST_F(CodePipelineTest, VariablesAndRevisionsOfOneStart) {
  create();
  succeedJob();
  start(parse(R"({"variables": [{"name": "who", "value": "me"}],
      "sourceRevisions": [{"actionName": "Fetch", "revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": "v7"}]})"));
  EXPECT_EQ(lastJob()["data"]["actionConfiguration"]["configuration"]["UserParameters"], Json("me v7"));
}

TEST_F(CodePipelineTest, SurvivesACrashWithoutRunningAnythingTwice) {
  create();
  crash();
  EXPECT_EQ(copies_.size(), 1U);
  EXPECT_EQ(invokes_.size(), 1U);
  succeedJob();
  const std::string given = token();
  crash();
  EXPECT_EQ(messages_.size(), 1U);
  ask("PutApprovalResult", approval("Approved", given));
  EXPECT_EQ(stage(2)["latestExecution"]["status"], Json("Succeeded"));
}

TEST_F(CodePipelineTest, APolledSourceStartsOneExecutionForEachRevision) {
  const auto count = [&] {
    return ask("ListPipelineExecutions", Json::object({{"pipelineName", kName}}))["pipelineExecutionSummaries"].size();
  };
  create();
  auto poller = startSourcePoller(world_.kernel(), world_.doorway());
  world_.runFor(5000);
  EXPECT_EQ(count(), 1U);
  newest_version_ = "v2";
  world_.runFor(5000);
  EXPECT_EQ(count(), 2U);
  const Json newest = ask("ListPipelineExecutions",
                          Json::object({{"pipelineName", kName}}))["pipelineExecutionSummaries"][std::size_t{0}];
  EXPECT_EQ(newest["trigger"], Json::object({{"triggerType", "PollForSourceChanges"}, {"triggerDetail", "Fetch"}}));
  EXPECT_EQ(newest["sourceRevisions"][std::size_t{0}]["revisionId"], Json("v2"));
  // An older revision asked for by hand is no news, and neither is what was there before a crash.
  start(parse(
      R"({"sourceRevisions": [{"actionName": "Fetch", "revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": "v0"}]})"));
  world_.runFor(5000);
  poller.reset();
  crash();
  poller = startSourcePoller(world_.kernel(), world_.doorway());
  world_.runFor(5000);
  EXPECT_EQ(count(), 3U);
  Json declaration = parse(kThreeStages);
  declaration.mutableObject()
      .findMutable("stages")
      ->mutableArray()[0]
      .mutableObject()
      .findMutable("actions")
      ->mutableArray()[0]
      .mutableObject()
      .findMutable("configuration")
      ->set("PollForSourceChanges", "false");
  ask("UpdatePipeline", Json::object({{"pipeline", declaration}}));
  newest_version_ = "v3";
  world_.runFor(5000);
  EXPECT_EQ(count(), 3U);
}

TEST_F(CodePipelineTest, APolledSourceThatIsEmptyAtFirst) {
  source_exists_ = false;
  create();
  auto poller = startSourcePoller(world_.kernel(), world_.doorway());
  world_.runFor(5000);
  source_exists_ = true;
  world_.runFor(3000);
  EXPECT_EQ(stage(1)["latestExecution"]["status"], Json("InProgress"));
}

TEST_F(CodePipelineTest, ApprovalTimesOutAfterSevenDays) {
  create();
  succeedJob();
  world_.runFor(8LL * 24 * 3600 * 1000);
  EXPECT_EQ(stage(2)["latestExecution"]["status"], Json("Failed"));
}

TEST_F(CodePipelineTest, MissingSourceFails) {
  source_exists_ = false;
  create();
  const Json action = stage(0)["actionStates"][std::size_t{0}]["latestExecution"];
  EXPECT_EQ(action["status"], Json("Failed"));
  EXPECT_NE(action["errorDetails"].stringAt("message").find("my app.zip"), std::string::npos);
}

TEST_F(CodePipelineTest, ProviderThatIsNotThereFailsWithItsName) {
  Json declaration = parse(kThreeStages);
  Json build = parse(R"({"name": "Build", "actions": [{"name": "Compile", "actionTypeId":
      {"category": "Deploy", "owner": "AWS", "provider": "CodeDeploy", "version": "1"},
      "configuration": {"ApplicationName": "a", "DeploymentGroupName": "g"}, "inputArtifacts": [{"name": "SourceOutput"}]}]})");
  declaration.mutableObject().findMutable("stages")->mutableArray()[1] = build;
  create(declaration.write().c_str());
  EXPECT_EQ(stage(1)["actionStates"][std::size_t{0}]["latestExecution"]["errorDetails"]["message"],
            Json("The action provider AWS/Deploy/CodeDeploy is not implemented."));
}

TEST_F(CodePipelineTest, CustomActionIsPolledFor) {
  ask("CreateCustomActionType", parse(R"({"category": "Test", "provider": "Mine", "version": "1",
      "configurationProperties": [{"name": "Suite", "required": true, "key": true, "secret": false, "queryable": true}],
      "inputArtifactDetails": {"minimumCount": 0, "maximumCount": 1}, "outputArtifactDetails": {"minimumCount": 0, "maximumCount": 1}})"));
  Json declaration = parse(kThreeStages);
  declaration.mutableObject().findMutable("stages")->mutableArray()[1] =
      parse(R"({"name": "Check", "actions": [{"name": "Own",
      "actionTypeId": {"category": "Test", "owner": "Custom", "provider": "Mine", "version": "1"}, "configuration": {"Suite": "all"}}]})");
  create(declaration.write().c_str());
  const Json type = parse(R"({"category": "Test", "owner": "Custom", "provider": "Mine", "version": "1"})");
  const Json jobs = ask("PollForJobs", Json::object({{"actionTypeId", type}}))["jobs"];
  ASSERT_EQ(jobs.size(), 1U);
  const Json job = jobs[std::size_t{0}];
  EXPECT_EQ(job["data"]["pipelineContext"]["action"]["name"], Json("Own"));
  const Json acknowledgement = Json::object({{"jobId", job["id"]}, {"nonce", job["nonce"]}});
  EXPECT_EQ(ask("AcknowledgeJob", acknowledgement)["status"], Json("InProgress"));
  EXPECT_EQ(ask("PollForJobs", Json::object({{"actionTypeId", type}}))["jobs"].size(), 0U);
  EXPECT_EQ(refusal("AcknowledgeJob", acknowledgement).substr(0, 21), "InvalidNonceException");
  // A worker that goes on later does so by another job.
  ask("PutJobSuccessResult", Json::object({{"jobId", job["id"]}, {"continuationToken", "half"}}));
  EXPECT_EQ(ask("PollForJobs", Json::object({{"actionTypeId", type}}))["jobs"].size(), 0U);
  world_.runFor(30'000);
  world_.run();
  const Json rest = ask("PollForJobs", Json::object({{"actionTypeId", type}}))["jobs"][std::size_t{0}];
  EXPECT_EQ(rest["data"]["continuationToken"], Json("half"));
  EXPECT_NE(rest["id"], job["id"]);
  EXPECT_EQ(refusal("PutJobSuccessResult", Json::object({{"jobId", job["id"]}})).substr(0, 24),
            "InvalidJobStateException");
  ask("AcknowledgeJob", Json::object({{"jobId", rest["id"]}, {"nonce", rest["nonce"]}}));
  ask("PutJobSuccessResult", Json::object({{"jobId", rest["id"]}}));
  EXPECT_EQ(messages_.size(), 1U);
}

TEST_F(CodePipelineTest, StructureIsChecked) {
  const Json good = parse(kThreeStages);
  const auto refused = [&](const std::function<void(Json&)>& change) {
    Json declaration = good;
    change(*declaration.mutableObject().findMutable("stages"));
    return refusal("CreatePipeline", Json::object({{"pipeline", declaration}}));
  };
  const auto action = [](Json& stages, std::size_t stage) -> Json& {
    return stages.mutableArray()[stage].mutableObject().findMutable("actions")->mutableArray()[0];
  };
  EXPECT_EQ(
      refused([](Json& stages) { stages.mutableArray().resize(1); }),
      "InvalidStructureException: Pipeline has only 1 stage(s). There should be a minimum of 2 stages in a pipeline");
  EXPECT_EQ(refused([](Json& stages) { stages.mutableArray().erase(stages.mutableArray().begin()); }),
            "InvalidStructureException: Pipeline should start with a stage that only contains source actions");
  EXPECT_EQ(refused([&](Json& stages) { action(stages, 0).erase("outputArtifacts"); }),
            "InvalidActionDeclarationException: Action Fetch declares 0 output artifacts which is less than the "
            "minimum count (1)");
  EXPECT_EQ(refused([&](Json& stages) { action(stages, 1).set("inputArtifacts", parse(R"([{"name": "Other"}])")); }),
            "InvalidActionDeclarationException: Input Artifact Bundle Other in action Test is not declared as Output "
            "Artifact "
            "Bundle in any of the preceding actions");
  EXPECT_EQ(
      refused([&](Json& stages) { action(stages, 1).set("configuration", Json::object()); }),
      "InvalidActionDeclarationException: Action configuration for action 'Test' is missing required configuration "
      "'FunctionName'");
  EXPECT_EQ(refused([&](Json& stages) {
              action(stages, 1).set(
                  "actionTypeId",
                  parse(R"({"category": "Invoke", "owner": "AWS", "provider": "Nope", "version": "1"})"));
            }),
            "InvalidActionDeclarationException: ActionType (Category: 'Invoke', Provider: 'Nope', Owner: 'AWS', "
            "Version: '1') in "
            "action 'Test' is not available in region 'US_EAST_1'");
  create();
  EXPECT_EQ(refusal("CreatePipeline", Json::object({{"pipeline", good}})),
            "PipelineNameInUseException: A pipeline with the name '" + std::string(kName) +
                "' already exists in this account.");
  EXPECT_EQ(refusal("GetPipeline", Json::object({{"name", "none"}})),
            "PipelineNotFoundException: Account '000000000000' does not have a pipeline with name 'none'");
}

TEST_F(CodePipelineTest, UpdatesDeletesListsAndTags) {
  create();
  EXPECT_EQ(ask("UpdatePipeline", Json::object({{"pipeline", parse(kThreeStages)}}))["pipeline"]["version"], Json(2));
  EXPECT_EQ(ask("GetPipeline", Json::object({{"name", kName}, {"version", 1}}))["pipeline"]["version"], Json(1));
  EXPECT_EQ(ask("ListPipelines", Json::object())["pipelines"].size(), 1U);
  const std::string arn = "arn:aws:codepipeline:us-east-1:000000000000:" + std::string(kName);
  ask("TagResource", Json::object({{"resourceArn", arn}, {"tags", parse(R"([{"key": "k", "value": "v"}])")}}));
  EXPECT_EQ(ask("ListTagsForResource", Json::object({{"resourceArn", arn}}))["tags"].size(), 1U);
  ask("DeletePipeline", Json::object({{"name", kName}}));
  EXPECT_EQ(ask("ListPipelines", Json::object())["pipelines"].size(), 0U);
  // What comes too late for a deleted pipeline changes nothing.
  EXPECT_FALSE(
      world_.call("codepipeline", "PutJobSuccessResult", Json::object({{"jobId", lastJob().stringAt("id")}})).ok());
}

}  // namespace
}  // namespace thimble::services::codepipeline
