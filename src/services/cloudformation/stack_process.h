// A stack's operation as a durable process: creating, updating, deleting and rolling back.
//
// An operation goes through phases; a phase is a set of works, one a resource, that wait for each other by dependency
// and run side by side. A work runs the recipe of its resource's type (resources/recipe.h), each call a task of the
// kernel made as the stack's role or its caller. Names are decided, and stored, before the call that uses them.
#pragma once

#include "dispatch/process.h"

namespace thimble::services::cloudformation {

class StackProcess final : public dispatch::ProcessKind {
 public:
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;
};

}  // namespace thimble::services::cloudformation
