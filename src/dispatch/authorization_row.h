// The templates of an operation's row in operations.json, filled in from a call.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dispatch/call.h"

namespace thimble::dispatch {

/// Fills in {member} (a path such as {pipeline.roleArn} too), {Region} and {Account}. A member that is a list, or in
/// one ({Targets.RoleArn}), gives one text an element. One that is absent or empty gives "*". When the
/// first of them is an ARN itself, it takes the place of what stands before it and of a "/*" that ends the template, so
/// that a name and an ARN of the same thing give the same resource.
std::vector<std::string> fillTemplate(std::string_view text, const Call& call);

/// As fillTemplate, but nothing where a member is absent: for condition keys and roles that are optional.
std::vector<std::string> fillTemplateIfPresent(std::string_view text, const Call& call);

}  // namespace thimble::dispatch
