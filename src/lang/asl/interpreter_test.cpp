// Whole executions in memory: histories, retries, limits, hostile definitions.
#include "lang/asl/interpreter.h"

#include <gtest/gtest.h>

#include <chrono>

#include "lang/asl/memory_run.h"

namespace thimble::lang::asl {
namespace {

using base::Json;

MemoryRun run(const std::string& definition, const std::string& input = "{}", const TaskFunction& task = {},
              std::size_t share = 100) {
  const ParseOutcome parsed = parseDefinition(definition, MachineType::Standard);
  EXPECT_TRUE(parsed.definition) << diagnosticsText(parsed.diagnostics);
  if (!parsed.definition) return {};
  MemoryRun out = runInMemory(parsed.definition, Payload::ofText(input), task, false, share);
  EXPECT_EQ(brokenLaw(out.events, out.header.status == ExecutionStatus::Running), "");
  return out;
}

std::string text(const MemoryRun& run) {
  std::string out;
  for (const HistoryEvent& event : run.events) out += eventText(event) + "\n";
  return out;
}

TEST(InterpreterTest, AChoiceOnTrueFailsAsOnAws) {
  const MemoryRun result = run(R"({"StartAt":"StartPipeline","States":{"StartPipeline":{"Type":"Task",
    "Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","Next":"NotifierState"},"NotifierState":{"Type":"Choice",
    "Choices":[{"Variable":"$.notifier","StringEquals":"Slack","Next":"Done"}],"Default":"Done"},"Done":{"Type":"Succeed"}}})",
                               "{}", [](const TaskRequest&) { return Json(true); });
  EXPECT_EQ(text(result), R"(1<0 ExecutionStarted {"input":"{}","roleArn":"arn:aws:iam::123456789012:role/role"}
2<0 TaskStateEntered {"name":"StartPipeline","input":"{}"}
3<2 LambdaFunctionScheduled {"resource":"arn:aws:lambda:us-east-1:123456789012:function:f","input":"{}"}
4<3 LambdaFunctionStarted
5<4 LambdaFunctionSucceeded {"output":"true"}
6<5 TaskStateExited {"name":"StartPipeline","output":"true"}
7<6 ChoiceStateEntered {"name":"NotifierState","input":"true"}
8<7 ExecutionFailed {"error":"States.Runtime","cause":"An error occurred while executing the state 'NotifierState' (entered at the event id #7). Invalid path '$.notifier': The choice state's condition path references an invalid value."}
)");
}

TEST(InterpreterTest, RetriesWithBackoffThenCatches) {
  int calls = 0;
  const MemoryRun result =
      run(R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f",
    "Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":2,"BackoffRate":3,"MaxAttempts":3,"MaxDelaySeconds":10}],
    "Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":"$.why","Next":"C"}],"End":true},"C":{"Type":"Pass","End":true}}})",
          R"({"a":1})", [&calls](const TaskRequest&) {
            ++calls;
            return WorkflowError{"Busy", "later"};
          });
  EXPECT_EQ(calls, 4);
  EXPECT_EQ(result.ended_at, (2 + 6 + 10) * 1000);
  EXPECT_EQ(*result.header.output.text(), R"({"a":1,"why":{"Error":"Busy","Cause":"later"}})");
}

TEST(InterpreterTest, ABranchThatFailsAbortsTheOthers) {
  const MemoryRun result = run(R"({"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[
    {"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":9,"End":true}}},
    {"StartAt":"F","States":{"F":{"Type":"Fail","Error":"E","Cause":"C"}}}]}}})");
  EXPECT_EQ(text(result), R"(1<0 ExecutionStarted {"input":"{}","roleArn":"arn:aws:iam::123456789012:role/role"}
2<0 ParallelStateEntered {"name":"P","input":"{}"}
3<2 ParallelStateStarted
4<3 WaitStateEntered {"name":"W","input":"{}"}
5<3 FailStateEntered {"name":"F","input":"{}"}
6<4 WaitStateAborted
7<5 ParallelStateFailed
8<7 ExecutionFailed {"error":"E","cause":"C"}
)");
}

