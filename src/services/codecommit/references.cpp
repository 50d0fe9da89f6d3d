#include "services/codecommit/references.h"

#include <memory>

#include "services/codecommit/events.h"
#include "services/codecommit/git/references.h"
#include "services/codecommit/pull_requests.h"
#include "services/codecommit/repositories.h"
#include "services/codecommit/triggers.h"

namespace thimble::services::codecommit {
namespace {

std::vector<ReferenceChange> compare(store::Transaction& transaction, const std::string& id,
                                     const std::map<std::string, std::string>& actual) {
  std::map<std::string, std::string> known;
  for (auto& entry : kReferences.scan(transaction, {}, id)) {
    store::KeyReader reader(entry.key);
    reader.text();
    reader.text();
    known.emplace(reader.text().value_or(""), entry.record.target());
  }
  std::vector<ReferenceChange> changes;
  for (const auto& [name, target] : actual) {
    const auto before = known.find(name);
    if (before == known.end()) {
      changes.push_back({name, "", target});
    } else if (before->second != target) {
      changes.push_back({name, before->second, target});
    }
  }
  for (const auto& [name, target] : known) {
    if (!actual.contains(name)) changes.push_back({name, target, ""});
  }
  return changes;
}

/// The first branch that is pushed; of several, the one that people usually mean.
std::string chooseDefault(const std::map<std::string, std::string>& actual) {
  std::string first;
  for (const auto& [name, target] : actual) {
    if (!name.starts_with(kBranchPrefix)) continue;
    const std::string branch = name.substr(kBranchPrefix.size());
    if (branch == "main" || branch == "master") return branch;
    if (first.empty()) first = branch;
  }
  return first;
}

}  // namespace

std::vector<ReferenceChange> recordReferences(dispatch::Context& context, rows::RepositoryRecord& repository,
                                              const std::map<std::string, std::string>& actual,
                                              const std::string& caller_arn) {
  store::Transaction& transaction = context.transaction();
  std::vector<ReferenceChange> changes = compare(transaction, repository.id(), actual);
  if (changes.empty()) return changes;
  for (const ReferenceChange& change : changes) {
    if (change.new_target.empty()) {
      kReferences.erase(transaction, repository.id(), change.name);
    } else {
      rows::ReferenceRecord record;
      record.set_target(change.new_target);
      kReferences.put(transaction, record, repository.id(), change.name);
    }
    tellOfReference(context, repository, change, caller_arn);
  }
  for (const ReferenceChange& change : changes) followReference(context, repository, change, caller_arn);
  fireTriggers(context, repository, changes, caller_arn);
  if (repository.default_branch().empty()) repository.set_default_branch(chooseDefault(actual));
  repository.set_modified(context.now().milliseconds);
  saveRepository(transaction, repository);
  return changes;
}

void recordAndFollow(World& world, const std::string& repository_id, const dispatch::Call& caller,
                     std::function<void(bool)> done, AlsoWrite also) {
  auto context = std::make_shared<dispatch::AsyncContext>(world.environment, *world.kernel, *world.doorway, caller);
  const std::string caller_arn = caller.identity.arn;
  // The branch that HEAD is to name, when it has changed.
  context->transact<std::string>(
      [&world, repository_id, caller_arn,
       also = std::move(also)](dispatch::Context& each) -> base::Result<std::string> {
        auto repository = findById(each.transaction(), repository_id);
        if (!repository) return std::string();
        const std::string before = repository->default_branch();
        try {
          if (!world.folders.exists(repository_id)) return std::string();
          recordReferences(each, *repository, git::readReferences(world.folders.path(repository_id)), caller_arn);
        } catch (const std::exception& failure) {
          return base::ApiError{"InternalFailure", failure.what(), 500};
        }
        if (also) also(each);
        return repository->default_branch() == before ? std::string() : repository->default_branch();
      },
      [&world, repository_id, done = std::move(done)](base::Result<std::string> head) {
        if (!head.ok() || head->empty()) return done(head.ok());
        // Not on the committing thread: this writes a file.
        world.environment.executor.post([&world, repository_id, head = *head, done] {
          world.folders.setHead(repository_id, head);
          done(true);
        });
      });
}

std::optional<std::string> branchTarget(store::Transaction& transaction, const std::string& repository_id,
                                        const std::string& branch) {
  const auto record = kReferences.get(transaction, repository_id, std::string(kBranchPrefix) + branch);
  return record ? std::optional<std::string>(record->target()) : std::nullopt;
}

}  // namespace thimble::services::codecommit
