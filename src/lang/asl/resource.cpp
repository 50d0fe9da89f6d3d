#include "lang/asl/resource.h"

#include <map>

#include "base/arn.h"

namespace thimble::lang::asl {

namespace {

/// Which patterns an optimized integration has: r(equest response), s(ync), 2 (sync:2), w(aitForTaskToken).
/// https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
const std::map<std::string_view, std::string_view>& optimizedActions() {
  static const std::map<std::string_view, std::string_view> table = {
      {"apigateway:invoke", "rw"},
      {"athena:startQueryExecution", "rs"},
      {"athena:stopQueryExecution", "r"},
      {"athena:getQueryExecution", "r"},
      {"athena:getQueryResults", "r"},
      {"batch:submitJob", "rs"},
      {"bedrock:invokeModel", "r"},
      {"bedrock:createModelCustomizationJob", "rs"},
      {"codebuild:startBuild", "rs"},
      {"codebuild:stopBuild", "r"},
      {"codebuild:batchDeleteBuilds", "r"},
      {"codebuild:batchGetReports", "r"},
      {"codebuild:startBuildBatch", "rs"},
      {"codebuild:stopBuildBatch", "r"},
      {"codebuild:retryBuildBatch", "rs"},
      {"codebuild:deleteBuildBatch", "r"},
      {"databrew:startJobRun", "rs"},
      {"dynamodb:getItem", "r"},
      {"dynamodb:putItem", "r"},
      {"dynamodb:deleteItem", "r"},
      {"dynamodb:updateItem", "r"},
      {"ecs:runTask", "rsw"},
      {"eks:createCluster", "rs"},
      {"eks:deleteCluster", "rs"},
      {"eks:createNodegroup", "rs"},
      {"eks:deleteNodegroup", "rs"},
      {"eks:createFargateProfile", "rs"},
      {"eks:deleteFargateProfile", "rs"},
      {"eks:call", "r"},
      {"eks:runJob", "rs"},
      {"elasticmapreduce:createCluster", "rs"},
      {"elasticmapreduce:setClusterTerminationProtection", "r"},
      {"elasticmapreduce:terminateCluster", "rs"},
      {"elasticmapreduce:addStep", "rs"},
      {"elasticmapreduce:cancelStep", "r"},
      {"elasticmapreduce:modifyInstanceFleetByName", "r"},
      {"elasticmapreduce:modifyInstanceGroupByName", "r"},
      {"emr-containers:createVirtualCluster", "r"},
      {"emr-containers:deleteVirtualCluster", "rs"},
      {"emr-containers:startJobRun", "rs"},
      {"emr-serverless:createApplication", "rs"},
      {"emr-serverless:startApplication", "rs"},
      {"emr-serverless:stopApplication", "rs"},
      {"emr-serverless:deleteApplication", "rs"},
      {"emr-serverless:startJobRun", "rs"},
      {"emr-serverless:cancelJobRun", "rs"},
      {"events:putEvents", "rw"},
      {"glue:startJobRun", "rs"},
      {"http:invoke", "r"},
      {"lambda:invoke", "rw"},
      {"mediaconvert:createJob", "rs"},
      {"sagemaker:createEndpoint", "r"},
      {"sagemaker:createEndpointConfig", "r"},
      {"sagemaker:createHyperParameterTuningJob", "rs"},
      {"sagemaker:createLabelingJob", "rs"},
      {"sagemaker:createModel", "r"},
      {"sagemaker:createProcessingJob", "rs"},
      {"sagemaker:createTrainingJob", "rs"},
      {"sagemaker:createTransformJob", "rs"},
      {"sagemaker:updateEndpoint", "r"},
      {"sns:publish", "rw"},
      {"sqs:sendMessage", "rw"},
      {"states:startExecution", "rs2w"},
  };
  return table;
}

}  // namespace

std::string Resource::eventResource() const {
  switch (pattern) {
    case Pattern::RequestResponse:
      return action;
    case Pattern::Sync:
      return action + ".sync";
    case Pattern::Sync2:
      return action + ".sync:2";
    case Pattern::WaitForTaskToken:
      return action + ".waitForTaskToken";
  }
  return action;
}

std::optional<Resource> Resource::parse(std::string_view text) {
  const auto arn = base::parseArn(text);
  if (!arn) return std::nullopt;
  Resource out;
  out.arn = std::string(text);
  if (arn->service == "lambda" && arn->resource.compare(0, 9, "function:") == 0 && arn->resource.size() > 9) {
    out.kind = Kind::Lambda;
    out.service = "lambda";
    out.action = "invoke";
    return out;
  }
  if (arn->service != "states") return std::nullopt;
  if (arn->resource.compare(0, 9, "activity:") == 0 && arn->resource.size() > 9) {
    out.kind = Kind::Activity;
    return out;
  }
  if (!arn->region.empty() || !arn->account.empty()) return std::nullopt;
  std::string_view rest = arn->resource;
  char pattern = 'r';
  const auto cut = [&rest](std::string_view suffix) {
    if (rest.size() <= suffix.size() || rest.substr(rest.size() - suffix.size()) != suffix) return false;
    rest.remove_suffix(suffix.size());
    return true;
  };
  if (cut(".waitForTaskToken")) {
    pattern = 'w';
    out.pattern = Pattern::WaitForTaskToken;
  } else if (cut(".sync:2")) {
    pattern = '2';
    out.pattern = Pattern::Sync2;
  } else if (cut(".sync")) {
    pattern = 's';
    out.pattern = Pattern::Sync;
  }
  if (rest.substr(0, 8) == "aws-sdk:") {
    rest.remove_prefix(8);
    const std::size_t colon = rest.find(':');
    if (colon == 0 || colon == std::string_view::npos || colon + 1 == rest.size() || pattern == 's' || pattern == '2')
      return std::nullopt;
    out.kind = Kind::AwsSdk;
    out.service = std::string(rest.substr(0, colon));
    out.action = std::string(rest.substr(colon + 1));
    return out;
  }
  const auto found = optimizedActions().find(rest);
  if (found == optimizedActions().end() || found->second.find(pattern) == std::string_view::npos) return std::nullopt;
  out.kind = Kind::Optimized;
  const std::size_t colon = rest.find(':');
  out.service = std::string(rest.substr(0, colon));
  out.action = std::string(rest.substr(colon + 1));
  return out;
}

}  // namespace thimble::lang::asl
