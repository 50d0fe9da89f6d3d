#include <gtest/gtest.h>

#include <map>

#include "dispatch/testing/test_world.h"
#include "lang/buildspec/batch.h"
#include "services/codebuild/batch/batch_plan.h"
#include "services/codebuild/batch/batch_process.h"
#include "services/codebuild/batch/batch_records.h"
#include "services/codebuild/build_process.h"
#include "services/codebuild/operations.h"

namespace thimble::services::codebuild {
namespace {

using base::Json;

/// Builds that end when the test says so.
class HeldBuilder : public Builder {
 public:
  void start(std::shared_ptr<dispatch::AsyncContext>, Json document, dispatch::CallDone done) override {
    order.push_back(document["Internal"].stringAt("BatchIdentifier"));
    const std::string process = "000000000000/us-east-1/" + document["Build"].stringAt("id");
    running[order.back()] = {std::move(document), std::move(done), process};
  }
  void stop(const std::string& process) override {
    for (auto& [identifier, run] : running) {
      if (run.process == process) stopped.push_back(identifier);
    }
  }
  void combine(std::shared_ptr<dispatch::AsyncContext>, Json, dispatch::CallDone done) override {
    ++combined;
    done(dispatch::Answer{Json::object({{"artifacts", Json::object({{"location", "arn:aws:s3:::b/all.zip"}})}}),
                          nullptr, 0});
  }

  struct Run {
    Json document;
    dispatch::CallDone done;
    std::string process;
  };
  std::map<std::string, Run> running;
  std::vector<std::string> order, stopped;
  int combined = 0;
};

class BatchBuildTest : public testing::Test {
 protected:
  BatchBuildTest() { begin(); }

  void begin() {
    registerProjects(world_.registry());
    registerStartBuild(world_.registry());
    registerBuilds(world_.registry());
    registerBatches(world_.registry());
    registerRunBuild(world_.registry(), builder_);
    registerCombineArtifacts(world_.registry(), builder_);
    build_process_ = std::make_unique<BuildProcess>(builder_, ends_);
    batch_process_ = std::make_unique<BatchProcess>(world_.environment());
    world_.kernel().addKind(std::string(kBuildProcess), *build_process_);
    world_.kernel().addKind(std::string(kBatchProcess), *batch_process_);
    world_.start();
  }

  Json call(const std::string& operation, const Json& input) {
    auto answer = world_.call("codebuild", operation, input);
    return answer.ok() ? answer->output : Json(answer.error().code + ": " + answer.error().message);
  }

  /// Creates the project and starts a batch of what `batch` (YAML) says, up to the end of its first build.
  void start(const std::string& batch, Json config = Json::object(), Json artifacts = {}) {
    config.set("serviceRole", "arn:aws:iam::000000000000:role/batch");
    if (artifacts.isNull()) artifacts = Json::object({{"type", "NO_ARTIFACTS"}});
    const Json made =
        call("CreateProject",
             Json::object({{"name", "web"},
                           {"source", Json::object({{"type", "NO_SOURCE"}, {"buildspec", "version: 0.2\n"}})},
                           {"artifacts", std::move(artifacts)},
                           {"environment", Json::object({{"type", "LINUX_CONTAINER"},
                                                         {"image", "aws/codebuild/standard:7.0"},
                                                         {"computeType", "BUILD_GENERAL1_SMALL"}})},
                           {"serviceRole", "arn:aws:iam::000000000000:role/build"},
                           {"buildBatchConfig", std::move(config)}}));
    ASSERT_TRUE(made.isObject()) << made.write();
    const Json started = call("StartBuildBatch", Json::object({{"projectName", "web"}}));
    ASSERT_TRUE(started.isObject()) << started.write();
    id_ = started["buildBatch"].stringAt("id");
    readSpec(batch);
  }

  void readSpec(const std::string& batch) {
    const auto node = lang::buildspec::readNode(batch);
    const auto spec = lang::buildspec::readBatch(*node);
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    end("DOWNLOAD_SOURCE", "SUCCEEDED", batchSpecJson(*spec));
  }