TEST(InterpreterTest, TheHistoryDoesNotDependOnTheShareOfADecision) {
  const char* definition =
      R"({"StartAt":"M","States":{"M":{"Type":"Map","ItemProcessor":{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},
    "B":{"Type":"Map","MaxConcurrency":1,"ItemProcessor":{"StartAt":"C","States":{"C":{"Type":"Wait","Seconds":1,"End":true}}},"End":true}}},"End":true}}})";
  const MemoryRun whole = run(definition, "[[1,2],[3],[]]", {}, 1000);
  ASSERT_EQ(whole.header.status, ExecutionStatus::Succeeded);
  EXPECT_EQ(*whole.header.output.text(), "[[1,2],[3],[]]");
  for (const std::size_t share : {1, 2, 3, 5, 8}) {
    const MemoryRun parts = run(definition, "[[1,2],[3],[]]", {}, share);
    EXPECT_EQ(*parts.header.output.text(), *whole.header.output.text()) << share;
    EXPECT_EQ(parts.events.size(), whole.events.size()) << share;
  }
}

TEST(InterpreterTest, AFullHistoryEndsTheExecution) {
  const char* loop = R"~({"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Choice","Choices":[
      {"Variable":"$.x","IsPresent":true,"Next":"C"}],"Default":"A"},"C":{"Type":"Succeed"}}})~";
  const char* maps =
      R"~({"StartAt":"R","States":{"R":{"Type":"Pass","Parameters":{"n.$":"States.ArrayRange(1,200,1)"},"Next":"M"},
      "M":{"Type":"Map","ItemsPath":"$.n","ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","Next":"Q"},"Q":{"Type":"Pass","End":true}}},
      "ResultPath":null,"Next":"D"},"D":{"Type":"Choice","Choices":[{"Variable":"$.x","IsPresent":true,"Next":"C"}],"Default":"M"},
      "C":{"Type":"Succeed"}}})~";
  for (const char* definition : {loop, maps}) {
    const MemoryRun result = run(definition);
    EXPECT_EQ(result.events.size(), 25'000u);
    EXPECT_EQ(result.header.cause.value_or(""), "The execution reached the maximum number of history events (25000).");
  }
}

TEST(InterpreterTest, DoublingPayloadsEndAtTheLimit) {
  std::string states;
  for (int i = 0; i < 24; ++i) {
    states += "\"S" + std::to_string(i) + R"(":{"Type":"Pass","Parameters":{"a.$":"$","b.$":"$"},"Next":"S)" +
              std::to_string(i + 1) + "\"},";
  }
  const MemoryRun result =
      run(R"({"StartAt":"S0","States":{)" + states + R"("S24":{"Type":"Succeed"}}})", R"({"text":"0123456789"})");
  EXPECT_EQ(result.header.error.value_or(""), kDataLimitExceeded);
}

TEST(InterpreterTest, ValuesThatAreLargeOnlyOnceWrittenEndAtTheLimit) {
  std::string members, arguments;
  for (int i = 0; i < 900; ++i) {
    members += std::string(i ? "," : "") + "\"m" + std::to_string(i) + ".$\":\"$\"";
    arguments += std::string(i ? "," : "") + " $.a";
  }
  const std::string input = "{\"a\":\"" + std::string(250'000, 'x') + "\"}";
  const auto pass = [&](const std::string& parameters) {
    return run(R"({"StartAt":"P","States":{"P":{"Type":"Pass","Parameters":{)" + parameters + R"(},"End":true}}})",
               input)
        .header.error.value_or("");
  };
  EXPECT_EQ(pass(members), kDataLimitExceeded);
  EXPECT_EQ(pass("\"x.$\":\"States.Array(" + arguments + ")\""), kDataLimitExceeded);
  EXPECT_EQ(pass("\"x.$\":\"States.JsonToString(States.Array(" + arguments + "))\""), kIntrinsicFailure);
}

TEST(InterpreterTest, ALoopThatWrapsItsDataEndsAtTheDepthThatCanBeRead) {
  const MemoryRun result = run(R"({"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"a.$":"$"},"Next":"B"},
    "B":{"Type":"Choice","Choices":[{"Variable":"$.stop","IsPresent":true,"Next":"C"}],"Default":"A"},"C":{"Type":"Succeed"}}})");
  EXPECT_EQ(result.header.error.value_or(""), kDataLimitExceeded);
}

TEST(InterpreterTest, ThePayloadLimitIsExact) {
  const auto length = [](std::size_t bytes) {
    return run(R"({"StartAt":"P","States":{"P":{"Type":"Pass","OutputPath":"$.a","End":true}}})",
               "{\"a\":\"" + std::string(bytes - 2, 'x') + "\"}")
        .header.status;
  };
  EXPECT_EQ(length(kMaxPayloadBytes), ExecutionStatus::Succeeded);
  EXPECT_EQ(length(kMaxPayloadBytes + 1), ExecutionStatus::Failed);
}

