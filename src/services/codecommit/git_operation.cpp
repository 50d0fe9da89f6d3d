#include "services/codecommit/git_operation.h"

namespace thimble::services::codecommit {
namespace {

base::ApiError notRecorded() {
  return {"ServiceUnavailable", "The change cannot be recorded.", 503};
}

}  // namespace

void changeUnderLock(World& world, const dispatch::Call& call, const std::string& repository_id,
                     std::function<base::Result<AlsoWrite>(const rows::RepositoryRecord&)> work,
                     std::function<void(std::optional<base::ApiError>)> done) {
  world.locks.acquire(repository_id, [&world, call, repository_id, work = std::move(work),
                                      done = std::move(done)](const Locks::Guard& guard) {
    recordAndFollow(world, repository_id, call, [&world, call, repository_id, work, done, guard](bool healed) {
      if (!healed) return done(notRecorded());
      world.environment.executor.post([&world, call, repository_id, work, done, guard] {
        base::Result<AlsoWrite> also = base::ApiError{};
        try {
          store::Transaction transaction = world.environment.store.begin();
          const auto record = findById(transaction, repository_id);
          if (!record) return done(repositoryDoesNotExist("The repository"));
          world.folders.ensure(repository_id, record->default_branch());
          also = work(*record);
        } catch (const std::exception& failure) {
          also = internalFailure(failure);
        }
        if (!also.ok()) return done(std::move(also).error());
        recordAndFollow(
            world, repository_id, call,
            [done, guard](bool recorded) {
              done(recorded ? std::nullopt : std::optional<base::ApiError>(notRecorded()));
            },
            *std::move(also));
      });
    });
  });
}

}  // namespace thimble::services::codecommit
