// Change sets as rows, and the parts of answers that stacks and change sets share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "dispatch/context.h"
#include "services/cloudformation/stacks.h"
#include "wire/shapes/cloudformation.h"

namespace thimble::services::cloudformation {

/// By id, or by name with the stack's name or id. ChangeSetNotFound when there is none.
base::Result<rows::ChangeSetRecord> findChangeSet(dispatch::Context& context, const std::string& name_or_id,
                                                  const std::optional<std::string>& stack_name);

/// Parameters as they are shown, ascending by key; values that are not to be echoed as "****". None when there are
/// none.
std::optional<std::vector<shapes::cloudformation::Parameter>> shownParameters(const rows::StackInput& input);
std::vector<shapes::cloudformation::Tag> shownTags(const rows::StackInput& input);

}  // namespace thimble::services::cloudformation