TEST(InterpreterTest, HostileExpressionsAreQuick) {
  const auto began = std::chrono::steady_clock::now();
  std::string pattern;
  for (int i = 0; i < 20; ++i) pattern += "*a";
  const MemoryRun matches =
      run(R"({"StartAt":"C","States":{"C":{"Type":"Choice","Choices":[{"Variable":"$.s","StringMatches":")" + pattern +
              R"(*b","Next":"D"}],"Default":"D"},"D":{"Type":"Succeed"}}})",
          "{\"s\":\"" + std::string(2000, 'a') + "\"}");
  EXPECT_EQ(matches.header.status, ExecutionStatus::Succeeded);
  const auto pass = [](const std::string& expression) {
    return R"({"StartAt":"P","States":{"P":{"Type":"Pass","Parameters":{"x.$":")" + expression + R"("},"End":true}}})";
  };
  const std::string run_of_a(60'000, 'a');
  const MemoryRun partial =
      run(R"({"StartAt":"C","States":{"C":{"Type":"Choice","Choices":[{"Variable":"$.s","StringMatches":"*)" +
              run_of_a + R"(b*","Next":"D"}],"Default":"D"},"D":{"Type":"Succeed"}}})",
          "{\"s\":\"" + std::string(250'000, 'a') + "\"}");
  EXPECT_EQ(partial.header.status, ExecutionStatus::Succeeded);
  EXPECT_EQ(run(pass("States.ArrayRange(1,300000000,1)")).header.error.value_or(""), kIntrinsicFailure);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(1));
  std::string nested = "States.Format('{}', $.a)";
  for (int i = 0; i < 20; ++i) nested = "States.Format('{}', " + nested + ")";
  EXPECT_FALSE(parseDefinition(pass(nested), MachineType::Standard).definition);
}

struct IntrinsicCase {
  const char* call;
  const char* expected;  ///< JSON; or "!" and the end of the cause.
};

class IntrinsicTest : public testing::TestWithParam<IntrinsicCase> {};

TEST_P(IntrinsicTest, GivesItsValue) {
  Json parameters = Json::object({{"x.$", GetParam().call}});
  const Json definition = Json::object(
      {{"StartAt", "P"},
       {"States",
        Json::object(
            {{"P",
              Json::object({{"Type", "Pass"}, {"Parameters", parameters}, {"OutputPath", "$.x"}, {"End", true}})}})}});
  const MemoryRun result =
      run(definition.write(), R"({"a":[1,1.0,"b",{"k":null},[2]],"s":"it's","n":2.5,"o":{"x":1},"p":{"y":2,"x":3}})");
  const std::string expected = GetParam().expected;
  if (expected[0] == '!') {
    const std::string cause = result.header.cause.value_or("");
    EXPECT_NE(cause.find(expected.substr(1)), std::string::npos) << cause;
  } else {
    ASSERT_EQ(result.header.status, ExecutionStatus::Succeeded) << result.header.cause.value_or("");
    EXPECT_EQ(*result.header.output.text(), expected);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Calls, IntrinsicTest,
    testing::Values(IntrinsicCase{R"(States.Format('\{{}\} {}', $.n, $.a))", R"("{2.5} [1, 1.0, b, {k=null}, [2]]")"},
                    IntrinsicCase{"States.Format('{} {}', 1)", "!does not match"},
                    IntrinsicCase{R"(States.Format('a\'b\\c'))", R"("a'b\\c")"},
                    IntrinsicCase{"States.ArrayUnique($.a)", R"([1,1.0,"b",{"k":null},[2]])"},
                    IntrinsicCase{"States.ArrayGetItem($.a, 2)", R"("b")"},
                    IntrinsicCase{"States.ArrayGetItem($.a, 9)", "!Index out of bounds: 9"},
                    IntrinsicCase{"States.ArrayRange(5, 1, -2)", "[5,3,1]"},
                    IntrinsicCase{"States.JsonMerge($.o, $.p, false)", R"({"x":3,"y":2})"},
                    IntrinsicCase{"States.StringToJson(States.JsonToString($.a))", R"([1,1.0,"b",{"k":null},[2]])"},
                    IntrinsicCase{"States.MathAdd($.missing, 1)",
                                  "!The JsonPath argument for the field '$.missing' could not be found in the input"},
                    IntrinsicCase{"States.Array($.s, 'x', true, null, 3)", R"(["it's","x",true,null,3])"}));

}  // namespace
}  // namespace thimble::lang::asl
