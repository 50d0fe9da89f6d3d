// A CodePipeline among services that only note what they are asked, for tests.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "dispatch/testing/event_recorder.h"
#include "dispatch/testing/test_world.h"
#include "services/codepipeline/service.h"
#include "wire/shapes/lambda.h"
#include "wire/shapes/s3.h"
#include "wire/shapes/sns.h"

namespace thimble::services::codepipeline {

using base::Json;

inline Json parse(std::string_view text) {
  return Json::parse(text).value();
}

inline constexpr const char* kThreeStages =
    R"({"name": "A_pipeline_with_a_long_name", "roleArn": "arn:aws:iam::000000000000:role/P",
  "artifactStore": {"type": "S3", "location": "artifacts"},
  "variables": [{"name": "who", "defaultValue": "nobody"}],
  "stages": [
   {"name": "Source", "actions": [{"name": "Fetch", "namespace": "Src",
     "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
     "configuration": {"S3Bucket": "sources", "S3ObjectKey": "my app.zip"}, "outputArtifacts": [{"name": "SourceOutput"}]}]},
   {"name": "Check", "actions": [{"name": "Test",
     "actionTypeId": {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"},
     "configuration": {"FunctionName": "tester", "UserParameters": "#{variables.who} #{Src.VersionId}"},
     "inputArtifacts": [{"name": "SourceOutput"}]}]},
   {"name": "Release", "actions": [{"name": "Approve",
     "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"},
     "configuration": {"NotificationArn": "arn:aws:sns:us-east-1:000000000000:t", "CustomData": "look"}}]}]})";
inline constexpr const char* kName = "A_pipeline_with_a_long_name";

/// Services beside CodePipeline that only note what they are asked.
class CodePipelineTest : public testing::Test {
 protected:
  CodePipelineTest() { build(); }

  void build() {
    registerOperations(world_.registry(), settings_);
    process_ = makePipelineProcess(world_.environment().authorizer);
    world_.kernel().addKind("codepipeline.pipeline", *process_);
    namespace s3 = shapes::s3;
    world_.registry().add<s3::HeadObject>(
        [this](dispatch::Context&, const s3::HeadObject::Input& input) -> base::Result<s3::HeadObject::Output> {
          ++heads_;
          if (!source_exists_) return base::ApiError{"NotFound", "Not Found", 404};
          s3::HeadObject::Output output;
          output.VersionId_ = input.VersionId_.value_or(newest_version_);
          output.ETag_ = "\"e1\"";
          return output;
        });
    world_.registry().add<s3::CopyObject>(
        [this](dispatch::Context&, const s3::CopyObject::Input& input) -> base::Result<s3::CopyObject::Output> {
          copies_.push_back(toJson(input));
          return s3::CopyObject::Output();
        });
    world_.registry().add<shapes::lambda::Invoke>(
        [this](dispatch::Context&,
               const shapes::lambda::Invoke::Input& input) -> base::Result<shapes::lambda::Invoke::Output> {
          invokes_.push_back(toJson(input));
          shapes::lambda::Invoke::Output output;
          output.StatusCode_ = 202;
          return output;
        });
    world_.registry().add<shapes::sns::Publish>(
        [this](dispatch::Context&,
               const shapes::sns::Publish::Input& input) -> base::Result<shapes::sns::Publish::Output> {
          messages_.push_back(toJson(input));
          shapes::sns::Publish::Output output;
          output.MessageId_ = "m";
          return output;
        });
    world_.start();
  }

  void crash() {
    world_.crash();
    build();
    world_.run();
  }

  Json ask(const std::string& operation, Json input) {
    auto outcome = world_.call("codepipeline", operation, std::move(input));
    EXPECT_TRUE(outcome.ok()) << operation << ": " << (outcome.ok() ? "" : outcome.error().message);
    world_.run();
    return outcome.ok() ? outcome->output : Json();
  }

  std::string refusal(const std::string& operation, Json input) {
    auto outcome = world_.call("codepipeline", operation, std::move(input));
    EXPECT_FALSE(outcome.ok()) << operation;
    return outcome.ok() ? "" : outcome.error().code + ": " + outcome.error().message;
  }

  /// The declaration of three stages, changed.
  static Json changed(const std::function<void(Json& stages)>& change) {
    Json declaration = parse(kThreeStages);
    change(*declaration.mutableObject().findMutable("stages"));
    return declaration;
  }

  void create(const char* declaration = kThreeStages) {
    ask("CreatePipeline", Json::object({{"pipeline", parse(declaration)}}));
  }
  std::string start(Json more = Json::object()) {
    more.set("name", kName);
    return ask("StartPipelineExecution", more).stringAt("pipelineExecutionId");
  }
  std::string status(const std::string& id) {
    return ask("GetPipelineExecution",
               Json::object({{"pipelineName", kName}, {"pipelineExecutionId", id}}))["pipelineExecution"]
        .stringAt("status");
  }
  Json stage(std::size_t index) {
    return ask("GetPipelineState", Json::object({{"name", kName}}))["stageStates"][index];
  }
  Json lastJob() { return parse(invokes_.back().stringAt("Payload"))["CodePipeline.job"]; }
  void succeedJob() { ask("PutJobSuccessResult", Json::object({{"jobId", lastJob().stringAt("id")}})); }
  Json approval(const std::string& status, const std::string& token) {
    return Json::object({{"pipelineName", kName},
                         {"stageName", "Release"},
                         {"actionName", "Approve"},
                         {"token", token},
                         {"result", Json::object({{"summary", "ok"}, {"status", status}})}});
  }
  std::string token() { return stage(2)["actionStates"][std::size_t{0}]["latestExecution"].stringAt("token"); }

  dispatch::TestWorld world_;
  platform::Sealer sealer_{std::string(32, 'k'), world_.environment().random};
  Settings settings_{&sealer_, [] { return std::string("http://localhost:4566"); }};
  std::unique_ptr<dispatch::ProcessKind> process_;
  bool source_exists_ = true;
  int heads_ = 0;
  std::string newest_version_ = "v1";
  std::vector<Json> copies_, invokes_, messages_;
};

}  // namespace thimble::services::codepipeline
