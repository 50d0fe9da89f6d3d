// Action types of partners (owner ThirdParty), as their owner declares them.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "store/store.h"

namespace thimble::services::codepipeline {

/// As an ActionType, the form in which ListActionTypes shows it; null when there is none of that id.
base::Json findPartnerActionType(store::Transaction& transaction, const std::string& account, const std::string& region,
                                 const base::Json& id);
std::vector<base::Json> listPartnerActionTypes(store::Transaction& transaction, const std::string& account,
                                               const std::string& region);

}  // namespace thimble::services::codepipeline
