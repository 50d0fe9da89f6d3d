// Triggers by pull requests need somebody who tells of them: our own CodeCommit, to which a connection leads by its tag
// "thimble:git-url". Pipelines with others are refused when they are made, rather than never started.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "dispatch/call_within.h"
#include "dispatch/context.h"

namespace thimble::services::codepipeline {

/// A connection that is not there is none of its errors: the source action says so.
/// Errors: NotImplemented. Without `call_within` nothing is checked.
base::Result<void> checkPullRequestSources(dispatch::Context& context, const dispatch::CallWithin& call_within,
                                           const base::Json& declaration);

}  // namespace thimble::services::codepipeline
