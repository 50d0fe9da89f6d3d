#include <gtest/gtest.h>

#include "dispatch/testing/test_world.h"
#include "services/states/service.h"

namespace thimble::services::states {
namespace {

using base::Json;

constexpr const char* kRole = "arn:aws:iam::000000000000:role/machine";

/// A server with Step Functions alone.
class StatesTest : public testing::Test {
 protected:
  StatesTest() { begin(); }

  void begin() {
    states_ = std::make_unique<StepFunctions>();
    states_->registerOperations(world_.registry());
    states_->registerProcesses(world_.kernel());
    world_.start();
  }
  void crash() {
    world_.crash();
    begin();
  }

  Json call(const char* operation, Json input) {
    auto outcome = world_.call("states", operation, std::move(input));
    EXPECT_TRUE(outcome.ok()) << operation << ": "
                              << (outcome.ok() ? "" : outcome.error().code + " " + outcome.error().message);
    return outcome.ok() ? outcome.value().output : Json();
  }
  std::string refusal(const char* operation, Json input) {
    auto outcome = world_.call("states", operation, std::move(input));
    return outcome.ok() ? "no error" : outcome.error().code + ": " + outcome.error().message;
  }
  std::string create(const std::string& name, const char* definition, const char* type = "STANDARD") {
    return call("CreateStateMachine",
                Json::object({{"name", name}, {"definition", definition}, {"roleArn", kRole}, {"type", type}}))
        .stringAt("stateMachineArn");
  }
  std::string start(const std::string& machine, const char* input = "{}", const char* name = nullptr) {
    Json request = Json::object({{"stateMachineArn", machine}, {"input", input}});
    if (name != nullptr) request.set("name", Json(name));
    return call("StartExecution", std::move(request)).stringAt("executionArn");
  }
  Json describe(const std::string& execution) {
    return call("DescribeExecution", Json::object({{"executionArn", execution}}));
  }
  /// "Type Type ..." of the history, which must keep the laws.
  std::string types(const std::string& execution) {
    const Json events = call("GetExecutionHistory", Json::object({{"executionArn", execution}}))["events"];
    std::string out;
    std::int64_t id = 0;
    for (const Json& event : events.asArray()) {
      EXPECT_EQ(event["id"].asInt(), ++id);
      EXPECT_LT(event["previousEventId"].asInt(), id);
      out += (out.empty() ? "" : " ") + event["type"].asString();
    }
    return out;
  }

  dispatch::TestWorld world_;
  std::unique_ptr<StepFunctions> states_;
};

constexpr const char* kPass = R"({"StartAt":"A","States":{"A":{"Type":"Pass","Result":{"x":1},"End":true}}})";
constexpr const char* kWait = R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"End":true}}})";

TEST_F(StatesTest, RunsAPassMachine) {
  const std::string machine = create("pass", kPass);
  EXPECT_EQ(machine, "arn:aws:states:us-east-1:000000000000:stateMachine:pass");
  const std::string execution = start(machine, R"({"a":[1, 2]})", "first");
  world_.run();
  const Json described = describe(execution);
  EXPECT_EQ(described["status"], Json("SUCCEEDED"));
  EXPECT_EQ(described["output"], Json(R"({"x":1})"));
  EXPECT_EQ(described["input"], Json(R"({"a":[1, 2]})"));
  EXPECT_EQ(types(execution), "ExecutionStarted PassStateEntered PassStateExited ExecutionSucceeded");
}

