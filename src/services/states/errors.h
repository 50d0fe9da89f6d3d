// Step Functions' errors, word for word.
#pragma once

#include <string>

#include "base/api_error.h"

namespace thimble::services::states {

base::ApiError invalidArn(const std::string& detail);
base::ApiError invalidName(const std::string& name);
base::ApiError invalidToken();
base::ApiError invalidDefinition(const std::string& diagnostics);
base::ApiError invalidExecutionInput(const std::string& detail);
base::ApiError invalidLoggingConfiguration(const std::string& detail);
base::ApiError invalidOutput(const std::string& detail);
base::ApiError stateMachineDoesNotExist(const std::string& arn);
base::ApiError stateMachineAlreadyExists(const std::string& arn);
base::ApiError stateMachineTypeNotSupported();
base::ApiError executionDoesNotExist(const std::string& arn);
base::ApiError executionAlreadyExists(const std::string& arn);
base::ApiError activityDoesNotExist(const std::string& arn);
base::ApiError resourceNotFound(const std::string& arn);
base::ApiError aliasNotFound();
base::ApiError conflict(const std::string& detail);
base::ApiError validation(const std::string& detail);
base::ApiError taskTimedOut();
base::ApiError tooManyTags(const std::string& arn);
base::ApiError missingRequiredParameter(const std::string& detail);

}  // namespace thimble::services::states
