#include "dispatch/doorway.h"

#include <chrono>
#include <memory>

#include "dispatch/kernel.h"
#include "wire/shapes/constraints.h"

namespace thimble::dispatch {
namespace {

std::int64_t monotonicMicroseconds() {
  using std::chrono::duration_cast, std::chrono::microseconds, std::chrono::steady_clock;
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Doorway::Doorway(const Environment& environment, const Registry& registry, Kernel& kernel)
    : environment_(environment), registry_(registry), kernel_(kernel) {}

bool Doorway::isTransactional(std::string_view service, std::string_view operation) const {
  const Registry::Entry* entry = registry_.find(service, operation);
  return entry != nullptr && entry->transactional != nullptr;
}

base::Result<const Registry::Entry*> Doorway::find(const Call& call) const {
  if (const Registry::Entry* entry = registry_.find(call.service, call.operation)) return entry;
  const shapes::Service* service = shapes::findService(call.service);
  if (service != nullptr && service->findOperation(call.operation) != nullptr) {
    return base::ApiError{"NotImplemented",
                          "Thimble does not implement the operation " + call.operation + " of " +
                              std::string(service->full_name) + " yet.",
                          501};
  }
  if (service == nullptr && shapes::findServiceName(call.service) != nullptr) {
    return base::ApiError{"NotImplemented",
                          "Thimble does not implement the service " +
                              std::string(shapes::findServiceName(call.service)->full_name) + " yet.",
                          501};
  }
  return base::ApiError{"UnknownOperationException", "The operation " + call.operation + " is not known.", 404};
}

base::Result<void> Doorway::admit(store::Transaction& transaction, Call& call, const Registry::Entry& entry) const {
  if (call.role) {
    if (call.role->source_arn.empty()) call.role->source_arn = call.source_arn;
    TRY_ASSIGN(call.identity, environment_.authorizer.assume(transaction, *call.role));
    call.role.reset();
  }
  if (call.account.empty()) call.account = call.identity.account;
  if (entry.operation == nullptr) return {};
  TRY(shapes::validate(*entry.operation, call.input));
  return environment_.authorizer.authorise(transaction, call, *entry.operation);
}

CallOutcome Doorway::callWithin(store::Transaction& transaction, Call call) {
  TRY_ASSIGN(const Registry::Entry* entry, find(call));
  if (call.request_id.empty()) call.request_id = environment_.random.uuid();
  const std::int64_t began = monotonicMicroseconds();
  auto savepoint = transaction.savepoint();
  CallOutcome outcome = [&]() -> CallOutcome {
    TRY(admit(transaction, call, *entry));
    Context context(environment_, kernel_, transaction, call);
    return entry->transactional(context, call.input);
  }();
  if (!outcome.ok()) transaction.rollbackTo(std::move(savepoint));
  if (observer_) observer_(call, outcome, monotonicMicroseconds() - began);
  return outcome;
}

void Doorway::call(Call call, CallDone done) {
  if (call.request_id.empty()) call.request_id = environment_.random.uuid();
  auto shared = std::make_shared<Call>(std::move(call));
  if (observer_) {
    const std::int64_t began = monotonicMicroseconds();
    done = [this, shared, began, done = std::move(done)](CallOutcome outcome) {
      observer_(*shared, outcome, monotonicMicroseconds() - began);
      done(std::move(outcome));
    };
  }
  auto entry = find(*shared);
  if (entry.ok() && (*entry)->delay && !shared->source_ip.empty()) {
    done = [this, shared, &delay = (*entry)->delay, done = std::move(done)](CallOutcome outcome) {
      if (!outcome.ok()) return done(std::move(outcome));
      const auto held = std::make_shared<CallOutcome>(std::move(outcome));
      delay(environment_, kernel_, *shared, **held, [held, done] { done(std::move(*held)); });
    };
  }
  if (!entry.ok()) {
    done(std::move(entry).error());
  } else if ((*entry)->transactional) {
    runTransactional(std::move(shared), **entry, std::move(done));
  } else {
    runAsynchronous(std::move(shared), **entry, std::move(done));
  }
}

void Doorway::runTransactional(std::shared_ptr<Call> call, const Registry::Entry& entry, CallDone done) {
  store::Transaction transaction = environment_.store.begin();
  std::optional<RoleToAssume> role = call->role;
  auto outcome = std::make_shared<CallOutcome>([&]() -> CallOutcome {
    TRY(admit(transaction, *call, entry));
    Context context(environment_, kernel_, transaction, *call);
    return entry.transactional(context, call->input);
  }());
  if (!outcome->ok() || !transaction.hasWrites()) {
    done(std::move(*outcome));
    return;
  }
  environment_.store.commit(
      std::move(transaction), [this, call = std::move(call), role = std::move(role), &entry, outcome,
                               done = std::move(done)](store::CommitOutcome commit) mutable {
        if (commit == store::CommitOutcome::Committed) {
          done(std::move(*outcome));
        } else if (commit == store::CommitOutcome::Conflict) {
          call->role = std::move(role);  // Assumed anew: what it may do can be what changed.
          environment_.executor.post([this, call = std::move(call), &entry, done = std::move(done)]() mutable {
            runTransactional(std::move(call), entry, std::move(done));
          });
        } else {
          done(storeUnavailable(commit));
        }
      });
}

void Doorway::runAsynchronous(std::shared_ptr<Call> call, const Registry::Entry& entry, CallDone done) {
  store::Transaction transaction = environment_.store.begin();
  if (auto admitted = admit(transaction, *call, entry); !admitted.ok()) {
    done(std::move(admitted).error());
    return;
  }
  entry.asynchronous(std::make_shared<AsyncContext>(environment_, kernel_, *this, *call), std::move(done));
}

}  // namespace thimble::dispatch
