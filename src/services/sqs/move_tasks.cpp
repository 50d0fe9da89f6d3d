// StartMessageMoveTask, ListMessageMoveTasks, CancelMessageMoveTask.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
#include "services/sqs/move_tasks.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"
#include "services/sqs/errors.h"
#include "services/sqs/messages.h"
#include "services/sqs/service.h"
#include "wire/shapes/sqs.h"

namespace thimble::services::sqs {
namespace {

using base::Json;
using namespace shapes::sqs;  // NOLINT: the operations of this file

constexpr std::int64_t kMostPerSecond = 500;
constexpr std::size_t kMovedAtOnce = 100;
/// AWS shows up to ten of a queue's tasks.
constexpr std::size_t kTasksKept = 10;

base::ApiError noSuchQueue(const std::string& parameter) {
  return {"ResourceNotFoundException",
          "The resource that you specified for the " + parameter + " parameter doesn't exist.", 404};
}

std::string handleOf(const rows::MoveTask& task) {
  return base::encodeBase64(Json::object({{"taskId", task.id()}, {"sourceArn", task.source_arn()}}).write());
}

/// The queue's tasks, the newest first.
std::vector<rows::MoveTask> tasksOf(store::Transaction& transaction, const std::string& source_arn) {
  std::vector<rows::MoveTask> tasks;
  for (auto& entry : kMoveTasks.scan(transaction, {}, source_arn)) tasks.push_back(std::move(entry.record));
  std::stable_sort(tasks.begin(), tasks.end(),
                   [](const auto& left, const auto& right) { return left.started() > right.started(); });
  return tasks;
}

bool isDeadLetterQueue(store::Transaction& transaction, const Found& queue) {
  for (auto& entry : kQueues.scan(transaction, {}, queue.account, queue.region)) {
    const Found other{queue.account, queue.region, std::move(entry.record)};
    const auto policy = Json::parse(other.attribute("RedrivePolicy"));
    if (policy.ok() && policy->stringAt("deadLetterTargetArn") == queue.arn()) return true;
  }
  return false;
}

std::int64_t countVisible(dispatch::Context& context, const Found& queue) {
  std::int64_t count = 0;
  for (const auto& entry : kMessages.scan(context.transaction(), {}, queue.row.id())) {
    if (entry.record.visible() <= context.now().milliseconds) ++count;
  }
  return count;
}

base::Result<StartMessageMoveTask::Output> start(dispatch::Context& context, const StartMessageMoveTask::Input& input) {
  store::Transaction& transaction = context.transaction();
  const auto source = queueOfArn(transaction, input.SourceArn_);
  if (!source) return noSuchQueue("SourceArn");
  if (!isDeadLetterQueue(transaction, *source)) {
    return invalidParameter("Source queue must be configured as a Dead Letter Queue.");
  }
  if (input.DestinationArn_) {
    const auto destination = queueOfArn(transaction, *input.DestinationArn_);
    if (!destination) return noSuchQueue("DestinationArn");
    TRY(context.authorise("sqs:SendMessage", destination->arn()));
  }
  TRY(context.authorise("sqs:ReceiveMessage", source->arn()));
  TRY(context.authorise("sqs:DeleteMessage", source->arn()));
  const std::int64_t per_second = input.MaxNumberOfMessagesPerSecond_.value_or(0);
  if (input.MaxNumberOfMessagesPerSecond_ && (per_second < 1 || per_second > kMostPerSecond)) {
    return invalidValue(std::to_string(per_second), "MaxNumberOfMessagesPerSecond", "Must be between 1 and 500.");
  }
  auto tasks = tasksOf(transaction, source->arn());
  for (const rows::MoveTask& task : tasks) {
    if (task.status() == "RUNNING") {
      return invalidParameter(
          "There is already a task running. Only one active task is allowed for a source queue arn at a given time.");
    }
  }
  for (; tasks.size() >= kTasksKept; tasks.pop_back()) {
    kMoveTasks.erase(transaction, source->arn(), tasks.back().id());
  }
  rows::MoveTask task;
  task.set_id(context.random().uuid());
  task.set_source_arn(source->arn());
  task.set_destination_arn(input.DestinationArn_.value_or(""));
  task.set_per_second(per_second);
  task.set_status("RUNNING");
  task.set_started(context.now().milliseconds);
  task.set_to_move(countVisible(context, *source));
  kMoveTasks.put(transaction, task, source->arn(), task.id());
  context.start({std::string(kMoveKind), source->arn() + "/" + task.id()}, {});
  StartMessageMoveTask::Output output;
  output.TaskHandle_ = handleOf(task);
  return output;
}

base::Result<ListMessageMoveTasks::Output> list(dispatch::Context& context, const ListMessageMoveTasks::Input& input) {
  if (!queueOfArn(context.transaction(), input.SourceArn_)) return noSuchQueue("SourceArn");
  const std::int64_t most = input.MaxResults_.value_or(1);
  if (most < 1 || most > static_cast<std::int64_t>(kTasksKept)) {
    return invalidValue(std::to_string(most), "MaxResults", "Must be between 1 and 10.");
  }
  ListMessageMoveTasks::Output output;
  for (const rows::MoveTask& task : tasksOf(context.transaction(), input.SourceArn_)) {
    if (!output.Results_) output.Results_.emplace();
    if (output.Results_->size() == static_cast<std::size_t>(most)) break;
    auto& entry = output.Results_->emplace_back();
    if (task.status() == "RUNNING") entry.TaskHandle_ = handleOf(task);
    entry.Status_ = task.status();
    entry.SourceArn_ = task.source_arn();
    if (!task.destination_arn().empty()) entry.DestinationArn_ = task.destination_arn();
    if (task.per_second() != 0) entry.MaxNumberOfMessagesPerSecond_ = task.per_second();
    entry.ApproximateNumberOfMessagesMoved_ = task.moved();
    entry.ApproximateNumberOfMessagesToMove_ = task.to_move();
    if (!task.failure().empty()) entry.FailureReason_ = task.failure();
    entry.StartedTimestamp_ = task.started();
  }
  return output;
}

base::Result<CancelMessageMoveTask::Output> cancel(dispatch::Context& context,
                                                   const CancelMessageMoveTask::Input& input) {
  const auto handle = Json::parse(base::decodeBase64(input.TaskHandle_).value_or(""));
  if (!handle.ok() || handle->stringAt("taskId").empty() || handle->stringAt("sourceArn").empty()) {
    return invalidParameter("Value for parameter TaskHandle is invalid.");
  }
  const std::string source_arn = handle->stringAt("sourceArn");
  if (!queueOfArn(context.transaction(), source_arn)) return noSuchQueue("SourceArn");
  TRY(context.authorise("sqs:CancelMessageMoveTask", source_arn));
  auto task = kMoveTasks.get(context.transaction(), source_arn, handle->stringAt("taskId"));
  if (!task) return base::ApiError{"ResourceNotFoundException", "Task does not exist.", 404};
  if (task->status() != "RUNNING") return invalidParameter("Only active tasks can be cancelled.");
  task->set_status("CANCELLED");
  kMoveTasks.put(context.transaction(), *task, source_arn, task->id());
  CancelMessageMoveTask::Output output;
  output.ApproximateNumberOfMessagesMoved_ = task->moved();
  return output;
}

/// Moves up to `most` messages. True when there may be more; the task's row says how it went.
bool moveSome(dispatch::ProcessContext& context, dispatch::Waiters& waiters, const Found& source, rows::MoveTask& task,
              std::size_t most) {
  store::Transaction& transaction = context.transaction();
  const std::int64_t now = context.now().milliseconds;
  std::size_t moved = 0;
  for (const auto& entry : kMessages.scan(transaction, {.limit = 20 * kMovedAtOnce}, source.row.id())) {
    if (entry.record.visible() > now) {
      if (source.isFifo()) continue;
      break;  // A standard queue's messages lie in the order of their times.
    }
    if (moved == most) return true;
    const std::string target_arn =
        task.destination_arn().empty() ? entry.record.dead_letter_source() : task.destination_arn();
    const auto target = target_arn.empty() ? std::nullopt : queueOfArn(transaction, target_arn);
    if (!target) {
      task.set_status("FAILED");
      task.set_failure(target_arn.empty() ? "CouldNotDetermineMessageSource"
                                          : "AWS.SimpleQueueService.NonExistentQueue");
      return false;
    }
    eraseMessage(transaction, source, entry.record.sequence());
    rows::Message message = entry.record;
    message.set_id(context.random().uuid());
    message.set_sequence(nextSequence(context.now()));
    message.set_sent(now);
    message.set_visible(now);
    message.set_first_received(0);
    message.set_received(0);
    message.clear_dead_letter_source();
    placeMessage(transaction, *target, message);
    transaction.onCommitted([&waiters, id = target->row.id()] { waiters.notify(id); });
    task.set_moved(task.moved() + 1);
    ++moved;
  }
  task.set_status("COMPLETED");
  return false;
}

}  // namespace

void MoveTasks::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  using Type = dispatch::ProcessInput::Type;
  if (input.type != Type::Start && input.type != Type::Continue && input.type != Type::Timer) return;
  const std::string& id = context.self().id;
  const std::string source_arn = id.substr(0, id.rfind('/'));
  auto task = kMoveTasks.get(context.transaction(), source_arn, id.substr(id.rfind('/') + 1));
  const auto source = queueOfArn(context.transaction(), source_arn);
  if (!task || !source || task->status() != "RUNNING") return;
  const std::size_t most = task->per_second() == 0 ? kMovedAtOnce : static_cast<std::size_t>(task->per_second());
  const bool more = moveSome(context, waiters_, *source, *task, most);
  kMoveTasks.put(context.transaction(), *task, source_arn, task->id());
  if (!more) return;
  if (task->per_second() == 0) {
    context.scheduleContinue();
  } else {
    context.scheduleTimer("next", context.now().plusMilliseconds(1000));
  }
}

void forgetMoveTasks(store::Transaction& transaction, const std::string& source_arn) {
  for (const rows::MoveTask& task : tasksOf(transaction, source_arn)) {
    kMoveTasks.erase(transaction, source_arn, task.id());
  }
}

void registerMoveTasks(dispatch::Registry& registry) {
  registry.add<StartMessageMoveTask>(start);
  registry.add<ListMessageMoveTasks>(list);
  registry.add<CancelMessageMoveTask>(cancel);
}

}  // namespace thimble::services::sqs
