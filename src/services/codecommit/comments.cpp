// Comments on commits and pull requests, and reactions to them.
// https://docs.aws.amazon.com/codecommit/latest/APIReference/API_PostCommentForPullRequest.html and its neighbours.
#include <algorithm>
#include <map>

#include "services/codecommit/commits.h"
#include "services/codecommit/events.h"
#include "services/codecommit/operations.h"
#include "services/codecommit/pull_requests.h"

namespace thimble::services::codecommit {
namespace {

constexpr std::size_t kLongestComment = 10'240;
constexpr std::size_t kPage = 100;

base::ApiError commentDoesNotExist() {
  return makeError(
      "CommentDoesNotExistException",
      "No comment exists with the provided ID. Verify that you have used the correct ID, and then try again");
}

base::Result<void> checkContent(const std::string& content) {
  if (content.empty())
    return makeError("CommentContentRequiredException",
                     "The comment is empty. You must provide some content for a comment. The content cannot be null");
  if (content.size() > kLongestComment)
    return makeError("CommentContentSizeLimitExceededException",
                     "The comment is too large. Comments are limited to 10,240 characters");
  return {};
}

/// "arn" is whose reactions are shown as the caller's.
shape::Comment describe(const rows::CommentRecord& record, const std::string& arn) {
  shape::Comment out;
  out.commentId_ = record.id();
  if (!record.deleted()) out.content_ = record.content();
  if (!record.in_reply_to().empty()) out.inReplyTo_ = record.in_reply_to();
  out.creationDate_ = base::Timestamp{record.created()};
  out.lastModifiedDate_ = base::Timestamp{record.modified()};
  out.authorArn_ = record.author();
  out.deleted_ = record.deleted();
  if (!record.client_token().empty()) out.clientRequestToken_ = record.client_token();
  out.callerReactions_.emplace();
  std::map<std::string, std::int64_t> counts;
  for (const auto& [who, reaction] : record.reactions()) {
    ++counts[reaction];
    if (who == arn) out.callerReactions_->push_back(reaction);
  }
  out.reactionCounts_.emplace(counts.begin(), counts.end());
  return out;
}

/// A comment, when the caller may do `action` in its repository.
base::Result<rows::CommentRecord> admit(dispatch::Context& context, const std::string& id, std::string_view action) {
  if (id.empty())
    return makeError("CommentIdRequiredException", "The comment ID is missing or null. A comment ID is required");
  auto record = kComments.get(context.transaction(), id);
  const auto repository = record ? findById(context.transaction(), record->repository_id()) : std::nullopt;
  if (!repository || repository->account() != context.account()) return commentDoesNotExist();
  TRY(context.authorise(action, arnOf(*repository)));
  return *std::move(record);
}

rows::CommentRecord newComment(dispatch::Context& context, const std::string& content, const std::string& token,
                               const std::string& repository_id) {
  rows::CommentRecord record;
  record.set_id(context.random().uuid() + ":" + context.random().uuid());
  record.set_content(content);
  record.set_created(context.now().milliseconds);
  record.set_modified(context.now().milliseconds);
  record.set_author(context.call().identity.arn);
  record.set_client_token(token);
  record.set_repository_id(repository_id);
  return record;
}

void saveComment(dispatch::Context& context, const rows::CommentRecord& record) {
  kComments.put(context.transaction(), record, record.id());
}

/// Where a thread is, as its key says.
struct ThreadPlace {
  std::string repository_id, place;
  std::int64_t number = 0;
};

ThreadPlace placeOf(const rows::CommentRecord& record) {
  store::KeyReader reader(record.thread());
  reader.text();
  ThreadPlace out;
  out.repository_id = reader.text().value_or("");
  out.place = reader.text().value_or("");
  out.number = reader.number().value_or(0);
  return out;
}

void tell(dispatch::Context& context, const rows::CommentRecord& comment, CommentChange change) {
  const ThreadPlace at = placeOf(comment);
  const auto thread = kThreads.get(context.transaction(), at.repository_id, at.place, at.number);
  const auto repository = findById(context.transaction(), at.repository_id);
  if (!thread || !repository) return;
  constexpr std::string_view kPull = "pull/";
  tellOfComment(context, *repository, *thread, comment,
                at.place.starts_with(kPull) ? at.place.substr(kPull.size()) : std::string(), change);
}

std::string placeOf(const rows::PullRequestRecord& record) {
  return "pull/" + std::to_string(record.number());
}

/// A comment with the same token in the same place: the answer of a request that was sent twice.
std::optional<std::pair<rows::ThreadRecord, rows::CommentRecord>> findByToken(dispatch::Context& context,
                                                                              const std::string& repository_id,
                                                                              const std::string& place,
                                                                              const std::string& token) {
  if (token.empty()) return std::nullopt;
  for (const auto& entry : kThreads.scan(context.transaction(), {}, repository_id, place)) {
    for (const std::string& id : entry.record.comments()) {
      auto comment = kComments.get(context.transaction(), id);
      if (comment && comment->client_token() == token) return std::pair(entry.record, *comment);
    }
  }
  return std::nullopt;
}

/// The id of the file that a comment is about; empty when it is about no file, or the file is not there.
std::string blobOf(const World& world, const std::string& repository_id, const std::string& commit,
                   const std::string& path) {
  if (path.empty() || commit.empty() || !world.folders.exists(repository_id)) return {};
  const git::Repository git(world.folders.path(repository_id));
  const git::CommitHandle handle = git.commit(commit);
  if (!handle) return {};
  const git::TreeHandle tree = git.treeOf(handle.get());
  const git::EntryHandle entry = git.entry(tree.get(), path);
  return entry ? git::toHex(*git_tree_entry_id(entry.get())) : std::string();
}

bool commitExists(const World& world, const std::string& repository_id, const std::string& commit) {
  return world.folders.exists(repository_id) && git::Repository(world.folders.path(repository_id)).commit(commit);
}

template <class Output>
void fillPlace(Output& out, const rows::ThreadRecord& thread) {
  if (!thread.before_commit().empty()) out.beforeCommitId_ = thread.before_commit();
  out.afterCommitId_ = thread.after_commit();
  if (!thread.before_blob().empty()) out.beforeBlobId_ = thread.before_blob();
  if (!thread.after_blob().empty()) out.afterBlobId_ = thread.after_blob();
  if (!thread.located()) return;
  out.location_.emplace();
  if (!thread.file_path().empty()) out.location_->filePath_ = thread.file_path();
  if (thread.file_position() > 0) out.location_->filePosition_ = thread.file_position();
  if (!thread.file_version().empty()) out.location_->relativeFileVersion_ = thread.file_version();
}

/// Begins a thread with a comment.
template <class Input>
base::Result<std::pair<rows::ThreadRecord, rows::CommentRecord>> post(const World& world, dispatch::Context& context,
                                                                      const rows::RepositoryRecord& repository,
                                                                      const std::string& place,
                                                                      const std::string& before, const Input& input) {
  TRY(checkContent(input.content_));
  const std::string token = input.clientRequestToken_.value_or("");
  if (auto known = findByToken(context, repository.id(), place, token)) return *std::move(known);
  if (input.afterCommitId_.empty()) return commitIdRequired();
  for (const std::string& commit : {before, std::string(input.afterCommitId_)}) {
    if (!commit.empty() && !commitExists(world, repository.id(), commit)) return commitDoesNotExist(commit);
  }
  rows::ThreadRecord thread;
  thread.set_before_commit(before);
  thread.set_after_commit(input.afterCommitId_);
  if (input.location_) {
    thread.set_located(true);
    thread.set_file_path(input.location_->filePath_.value_or(""));
    thread.set_file_position(input.location_->filePosition_.value_or(0));
    thread.set_file_version(input.location_->relativeFileVersion_.value_or(""));
    thread.set_before_blob(blobOf(world, repository.id(), before, thread.file_path()));
    thread.set_after_blob(blobOf(world, repository.id(), thread.after_commit(), thread.file_path()));
    if (!thread.file_path().empty() && thread.before_blob().empty() && thread.after_blob().empty()) {
      return makeError("PathDoesNotExistException", "The specified path does not exist: " + thread.file_path());
    }
  }
  const auto last = kThreads.scan(context.transaction(), {.limit = 1, .reverse = true}, repository.id(), place);
  thread.set_number(last.empty() ? 1 : last.front().record.number() + 1);
  rows::CommentRecord comment = newComment(context, input.content_, token, repository.id());
  comment.set_thread(kThreads.key(repository.id(), place, thread.number()).bytes());
  thread.add_comments(comment.id());
  kThreads.put(context.transaction(), thread, repository.id(), place, thread.number());
  saveComment(context, comment);
  tell(context, comment, CommentChange::Created);
  return std::pair(std::move(thread), std::move(comment));
}

base::Result<shape::PostCommentForPullRequestOutput> postForPullRequest(
    const World& world, dispatch::Context& context, const shape::PostCommentForPullRequestInput& input) {
  TRY_ASSIGN(const auto repository, findRepository(context, input.repositoryName_));
  TRY_ASSIGN(const auto record, findPullRequest(context.transaction(), context.call(), input.pullRequestId_));
  if (record.repository_id() != repository.id()) {
    return makeError("RepositoryNotAssociatedWithPullRequestException",
                     "The repository does not contain any pull requests with that pull request ID. Use GetPullRequest "
                     "to verify the correct repository name for the pull request ID");
  }
  TRY_ASSIGN(const auto made, post(world, context, repository, placeOf(record), input.beforeCommitId_, input));
  shape::PostCommentForPullRequestOutput output;
  output.repositoryName_ = repository.name();
  output.pullRequestId_ = input.pullRequestId_;
  fillPlace(output, made.first);
  output.comment_ = describe(made.second, context.call().identity.arn);
  return output;
}

base::Result<shape::PostCommentForComparedCommitOutput> postForCommit(
    const World& world, dispatch::Context& context, const shape::PostCommentForComparedCommitInput& input) {
  TRY_ASSIGN(const auto repository, findRepository(context, input.repositoryName_));
  TRY_ASSIGN(const auto made, post(world, context, repository, "commit/" + input.afterCommitId_,
                                   input.beforeCommitId_.value_or(""), input));
  shape::PostCommentForComparedCommitOutput output;
  output.repositoryName_ = repository.name();
  fillPlace(output, made.first);
  output.comment_ = describe(made.second, context.call().identity.arn);
  return output;
}

base::Result<shape::PostCommentReplyOutput> postReply(dispatch::Context& context,
                                                      const shape::PostCommentReplyInput& input) {
  TRY(checkContent(input.content_));
  TRY_ASSIGN(const auto parent, admit(context, input.inReplyTo_, "codecommit:PostCommentReply"));
  const ThreadPlace at = placeOf(parent);
  auto thread = kThreads.get(context.transaction(), at.repository_id, at.place, at.number);
  if (!thread) return commentDoesNotExist();
  rows::CommentRecord comment =
      newComment(context, input.content_, input.clientRequestToken_.value_or(""), at.repository_id);
  comment.set_in_reply_to(parent.id());
  comment.set_thread(parent.thread());
  thread->add_comments(comment.id());
  kThreads.put(context.transaction(), *thread, at.repository_id, at.place, at.number);
  saveComment(context, comment);
  tell(context, comment, CommentChange::Created);
  shape::PostCommentReplyOutput output;
  output.comment_ = describe(comment, context.call().identity.arn);
  return output;
}

base::Result<shape::GetCommentOutput> getComment(dispatch::Context& context, const shape::GetCommentInput& input) {
  TRY_ASSIGN(const auto record, admit(context, input.commentId_, "codecommit:GetComment"));
  if (record.deleted())
    return makeError("CommentDeletedException",
                     "This comment has already been deleted. You cannot edit or delete a deleted comment");
  shape::GetCommentOutput output;
  output.comment_ = describe(record, context.call().identity.arn);
  return output;
}

base::Result<shape::UpdateCommentOutput> update(dispatch::Context& context, const shape::UpdateCommentInput& input) {
  TRY(checkContent(input.content_));
  TRY_ASSIGN(auto record, admit(context, input.commentId_, "codecommit:UpdateComment"));
  if (record.deleted())
    return makeError("CommentDeletedException",
                     "This comment has already been deleted. You cannot edit or delete a deleted comment");
  if (record.author() != context.call().identity.arn) {
    return makeError(
        "CommentNotCreatedByCallerException",
        "You cannot modify or delete this comment. Only comment authors can modify or delete their comments");
  }
  record.set_content(input.content_);
  record.set_modified(context.now().milliseconds);
  saveComment(context, record);
  tell(context, record, CommentChange::Updated);
  shape::UpdateCommentOutput output;
  output.comment_ = describe(record, context.call().identity.arn);
  return output;
}

base::Result<shape::DeleteCommentContentOutput> remove(dispatch::Context& context,
                                                       const shape::DeleteCommentContentInput& input) {
  TRY_ASSIGN(auto record, admit(context, input.commentId_, "codecommit:DeleteCommentContent"));
  if (record.deleted())
    return makeError("CommentDeletedException",
                     "This comment has already been deleted. You cannot edit or delete a deleted comment");
  record.set_deleted(true);
  record.clear_content();
  record.set_modified(context.now().milliseconds);
  saveComment(context, record);
  shape::DeleteCommentContentOutput output;
  output.comment_ = describe(record, context.call().identity.arn);
  return output;
}

/// Threads of a place, a page of them, given to `add(thread, comments)`; the next page's token.
template <class Add>
base::Result<std::optional<std::string>> eachThread(dispatch::Context& context, const std::string& repository_id,
                                                    const std::string& place, const std::optional<std::string>& token,
                                                    const std::optional<std::int64_t>& most, Add add) {
  TRY_ASSIGN(const std::size_t offset, readOffset(token));
  const std::size_t limit = static_cast<std::size_t>(std::clamp<std::int64_t>(most.value_or(kPage), 1, kPage));
  std::size_t seen = 0;
  for (const auto& entry : kThreads.scan(context.transaction(), {}, repository_id, place)) {
    if (seen++ < offset) continue;
    if (seen > offset + limit) return std::optional<std::string>(offsetToken(offset + limit));
    std::vector<shape::Comment> comments;
    for (const std::string& id : entry.record.comments()) {
      if (const auto comment = kComments.get(context.transaction(), id)) {
        comments.push_back(describe(*comment, context.call().identity.arn));
      }
    }
    add(entry.record, std::move(comments));
  }
  return std::optional<std::string>();
}

base::Result<shape::GetCommentsForPullRequestOutput> ofPullRequest(dispatch::Context& context,
                                                                   const shape::GetCommentsForPullRequestInput& input) {
  TRY_ASSIGN(const auto record,
             admitToPullRequest(context, input.pullRequestId_, "codecommit:GetCommentsForPullRequest"));
  const auto repository = findById(context.transaction(), record.repository_id());
  shape::GetCommentsForPullRequestOutput output;
  output.commentsForPullRequestData_.emplace();
  TRY_ASSIGN(output.nextToken_,
             eachThread(context, record.repository_id(), placeOf(record), input.nextToken_, input.maxResults_,
                        [&](const rows::ThreadRecord& thread, std::vector<shape::Comment> comments) {
                          if (input.beforeCommitId_ && *input.beforeCommitId_ != thread.before_commit()) return;
                          if (input.afterCommitId_ && *input.afterCommitId_ != thread.after_commit()) return;
                          auto& row = output.commentsForPullRequestData_->emplace_back();
                          row.pullRequestId_ = input.pullRequestId_;
                          if (repository) row.repositoryName_ = repository->name();
                          fillPlace(row, thread);
                          row.comments_ = std::move(comments);
                        }));
  return output;
}

base::Result<shape::GetCommentsForComparedCommitOutput> ofCommit(
    dispatch::Context& context, const shape::GetCommentsForComparedCommitInput& input) {
  TRY_ASSIGN(const auto repository, findRepository(context, input.repositoryName_));
  if (input.afterCommitId_.empty()) return commitIdRequired();
  shape::GetCommentsForComparedCommitOutput output;
  output.commentsForComparedCommitData_.emplace();
  TRY_ASSIGN(output.nextToken_,
             eachThread(context, repository.id(), "commit/" + input.afterCommitId_, input.nextToken_, input.maxResults_,
                        [&](const rows::ThreadRecord& thread, std::vector<shape::Comment> comments) {
                          if (input.beforeCommitId_ && *input.beforeCommitId_ != thread.before_commit()) return;
                          auto& row = output.commentsForComparedCommitData_->emplace_back();
                          row.repositoryName_ = repository.name();
                          fillPlace(row, thread);
                          row.comments_ = std::move(comments);
                        }));
  return output;
}

constexpr Reaction kReactions[] = {{"👍", ":thumbsup:", "U+1F44D"}, {"👎", ":thumbsdown:", "U+1F44E"},
                                   {"😄", ":smile:", "U+1F604"},    {"❤️", ":heart:", "U+2764"},
                                   {"😠", ":angry:", "U+1F620"},    {"😕", ":confused:", "U+1F615"},
                                   {"😨", ":scared:", "U+1F628"},   {"😢", ":sad:", "U+1F622"},
                                   {"👏", ":clap:", "U+1F44F"},     {"🎉", ":party:", "U+1F389"}};

base::Result<shape::PutCommentReaction::Output> react(dispatch::Context& context,
                                                      const shape::PutCommentReactionInput& input) {
  TRY_ASSIGN(auto record, admit(context, input.commentId_, "codecommit:PutCommentReaction"));
  if (record.deleted())
    return makeError("CommentDeletedException",
                     "This comment has already been deleted. You cannot edit or delete a deleted comment");
  const std::string& wanted = input.reactionValue_;
  if (wanted.empty()) return makeError("ReactionValueRequiredException", "A reaction value is required");
  const std::string& arn = context.call().identity.arn;
  if (wanted == "none") {
    record.mutable_reactions()->erase(arn);
    saveComment(context, record);
    return shape::PutCommentReaction::Output{};
  }
  for (const Reaction& reaction : kReactions) {
    if (wanted != reaction.emoji && wanted != reaction.short_code && wanted != reaction.unicode) continue;
    std::string& mine = (*record.mutable_reactions())[arn];
    const bool updated = !mine.empty();
    mine = reaction.emoji;
    saveComment(context, record);
    if (const auto repository = findById(context.transaction(), record.repository_id()))
      tellOfReaction(context, *repository, record, reaction, updated);
    return shape::PutCommentReaction::Output{};
  }
  return makeError("InvalidReactionValueException",
                   "The value of the reaction is not valid. For more information, see the AWS CodeCommit User Guide");
}

base::Result<shape::GetCommentReactionsOutput> reactions(dispatch::Context& context,
                                                         const shape::GetCommentReactionsInput& input) {
  TRY_ASSIGN(const auto record, admit(context, input.commentId_, "codecommit:GetCommentReactions"));
  shape::GetCommentReactionsOutput output;
  for (const Reaction& reaction : kReactions) {
    std::vector<std::string> users;
    for (const auto& [who, emoji] : record.reactions()) {
      if (emoji == reaction.emoji && (!input.reactionUserArn_ || *input.reactionUserArn_ == who)) users.push_back(who);
    }
    if (users.empty()) continue;
    std::sort(users.begin(), users.end());
    auto& row = output.reactionsForComment_.emplace_back();
    row.reaction_.emplace();
    row.reaction_->emoji_ = reaction.emoji;
    row.reaction_->shortCode_ = reaction.short_code;
    row.reaction_->unicode_ = reaction.unicode;
    row.reactionUsers_ = std::move(users);
    row.reactionsFromDeletedUsersCount_ = 0;
  }
  return output;
}

}  // namespace

void registerCommentOperations(dispatch::Registry& registry, World& world) {
  registry.add<shape::PostCommentForPullRequest>(
      [&world](dispatch::Context& context, const shape::PostCommentForPullRequestInput& input) {
        return postForPullRequest(world, context, input);
      });
  registry.add<shape::PostCommentForComparedCommit>(
      [&world](dispatch::Context& context, const shape::PostCommentForComparedCommitInput& input) {
        return postForCommit(world, context, input);
      });
  registry.add<shape::PostCommentReply>(postReply);
  registry.add<shape::GetComment>(getComment);
  registry.add<shape::UpdateComment>(update);
  registry.add<shape::DeleteCommentContent>(remove);
  registry.add<shape::GetCommentsForPullRequest>(ofPullRequest);
  registry.add<shape::GetCommentsForComparedCommit>(ofCommit);
  registry.add<shape::PutCommentReaction>(react);
  registry.add<shape::GetCommentReactions>(reactions);
}

}  // namespace thimble::services::codecommit