TEST_F(StatesTest, TheSameStartAgainIsTheSameExecutionWhileItRuns) {
  const std::string machine = create("wait", kWait);
  const Json request = Json::object({{"stateMachineArn", machine}, {"name", "n"}, {"input", "{}"}});
  const Json first = call("StartExecution", request);
  world_.runFor(5000);
  EXPECT_EQ(call("StartExecution", request), first);
  const std::string taken =
      "ExecutionAlreadyExists: Execution Already Exists: 'arn:aws:states:us-east-1:000000000000:execution:wait:n'";
  Json other = request;
  other.set("input", Json("[]"));
  EXPECT_EQ(refusal("StartExecution", other), taken);
  world_.runFor(60'000);
  EXPECT_EQ(describe(first.stringAt("executionArn"))["status"], Json("SUCCEEDED"));
  EXPECT_EQ(refusal("StartExecution", request), taken);
}

TEST_F(StatesTest, AWaitOutlivesACrash) {
  const std::string execution = start(create("wait", kWait));
  world_.runFor(30'000);
  crash();
  world_.runFor(29'000);
  EXPECT_EQ(describe(execution)["status"], Json("RUNNING"));
  world_.runFor(2000);
  EXPECT_EQ(describe(execution)["status"], Json("SUCCEEDED"));
  EXPECT_EQ(types(execution), "ExecutionStarted WaitStateEntered WaitStateExited ExecutionSucceeded");
}

TEST_F(StatesTest, StopAbortsAndCancelsTheTimer) {
  const std::string execution = start(create("wait", kWait));
  world_.runFor(1000);
  call("StopExecution", Json::object({{"executionArn", execution}, {"error", "E"}, {"cause", "C"}}));
  const Json described = describe(execution);
  EXPECT_EQ(described["status"], Json("ABORTED"));
  EXPECT_EQ(described["error"], Json("E"));
  world_.runFor(120'000);
  EXPECT_EQ(types(execution), "ExecutionStarted WaitStateEntered ExecutionAborted");
}

TEST_F(StatesTest, AnExecutionTimesOut) {
  const std::string execution = start(
      create("slow", R"({"StartAt":"W","TimeoutSeconds":3,"States":{"W":{"Type":"Wait","Seconds":25,"End":true}}})"));
  world_.runFor(30'000);
  const Json described = describe(execution);
  EXPECT_EQ(described["status"], Json("TIMED_OUT"));
  EXPECT_FALSE(described.contains("error"));
  EXPECT_EQ(described["stopDate"].asInt() - described["startDate"].asInt(), 3000);
  EXPECT_EQ(types(execution), "ExecutionStarted WaitStateEntered ExecutionTimedOut");
}

TEST_F(StatesTest, AnInfiniteLoopEndsAtTheLimitOfEvents) {
  const std::string execution =
      start(create("loop", R"({"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Choice",
    "Choices":[{"Variable":"$.stop","IsPresent":true,"Next":"C"}],"Default":"A"},"C":{"Type":"Succeed"}}})"));
  world_.run();
  const Json described = describe(execution);
  EXPECT_EQ(described["status"], Json("FAILED")) << described.write();
  EXPECT_EQ(described["cause"], Json("The execution reached the maximum number of history events (25000)."));
  const Json last = call("GetExecutionHistory",
                         Json::object({{"executionArn", execution}, {"reverseOrder", true}, {"maxResults", 2}}));
  EXPECT_EQ(last["events"][std::size_t{0}]["id"], Json(25000));
  EXPECT_EQ(last["events"][std::size_t{1}]["id"], Json(24999));
  const Json before = call(
      "GetExecutionHistory",
      Json::object(
          {{"executionArn", execution}, {"reverseOrder", true}, {"maxResults", 2}, {"nextToken", last["nextToken"]}}));
  EXPECT_EQ(before["events"][std::size_t{0}]["id"], Json(24998));
}

TEST_F(StatesTest, AnActivityIsDoneByItsWorker) {
  const std::string activity = call("CreateActivity", Json::object({{"name", "work"}})).stringAt("activityArn");
  const std::string definition = R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":")" + activity +
                                 R"(","HeartbeatSeconds":10,"End":true}}})";
  const std::string execution = start(create("act", definition.c_str()), R"({"n":1})");
  world_.run();
  const Json task = call("GetActivityTask", Json::object({{"activityArn", activity}, {"workerName", "w"}}));
  EXPECT_EQ(task["input"], Json(R"({"n":1})"));
  const std::string token = task.stringAt("taskToken");
  world_.runFor(9000);
  call("SendTaskHeartbeat", Json::object({{"taskToken", token}}));
  crash();
  world_.runFor(9000);
  call("SendTaskSuccess", Json::object({{"taskToken", token}, {"output", R"({"done":true})"}}));
  EXPECT_EQ(describe(execution)["output"], Json(R"({"done":true})"));
  EXPECT_EQ(types(execution),
            "ExecutionStarted TaskStateEntered ActivityScheduled ActivityStarted ActivitySucceeded TaskStateExited "
            "ExecutionSucceeded");
  EXPECT_EQ(refusal("SendTaskSuccess", Json::object({{"taskToken", token}, {"output", "{}"}})),
            "TaskTimedOut: Task Timed Out: 'Provided task does not exist anymore'");
  EXPECT_EQ(refusal("SendTaskSuccess", Json::object({{"taskToken", token + "x"}, {"output", "{}"}})),
            "InvalidToken: Invalid Token: 'Invalid token'");
}

