#include "app/watch_view.h"

#include <gtest/gtest.h>

#include "base/result.h"

namespace thimble::app {
namespace {

using base::Json;

Json parse(std::string_view text) {
  return Json::parse(text).value();
}

const Json kDeclaration = parse(R"({"name": "p", "stages": [
  {"name": "Source", "actions": [{"name": "Fetch", "actionTypeId": {"provider": "S3"}}]},
  {"name": "Out", "actions": [{"name": "Second", "runOrder": 2, "actionTypeId": {"provider": "S3"}},
                              {"name": "First", "runOrder": 1, "actionTypeId": {"provider": "Lambda"}}]}]})");
const Json kSummary = parse(R"({"pipelineExecutionId": "e", "status": "InProgress", "startTime": 1000,
  "lastUpdateTime": 3000, "trigger": {"triggerType": "CreatePipeline"}})");
const Json kDetails = parse(R"([
  {"stageName": "Out", "actionName": "First", "actionExecutionId": "2", "status": "InProgress", "startTime": 2500, "lastUpdateTime": 2500},
  {"stageName": "Source", "actionName": "Fetch", "actionExecutionId": "1", "status": "Succeeded", "startTime": 1000, "lastUpdateTime": 2500,
   "output": {"executionResult": {"externalExecutionSummary": "first \u001b[2Jcommit\nand more"}}}])");

TEST(WatchViewTest, PaintsStagesAndActionsInTheirOrder) {
  const auto lines = paintExecution(readExecution(kDeclaration, kSummary, kDetails), {4000}, 200, false);
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(lines[0], "p  InProgress  3.0 s  e  by CreatePipeline");
  EXPECT_EQ(lines[1], "+ Source");
  EXPECT_EQ(lines[2], "  + Fetch                  S3              Succeeded   1.5 s     first  [2Jcommit");
  EXPECT_EQ(lines[3], "> Out");
  EXPECT_EQ(lines[4], "  > First                  Lambda          InProgress  1.5 s    ");
  EXPECT_EQ(lines[5], "  . Second                 S3             ");
  for (const auto& line : paintExecution(readExecution(kDeclaration, kSummary, kDetails), {4000}, 20, false))
    EXPECT_LE(line.size(), 20U);
}

TEST(WatchViewTest, TellsEachChangeOnce) {
  const WatchedExecution now = readExecution(kDeclaration, kSummary, kDetails);
  EXPECT_EQ(tellChanges({}, now).size(), 3U);
  EXPECT_TRUE(tellChanges(now, now).empty());
  WatchedExecution later = now;
  later.status = "Failed";
  later.updated = {9000};
  later.actions[1].status = "Failed";
  later.actions[1].updated = {9000};
  later.actions[1].note = "why";
  EXPECT_EQ(tellChanges(now, later),
            (std::vector<std::string>{"1970-01-01T00:00:09.000Z Out/First (Lambda) Failed after 6.5 s: why",
                                      "1970-01-01T00:00:09.000Z p Failed after 8.0 s"}));
  EXPECT_FALSE(isOver(now));
  EXPECT_EQ(exitStatus(later), 1);
  // An action's log is told before its end, and after its beginning.
  const LogLines logs = {{now.actions[1].execution_id, {"line 1", "line 2"}}};
  EXPECT_EQ(tellChanges(now, now, logs), (std::vector<std::string>{"line 1", "line 2"}));
  const std::vector<std::string> begun = tellChanges({}, now, logs), ended = tellChanges(now, later, logs);
  ASSERT_EQ(begun.size(), 5U);
  EXPECT_EQ(begun[4], "line 2");
  ASSERT_EQ(ended.size(), 4U);
  EXPECT_EQ(ended[1], "line 2");
}

TEST(WatchViewTest, ALogThatSeveralWriteToIsSharedByTheirBeginnings) {
  const std::vector<LogWriter> all = {
      {"/f", "", 100}, {"/f", "", 300}, {"/g", "", 200}, {"/f", "s", 150}, {"/f", "", 300}};
  EXPECT_EQ(lastMomentOf(all[0], all), 299);
  EXPECT_EQ(lastMomentOf(all[1], all), std::nullopt);
  EXPECT_EQ(lastMomentOf(all[2], all), std::nullopt);
  EXPECT_EQ(lastMomentOf(all[3], all), std::nullopt);
  EXPECT_EQ(lastMomentOf(all[4], all), std::nullopt);
}

TEST(WatchViewTest, TextFromOutside) {
  EXPECT_EQ(plainText("one\ttwo\x1b[A"), "one two [A");
  EXPECT_EQ(plainText("Uploading 9 %\rUploading 100 %"), "Uploading 100 %");
  EXPECT_EQ(plainText(""), "");
}

TEST(WatchViewTest, Durations) {
  EXPECT_EQ(durationText(40), "0.0 s");
  EXPECT_EQ(durationText(12'345), "12 s");
  EXPECT_EQ(durationText(185'000), "3 m 05 s");
}

TEST(WatchViewTest, ALogIsWholeWithTheReportOfAnInvocationThatBeganInIt) {
  LogWriter log;
  noteLine(log, "REPORT RequestId: before\tDuration: 1.00 ms");
  EXPECT_FALSE(log.whole);
  noteLine(log, "START RequestId: own Version: $LATEST");
  noteLine(log, "REPORT RequestId: before\tDuration: 1.00 ms");
  EXPECT_FALSE(log.whole);
  noteLine(log, "REPORT RequestId: own\tDuration: 1.00 ms");
  EXPECT_TRUE(log.whole);
}

}  // namespace
}  // namespace thimble::app
