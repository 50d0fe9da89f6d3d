// Parameters whose values are names in Parameter Store: AWS::SSM::Parameter::Value<...>.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "dispatch/context.h"
#include "wire/shapes/cloudformation.h"

namespace thimble::services::cloudformation {

using GivenParameters = std::optional<std::vector<shapes::cloudformation::Parameter>>;

/// Gives the request's parameters to `done` with a ResolvedValue on each that the template declares as stored, read
/// from Parameter Store as the caller. `body`: the template; without one, the stack's own. What cannot be made sense of
/// here is left to the checks that follow. Errors: ValidationError for a name that is not there or whose value is a
/// secret.
void fetchStoredParameters(const std::shared_ptr<dispatch::AsyncContext>& context, const std::string& stack_name,
                           const std::optional<std::string>& body, const GivenParameters& given,
                           std::function<void(base::Result<GivenParameters>)> done);

}  // namespace thimble::services::cloudformation
