// Repositories as rows: finding one, checking names, showing one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "dispatch/context.h"
#include "dispatch/registry.h"
#include "services/codecommit/errors.h"
#include "services/codecommit/tables.h"
#include "services/codecommit/world.h"
#include "wire/shapes/codecommit.h"

namespace thimble::services::codecommit {

namespace shape = shapes::codecommit;

/// Letters, digits, "_", "-" and ".", 1 to 100, not ending in ".git".
base::Result<void> checkRepositoryName(const std::string& name);

/// The repository of that name in the call's account and region. RepositoryDoesNotExistException, or the name's error.
base::Result<rows::RepositoryRecord> findRepository(dispatch::Context& context, const std::string& name);
base::Result<rows::RepositoryRecord> findRepository(store::Transaction& transaction, const dispatch::Call& call,
                                                    const std::string& name);
/// The one of that id, or nothing.
std::optional<rows::RepositoryRecord> findById(store::Transaction& transaction, const std::string& id);
void saveRepository(store::Transaction& transaction, const rows::RepositoryRecord& record);

/// "arn:aws:codecommit:eu-west-1:111122223333:name".
std::string arnOf(const rows::RepositoryRecord& record);
std::string arnOf(const std::string& region, const std::string& account, const std::string& name);

/// Where a name's repository is: the account's regions that have one.
std::vector<std::string> regionsOf(store::Transaction& transaction, const std::string& account,
                                   const std::string& name);

}  // namespace thimble::services::codecommit
