// Operations that read or change what git keeps: off the caller's thread, changes one at a time a repository.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "dispatch/registry.h"
#include "services/codecommit/git/repository.h"
#include "services/codecommit/references.h"
#include "services/codecommit/repositories.h"
#include "services/codecommit/world.h"

namespace thimble::services::codecommit {

/// What the work of an operation is given.
struct GitCall {
  World& world;
  const dispatch::Call& call;
  store::Transaction& transaction;  ///< To read rows; it is not committed.

  base::Result<rows::RepositoryRecord> repository(const std::string& name) const {
    return findRepository(transaction, call, name);
  }
  /// Nothing while nothing was ever pushed or written.
  std::optional<git::Repository> open(const rows::RepositoryRecord& record) const {
    if (!world.folders.exists(record.id())) return std::nullopt;
    return std::optional<git::Repository>(world.folders.path(record.id()));
  }
  /// May the caller do this, where only the handler knows the repository? `references`: full names concerned.
  base::Result<void> authorise(std::string_view action, const rows::RepositoryRecord& record,
                               const dispatch::ConditionValues& conditions = {}) const {
    return world.environment.authorizer.authorise(transaction, call, action, arnOf(record), conditions);
  }
};

/// The repository that the member repositoryName names: what most operations find.
template <class Input>
base::Result<rows::RepositoryRecord> byName(const GitCall& call, const Input& input) {
  return call.repository(input.repositoryName_);
}

inline base::ApiError internalFailure(const std::exception& failure) {
  return {"InternalFailure", failure.what(), 500};
}

/// Registers an operation that reads. Work: base::Result<Op::Output>(const GitCall&, const Op::Input&).
template <class Op, class Work>
void addReading(dispatch::Registry& registry, World& world, Work work) {
  registry.addAsynchronous<Op>([&world, work](std::shared_ptr<dispatch::AsyncContext> context, typename Op::Input input,
                                              dispatch::Responder<typename Op::Output> respond) {
    world.environment.executor.post(
        [&world, work, context = std::move(context), input = std::move(input), respond = std::move(respond)] {
          base::Result<typename Op::Output> result = base::ApiError{};
          try {
            store::Transaction transaction = world.environment.store.begin();
            result = work(GitCall{world, context->call(), transaction}, input);
          } catch (const std::exception& failure) {
            result = internalFailure(failure);
          }
          if (!result.ok()) return respond(std::move(result).error());
          respond(dispatch::Reply<typename Op::Output>(*std::move(result)));
        });
  });
}

/// What the work of a change came to.
template <class Output>
struct Changed {
  Output output;
  AlsoWrite also = nullptr;  ///< Rows that belong to the change.
};

/// Under the repository's lock: records what a crash may have left, runs `work`, records what it changed together with
/// what it says to write also, and calls `done` with nothing or the error, once all is durable.
void changeUnderLock(World& world, const dispatch::Call& call, const std::string& repository_id,
                     std::function<base::Result<AlsoWrite>(const rows::RepositoryRecord&)> work,
                     std::function<void(std::optional<base::ApiError>)> done);

/// Registers an operation that changes a repository. `find`: base::Result<rows::RepositoryRecord>(const GitCall&, const
/// Op::Input&) says which; it also authorises where the row leaves that to the handler. `work`:
/// base::Result<Changed<Op::Output>>(const GitCall&, const Op::Input&, const rows::RepositoryRecord&) runs under the
/// repository's lock, with the folder there; what it changed is on disk and recorded before the answer leaves.
template <class Op, class Find, class Work>
void addChange(dispatch::Registry& registry, World& world, Find find, Work work) {
  using Output = typename Op::Output;
  registry.addAsynchronous<Op>([&world, find, work](std::shared_ptr<dispatch::AsyncContext> context,
                                                    typename Op::Input given, dispatch::Responder<Output> respond) {
    auto input = std::make_shared<const typename Op::Input>(std::move(given));
    world.environment.executor.post(
        [&world, find, work, context = std::move(context), input = std::move(input), respond = std::move(respond)] {
          base::Result<rows::RepositoryRecord> record = base::ApiError{};
          try {
            store::Transaction transaction = world.environment.store.begin();
            record = find(GitCall{world, context->call(), transaction}, *input);
          } catch (const std::exception& failure) {
            record = internalFailure(failure);
          }
          if (!record.ok()) return respond(std::move(record).error());
          auto output = std::make_shared<Output>();
          changeUnderLock(
              world, context->call(), record->id(),
              [&world, work, context, input, output](const rows::RepositoryRecord& now) -> base::Result<AlsoWrite> {
                store::Transaction transaction = world.environment.store.begin();
                TRY_ASSIGN(Changed<Output> changed, work(GitCall{world, context->call(), transaction}, *input, now));
                *output = std::move(changed.output);
                return std::move(changed.also);
              },
              [output, respond](std::optional<base::ApiError> error) {
                if (error) return respond(*std::move(error));
                respond(dispatch::Reply<Output>(std::move(*output)));
              });
        });
  });
}

}  // namespace thimble::services::codecommit