TEST_F(StatesTest, AMissingHeartbeatTimesTheActivityOut) {
  const std::string activity = call("CreateActivity", Json::object({{"name", "work"}})).stringAt("activityArn");
  const std::string definition =
      R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":")" + activity +
      R"(","HeartbeatSeconds":10,"Catch":[{"ErrorEquals":["States.HeartbeatTimeout"],"Next":"C"}],"End":true},
                                 "C":{"Type":"Pass","End":true}}})";
  const std::string execution = start(create("act", definition.c_str()));
  world_.run();
  call("GetActivityTask", Json::object({{"activityArn", activity}}));
  world_.runFor(20'000);
  EXPECT_EQ(describe(execution)["output"], Json(R"({"Error":"States.Timeout","Cause":null})"));
}

TEST_F(StatesTest, AWorkerWaitsForATask) {
  const std::string activity = call("CreateActivity", Json::object({{"name", "work"}})).stringAt("activityArn");
  std::optional<dispatch::CallOutcome> answer;
  dispatch::Call poll;
  poll.identity = dispatch::Identity::root("000000000000");
  poll.account = "000000000000";
  poll.region = "us-east-1";
  poll.service = "states";
  poll.operation = "GetActivityTask";
  poll.input = Json::object({{"activityArn", activity}});
  world_.doorway().call(poll, [&answer](dispatch::CallOutcome outcome) { answer = std::move(outcome); });
  world_.runFor(10'000);
  EXPECT_FALSE(answer.has_value());
  const std::string definition =
      R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":")" + activity + R"(","End":true}}})";
  start(create("act", definition.c_str()));
  world_.run();
  ASSERT_TRUE(answer.has_value() && answer->ok());
  EXPECT_NE(answer->value().output.stringAt("taskToken"), "");
  answer.reset();
  world_.doorway().call(poll, [&answer](dispatch::CallOutcome outcome) { answer = std::move(outcome); });
  world_.runFor(61'000);
  ASSERT_TRUE(answer.has_value() && answer->ok());
  EXPECT_FALSE(answer->value().output.contains("taskToken"));
}

TEST_F(StatesTest, AnExecutionStartsAnotherAndWaitsForIt) {
  const std::string child = create(
      "child",
      R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":5,"Next":"P"},"P":{"Type":"Pass","Result":{"r":1},"End":true}}})");
  const std::string definition =
      R"({"StartAt":"S","States":{"S":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2",
    "Parameters":{"StateMachineArn":")" +
      child + R"(","Input":{"i":2}},"OutputPath":"$.Output","End":true}}})";
  const std::string execution = start(create("parent", definition.c_str()));
  world_.runFor(1000);
  EXPECT_EQ(describe(execution)["status"], Json("RUNNING"));
  crash();
  world_.runFor(10'000);
  EXPECT_EQ(describe(execution)["output"], Json(R"({"r":1})"));
  EXPECT_EQ(types(execution),
            "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSubmitted TaskSucceeded TaskStateExited "
            "ExecutionSucceeded");
}

TEST_F(StatesTest, AnExecutionWaitsForOneThatEndsInItsFirstDecision) {
  const std::string child =
      create("child", R"({"StartAt":"P","States":{"P":{"Type":"Pass","Result":{"r":1},"End":true}}})");
  const std::string definition =
      R"({"StartAt":"S","States":{"S":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2",
    "Parameters":{"StateMachineArn":")" +
      child + R"(","Input":{"i":2}},"OutputPath":"$.Output","End":true}}})";
  const std::string execution = start(create("parent", definition.c_str()));
  world_.runFor(1000);
  EXPECT_EQ(describe(execution)["output"], Json(R"({"r":1})"));
  EXPECT_EQ(types(execution),
            "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSubmitted TaskSucceeded TaskStateExited "
            "ExecutionSucceeded");
}

TEST_F(StatesTest, AStoppedExecutionStopsTheOneItWaitsFor) {
  const std::string child = create("child", kWait);
  const std::string definition =
      R"({"StartAt":"S","States":{"S":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync",
    "Parameters":{"StateMachineArn":")" +
      child + R"(","Name":"inner"},"End":true}}})";
  const std::string execution = start(create("parent", definition.c_str()));
  world_.runFor(1000);
  call("StopExecution", Json::object({{"executionArn", execution}}));
  EXPECT_EQ(describe("arn:aws:states:us-east-1:000000000000:execution:child:inner")["status"], Json("ABORTED"));
}

