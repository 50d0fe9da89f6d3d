// Activities, and the workers that poll them.
#include <atomic>

#include "services/states/errors.h"
#include "services/states/machines.h"
#include "services/states/paging.h"
#include "services/states/parts.h"
#include "wire/shapes/states.h"

namespace thimble::services::states {
namespace {

using base::Json;
using base::Result;
using base::Timestamp;
namespace s = shapes::states;

/// How long GetActivityTask waits for a task.
constexpr std::int64_t kPollMilliseconds = 60'000;

std::string activityArn(dispatch::Context& context, const std::string& name) {
  return "arn:aws:states:" + context.region() + ":" + context.account() + ":activity:" + name;
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateActivity.html
Result<s::CreateActivity::Output> createActivity(dispatch::Context& context, const s::CreateActivity::Input& input) {
  if (!isValidName(input.name_)) return invalidName(input.name_);
  auto& transaction = context.transaction();
  rows::Activity row;
  if (auto existing = kActivities.get(transaction, context.account(), context.region(), input.name_)) {
    row = *std::move(existing);
  } else {
    row.set_arn(activityArn(context, input.name_));
    row.set_name(input.name_);
    row.set_created(context.now().milliseconds);
    kActivities.put(transaction, row, context.account(), context.region(), input.name_);
    if (input.tags_) {
      std::vector<std::pair<std::string, std::string>> tags;
      for (const s::Tag& tag : *input.tags_) tags.emplace_back(tag.key_.value_or(""), tag.value_.value_or(""));
      TRY(addTags(transaction, row.arn(), tags));
    }
  }
  s::CreateActivity::Output output;
  output.activityArn_ = row.arn();
  output.creationDate_ = Timestamp{row.created()};
  return output;
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteActivity.html
Result<s::DeleteActivity::Output> deleteActivity(dispatch::Context& context, const s::DeleteActivity::Input& input) {
  TRY_ASSIGN(const ActivityArn arn, parseActivityArn(input.activityArn_));
  kActivities.erase(context.transaction(), arn.account, arn.region, arn.name);
  kTags.erase(context.transaction(), input.activityArn_);
  return s::DeleteActivity::Output{};
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeActivity.html
Result<s::DescribeActivity::Output> describeActivity(dispatch::Context& context,
                                                     const s::DescribeActivity::Input& input) {
  TRY_ASSIGN(const ActivityArn arn, parseActivityArn(input.activityArn_));
  const auto row = kActivities.get(context.transaction(), arn.account, arn.region, arn.name);
  if (!row) return activityDoesNotExist(input.activityArn_);
  s::DescribeActivity::Output output;
  output.activityArn_ = row->arn();
  output.name_ = row->name();
  output.creationDate_ = Timestamp{row->created()};
  output.encryptionConfiguration_.emplace().type_ = "AWS_OWNED_KEY";
  return output;
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListActivities.html
Result<s::ListActivities::Output> listActivities(dispatch::Context& context, const s::ListActivities::Input& input) {
  TRY_ASSIGN(auto page, readPage(kActivities, context.transaction(), input.nextToken_, input.maxResults_, false,
                                 context.account(), context.region()));
  s::ListActivities::Output output;
  for (const rows::Activity& row : page.records) {
    s::ActivityListItem item;
    item.activityArn_ = row.arn();
    item.name_ = row.name();
    item.creationDate_ = Timestamp{row.created()};
    output.activities_.push_back(std::move(item));
  }
  output.nextToken_ = page.next_token;
  return output;
}

/// One worker's long poll: takes the oldest task, or waits for one until its time is over.
/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html
class ActivityPoll : public std::enable_shared_from_this<ActivityPoll> {
 public:
  using Output = s::GetActivityTask::Output;

  ActivityPoll(std::shared_ptr<dispatch::AsyncContext> context, s::GetActivityTask::Input input,
               dispatch::Responder<Output> respond, ActivityWaiters& waiters)
      : context_(std::move(context)), input_(std::move(input)), respond_(std::move(respond)), waiters_(waiters) {}

  void begin() {
    auto self = shared_from_this();
    context_->environment().executor.postAt(context_->now().plusMilliseconds(kPollMilliseconds),
                                            [self] { self->answer(Output{}); });
    look();
  }

 private:
  void look() {
    if (answered_) return;
    auto self = shared_from_this();
    // Waiting begins before looking, so that no task slips through between.
    waiting_ = waiters_.wait(input_.activityArn_,
                             [self] { self->context_->environment().executor.post([self] { self->look(); }); });
    context_->transact<Output>([self](dispatch::Context& context) { return self->take(context); },
                               [self](Result<Output> result) {
                                 if (!result.ok() || result.value().taskToken_) self->answer(std::move(result));
                               });
  }

  Result<Output> take(dispatch::Context& context) {
    TRY_ASSIGN(const ActivityArn arn, parseActivityArn(input_.activityArn_));
    auto& transaction = context.transaction();
    if (!kActivities.has(transaction, arn.account, arn.region, arn.name))
      return activityDoesNotExist(input_.activityArn_);
    Output output;
    const auto tasks = kActivityTasks.scan(transaction, {.limit = 1}, input_.activityArn_);
    if (tasks.empty()) return output;
    const rows::ActivityTask& task = tasks[0].record;
    transaction.erase(tasks[0].key);
    context.signal({kExecutionKind, task.execution_arn()},
                   Json::object({{"type", "started"},
                                 {"branch", static_cast<std::int64_t>(task.branch())},
                                 {"attempt", static_cast<std::int64_t>(task.attempt())},
                                 {"worker", input_.workerName_.value_or("")}}));
    output.taskToken_ = task.token();
    output.input_ = task.input();
    return output;
  }

  void answer(Result<Output> result) {
    if (answered_.exchange(true)) return;
    waiters_.takeBack(input_.activityArn_, waiting_);
    if (result.ok()) {
      respond_(dispatch::Reply<Output>(std::move(result).value()));
    } else {
      respond_(std::move(result).error());
    }
  }

  std::shared_ptr<dispatch::AsyncContext> context_;
  s::GetActivityTask::Input input_;
  dispatch::Responder<Output> respond_;
  ActivityWaiters& waiters_;
  std::atomic<std::uint64_t> waiting_{0};
  std::atomic<bool> answered_{false};
};

}  // namespace

void registerActivities(dispatch::Registry& registry, Parts& parts) {
  registry.add<s::CreateActivity>(createActivity);
  registry.add<s::DeleteActivity>(deleteActivity);
  registry.add<s::DescribeActivity>(describeActivity);
  registry.add<s::ListActivities>(listActivities);
  registry.addAsynchronous<s::GetActivityTask>([&parts](std::shared_ptr<dispatch::AsyncContext> context,
                                                        s::GetActivityTask::Input input,
                                                        dispatch::Responder<s::GetActivityTask::Output> respond) {
    std::make_shared<ActivityPoll>(std::move(context), std::move(input), std::move(respond), parts.activity_waiters)
        ->begin();
  });
}

}  // namespace thimble::services::states
