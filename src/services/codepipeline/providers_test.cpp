// The providers of actions as pure functions: which calls they make, one after another, and how they end.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "services/codepipeline/actions/action.h"

namespace thimble::services::codepipeline {
namespace {

using base::ApiError;
using base::Json;
using dispatch::CallOutcome;

Json parse(std::string_view text) {
  return Json::parse(text).value();
}

CallOutcome answer(std::string_view text) {
  dispatch::Answer made;
  made.output = parse(text);
  return made;
}

/// An action with two input artifacts and one output artifact.
ActionInput action(const char* category, const char* provider, std::string_view configuration) {
  ActionInput input;
  input.declaration = Json::object(
      {{"actionTypeId",
        Json::object({{"category", category}, {"owner", "AWS"}, {"provider", provider}, {"version", "1"}})}});
  input.configuration = parse(configuration);
  input.inputs = {{"Built", "store", "p/Built/1", ""}, {"Source", "store", "p/Source/2", "c1"}};
  input.outputs = {{"Out", "store", "p/Out/3", ""}};
  input.account = "000000000000";
  input.region = "us-east-1";
  input.action = "Act";
  input.action_id = "id-1";
  return input;
}

/// Drives a provider to its end. `answers` are given in turn; a null one says that the call was lost.
struct Driven {
  ActionStep end;
  std::vector<std::string> calls;  ///< "service:Operation"; "pause" for a pause.
  std::vector<Json> inputs;        ///< Of the calls.

  Driven(const ActionInput& input, const std::vector<std::optional<CallOutcome>>& answers) {
    const ActionProvider* provider = findProvider(input.declaration["actionTypeId"]);
    Json progress;
    end = provider->begin(input, progress);
    std::size_t next = 0;
    while (end.kind == ActionStep::Kind::Call || end.kind == ActionStep::Kind::Pause) {
      if (end.kind == ActionStep::Kind::Pause) {
        calls.push_back("pause");
        end = provider->resumed(input, progress);
        continue;
      }
      calls.push_back(end.service + ":" + end.operation);
      inputs.push_back(end.input);
      if (next == answers.size()) return;
      const auto& given = answers[next++];
      end = given ? provider->answered(input, progress, *given) : provider->lost(input, progress);
    }
    EXPECT_EQ(next, answers.size());
  }
  bool succeeded() const { return end.kind == ActionStep::Kind::Succeeded; }
  std::string failure() const {
    return end.kind == ActionStep::Kind::Failed ? end.error_code + ": " + end.error_message : "";
  }
};

using Calls = std::vector<std::string>;
constexpr const char* kCreate = R"({"ActionMode": "CREATE_UPDATE", "StackName": "s", "TemplatePath": "Built::t.yaml",
    "TemplateConfiguration": "Source::c.json", "Capabilities": "CAPABILITY_IAM, CAPABILITY_NAMED_IAM",
    "RoleArn": "arn:aws:iam::000000000000:role/C", "OutputFileName": "out.json",
    "ParameterOverrides": "{\"B\": {\"Fn::GetArtifactAtt\": [\"Built\", \"ObjectKey\"]}, \"C\": {\"Fn::GetParam\": [\"Source\", \"v.json\", \"k\"]}, \"D\": 5}"})";
const CallOutcome kAbsent = ApiError{"ValidationError", "Stack with id s does not exist", 400};
const CallOutcome kFiles = answer(R"({"Files": {"Built::t.yaml": "Resources: {}", "Source::v.json": "{\"k\": \"w\"}",
    "Source::c.json": "{\"Parameters\": {\"A\": \"1\", \"B\": \"no\"}, \"Tags\": {\"t\": \"u\"}, \"StackPolicy\": {}}"}})");
const CallOutcome kCreating = answer(R"({"Stacks": [{"StackId": "arn:s", "StackStatus": "CREATE_IN_PROGRESS"}]})");
const CallOutcome kCreated = answer(R"({"Stacks": [{"StackId": "arn:s", "StackStatus": "CREATE_COMPLETE",
    "Outputs": [{"OutputKey": "Url", "OutputValue": "http://x"}]}]})");

