#include "services/codecommit/torn_pushes.h"

#include "services/codecommit/git/references.h"
#include "services/codecommit/git/write.h"
#include "services/codecommit/tables.h"

namespace thimble::services::codecommit {

void finishTornPushes(World& world, const std::string& repository_id) {
  store::Transaction reading = world.environment.store.begin();
  const auto pending = kPendingPushes.get(reading, repository_id);
  if (!pending) return;
  if (!world.folders.exists(repository_id)) return;
  const std::string folder = world.folders.path(repository_id);
  // 1. Which of them has git done?
  auto actual = git::readReferences(folder);
  const auto targetOf = [&](const rows::PendingReference& each) {
    const auto found = actual.find(each.name());
    return found == actual.end() ? std::string() : found->second;
  };
  bool begun = false;
  for (const auto& each : pending->references()) begun = begun || targetOf(each) == each.new_target();
  const git::Repository git(folder);
  for (const auto& each : pending->references()) {
    begun = begun && (each.new_target().empty() || git::exists(git, each.new_target()));
  }
  // 2. The others follow; one that is neither old nor new has been changed by somebody since.
  std::vector<std::string> names;
  for (const auto& each : pending->references()) {
    if (!begun || targetOf(each) != each.old_target() || each.old_target() == each.new_target()) continue;
    names.push_back(each.name());
    if (each.new_target().empty()) {
      git::deleteReference(git, each.name());
    } else {
      git::setReference(git, each.name(), each.new_target(), each.old_target());
    }
  }
  if (!names.empty()) world.folders.syncFolders(repository_id, names);
  world.environment.store.transact(
      [&](store::Transaction& transaction) { kPendingPushes.erase(transaction, repository_id); });
}

}  // namespace thimble::services::codecommit
