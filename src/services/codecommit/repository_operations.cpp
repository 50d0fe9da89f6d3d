// Creating, finding, changing and deleting repositories.
// https://docs.aws.amazon.com/codecommit/latest/APIReference/API_CreateRepository.html and its neighbours.
#include <algorithm>

#include "base/encoding.h"
#include "services/codecommit/operations.h"
#include "services/codecommit/pull_requests.h"
#include "services/codecommit/references.h"
#include "services/codecommit/repositories.h"
#include "services/codecommit/tags.h"

namespace thimble::services::codecommit {
namespace {

constexpr std::size_t kMaxDescription = 1000;
constexpr std::size_t kPage = 1000;

shape::RepositoryMetadata describe(const World& world, const rows::RepositoryRecord& record) {
  shape::RepositoryMetadata out;
  out.accountId_ = record.account();
  out.repositoryId_ = record.id();
  out.repositoryName_ = record.name();
  if (!record.description().empty()) out.repositoryDescription_ = record.description();
  if (!record.default_branch().empty()) out.defaultBranch_ = record.default_branch();
  out.lastModifiedDate_ = base::Timestamp{record.modified()};
  out.creationDate_ = base::Timestamp{record.created()};
  out.cloneUrlHttp_ = world.settings.endpoint() + "/v1/repos/" + record.name();
  out.cloneUrlSsh_ = "ssh://git-codecommit." + record.region() + ".amazonaws.com/v1/repos/" + record.name();
  out.Arn_ = arnOf(record);
  if (!record.kms_key().empty()) out.kmsKeyId_ = record.kms_key();
  return out;
}

base::Result<void> checkDescription(const std::string& description) {
  if (description.size() <= kMaxDescription) return {};
  return makeError("InvalidRepositoryDescriptionException",
                   "The repository description is not valid. It can be at most 1000 characters");
}

base::Result<shape::CreateRepositoryOutput> create(const World& world, dispatch::Context& context,
                                                   const shape::CreateRepositoryInput& input) {
  TRY(checkRepositoryName(input.repositoryName_));
  TRY(checkDescription(input.repositoryDescription_.value_or("")));
  if (kRepositories.has(context.transaction(), context.account(), context.region(), input.repositoryName_)) {
    return repositoryNameExists(input.repositoryName_);
  }
  rows::RepositoryRecord record;
  record.set_id(context.random().uuid());
  record.set_name(input.repositoryName_);
  record.set_account(context.account());
  record.set_region(context.region());
  record.set_description(input.repositoryDescription_.value_or(""));
  record.set_created(context.now().milliseconds);
  record.set_modified(context.now().milliseconds);
  record.set_kms_key(input.kmsKeyId_.value_or(""));
  if (input.tags_) TRY(addTags(*record.mutable_tags(), *input.tags_));
  // The folder is made by the first who needs it, so that this is one transaction.
  saveRepository(context.transaction(), record);
  shape::CreateRepositoryOutput output;
  output.repositoryMetadata_ = describe(world, record);
  return output;
}

base::Result<shape::GetRepositoryOutput> get(const World& world, dispatch::Context& context,
                                             const shape::GetRepositoryInput& input) {
  TRY_ASSIGN(const auto record, findRepository(context, input.repositoryName_));
  shape::GetRepositoryOutput output;
  output.repositoryMetadata_ = describe(world, record);
  return output;
}

base::Result<shape::BatchGetRepositoriesOutput> batchGet(const World& world, dispatch::Context& context,
                                                         const shape::BatchGetRepositoriesInput& input) {
  if (input.repositoryNames_.empty()) {
    return makeError("RepositoryNamesRequiredException", "A list of repository names is required");
  }
  if (input.repositoryNames_.size() > 100) {
    return makeError("MaximumRepositoryNamesExceededException", "The maximum number of repository names is 100");
  }
  shape::BatchGetRepositoriesOutput output;
  output.repositories_.emplace();
  output.repositoriesNotFound_.emplace();
  for (const std::string& name : input.repositoryNames_) {
    TRY(checkRepositoryName(name));
    const auto record = kRepositories.get(context.transaction(), context.account(), context.region(), name);
    if (record) {
      output.repositories_->push_back(describe(world, *record));
    } else {
      output.repositoriesNotFound_->push_back(name);
    }
  }
  return output;
}

base::Result<shape::ListRepositoriesOutput> list(dispatch::Context& context,
                                                 const shape::ListRepositoriesInput& input) {
  std::vector<rows::RepositoryRecord> records;
  for (auto& entry : kRepositories.scan(context.transaction(), {}, context.account(), context.region())) {
    records.push_back(std::move(entry.record));
  }
  if (input.sortBy_ == "lastModifiedDate") {
    std::stable_sort(records.begin(), records.end(),
                     [](const auto& a, const auto& b) { return a.modified() < b.modified(); });
  }
  if (input.order_ == "descending") std::reverse(records.begin(), records.end());
  // The token is how many were given: an order by date has no key to go on from.
  std::size_t begin = 0;
  if (input.nextToken_) {
    const auto text = base::decodeBase64(*input.nextToken_);
    if (!text || text->empty() || text->size() > 9 || text->find_first_not_of("0123456789") != std::string::npos) {
      return invalidContinuationToken();
    }
    begin = std::min(records.size(), static_cast<std::size_t>(std::stoul(*text)));
  }
  shape::ListRepositoriesOutput output;
  output.repositories_.emplace();
  const std::size_t end = std::min(records.size(), begin + kPage);
  for (std::size_t i = begin; i < end; ++i) {
    shape::RepositoryNameIdPair pair;
    pair.repositoryName_ = records[i].name();
    pair.repositoryId_ = records[i].id();
    output.repositories_->push_back(std::move(pair));
  }
  if (end < records.size()) output.nextToken_ = base::encodeBase64(std::to_string(end));
  return output;
}

base::Result<shape::DeleteRepositoryOutput> remove(World& world, dispatch::Context& context,
                                                   const shape::DeleteRepositoryInput& input) {
  TRY(checkRepositoryName(input.repositoryName_));
  store::Transaction& transaction = context.transaction();
  shape::DeleteRepositoryOutput output;
  const auto record = kRepositories.get(transaction, context.account(), context.region(), input.repositoryName_);
  if (!record) return output;  // Deleting what is not there is fine on AWS, too.
  output.repositoryId_ = record->id();
  for (const auto& entry : kReferences.scan(transaction, {}, record->id())) transaction.erase(entry.key);
  kRepositories.erase(transaction, record->account(), record->region(), record->name());
  kNames.erase(transaction, record->account(), record->name(), record->region());
  kIds.erase(transaction, record->id());
  dropTemplateLinks(transaction, record->id());
  // Once no row names it, and after whoever works in it; a crash in between leaves it to the sweep at the next start.
  transaction.onCommitted([&world, id = record->id()] {
    world.locks.acquire(id, [&world, id](const Locks::Guard&) { world.folders.remove(id); });
  });
  return output;
}

base::Result<shape::UpdateRepositoryDescription::Output> updateDescription(
    dispatch::Context& context, const shape::UpdateRepositoryDescriptionInput& input) {
  TRY_ASSIGN(auto record, findRepository(context, input.repositoryName_));
  TRY(checkDescription(input.repositoryDescription_.value_or("")));
  record.set_description(input.repositoryDescription_.value_or(""));
  record.set_modified(context.now().milliseconds);
  saveRepository(context.transaction(), record);
  return shape::UpdateRepositoryDescription::Output{};
}

base::Result<shape::UpdateRepositoryName::Output> rename(dispatch::Context& context,
                                                         const shape::UpdateRepositoryNameInput& input) {
  TRY_ASSIGN(auto record, findRepository(context, input.oldName_));
  TRY(checkRepositoryName(input.newName_));
  store::Transaction& transaction = context.transaction();
  if (kRepositories.has(transaction, context.account(), context.region(), input.newName_)) {
    return repositoryNameExists(input.newName_);
  }
  kRepositories.erase(transaction, record.account(), record.region(), record.name());
  kNames.erase(transaction, record.account(), record.name(), record.region());
  record.set_name(input.newName_);
  record.set_modified(context.now().milliseconds);
  saveRepository(transaction, record);
  return shape::UpdateRepositoryName::Output{};
}

base::Result<shape::UpdateRepositoryEncryptionKeyOutput> updateKey(
    dispatch::Context& context, const shape::UpdateRepositoryEncryptionKeyInput& input) {
  if (input.kmsKeyId_.empty()) {
    return makeError("EncryptionKeyRequiredException", "A KMS encryption key ID is required");
  }
  TRY_ASSIGN(auto record, findRepository(context, input.repositoryName_));
  shape::UpdateRepositoryEncryptionKeyOutput output;
  output.repositoryId_ = record.id();
  output.kmsKeyId_ = input.kmsKeyId_;
  if (!record.kms_key().empty()) output.originalKmsKeyId_ = record.kms_key();
  record.set_kms_key(input.kmsKeyId_);
  record.set_modified(context.now().milliseconds);
  saveRepository(context.transaction(), record);
  return output;
}

}  // namespace

void registerRepositoryOperations(dispatch::Registry& registry, World& world) {
  registry.add<shape::CreateRepository>(
      [&world](dispatch::Context& context, const shape::CreateRepositoryInput& input) {
        return create(world, context, input);
      });
  registry.add<shape::GetRepository>([&world](dispatch::Context& context, const shape::GetRepositoryInput& input) {
    return get(world, context, input);
  });
  registry.add<shape::BatchGetRepositories>(
      [&world](dispatch::Context& context, const shape::BatchGetRepositoriesInput& input) {
        return batchGet(world, context, input);
      });
  registry.add<shape::ListRepositories>(list);
  registry.add<shape::DeleteRepository>(
      [&world](dispatch::Context& context, const shape::DeleteRepositoryInput& input) {
        return remove(world, context, input);
      });
  registry.add<shape::UpdateRepositoryDescription>(updateDescription);
  registry.add<shape::UpdateRepositoryName>(rename);
  registry.add<shape::UpdateRepositoryEncryptionKey>(updateKey);
}

}  // namespace thimble::services::codecommit
