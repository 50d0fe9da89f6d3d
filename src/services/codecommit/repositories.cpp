#include "services/codecommit/repositories.h"

#include <algorithm>

namespace thimble::services::codecommit {

base::Result<void> checkRepositoryName(const std::string& name) {
  if (name.empty()) return repositoryNameRequired();
  const bool characters = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
  if (!characters || name.size() > 100 || name.ends_with(".git") || name == "." || name == "..") {
    return invalidRepositoryName();
  }
  return {};
}

base::Result<rows::RepositoryRecord> findRepository(dispatch::Context& context, const std::string& name) {
  return findRepository(context.transaction(), context.call(), name);
}

base::Result<rows::RepositoryRecord> findRepository(store::Transaction& transaction, const dispatch::Call& call,
                                                    const std::string& name) {
  TRY(checkRepositoryName(name));
  auto record = kRepositories.get(transaction, call.account, call.region, name);
  if (!record) return repositoryDoesNotExist(name);
  return *std::move(record);
}

std::optional<rows::RepositoryRecord> findById(store::Transaction& transaction, const std::string& id) {
  const auto place = kIds.get(transaction, id);
  if (!place) return std::nullopt;
  return kRepositories.get(transaction, place->account(), place->region(), place->name());
}

void saveRepository(store::Transaction& transaction, const rows::RepositoryRecord& record) {
  kRepositories.put(transaction, record, record.account(), record.region(), record.name());
  kNames.put(transaction, rows::NameRecord(), record.account(), record.name(), record.region());
  rows::IdRecord place;
  place.set_account(record.account());
  place.set_region(record.region());
  place.set_name(record.name());
  kIds.put(transaction, place, record.id());
}

std::string arnOf(const std::string& region, const std::string& account, const std::string& name) {
  return "arn:aws:codecommit:" + region + ":" + account + ":" + name;
}

std::string arnOf(const rows::RepositoryRecord& record) {
  return arnOf(record.region(), record.account(), record.name());
}

std::vector<std::string> regionsOf(store::Transaction& transaction, const std::string& account,
                                   const std::string& name) {
  std::vector<std::string> out;
  for (const auto& entry : kNames.scan(transaction, {}, account, name)) {
    store::KeyReader reader(entry.key);
    for (int part = 0; part < 3; ++part) reader.text();
    out.push_back(reader.text().value_or(""));
  }
  return out;
}

}  // namespace thimble::services::codecommit
