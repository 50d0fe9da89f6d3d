// Creating, showing and changing pull requests.
// https://docs.aws.amazon.com/codecommit/latest/APIReference/API_CreatePullRequest.html and its neighbours.
#include "services/codecommit/commits.h"
#include "services/codecommit/git/merge.h"
#include "services/codecommit/operations.h"
#include "services/codecommit/pull_requests.h"

namespace thimble::services::codecommit {
namespace {

using base::Json;

constexpr std::size_t kLongestTitle = 150;
constexpr std::size_t kLongestDescription = 10'240;
constexpr std::size_t kPage = 100;

base::Result<void> checkTitle(const std::string& title) {
  if (title.empty())
    return makeError("TitleRequiredException", "A pull request title is required. It cannot be empty or null");
  if (title.size() > kLongestTitle)
    return makeError(
        "InvalidTitleException",
        "The title of the pull request is not valid. Pull request titles cannot exceed 100 characters in length");
  return {};
}

base::Result<void> checkDescription(const std::string& description) {
  if (description.size() <= kLongestDescription) return {};
  return makeError("InvalidDescriptionException",
                   "The pull request description is not valid. Descriptions cannot be more than 1,000 characters");
}

std::string fullName(const std::string& branch) {
  return branch.starts_with("refs/") ? branch : std::string(kBranchPrefix) + branch;
}

base::ApiError referenceDoesNotExist(const std::string& name) {
  return makeError("ReferenceDoesNotExistException",
                   "The specified reference does not exist. You must provide a full commit ID: " + name);
}

base::Result<shape::CreatePullRequestOutput> create(const World& world, dispatch::Context& context,
                                                    const shape::CreatePullRequestInput& input) {
  TRY(checkTitle(input.title_));
  TRY(checkDescription(input.description_.value_or("")));
  if (input.targets_.empty())
    return makeError("TargetsRequiredException", "An array of target objects is required. It cannot be empty or null");
  if (input.targets_.size() > 1)
    return makeError("MultipleRepositoriesInPullRequestException",
                     "You cannot include more than one repository in a pull request. Make sure you have specified only "
                     "one repository name in your request, and then try again");
  const shape::Target& target = input.targets_.front();
  store::Transaction& transaction = context.transaction();
  TRY_ASSIGN(const auto repository, findRepository(context, target.repositoryName_));
  TRY(context.authorise("codecommit:CreatePullRequest", arnOf(repository)));
  // 1. The same token means the same pull request.
  const std::string token = input.clientRequestToken_.value_or("");
  if (!token.empty()) {
    for (const auto& entry : kPullRequests.scan(transaction, {}, context.account(), context.region())) {
      if (entry.record.client_token() != token) continue;
      if (entry.record.title() != input.title_ || entry.record.repository_id() != repository.id()) {
        return makeError("IdempotencyParameterMismatchException",
                         "The client request token is not valid. Either the token is not in a valid format, or the "
                         "token has been used in a previous request and cannot be re-used");
      }
      shape::CreatePullRequestOutput output;
      output.pullRequest_ = describePullRequest(transaction, entry.record);
      return output;
    }
  }
  // 2. What is to go where.
  rows::PullRequestRecord record;
  record.set_source_reference(fullName(target.sourceReference_));
  record.set_destination_reference(fullName(target.destinationReference_.value_or(repository.default_branch())));
  if (record.source_reference() == record.destination_reference()) {
    return makeError("SourceAndDestinationAreSameException",
                     "The source branch and destination branch for the pull request are the same. You must specify "
                     "different branches for the source and destination");
  }
  const auto source = kReferences.get(transaction, repository.id(), record.source_reference());
  if (!source) return referenceDoesNotExist(target.sourceReference_);
  const auto destination = kReferences.get(transaction, repository.id(), record.destination_reference());
  if (!destination) return referenceDoesNotExist(record.destination_reference());
  record.set_source_commit(source->target());
  record.set_destination_commit(destination->target());
  const git::Repository git(world.folders.path(repository.id()));
  record.set_merge_base(git::mergeBase(git, source->target(), destination->target()));
  // 3. Its number.
  auto counter =
      kPullRequestCounters.get(transaction, context.account(), context.region()).value_or(rows::PullRequestCounter());
  counter.set_last(counter.last() + 1);
  kPullRequestCounters.put(transaction, counter, context.account(), context.region());
  record.set_number(counter.last());
  record.set_title(input.title_);
  record.set_description(input.description_.value_or(""));
  record.set_created(context.now().milliseconds);
  record.set_author(context.call().identity.arn);
  record.set_repository_id(repository.id());
  record.set_client_token(token);
  record.set_revision(context.random().hex(64));
  record.set_account(context.account());
  record.set_region(context.region());
  kPullRequestLinks.put(transaction, rows::PullRequestLink(), repository.id(), record.number());
  addTemplateRules(context, record);
  savePullRequest(context, record, "PULL_REQUEST_CREATED", "pullRequestCreatedEventMetadata",
                  Json::object({{"repositoryName", repository.name()},
                                {"sourceCommitId", record.source_commit()},
                                {"destinationCommitId", record.destination_commit()},
                                {"mergeBase", record.merge_base()}}),
                  "pullRequestCreated", record.author());
  shape::CreatePullRequestOutput output;
  output.pullRequest_ = describePullRequest(transaction, record);
  return output;
}

base::Result<shape::GetPullRequestOutput> get(dispatch::Context& context, const shape::GetPullRequestInput& input) {
  TRY_ASSIGN(const auto record, admitToPullRequest(context, input.pullRequestId_, "codecommit:GetPullRequest"));
  shape::GetPullRequestOutput output;
  output.pullRequest_ = describePullRequest(context.transaction(), record);
  return output;
}

base::Result<shape::ListPullRequestsOutput> list(dispatch::Context& context,
                                                 const shape::ListPullRequestsInput& input) {
  TRY_ASSIGN(const auto repository, findRepository(context, input.repositoryName_));
  TRY_ASSIGN(const std::size_t offset, readOffset(input.nextToken_));
  const std::size_t limit =
      static_cast<std::size_t>(std::clamp<std::int64_t>(input.maxResults_.value_or(kPage), 1, kPage));
  shape::ListPullRequestsOutput output;
  std::size_t seen = 0;
  for (const auto& entry : kPullRequestLinks.scan(context.transaction(), {.reverse = true}, repository.id())) {
    store::KeyReader reader(entry.key);
    reader.text();
    reader.text();
    const std::int64_t number = reader.number().value_or(0);
    const auto record = kPullRequests.get(context.transaction(), repository.account(), repository.region(), number);
    if (!record) continue;
    if (input.authorArn_ && *input.authorArn_ != record->author()) continue;
    if (input.pullRequestStatus_ && (*input.pullRequestStatus_ == "CLOSED") != record->closed()) continue;
    if (seen++ < offset) continue;
    if (output.pullRequestIds_.size() == limit) {
      output.nextToken_ = offsetToken(offset + limit);
      break;
    }
    output.pullRequestIds_.push_back(std::to_string(number));
  }
  return output;
}

base::Result<shape::UpdatePullRequestTitleOutput> updateTitle(dispatch::Context& context,
                                                              const shape::UpdatePullRequestTitleInput& input) {
  TRY(checkTitle(input.title_));
  TRY_ASSIGN(auto record, admitToPullRequest(context, input.pullRequestId_, "codecommit:UpdatePullRequestTitle"));
  if (record.closed()) return pullRequestAlreadyClosed();
  record.set_title(input.title_);
  record.set_activity(context.now().milliseconds);
  kPullRequests.put(context.transaction(), record, record.account(), record.region(), record.number());
  shape::UpdatePullRequestTitleOutput output;
  output.pullRequest_ = describePullRequest(context.transaction(), record);
  return output;
}

base::Result<shape::UpdatePullRequestDescriptionOutput> updateDescription(
    dispatch::Context& context, const shape::UpdatePullRequestDescriptionInput& input) {
  TRY(checkDescription(input.description_));
  TRY_ASSIGN(auto record, admitToPullRequest(context, input.pullRequestId_, "codecommit:UpdatePullRequestDescription"));
  if (record.closed()) return pullRequestAlreadyClosed();
  record.set_description(input.description_);
  record.set_activity(context.now().milliseconds);
  kPullRequests.put(context.transaction(), record, record.account(), record.region(), record.number());
  shape::UpdatePullRequestDescriptionOutput output;
  output.pullRequest_ = describePullRequest(context.transaction(), record);
  return output;
}

base::Result<shape::UpdatePullRequestStatusOutput> updateStatus(dispatch::Context& context,
                                                                const shape::UpdatePullRequestStatusInput& input) {
  TRY_ASSIGN(auto record, admitToPullRequest(context, input.pullRequestId_, "codecommit:UpdatePullRequestStatus"));
  if (record.closed()) {
    if (input.pullRequestStatus_ == "CLOSED") return pullRequestAlreadyClosed();
    return makeError("InvalidPullRequestStatusUpdateException",
                     "The pull request status update is not valid. The only valid update is from OPEN to CLOSED");
  }
  if (input.pullRequestStatus_ != "CLOSED") {
    return makeError("InvalidPullRequestStatusUpdateException",
                     "The pull request status update is not valid. The only valid update is from OPEN to CLOSED");
  }
  record.set_closed(true);
  savePullRequest(context, record, "PULL_REQUEST_STATUS_CHANGED", "pullRequestStatusChangedEventMetadata",
                  Json::object({{"pullRequestStatus", "CLOSED"}}), "pullRequestStatusChanged",
                  context.call().identity.arn);
  shape::UpdatePullRequestStatusOutput output;
  output.pullRequest_ = describePullRequest(context.transaction(), record);
  return output;
}

base::Result<shape::DescribePullRequestEventsOutput> events(dispatch::Context& context,
                                                            const shape::DescribePullRequestEventsInput& input) {
  TRY_ASSIGN(const auto record,
             admitToPullRequest(context, input.pullRequestId_, "codecommit:DescribePullRequestEvents"));
  TRY_ASSIGN(const std::size_t offset, readOffset(input.nextToken_));
  const std::size_t limit =
      static_cast<std::size_t>(std::clamp<std::int64_t>(input.maxResults_.value_or(kPage), 1, kPage));
  shape::DescribePullRequestEventsOutput output;
  std::size_t seen = 0;
  for (const auto& entry : kPullRequestEvents.scan(context.transaction(), {.reverse = true}, record.account(),
                                                   record.region(), record.number())) {
    if (input.pullRequestEventType_ && *input.pullRequestEventType_ != entry.record.type()) continue;
    if (input.actorArn_ && *input.actorArn_ != entry.record.actor()) continue;
    if (seen++ < offset) continue;
    if (output.pullRequestEvents_.size() == limit) {
      output.nextToken_ = offsetToken(offset + limit);
      break;
    }
    Json row = Json::object({{"pullRequestId", input.pullRequestId_},
                             {"eventDate", entry.record.time()},
                             {"pullRequestEventType", entry.record.type()},
                             {"actorArn", entry.record.actor()}});
    if (auto metadata = Json::parse(entry.record.metadata()); metadata.ok()) {
      row.set(entry.record.metadata_member(), *std::move(metadata));
    }
    output.pullRequestEvents_.push_back(shapes::fromJson<shape::PullRequestEvent>(row));
  }
  return output;
}

}  // namespace

void registerPullRequestOperations(dispatch::Registry& registry, World& world) {
  registry.add<shape::CreatePullRequest>(
      [&world](dispatch::Context& context, const shape::CreatePullRequestInput& input) {
        return create(world, context, input);
      });
  registry.add<shape::GetPullRequest>(get);
  registry.add<shape::ListPullRequests>(list);
  registry.add<shape::UpdatePullRequestTitle>(updateTitle);
  registry.add<shape::UpdatePullRequestDescription>(updateDescription);
  registry.add<shape::UpdatePullRequestStatus>(updateStatus);
  registry.add<shape::DescribePullRequestEvents>(events);
}

}  // namespace thimble::services::codecommit