TEST_F(StatesTest, AnSdkErrorHasItsNameAndCause) {
  const std::string execution = start(create(
      "sdk", R"({"StartAt":"S","States":{"S":{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:sfn:describeExecution",
    "Parameters":{"ExecutionArn":"arn:aws:states:us-east-1:000000000000:execution:none:none"},"End":true}}})"));
  world_.run();
  const Json described = describe(execution);
  EXPECT_EQ(described["error"], Json("Sfn.ExecutionDoesNotExistException"));
  EXPECT_EQ(described.stringAt("cause").substr(0, 131),
            "Execution Does Not Exist: 'arn:aws:states:us-east-1:000000000000:execution:none:none' (Service: Sfn, "
            "Status Code: 400, Request ID: ");
}

TEST_F(StatesTest, ASdkCallGivesItsOutput) {
  const std::string execution = start(create(
      "sdk",
      R"({"StartAt":"S","States":{"S":{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:sfn:describeStateMachine",
    "Parameters":{"StateMachineArn.$":"$$.StateMachine.Id"},"ResultSelector":{"n.$":"$.Name","t.$":"$.CreationDate"},"End":true}}})"));
  world_.run();
  EXPECT_EQ(describe(execution)["output"], Json(R"({"n":"sdk","t":"2023-11-14T22:13:20Z"})"));
}

TEST_F(StatesTest, AParallelOfManyBranchesSurvivesACrash) {
  const std::string execution = start(
      create("many", R"({"StartAt":"M","States":{"M":{"Type":"Map","MaxConcurrency":3,"ItemProcessor":{"StartAt":"W",
    "States":{"W":{"Type":"Wait","Seconds":1,"Next":"P"},"P":{"Type":"Pass","Parameters":{"v.$":"$"},"End":true}}},"End":true}}})"),
      "[1,2,3,4,5,6,7]");
  world_.runFor(1500);
  crash();
  world_.runFor(10'000);
  EXPECT_EQ(describe(execution)["output"], Json(R"([{"v":1},{"v":2},{"v":3},{"v":4},{"v":5},{"v":6},{"v":7}])"));
}

TEST_F(StatesTest, ExpressRunsAtOnce) {
  const std::string machine = create("express", kPass, "EXPRESS");
  const Json output = call("StartSyncExecution", Json::object({{"stateMachineArn", machine}}));
  EXPECT_EQ(output["status"], Json("SUCCEEDED"));
  EXPECT_EQ(output["output"], Json(R"({"x":1})"));
  const Json started = call("StartExecution", Json::object({{"stateMachineArn", machine}}));
  EXPECT_NE(started.stringAt("executionArn").find(":express:express:"), std::string::npos);
  EXPECT_EQ(refusal("StartSyncExecution", Json::object({{"stateMachineArn", create("standard", kPass)}})),
            "StateMachineTypeNotSupported: This operation is not supported by this type of state machine");
}

TEST_F(StatesTest, ADeletedMachineIsGoneAndItsExecutionsGoOn) {
  const std::string machine = create("wait", kWait);
  const std::string execution = start(machine);
  call("DeleteStateMachine", Json::object({{"stateMachineArn", machine}}));
  EXPECT_EQ(refusal("StartExecution", Json::object({{"stateMachineArn", machine}})),
            "StateMachineDoesNotExist: State Machine Does Not Exist: '" + machine + "'");
  world_.runFor(61'000);
  EXPECT_EQ(describe(execution)["status"], Json("SUCCEEDED"));
}

TEST_F(StatesTest, ListsPageByPage) {
  const std::string machine = create("pass", kPass);
  for (int i = 0; i < 5; ++i) {
    start(machine, "{}", ("e" + std::to_string(i)).c_str());
    world_.runFor(10);
  }
  const Json first = call("ListExecutions", Json::object({{"stateMachineArn", machine}, {"maxResults", 3}}));
  ASSERT_EQ(first["executions"].size(), 3u);
  EXPECT_EQ(first["executions"][std::size_t{0}]["name"], Json("e4"));
  const Json second =
      call("ListExecutions",
           Json::object({{"stateMachineArn", machine}, {"maxResults", 3}, {"nextToken", first["nextToken"]}}));
  ASSERT_EQ(second["executions"].size(), 2u);
  EXPECT_EQ(second["executions"][std::size_t{1}]["name"], Json("e0"));
  EXPECT_FALSE(second.contains("nextToken"));
  EXPECT_EQ(
      call("ListExecutions", Json::object({{"stateMachineArn", machine}, {"statusFilter", "FAILED"}}))["executions"]
          .size(),
      0u);
  EXPECT_EQ(refusal("ListExecutions", Json::object({{"stateMachineArn", machine}, {"nextToken", "x"}})),
            "InvalidToken: Invalid Token: 'Invalid token'");
}

}  // namespace
}  // namespace thimble::services::states
