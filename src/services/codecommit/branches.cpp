// Branches.
// https://docs.aws.amazon.com/codecommit/latest/APIReference/API_GetBranch.html and its neighbours.
#include "base/encoding.h"
#include "services/codecommit/commit_values.h"
#include "services/codecommit/git/write.h"
#include "services/codecommit/git_operation.h"
#include "services/codecommit/operations.h"

namespace thimble::services::codecommit {
namespace {

constexpr std::size_t kPage = 1000;

base::Result<shape::GetBranchOutput> get(dispatch::Context& context, const shape::GetBranchInput& input) {
  TRY_ASSIGN(const auto repository, findRepository(context, input.repositoryName_.value_or("")));
  const std::string name = input.branchName_.value_or("");
  if (name.empty()) return branchNameRequired();
  const auto target = branchTarget(context.transaction(), repository.id(), name);
  if (!target) return branchDoesNotExist(name);
  shape::GetBranchOutput output;
  output.branch_.emplace();
  output.branch_->branchName_ = name;
  output.branch_->commitId_ = *target;
  return output;
}

base::Result<shape::ListBranchesOutput> list(dispatch::Context& context, const shape::ListBranchesInput& input) {
  TRY_ASSIGN(const auto repository, findRepository(context, input.repositoryName_));
  std::string after;
  if (input.nextToken_) {
    const auto name = base::decodeBase64(*input.nextToken_);
    if (!name || !name->starts_with(kBranchPrefix)) return invalidContinuationToken();
    after = kReferences.key(repository.id(), *name).bytes();
  }
  store::Key prefix = kReferences.key(repository.id());
  prefix.addTextPrefix(kBranchPrefix);
  store::Range range = kReferences.prefixRange(prefix.bytes());
  if (!after.empty()) range.begin = after + std::string(1, '\0');
  shape::ListBranchesOutput output;
  output.branches_.emplace();
  std::string last;
  for (const auto& entry : kReferences.scanRange(context.transaction(), range, {.limit = kPage + 1})) {
    if (output.branches_->size() == kPage) {
      output.nextToken_ = base::encodeBase64(last);
      break;
    }
    store::KeyReader reader(entry.key);
    reader.text();
    reader.text();
    last = reader.text().value_or("");
    output.branches_->push_back(last.substr(kBranchPrefix.size()));
  }
  return output;
}

base::Result<Changed<shape::CreateBranch::Output>> create(const GitCall& call, const shape::CreateBranchInput& input,
                                                          const rows::RepositoryRecord& record) {
  TRY(checkBranchName(input.branchName_));
  if (input.commitId_.empty()) return commitIdRequired();
  git_oid ignored;
  if (!git::parseId(input.commitId_, ignored)) return invalidCommitId(input.commitId_);
  const git::Repository git(call.world.folders.path(record.id()));
  const git::CommitHandle commit = git.commit(input.commitId_);
  if (!commit) return commitDoesNotExist(input.commitId_);
  const std::string reference = std::string(kBranchPrefix) + input.branchName_;
  if (branchTarget(call.transaction, record.id(), input.branchName_)) return branchNameExists(input.branchName_);
  if (!git::setReference(git, reference, git::toHex(*git_commit_id(commit.get())), "")) {
    return branchNameExists(input.branchName_);
  }
  call.world.folders.syncFolders(record.id(), {reference});
  return Changed<shape::CreateBranch::Output>{};
}

base::Result<Changed<shape::DeleteBranchOutput>> remove(const GitCall& call, const shape::DeleteBranchInput& input,
                                                        const rows::RepositoryRecord& record) {
  TRY(checkBranchName(input.branchName_));
  if (input.branchName_ == record.default_branch()) return defaultBranchCannotBeDeleted(input.branchName_);
  Changed<shape::DeleteBranchOutput> changed;
  const auto target = branchTarget(call.transaction, record.id(), input.branchName_);
  if (!target) return changed;  // Deleting what is not there is fine on AWS, too.
  const git::Repository git(call.world.folders.path(record.id()));
  const std::string reference = std::string(kBranchPrefix) + input.branchName_;
  git::deleteReference(git, reference);
  call.world.folders.syncFolders(record.id(), {reference});
  changed.output.deletedBranch_.emplace();
  changed.output.deletedBranch_->branchName_ = input.branchName_;
  changed.output.deletedBranch_->commitId_ = *target;
  return changed;
}

base::Result<Changed<shape::UpdateDefaultBranch::Output>> updateDefault(const GitCall& call,
                                                                        const shape::UpdateDefaultBranchInput& input,
                                                                        const rows::RepositoryRecord& record) {
  TRY(checkBranchName(input.defaultBranchName_));
  if (!branchTarget(call.transaction, record.id(), input.defaultBranchName_)) {
    return branchDoesNotExist(input.defaultBranchName_);
  }
  // The row is the truth; HEAD follows it, at the next start at the latest.
  call.world.folders.setHead(record.id(), input.defaultBranchName_);
  Changed<shape::UpdateDefaultBranch::Output> changed;
  changed.also = [id = record.id(), branch = input.defaultBranchName_](dispatch::Context& context) {
    auto now = findById(context.transaction(), id);
    if (!now) return;
    now->set_default_branch(branch);
    now->set_modified(context.now().milliseconds);
    saveRepository(context.transaction(), *now);
  };
  return changed;
}

}  // namespace

void registerBranchOperations(dispatch::Registry& registry, World& world) {
  registry.add<shape::GetBranch>(get);
  registry.add<shape::ListBranches>(list);
  addChange<shape::CreateBranch>(registry, world, byName<shape::CreateBranchInput>, create);
  addChange<shape::DeleteBranch>(registry, world, byName<shape::DeleteBranchInput>, remove);
  addChange<shape::UpdateDefaultBranch>(registry, world, byName<shape::UpdateDefaultBranchInput>, updateDefault);
}

}  // namespace thimble::services::codecommit