TEST(CloudFormationDeployTest, CreatesAStackAndTellsItsOutputs) {
  const Driven run(action("Deploy", "CloudFormation", kCreate),
                   {kAbsent, kFiles, answer(R"({"StackId": "arn:s"})"), kCreating, kCreated, answer("{}")});
  EXPECT_TRUE(run.succeeded()) << run.failure();
  EXPECT_EQ(run.calls, (Calls{"cloudformation:DescribeStacks", "thimble.codepipeline:ReadArtifactFiles",
                              "cloudformation:CreateStack", "cloudformation:DescribeStacks", "pause",
                              "cloudformation:DescribeStacks", "thimble.codepipeline:StoreArtifactFile"}));
  EXPECT_EQ(run.inputs[1]["Files"].size(), 3U);
  EXPECT_EQ(run.inputs[2],
            parse(R"({"StackName": "s", "TemplateBody": "Resources: {}", "Tags": [{"Key": "t", "Value": "u"}],
      "StackPolicyBody": "{}", "Parameters": [{"ParameterKey": "A", "ParameterValue": "1"},
      {"ParameterKey": "B", "ParameterValue": "p/Built/1"}, {"ParameterKey": "C", "ParameterValue": "w"},
      {"ParameterKey": "D", "ParameterValue": "5"}], "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
      "RoleARN": "arn:aws:iam::000000000000:role/C", "ClientRequestToken": "id-1"})"));
  EXPECT_EQ(run.inputs[5]["Content"], Json(R"({"Url":"http://x"})"));
  EXPECT_EQ(run.end.report.summary, "Stack s was created.");
  ASSERT_EQ(run.end.report.variables.size(), 1U);
  EXPECT_EQ(run.end.report.variables[0].second, "http://x");
}

TEST(CloudFormationDeployTest, AnUpdateWithoutChangesSucceeds) {
  const Driven run(action("Deploy", "CloudFormation",
                          R"({"ActionMode": "CREATE_UPDATE", "StackName": "s", "TemplatePath": "Built::t.yaml"})"),
                   {kCreated, kFiles, ApiError{"ValidationError", "No updates are to be performed.", 400}, kCreated});
  EXPECT_TRUE(run.succeeded()) << run.failure();
  EXPECT_EQ(run.calls[2], "cloudformation:UpdateStack");
  EXPECT_EQ(run.end.report.variables.size(), 1U);
}

TEST(CloudFormationDeployTest, ALostCallIsMadeAgainWithTheSameToken) {
  const Driven run(
      action("Deploy", "CloudFormation", kCreate),
      {kAbsent, kFiles, std::nullopt, kFiles, answer(R"({"StackId": "arn:s"})"), kCreated, std::nullopt, answer("{}")});
  EXPECT_TRUE(run.succeeded()) << run.failure();
  EXPECT_EQ(run.inputs[2], run.inputs[4]);
  EXPECT_EQ(run.calls[6], run.calls[7]);
}

TEST(CloudFormationDeployTest, AFailureNamesTheResourceThatCausedIt) {
  const Driven run(
      action("Deploy", "CloudFormation",
             R"({"ActionMode": "CREATE_UPDATE", "StackName": "s", "TemplatePath": "Built::t.yaml"})"),
      {kAbsent, kFiles, answer(R"({"StackId": "arn:s"})"),
       answer(R"({"Stacks": [{"StackId": "arn:s", "StackStatus": "ROLLBACK_COMPLETE"}]})"), answer(R"({"StackEvents": [
       {"PhysicalResourceId": "arn:s", "ResourceStatus": "ROLLBACK_COMPLETE"},
       {"LogicalResourceId": "B", "ResourceType": "X", "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "Resource creation cancelled"},
       {"LogicalResourceId": "A", "ResourceType": "AWS::S3::Bucket", "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "taken"},
       {"PhysicalResourceId": "arn:s", "ResourceStatus": "CREATE_IN_PROGRESS", "ResourceStatusReason": "User Initiated"},
       {"LogicalResourceId": "Old", "ResourceType": "X", "ResourceStatus": "UPDATE_FAILED", "ResourceStatusReason": "long ago"}]})")});
  EXPECT_EQ(run.failure(), "JobFailed: Stack arn:s is in ROLLBACK_COMPLETE state. A (AWS::S3::Bucket): taken");
}

TEST(CloudFormationDeployTest, ReplacesAStackThatFailed) {
  const Driven run(action("Deploy", "CloudFormation",
                          R"({"ActionMode": "REPLACE_ON_FAILURE", "StackName": "s", "TemplatePath": "Built::t.yaml"})"),
                   {answer(R"({"Stacks": [{"StackId": "arn:old", "StackStatus": "ROLLBACK_COMPLETE"}]})"), answer("{}"),
                    answer(R"({"Stacks": [{"StackId": "arn:old", "StackStatus": "DELETE_IN_PROGRESS"}]})"),
                    answer(R"({"Stacks": [{"StackId": "arn:old", "StackStatus": "DELETE_COMPLETE"}]})"), kFiles,
                    answer(R"({"StackId": "arn:s"})"), kCreated});
  EXPECT_TRUE(run.succeeded()) << run.failure();
  EXPECT_EQ(run.calls[1], "cloudformation:DeleteStack");
  EXPECT_EQ(run.inputs[3]["StackName"], Json("arn:old"));
  EXPECT_EQ(run.calls[6], "cloudformation:CreateStack");
}

TEST(CloudFormationDeployTest, DeletesOrFindsNothingToDelete) {
  const ActionInput input = action("Deploy", "CloudFormation", R"({"ActionMode": "DELETE_ONLY", "StackName": "s"})");
  EXPECT_TRUE(Driven(input, {kAbsent}).succeeded());
  const Driven run(input, {kCreated, answer("{}"),
                           answer(R"({"Stacks": [{"StackId": "arn:s", "StackStatus": "DELETE_COMPLETE"}]})")});
  EXPECT_TRUE(run.succeeded()) << run.failure();
  EXPECT_EQ(run.end.report.summary, "Stack s was deleted.");
}

TEST(CloudFormationDeployTest, MakesAndExecutesChangeSets) {
  const ActionInput make = action(
      "Deploy", "CloudFormation",
      R"({"ActionMode": "CHANGE_SET_REPLACE", "StackName": "s", "ChangeSetName": "c", "TemplatePath": "Built::t.yaml"})");
  const Driven made(make, {kAbsent, kFiles, answer(R"({"Id": "arn:c", "StackId": "arn:s"})"),
                           answer(R"({"ChangeSetId": "arn:c", "Status": "CREATE_COMPLETE"})")});
  EXPECT_TRUE(made.succeeded()) << made.failure();
  EXPECT_EQ(made.inputs[2]["ChangeSetType"], Json("CREATE"));
  EXPECT_EQ(made.end.report.summary, "Change set c was created.");
  const Driven replaced(
      make,
      {kCreated, answer("{}"), kFiles, answer(R"({"Id": "arn:c", "StackId": "arn:s"})"),
       answer(R"({"Status": "FAILED", "StatusReason": "The submitted information didn't contain changes. Submit"})")});
  EXPECT_TRUE(replaced.succeeded()) << replaced.failure();
  EXPECT_EQ(replaced.calls[1], "cloudformation:DeleteChangeSet");
  EXPECT_EQ(replaced.inputs[3]["ChangeSetType"], Json("UPDATE"));

  const ActionInput execute = action("Deploy", "CloudFormation",
                                     R"({"ActionMode": "CHANGE_SET_EXECUTE", "StackName": "s", "ChangeSetName": "c"})");
  const Driven executed(execute,
                        {answer(R"({"StackId": "arn:s", "Status": "CREATE_COMPLETE"})"), answer("{}"), kCreated});
  EXPECT_TRUE(executed.succeeded()) << executed.failure();
  EXPECT_EQ(executed.calls[1], "cloudformation:ExecuteChangeSet");
  const Driven nothing(
      execute,
      {answer(R"({"StackId": "arn:s", "Status": "FAILED", "StatusReason": "No updates are to be performed."})"),
       kCreated});
  EXPECT_TRUE(nothing.succeeded()) << nothing.failure();
}

TEST(CloudFormationDeployTest, ConfigurationThatIsWrongIsNamed) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {R"({"ActionMode": "MAKE", "StackName": "s"})", "The ActionMode MAKE is not valid."},
      {R"({"ActionMode": "CREATE_UPDATE", "StackName": "s"})",
       "Action configuration for action 'Act' is missing required configuration 'TemplatePath' for the ActionMode "
       "CREATE_UPDATE."},
      {R"({"ActionMode": "CHANGE_SET_EXECUTE", "StackName": "s"})",
       "Action configuration for action 'Act' is missing required configuration 'ChangeSetName' for the ActionMode "
       "CHANGE_SET_EXECUTE."},
      {R"({"ActionMode": "CREATE_UPDATE", "StackName": "s", "TemplatePath": "t.yaml"})",
       "The file t.yaml is not named as ArtifactName::FileName."},
      {R"({"ActionMode": "CREATE_UPDATE", "StackName": "s", "TemplatePath": "Other::t.yaml"})",
       "The artifact Other is not an input artifact of the action Act."},
      {R"({"ActionMode": "CREATE_UPDATE", "StackName": "s", "TemplatePath": "Built::t", "ParameterOverrides": "{"})",
       "The ParameterOverrides of the action Act are no valid JSON object."},
      {R"({"ActionMode": "CREATE_UPDATE", "StackName": "s", "TemplatePath": "Built::t",
           "ParameterOverrides": "{\"A\": {\"Fn::GetParam\": [\"Built\"]}}"})",
       "Fn::GetParam takes the names of an artifact, of a JSON file and of a key."},
  };
  for (const auto& [configuration, message] : cases) {
    ActionInput input = action("Deploy", "CloudFormation", configuration);
    const ActionProvider* provider = findProvider(input.declaration["actionTypeId"]);
    Json progress;
    ActionStep step = provider->begin(input, progress);
    if (step.kind == ActionStep::Kind::Call) step = provider->answered(input, progress, kAbsent);
    EXPECT_EQ(step.error_code, "ConfigurationError") << configuration;
    EXPECT_EQ(step.error_message, message);
  }
}

TEST(CodeCommitSourceTest, SaysWhatTheRoleMayNot) {
  const ActionInput input = action("Source", "CodeCommit", R"({"RepositoryName": "r", "BranchName": "b"})");
  const Driven repository(input, {base::ApiError{"AccessDeniedException", "May not codecommit:GetBranch", 400}});
  EXPECT_EQ(repository.end.error_code, "PermissionError");
  EXPECT_NE(repository.end.error_message.find("AWS CodeCommit repository named r."), std::string::npos);
  const Driven bucket(input, {answer(R"({"branch": {"branchName": "b", "commitId": "c1"}})"),
                              base::ApiError{"AccessDenied", "May not s3:PutObject", 403}});
  EXPECT_EQ(bucket.end.error_code, "PermissionError");
  EXPECT_EQ(
      bucket.end.error_message,
      "Unable to access the artifact with Amazon S3 object key 'p/Out/3' located in the Amazon S3 artifact bucket "
      "'store'. The provided role does not have sufficient permissions. Error: May not s3:PutObject");
}

TEST(CodeCommitSourceTest, TakesTheNewestCommit) {
  const ActionInput input = action("Source", "CodeCommit", R"({"RepositoryName": "r", "BranchName": "b"})");
  const Driven run(input, {answer(R"({"branch": {"branchName": "b", "commitId": "c1"}})"), std::nullopt,
                           answer(R"({"CommitId": "c1", "Message": "first\n", "AuthorDate": 1700000000000})")});
  EXPECT_TRUE(run.succeeded()) << run.failure();
  EXPECT_EQ(run.calls, (Calls{"codecommit:GetBranch", "thimble.codecommit:Archive", "thimble.codecommit:Archive"}));
  EXPECT_EQ(run.inputs[1], parse(R"({"RepositoryName": "r", "Specifier": "c1", "Bucket": "store", "Key": "p/Out/3"})"));
  EXPECT_EQ(run.inputs[1], run.inputs[2]);
  EXPECT_EQ(run.end.report.revision->id, "c1");
  EXPECT_EQ(run.end.report.variables[3], (std::pair<std::string, std::string>("CommitMessage", "first\n")));
  EXPECT_EQ(run.end.report.variables[4].second, "2023-11-14T22:13:20Z");
  EXPECT_EQ(Driven(input, {ApiError{"BranchDoesNotExistException", "no", 400}}).failure(),
            "ConfigurationError: The action failed because no branch named b was found in the selected AWS CodeCommit "
            "repository r. Make sure you are using the correct branch name, and then try again. Error: no");
  ActionInput given = input;
  given.override_type = "COMMIT_ID";
  given.override_value = "c7";
  EXPECT_EQ(Driven(given, {}).inputs[0]["Specifier"], Json("c7"));
}

TEST(CodeBuildTest, BuildsAndTellsItsVariables) {
  ActionInput input = action("Build", "CodeBuild",
                             R"({"ProjectName": "p", "PrimarySource": "Source",
                                 "EnvironmentVariables": "[{\"name\": \"A\", \"value\": \"1\", \"type\": \"PLAINTEXT\"}]"})");
  const CallOutcome started = answer(R"({"build": {"id": "p:1"}})");
  const CallOutcome ended = answer("{}");
  const Driven run(input, {started, std::nullopt, ended, answer(R"({"builds": [{"buildStatus": "SUCCEEDED",
                                   "exportedEnvironmentVariables": [{"name": "TAG", "value": "v1"}]}]})")});
  EXPECT_TRUE(run.succeeded()) << run.failure();
  EXPECT_EQ(run.calls, (Calls{"codebuild:StartBuild", "thimble.codebuild:AwaitBuild", "thimble.codebuild:AwaitBuild",
                              "codebuild:BatchGetBuilds"}));
  EXPECT_EQ(run.inputs[1], Json::object({{"id", "p:1"}}));
  EXPECT_EQ(run.inputs[0]["sourceLocationOverride"], Json("store/p/Source/2"));
  EXPECT_EQ(run.inputs[0]["sourceVersion"], Json("c1"));
  EXPECT_EQ(run.inputs[0]["secondarySourcesOverride"][std::size_t{0}]["sourceIdentifier"], Json("Built"));
  EXPECT_EQ(run.inputs[0]["environmentVariablesOverride"].size(), 1U);
  EXPECT_EQ(run.end.report.variables[0].second, "v1");
  EXPECT_EQ(Driven(input, {std::nullopt, started, ended, std::nullopt}).calls[1], "codebuild:StartBuild");
  EXPECT_EQ(
      Driven(input, {started, ended, answer(R"({"builds": [{"buildStatus": "FAILED", "phases": [
      {"phaseType": "INSTALL", "phaseStatus": "SUCCEEDED"}, {"phaseType": "BUILD", "phaseStatus": "FAILED", "contexts":
      [{"statusCode": "COMMAND_EXECUTION_ERROR", "message": "Error while executing command: make. Reason: exit status 2"}]}]}]})")})
          .failure(),
      "JobFailed: Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, Message: Error "
      "while executing command: make. Reason: exit status 2");
  input.configuration.set("BatchEnabled", "true");
  EXPECT_EQ(Driven(input, {answer(R"({"buildBatch": {"id": "p:2"}})")}).calls,
            (Calls{"codebuild:StartBuildBatch", "codebuild:BatchGetBuildBatches"}));
  input.configuration.erase("PrimarySource");
  EXPECT_NE(Driven(input, {}).failure().find("PrimarySource"), std::string::npos);
}

