// How a handler makes a call of another service as part of its own transaction, where the doorway is not at hand.
#pragma once

#include <functional>

#include "dispatch/call.h"
#include "store/store.h"

namespace thimble::dispatch {

/// Doorway::callWithin, bound by app. Only for operations that are transactional.
using CallWithin = std::function<CallOutcome(store::Transaction&, Call)>;

}  // namespace thimble::dispatch
