// https://docs.aws.amazon.com/codecommit/latest/APIReference/API_GetCommit.html, API_BatchGetCommits.html
#include "services/codecommit/commits.h"

#include "base/encoding.h"
#include "services/codecommit/operations.h"
#include "wire/http/headers.h"

namespace thimble::services::codecommit {
namespace {

constexpr std::size_t kMostCommits = 100;

bool isId(const std::string& id) {
  git_oid ignored;
  return git::parseId(id, ignored);
}

shape::UserInfo describe(const git::Person& person) {
  shape::UserInfo out;
  out.name_ = person.name;
  out.email_ = person.email;
  const int minutes = std::abs(person.offset_minutes);
  char offset[16];
  std::snprintf(offset, sizeof offset, "%c%02d%02d", person.offset_minutes < 0 ? '-' : '+', minutes / 60 % 100,
                minutes % 60);
  out.date_ = std::to_string(person.seconds) + " " + offset;
  return out;
}

base::Result<shape::GetCommitOutput> get(const GitCall& call, const shape::GetCommitInput& input) {
  TRY_ASSIGN(const auto record, call.repository(input.repositoryName_));
  if (input.commitId_.empty()) return commitIdRequired();
  if (!isId(input.commitId_)) return invalidCommitId(input.commitId_);
  const auto git = call.open(record);
  const git::CommitHandle commit = git ? git->commit(input.commitId_) : nullptr;
  if (!commit) return commitIdDoesNotExist(input.commitId_);
  shape::GetCommitOutput output;
  output.commit_ = describeCommit(git::valuesOf(commit.get()));
  return output;
}

base::Result<shape::BatchGetCommitsOutput> batchGet(const GitCall& call, const shape::BatchGetCommitsInput& input) {
  TRY_ASSIGN(const auto record, call.repository(input.repositoryName_));
  if (input.commitIds_.empty()) {
    return makeError("CommitIdsListRequiredException", "A list of commit IDs is required, but was not specified");
  }
  if (input.commitIds_.size() > kMostCommits) {
    return makeError("CommitIdsLimitExceededException",
                     "The maximum number of allowed commit IDs in a batch request is 100");
  }
  const auto git = call.open(record);
  shape::BatchGetCommitsOutput output;
  output.commits_.emplace();
  output.errors_.emplace();
  for (const std::string& id : input.commitIds_) {
    const git::CommitHandle commit = git && isId(id) ? git->commit(id) : nullptr;
    if (commit) {
      output.commits_->push_back(describeCommit(git::valuesOf(commit.get())));
      continue;
    }
    const base::ApiError error = isId(id) ? commitIdDoesNotExist(id) : invalidCommitId(id);
    shape::BatchGetCommitsError row;
    row.commitId_ = id;
    row.errorCode_ = error.code;
    row.errorMessage_ = error.message;
    output.errors_->push_back(std::move(row));
  }
  return output;
}

}  // namespace

shape::Commit describeCommit(const git::CommitValues& commit) {
  shape::Commit out;
  out.commitId_ = commit.id;
  out.treeId_ = commit.tree;
  out.parents_ = commit.parents;
  out.message_ = commit.message;
  out.author_ = describe(commit.author);
  out.committer_ = describe(commit.committer);
  out.additionalData_ = "";
  return out;
}

base::Result<git::CommitHandle> resolve(const std::optional<git::Repository>& git, const rows::RepositoryRecord& record,
                                        const std::optional<std::string>& specifier) {
  const std::string wanted = specifier.value_or(record.default_branch());
  git::CommitHandle commit = git && !wanted.empty() ? git->resolve(wanted) : nullptr;
  if (!commit) return commitDoesNotExist(wanted);
  return commit;
}

base::Result<std::string> cleanPath(const std::string& path) {
  const std::size_t begin = path.find_first_not_of('/');
  if (begin == std::string::npos) return path.empty() ? pathRequired() : invalidPath(path);
  std::string clean = path.substr(begin, path.find_last_not_of('/') - begin + 1);
  std::size_t at = 0;
  while (at <= clean.size()) {
    const std::size_t slash = std::min(clean.find('/', at), clean.size());
    const std::string part = clean.substr(at, slash - at);
    // What git itself refuses in a tree, so that no clone is harmed.
    if (part.empty() || part == "." || part == ".." || wire::http::toLower(part) == ".git" ||
        part.find('\0') != std::string::npos || part.size() > 255) {
      return invalidPath(path);
    }
    at = slash + 1;
  }
  if (clean.size() > 4096 || !base::isUtf8(clean)) return invalidPath(path);
  return clean;
}

std::string fileModeName(git_filemode_t mode) {
  return mode == GIT_FILEMODE_BLOB_EXECUTABLE ? "EXECUTABLE" : mode == GIT_FILEMODE_LINK ? "SYMLINK" : "NORMAL";
}

base::Result<std::size_t> readOffset(const std::optional<std::string>& token) {
  if (!token) return std::size_t{0};
  const auto text = base::decodeBase64(*token);
  if (!text || text->empty() || text->size() > 9 || text->find_first_not_of("0123456789") != std::string::npos) {
    return invalidContinuationToken();
  }
  return static_cast<std::size_t>(std::stoul(*text));
}

std::string offsetToken(std::size_t offset) {
  return base::encodeBase64(std::to_string(offset));
}

void registerCommitOperations(dispatch::Registry& registry, World& world) {
  addReading<shape::GetCommit>(registry, world, get);
  addReading<shape::BatchGetCommits>(registry, world, batchGet);
}

}  // namespace thimble::services::codecommit
