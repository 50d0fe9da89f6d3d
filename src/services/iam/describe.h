// Rows as the API shows them.
#pragma once

#include <string>

#include "dispatch/context.h"
#include "services/iam/rows.h"
#include "wire/shapes/iam.h"

namespace thimble::services::iam {

/// How much of an entity an operation shows: Get shows all, List leaves out tags and boundary, a creation what was
/// given.
enum class View { Created, Full, Listed };

shapes::iam::User describe(const std::string& account, const rows::UserRecord& user, View view);
shapes::iam::Group describe(const std::string& account, const rows::GroupRecord& group);
shapes::iam::Role describe(const std::string& account, const rows::RoleRecord& role, View view);

}  // namespace thimble::services::iam