  void end(const std::string& identifier, const std::string& status, const Json& spec = {}) {
    world_.run();
    const auto found = builder_.running.find(identifier);
    ASSERT_NE(found, builder_.running.end()) << identifier << " does not run";
    HeldBuilder::Run run = std::move(found->second);
    builder_.running.erase(found);
    const Json phases = Json::array({Json::object({{"phaseType", "QUEUED"}, {"startTime", 0}})});
    run.done(dispatch::Answer{
        Json::object({{"Status", status}, {"Phases", phases}, {"Build", Json::object()}, {"Spec", spec}}), nullptr, 0});
    world_.run();
  }

  Json batch() {
    return call("BatchGetBuildBatches", Json::object({{"ids", Json::array({id_})}}))["buildBatches"][std::size_t{0}];
  }
  std::string status() { return batch().stringAt("buildBatchStatus"); }
  std::string groups() {
    std::string text;
    const Json now = batch();
    for (const Json& group : now["buildGroups"].asArray()) {
      if (group.stringAt("identifier") == kDownloadGroup) continue;
      text += (text.empty() ? "" : " ") + group.stringAt("identifier") + "=" +
              group["currentBuildSummary"].stringAt("buildStatus");
    }
    return text;
  }
  std::string phases() {
    std::string text;
    const Json now = batch();
    for (const Json& phase : now["phases"].asArray()) {
      text += (text.empty() ? "" : " ") + phase.stringAt("phaseType") + ":" + phase.stringAt("phaseStatus");
    }
    return text;
  }
  std::string running() {
    world_.run();
    std::string text;
    for (const auto& [identifier, run] : builder_.running) text += (text.empty() ? "" : " ") + identifier;
    return text;
  }