TEST(S3DeployTest, CopiesOrExtracts) {
  const Driven copied(action("Deploy", "S3", R"({"BucketName": "b", "Extract": "false", "ObjectKey": "k.zip"})"),
                      {answer("{}")});
  EXPECT_TRUE(copied.succeeded());
  EXPECT_EQ(copied.inputs[0]["CopySource"], Json("store/p/Built/1"));
  const Driven extracted(
      action("Deploy", "S3",
             R"({"BucketName": "b", "Extract": "true", "ObjectKey": "site", "CacheControl": "no-store"})"),
      {answer("{}")});
  EXPECT_EQ(extracted.calls, (Calls{"thimble.codepipeline:ExtractArtifact"}));
  EXPECT_EQ(extracted.inputs[0]["Object"]["CacheControl"], Json("no-store"));
  EXPECT_NE(Driven(action("Deploy", "S3", R"({"BucketName": "b", "Extract": "false"})"), {}).failure(), "");
}

TEST(StepFunctionsInvokeTest, EndsWithTheExecution) {
  const ActionInput input = action("Invoke", "StepFunctions", R"({"StateMachineArn":
      "arn:aws:states:us-east-1:000000000000:stateMachine:m", "Input": "{\"a\": 1}", "ExecutionNamePrefix": "pre"})");
  const char* arn = "arn:aws:states:us-east-1:000000000000:execution:m:pre.id-1";
  const CallOutcome started = answer(R"({"executionArn": ")" + std::string(arn) + R"("})");
  const Driven run(input, {started, answer(R"({"status": "RUNNING"})"),
                           answer(R"({"status": "SUCCEEDED", "output": "{\"b\":2}"})"), answer("{}")});
  EXPECT_TRUE(run.succeeded()) << run.failure();
  EXPECT_EQ(run.inputs[0]["name"], Json("pre.id-1"));
  EXPECT_EQ(run.inputs[3]["Content"], Json(R"({"b":2})"));
  EXPECT_EQ(run.end.report.variables[1].second, arn);
  // Started before the server died: the execution that has the name is the one.
  const Driven again(input, {std::nullopt, ApiError{"ExecutionAlreadyExists", "there", 400},
                             answer(R"({"status": "FAILED", "error": "E", "cause": "why"})")});
  EXPECT_EQ(again.inputs[2]["executionArn"], Json(arn));
  EXPECT_EQ(again.failure(),
            "JobFailed: The execution " + std::string(arn) + " ended with the status FAILED. Error: E. Cause: why");
}

TEST(CommandsTest, AreABuildWithoutAProject) {
  ActionInput input = action("Compute", "Commands", R"({"ComputeType": "BUILD_GENERAL1_LARGE"})");
  input.declaration.set("commands", parse(R"(["ls", "echo hello"])"));
  input.declaration.set("outputVariables", parse(R"(["WHO"])"));
  input.declaration.set("outputArtifacts", parse(R"([{"name": "Out", "files": ["a/*"]}])"));
  input.pipeline = "line";
  const CallOutcome started = answer(R"({"build": {"id": "c:1"}})");
  const Driven run(input, {started, answer("{}"), answer(R"({"builds": [{"buildStatus": "SUCCEEDED"}]})")});
  EXPECT_TRUE(run.succeeded()) << run.failure();
  EXPECT_EQ(run.calls, (Calls{"thimble.codebuild:StartBuildWithoutProject", "thimble.codebuild:AwaitBuild",
                              "thimble.codebuild:GetBuildWithoutProject"}));
  const Json& project = run.inputs[0]["project"];
  EXPECT_EQ(parse(project["source"].stringAt("buildspec")),
            parse(R"({"version": "0.2", "env": {"exported-variables": ["WHO"]}, "artifacts": {"files": ["a/*"]},
                      "phases": {"build": {"commands": ["ls", "echo hello"]}}})"));
  EXPECT_EQ(project["environment"]["computeType"], Json("BUILD_GENERAL1_LARGE"));
  EXPECT_EQ(project["logsConfig"]["cloudWatchLogs"]["groupName"], Json("/aws/codepipeline/line"));
  EXPECT_EQ(run.inputs[0]["sourceLocationOverride"], Json("store/p/Built/1"));
  EXPECT_EQ(run.inputs[0]["artifactsOverride"]["name"], Json("p/Out/3"));
  EXPECT_FALSE(run.inputs[0].contains("projectName"));
}

TEST(DeploymentWindowTest, IsOpenOrTellsWhenItOpens) {
  struct Case {
    const char* cron;
    const char* zone;
    const char* now;
    const char* opens;  ///< "" when it is open.
  };
  const Case cases[] = {
      {"0 0 9-17 ? * MON-FRI *", "", "2026-11-27T09:00:59Z", ""},
      {"0 0 9-17 ? * MON-FRI *", "", "2026-11-27T09:01:00Z", "2026-11-27T10:00:00Z"},
      {"* * 9-17 ? * MON-FRI", "UTC", "2026-11-27T18:00:00Z", "2026-11-30T09:00:00Z"},
      {"* * 9-17 ? * MON-FRI *", "PST", "2026-11-27T18:00:00Z", ""},
      {"* * 9-17 ? * MON-FRI *", "PST", "2026-11-27T16:59:30Z", "2026-11-27T17:00:00Z"},
      {"* * 9-17 ? * MON-FRI *", "UTC+05:30", "2026-11-27T03:29:59Z", "2026-11-27T03:30:00Z"},
      {"* * 9-17 ? * MON-FRI *", "UTC-03:00", "2026-11-27T11:00:00Z", "2026-11-27T12:00:00Z"},
      // The clocks are set between now and then.
      {"* 0 12 ? * SUN *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T10:00:00Z"},
      {"* 0 2 L-2 * ?", "", "2026-11-27T00:00:00Z", "2026-11-28T02:00:00Z"},
  };
  for (const Case& each : cases) {
    ActionInput input =
        action("Rule", "DeploymentWindow", Json::object({{"Cron", each.cron}, {"TimeZone", each.zone}}).write());
    input.now = *base::parseIso8601(each.now);
    Json progress;
    const ActionStep step = findProvider(input.declaration["actionTypeId"])->begin(input, progress);
    const bool open = std::string_view(each.opens).empty();
    EXPECT_EQ(step.kind, open ? ActionStep::Kind::Succeeded : ActionStep::Kind::Pause) << each.cron << each.now;
    if (open) continue;
    EXPECT_EQ(base::formatIso8601Seconds(input.now.plusMilliseconds(step.pause)), each.opens) << each.cron << each.now;
    EXPECT_NE(step.report.summary.find("opens at " + std::string(each.opens)), std::string::npos);
  }
}

}  // namespace
}  // namespace thimble::services::codepipeline
