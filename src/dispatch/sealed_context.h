// A handler's context with the means to keep values that are not to lie in rows as they are.
#pragma once

#include <utility>

#include "dispatch/context.h"
#include "dispatch/registry.h"
#include "platform/sealer.h"

namespace thimble::dispatch {

class SealedContext : public Context {
 public:
  SealedContext(const Context& context, platform::Sealer& sealer) : Context(context), sealer_(sealer) {}
  platform::Sealer& sealer() const { return sealer_; }

 private:
  platform::Sealer& sealer_;
};

/// As Registry::add, for a handler that takes a SealedContext. `sealer` is borrowed.
template <class Op, class Handler>
void addSealed(Registry& registry, platform::Sealer& sealer, Handler handler) {
  registry.add<Op>([handler = std::move(handler), &sealer](Context& context, const typename Op::Input& input) {
    SealedContext sealed(context, sealer);
    return handler(sealed, input);
  });
}

}  // namespace thimble::dispatch
