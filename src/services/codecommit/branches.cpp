// Branches.
// https://docs.aws.amazon.com/codecommit/latest/APIReference/API_GetBranch.html and its neighbours.
#include "base/encoding.h"
#include "services/codecommit/operations.h"
#include "services/codecommit/references.h"
#include "services/codecommit/repositories.h"

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

}  // namespace

void registerBranchOperations(dispatch::Registry& registry, World&) {
  registry.add<shape::GetBranch>(get);
  registry.add<shape::ListBranches>(list);
}

}  // namespace thimble::services::codecommit