  dispatch::TestWorld world_;
  HeldBuilder builder_;
  BuildEnds ends_;
  std::unique_ptr<BuildProcess> build_process_;
  std::unique_ptr<BatchProcess> batch_process_;
  std::string id_;
};

constexpr const char* kGraph =
    "build-graph:\n"
    "  - {identifier: a, env: {variables: {WHO: a}, compute-type: BUILD_GENERAL1_LARGE}}\n"
    "  - {identifier: b, depend-on: [a]}\n"
    "  - {identifier: c, depend-on: [a], ignore-failure: true, buildspec: 'version: 0.2 # other'}\n"
    "  - {identifier: d, depend-on: [b, c]}\n";

TEST_F(BatchBuildTest, AGraphRunsInItsOrder) {
  start(kGraph);
  EXPECT_EQ(running(), "a");
  const Json first = builder_.running["a"].document;
  EXPECT_EQ(first["Build"]["environment"].stringAt("computeType"), "BUILD_GENERAL1_LARGE");
  EXPECT_EQ(first["Project"]["environment"]["environmentVariables"][std::size_t{0}].stringAt("name"), "WHO");
  EXPECT_EQ(first["Build"]["buildBatchArn"], batch()["arn"]);
  end("a", "SUCCEEDED");
  EXPECT_EQ(running(), "b c");
  EXPECT_EQ(builder_.running["c"].document["Project"]["source"].stringAt("buildspec"), "version: 0.2 # other");
  end("c", "FAILED");
  EXPECT_EQ(running(), "b");
  end("b", "SUCCEEDED");
  EXPECT_EQ(groups(), "a=SUCCEEDED b=SUCCEEDED c=FAILED d=IN_PROGRESS");
  end("d", "SUCCEEDED");
  EXPECT_EQ(status(), "SUCCEEDED");
  EXPECT_EQ(phases(), "SUBMITTED:SUCCEEDED DOWNLOAD_BATCHSPEC:SUCCEEDED IN_PROGRESS:SUCCEEDED SUCCEEDED:SUCCEEDED");
  EXPECT_EQ(batch()["complete"], Json(true));
}

TEST_F(BatchBuildTest, WithoutFastFailTheOthersComplete) {
  start("build-list: [{identifier: a}, {identifier: b}]\n");
  end("a", "FAILED");
  EXPECT_EQ(running(), "b");
  end("b", "SUCCEEDED");
  EXPECT_EQ(status(), "FAILED");
  EXPECT_EQ(batch()["phases"][2]["contexts"][std::size_t{0}].stringAt("message"), "Build batch failed: a (FAILED)");
}

TEST_F(BatchBuildTest, FastFailStopsTheOthers) {
  start("fast-fail: true\nbuild-graph: [{identifier: a}, {identifier: b}, {identifier: c, depend-on: [b]}]\n");
  end("a", "FAILED");
  EXPECT_EQ(builder_.stopped, std::vector<std::string>{"b"});
  end("b", "STOPPED");
  EXPECT_EQ(groups(), "a=FAILED b=STOPPED c=");
  EXPECT_EQ(status(), "FAILED");
}

TEST_F(BatchBuildTest, OnlyWhatFailedIsRetried) {
  start(kGraph);
  EXPECT_EQ(call("RetryBuildBatch", Json::object({{"id", id_}})).asString().substr(0, 21), "InvalidInputException");
  end("a", "SUCCEEDED");
  end("b", "FAILED");
  end("c", "SUCCEEDED");
  EXPECT_EQ(status(), "FAILED");
  call("RetryBuildBatch", Json::object({{"id", id_}, {"retryType", "RETRY_FAILED_BUILDS"}}));
  EXPECT_EQ(running(), "b");
  EXPECT_EQ(status(), "IN_PROGRESS");
  end("b", "SUCCEEDED");
  end("d", "SUCCEEDED");
  EXPECT_EQ(status(), "SUCCEEDED");
  const Json now = batch();
  for (const Json& group : now["buildGroups"].asArray()) {
    if (group.stringAt("identifier") != "b") continue;
    EXPECT_EQ(group["priorBuildSummaryList"][std::size_t{0}].stringAt("buildStatus"), "FAILED");
  }
}

TEST_F(BatchBuildTest, AllIsRetried) {
  start("build-list: [{identifier: a}, {identifier: b}]\n");
  end("a", "FAILED");
  end("b", "SUCCEEDED");
  call("RetryBuildBatch", Json::object({{"id", id_}, {"retryType", "RETRY_ALL_BUILDS"}}));
  EXPECT_EQ(running(), kDownloadGroup);
  readSpec("build-list: [{identifier: a}, {identifier: b}]\n");
  EXPECT_EQ(running(), "a b");
  end("a", "SUCCEEDED");
  end("b", "SUCCEEDED");
  EXPECT_EQ(status(), "SUCCEEDED");
  EXPECT_EQ(batch()["buildGroups"][std::size_t{1}]["priorBuildSummaryList"].size(), 1U);
}

TEST_F(BatchBuildTest, IsStopped) {
  start("build-list: [{identifier: a}, {identifier: b}]\n");
  end("a", "SUCCEEDED");
  call("StopBuildBatch", Json::object({{"id", id_}}));
  EXPECT_EQ(builder_.stopped, std::vector<std::string>{"b"});
  end("b", "STOPPED");
  EXPECT_EQ(status(), "STOPPED");
  EXPECT_EQ(batch().stringAt("currentPhase"), "STOPPED");

  // Done again it has all of its time.
  call("RetryBuildBatch", Json::object({{"id", id_}, {"retryType", "RETRY_FAILED_BUILDS"}}));
  EXPECT_EQ(running(), "b");
  world_.runFor(481 * 60'000);
  end("b", "STOPPED");
  EXPECT_EQ(status(), "TIMED_OUT");
}

TEST_F(BatchBuildTest, ATimeLimitEndsIt) {
  start("build-list: [{identifier: a}]\n", Json::object({{"timeoutInMins", 5}}));
  world_.runFor(299'000);
  EXPECT_TRUE(builder_.stopped.empty());
  world_.runFor(2'000);
  EXPECT_EQ(builder_.stopped, std::vector<std::string>{"a"});
  end("a", "STOPPED");
  EXPECT_EQ(status(), "TIMED_OUT");
}

TEST_F(BatchBuildTest, GoesOnAfterACrash) {
  start(kGraph);
  end("a", "SUCCEEDED");
  EXPECT_EQ(running(), "b c");
  builder_.running.clear();
  world_.crash();
  begin();
  // Neither had left its queue: both begin again.
  EXPECT_EQ(running(), "b c");
  end("b", "SUCCEEDED");
  end("c", "SUCCEEDED");
  end("d", "SUCCEEDED");
  EXPECT_EQ(status(), "SUCCEEDED");
}

TEST_F(BatchBuildTest, RestrictionsAreKept) {
  start("build-list: [{identifier: a}, {identifier: b}]\n",
        Json::object({{"restrictions", Json::object({{"maximumBuildsAllowed", 1}})}}));
  EXPECT_EQ(status(), "FAILED");
  EXPECT_EQ(phases(), "SUBMITTED:SUCCEEDED DOWNLOAD_BATCHSPEC:FAILED FAILED:SUCCEEDED");
  EXPECT_EQ(running(), "");
}

TEST_F(BatchBuildTest, ArtifactsAreCombined) {
  start("build-list: [{identifier: a}, {identifier: b}]\n", Json::object({{"combineArtifacts", true}}),
        Json::object({{"type", "S3"}, {"location", "b"}, {"path", "x"}, {"name", "all.zip"}, {"packaging", "ZIP"}}));
  EXPECT_EQ(running(), "a b");
  EXPECT_EQ(builder_.running["a"].document["Project"]["artifacts"].stringAt("path"), "x/a");
  end("a", "SUCCEEDED");
  end("b", "SUCCEEDED");
  EXPECT_EQ(builder_.combined, 1);
  EXPECT_EQ(batch()["artifacts"].stringAt("location"), "arn:aws:s3:::b/all.zip");
  EXPECT_EQ(status(), "SUCCEEDED");
}

TEST_F(BatchBuildTest, ListsAndDeletion) {
  start("build-list: [{identifier: a}]\n");
  EXPECT_EQ(call("DeleteBuildBatch", Json::object({{"id", id_}})).stringAt("statusCode"), "BUILD_IN_PROGRESS");
  end("a", "FAILED");
  const std::string first = id_;
  id_ =
      call("StartBuildBatch", Json::object({{"projectName", "web"}, {"idempotencyToken", "t"}}))["buildBatch"].stringAt(
          "id");
  EXPECT_EQ(
      call("StartBuildBatch", Json::object({{"projectName", "web"}, {"idempotencyToken", "t"}}))["buildBatch"].stringAt(
          "id"),
      id_);
  readSpec("build-list: [{identifier: a}]\n");
  end("a", "SUCCEEDED");
  const auto ids = [&](Json input) {
    input.set("projectName", "web");
    return call("ListBuildBatchesForProject", input)["ids"];
  };
  EXPECT_EQ(ids(Json::object()), Json::array({id_, first}));
  EXPECT_EQ(ids(Json::object({{"filter", Json::object({{"status", "FAILED"}})}})), Json::array({first}));
  const Json page = call("ListBuildBatches", Json::object({{"maxResults", 1}}));
  EXPECT_EQ(page["ids"], Json::array({id_}));
  EXPECT_EQ(call("ListBuildBatches", Json::object({{"nextToken", page["nextToken"]}}))["ids"], Json::array({first}));
  const Json deleted = call("DeleteBuildBatch", Json::object({{"id", first}}));
  EXPECT_EQ(deleted.stringAt("statusCode"), "BATCH_DELETED");
  EXPECT_EQ(deleted["buildsDeleted"].size(), 2U);
  EXPECT_EQ(call("BatchGetBuildBatches", Json::object({{"ids", Json::array({first})}}))["buildBatchesNotFound"],
            Json::array({first}));
}

}  // namespace
}  // namespace thimble::services::codebuild
