// Types of actions: AWS's own (action_types.json) and the account's custom ones and partners'.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "store/store.h"

namespace thimble::services::codepipeline {

/// AWS's own, and GitHub's, which AWS has made; as ListActionTypes shows them.
const base::Json& awsActionTypes();
/// The ActionType of an id; null when there is none.
base::Json findActionType(store::Transaction& transaction, const std::string& account, const std::string& region,
                          const base::Json& id);

}  // namespace thimble::services::codepipeline
