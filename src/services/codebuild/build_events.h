// What a build tells EventBridge.
// https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html#sample-build-notifications-ref
#pragma once

#include <string>

#include "base/json.h"
#include "dispatch/event_outbox.h"
#include "services/codebuild/records.h"

namespace thimble::services::codebuild {

/// "CodeBuild Build State Change" of a Build as it is now.
dispatch::Event stateChange(const Place& place, const base::Json& build);
/// "CodeBuild Build Phase Change" of a phase that has ended.
dispatch::Event phaseChange(const Place& place, const base::Json& build, const base::Json& phase);

}  // namespace thimble::services::codebuild
