// What a handler of an operation is given.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "dispatch/authorization.h"
#include "dispatch/call.h"
#include "dispatch/process.h"
#include "platform/clock.h"
#include "platform/executor.h"
#include "platform/random.h"
#include "store/blob_store.h"
#include "store/store.h"

namespace thimble::dispatch {

class Doorway;

/// The world that handlers and processes live in; one a server, outliving both.
struct Environment {
  store::Store& store;
  store::BlobStore& blobs;
  platform::Clock& clock;
  platform::Random& random;
  platform::Executor& executor;
  Authorizer& authorizer;
};

/// For an operation that reads and writes rows: all of it in one transaction, which the doorway commits before the
/// answer leaves. The handler may run twice when the commit conflicts, so it has no effects outside of the transaction.
class Context {
 public:
  Context(const Environment& environment, Kernel& kernel, store::Transaction& transaction, const Call& call)
      : environment_(environment), kernel_(kernel), transaction_(transaction), call_(call) {}

  store::Transaction& transaction() { return transaction_; }
  const Call& call() const { return call_; }
  const std::string& account() const { return call_.account; }
  const std::string& region() const { return call_.region; }
  base::Timestamp now() const { return environment_.clock.now(); }
  platform::Random& random() { return environment_.random; }
  const Environment& environment() const { return environment_; }

  /// Starts or signals a durable process: its decision is part of this transaction.
  void start(const ProcessReference& process, const base::Json& payload);
  void signal(const ProcessReference& process, const base::Json& payload);

  /// Asks whether the caller may do one more thing, where only the handler knows the resource.
  base::Result<void> authorise(std::string_view action, std::string_view resource,
                               const ConditionValues& conditions = {}) {
    return environment_.authorizer.authorise(transaction_, call_, action, resource, conditions);
  }

 private:
  const Environment& environment_;
  Kernel& kernel_;
  store::Transaction& transaction_;
  const Call& call_;
};

/// For an operation that waits for something or has effects outside of the store. It lives until the answer is given.
/// A task whose call is asynchronous is not run again after a crash (its process gets WorkerLost).
class AsyncContext : public std::enable_shared_from_this<AsyncContext> {
 public:
  AsyncContext(const Environment& environment, Kernel& kernel, Doorway& doorway, Call call)
      : environment_(environment), kernel_(kernel), doorway_(doorway), call_(std::move(call)) {}

  const Call& call() const { return call_; }
  const std::string& account() const { return call_.account; }
  const std::string& region() const { return call_.region; }
  base::Timestamp now() const { return environment_.clock.now(); }
  platform::Random& random() { return environment_.random; }
  const Environment& environment() const { return environment_; }
  Kernel& kernel() { return kernel_; }
  Doorway& doorway() { return doorway_; }

  /// Runs `work` in a transaction (again on conflict, on any thread) and gives its result to `done` once that is
  /// durable. An error result commits nothing. T: anything movable.
  template <class T>
  void transact(std::function<base::Result<T>(Context&)> work, std::function<void(base::Result<T>)> done);

 private:
  const Environment& environment_;
  Kernel& kernel_;
  Doorway& doorway_;
  Call call_;
};

/// An API error when the store cannot commit: 503 for a full disk, 500 when it takes no writes any more.
base::ApiError storeUnavailable(store::CommitOutcome outcome);

template <class T>
void AsyncContext::transact(std::function<base::Result<T>(Context&)> work, std::function<void(base::Result<T>)> done) {
  auto self = shared_from_this();
  auto transaction = std::make_unique<store::Transaction>(environment_.store.begin());
  Context context(environment_, kernel_, *transaction, call_);
  auto result = std::make_shared<base::Result<T>>(work(context));
  if (!result->ok()) {
    done(std::move(*result));
    return;
  }
  environment_.store.commit(std::move(*transaction), [self, result, work = std::move(work),
                                                      done = std::move(done)](store::CommitOutcome outcome) mutable {
    if (outcome == store::CommitOutcome::Committed) {
      done(std::move(*result));
    } else if (outcome == store::CommitOutcome::Conflict) {
      auto& executor = self->environment_.executor;
      executor.post([self, work = std::move(work), done = std::move(done)]() mutable {
        self->transact<T>(std::move(work), std::move(done));
      });
    } else {
      done(storeUnavailable(outcome));
    }
  });
}

}  // namespace thimble::dispatch
