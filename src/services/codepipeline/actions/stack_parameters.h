// What an action that deploys by CloudFormation takes from its configuration and its input artifacts: the template, the
// template configuration file and the parameters. Pure.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-parameter-override-functions.html
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "services/codepipeline/actions/action.h"

namespace thimble::services::codepipeline {

/// What is wrong with an action's configuration, for whoever wrote it.
struct ConfigurationProblem {
  std::string message;
};

/// Input of ReadArtifactFiles: the files that the configuration names.
base::Result<base::Json, ConfigurationProblem> filesToRead(const ActionInput& input);

/// The input that CreateStack, UpdateStack and CreateChangeSet have in common; `answer` is ReadArtifactFiles' output.
base::Result<base::Json, ConfigurationProblem> stackRequest(const ActionInput& input, const base::Json& answer);

}  // namespace thimble::services::codepipeline
