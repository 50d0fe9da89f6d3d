#include "services/codecommit/commit_values.h"

#include "services/codecommit/git/references.h"

namespace thimble::services::codecommit {
namespace {

constexpr std::size_t kLongestName = 256;
constexpr std::size_t kLongestMessage = 15'000;

/// The caller's own name: the last part of "arn:aws:iam::111122223333:user/path/ada".
std::string callerName(const dispatch::Identity& identity) {
  const std::string name = identity.arn.substr(identity.arn.find_last_of("/:") + 1);
  return name.empty() ? "unknown" : name;
}

/// git keeps these out of a commit's header.
bool isClean(const std::string& text) {
  return text.find_first_of(std::string("<>\n\0", 4)) == std::string::npos;
}

}  // namespace

base::Result<git::Person> personOf(const GitCall& call, const std::optional<std::string>& name,
                                   const std::optional<std::string>& email) {
  git::Person person;
  person.name = name && !name->empty() ? *name : callerName(call.call.identity);
  person.email = email && !email->empty() ? *email : person.name + "@" + call.call.account;
  person.seconds = call.world.environment.clock.now().seconds();
  if (person.name.size() > kLongestName || !isClean(person.name)) {
    return makeError("NameLengthExceededException",
                     "The user name is not valid because it has exceeded the character limit for author names");
  }
  if (person.email.size() > kLongestName || !isClean(person.email)) {
    return makeError("InvalidEmailException",
                     "The specified email address either contains one or more characters that are not allowed, or it "
                     "exceeds the maximum number of characters allowed for an email address");
  }
  return person;
}

base::Result<std::string> messageOf(const std::optional<std::string>& message, const std::string& otherwise) {
  const std::string text = message && !message->empty() ? *message : otherwise;
  if (text.size() > kLongestMessage || text.find('\0') != std::string::npos) {
    return makeError("CommitMessageLengthExceededException",
                     "The commit message is too long. Provide a shorter string");
  }
  return text;
}

base::Result<std::string> checkParent(const GitCall& call, const rows::RepositoryRecord& record,
                                      const std::string& branch, const std::optional<std::string>& parent) {
  const auto tip = branchTarget(call.transaction, record.id(), branch);
  if (!tip) {
    // In an empty repository the branch is created; elsewhere it must be there.
    const bool empty = kReferences.scan(call.transaction, {.limit = 1}, record.id()).empty();
    if (!empty) return branchDoesNotExist(branch);
    if (parent && !parent->empty()) return parentCommitDoesNotExist(*parent);
    return std::string();
  }
  if (!parent || parent->empty()) return parentCommitIdRequired();
  git_oid ignored;
  if (!git::parseId(*parent, ignored)) {
    return makeError("InvalidParentCommitIdException", "The parent commit ID " + *parent + " is not valid");
  }
  if (*parent == *tip) return *tip;
  const auto git = call.open(record);
  if (!git || !git->commit(*parent)) return parentCommitDoesNotExist(*parent);
  return parentCommitIdOutdated(branch, *tip);
}

base::Result<void> checkBranchName(const std::string& name) {
  if (name.empty()) return branchNameRequired();
  if (name.size() > 256 || name.starts_with('-') || !git::isReferenceName(std::string(kBranchPrefix) + name)) {
    return invalidBranchName(name);
  }
  return {};
}

}  // namespace thimble::services::codecommit
