// What a requested stack would change in the one that is there.
#pragma once

#include "services/cloudformation/change_set_diff.h"
#include "services/cloudformation/template_request.h"

namespace thimble::services::cloudformation {

struct StackChanges {
  Diff diff;
  bool any = false;  ///< Resources, outputs, tags, notifications or the role differ.
};

StackChanges changesOf(store::Transaction& transaction, const rows::StackRecord& stack,
                       const RequestedStack& requested);

}  // namespace thimble::services::cloudformation
