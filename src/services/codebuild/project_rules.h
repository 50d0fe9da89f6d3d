// What a project may say, and what AWS adds to it.
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "services/codebuild/records.h"

namespace thimble::services::codebuild {

/// Checks a Project, also one with a build's overrides in it: InvalidInputException, or the naming of what Thimble has
/// not.
base::Result<void> checkProject(const base::Json& project);

/// A source of type CODEPIPELINE has to have its place, which only the pipeline that starts a build can give.
base::Result<void> checkPipelineSource(const base::Json& project);

/// Whether a type of source is a git repository.
bool isGitSource(const std::string& type);

/// Fills in the defaults that BatchGetProjects shows.
void addProjectDefaults(base::Json& project, const Place& place);

/// "arn:aws:iam::ACCOUNT:role/NAME" for a role's name or ARN.
std::string roleArn(const std::string& role, const std::string& account);

/// "bucket" and "key" of "bucket/key" or "arn:aws:s3:::bucket/key"; the key may be empty.
std::pair<std::string, std::string> splitLocation(const std::string& location);

/// Whether a buildspec is the text itself and not the path of a file.
bool isInlineBuildspec(const std::string& buildspec);

}  // namespace thimble::services::codebuild
