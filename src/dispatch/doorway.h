// The one doorway: every call, from outside or inside, is identified, checked, authorised, made and recorded here.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "dispatch/call.h"
#include "dispatch/context.h"
#include "dispatch/registry.h"

namespace thimble::dispatch {

/// Told of every call that came through, for metrics and logs. Called on any thread; brief.
using CallObserver = std::function<void(const Call&, const CallOutcome&, std::int64_t microseconds)>;

class Doorway {
 public:
  /// All are borrowed and outlive the doorway.
  Doorway(const Environment& environment, const Registry& registry, Kernel& kernel);

  /// Makes a call. `done` gets the outcome once it is durable, on any thread.
  void call(Call call, CallDone done);

  /// Makes a call inside a transaction of the caller's, who commits it. Only for operations for which isTransactional
  /// holds. An error outcome leaves the transaction's writes as they were.
  CallOutcome callWithin(store::Transaction& transaction, Call call);

  bool isTransactional(std::string_view service, std::string_view operation) const;

  void setObserver(CallObserver observer) { observer_ = std::move(observer); }

  const Registry& registry() const { return registry_; }
  const Environment& environment() const { return environment_; }

 private:
  struct Ready;

  base::Result<const Registry::Entry*> find(const Call& call) const;
  /// Assumes the role when one is named, checks the input's shape, authorises.
  base::Result<void> admit(store::Transaction& transaction, Call& call, const Registry::Entry& entry) const;
  void runTransactional(std::shared_ptr<Call> call, const Registry::Entry& entry, CallDone done);
  void runAsynchronous(std::shared_ptr<Call> call, const Registry::Entry& entry, CallDone done);

  const Environment& environment_;
  const Registry& registry_;
  Kernel& kernel_;
  CallObserver observer_;
};

}  // namespace thimble::dispatch
