// What CloudFormation's answers mean to an action that deploys. Pure.
#pragma once

#include <string>

#include "base/api_error.h"
#include "base/json.h"

namespace thimble::services::codepipeline {

/// The error of a stack that is not there.
bool isAbsent(const base::ApiError& error);
/// A stack that can only be deleted, or that was left in the middle: REPLACE_ON_FAILURE replaces it.
bool isFailedStack(const std::string& status);
/// Whether a change set (DescribeChangeSet's output) failed because it would change nothing.
bool hasNoChanges(const base::Json& change_set);
/// The first failures of the stack's last operation, from DescribeStackEvents' list (newest first); empty: none told.
std::string failureReason(const base::Json& events, const std::string& stack_id);

}  // namespace thimble::services::codepipeline
