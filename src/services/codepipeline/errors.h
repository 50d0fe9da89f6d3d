// CodePipeline's errors, word for word.
#pragma once

#include <string>

#include "base/api_error.h"

namespace thimble::services::codepipeline {

base::ApiError pipelineNotFound(const std::string& account, const std::string& name);
base::ApiError pipelineVersionNotFound(const std::string& name, std::int64_t version);
base::ApiError pipelineNameInUse(const std::string& name);
base::ApiError executionNotFound(const std::string& id);
base::ApiError executionNotStoppable(const std::string& id);
base::ApiError duplicatedStopRequest(const std::string& id);
base::ApiError stageNotFound(const std::string& stage);
base::ApiError stageNotRetryable(const std::string& detail);
base::ApiError notLatestExecution(const std::string& id);
base::ApiError actionNotFound(const std::string& action);
base::ApiError actionTypeNotFound(const std::string& id);
base::ApiError invalidApprovalToken();
base::ApiError approvalAlreadyCompleted();
base::ApiError jobNotFound(const std::string& id);
base::ApiError invalidJobState(const std::string& status);
base::ApiError invalidNonce();
base::ApiError invalidClientToken();
base::ApiError invalidNextToken();
base::ApiError invalidArn(const std::string& arn);
base::ApiError resourceNotFound(const std::string& arn);
base::ApiError invalidTags(const std::string& detail);
base::ApiError tooManyTags();
base::ApiError limitExceeded(const std::string& detail);
base::ApiError validation(const std::string& detail);
base::ApiError conflict(const std::string& detail);
base::ApiError invalidStructure(const std::string& detail);
base::ApiError invalidStage(const std::string& detail);
base::ApiError invalidAction(const std::string& detail);

}  // namespace thimble::services::codepipeline
