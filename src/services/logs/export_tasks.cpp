// CreateExportTask, DescribeExportTasks, CancelExportTask.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateExportTask.html and the pages beside
// it
#include "services/logs/export_tasks.h"

#include <algorithm>

#include "base/json.h"
#include "dispatch/doorway.h"
#include "services/logs/errors.h"
#include "services/logs/groups.h"
#include "services/logs/registration.h"
#include "wire/shapes/logs.h"

namespace thimble::services::logs {
namespace {

using base::Json;
using base::Result;
using dispatch::Context;
using shapes::logs::CancelExportTask;
using shapes::logs::CreateExportTask;
using shapes::logs::DescribeExportTasks;
using Create = CreateExportTask;

constexpr std::int64_t kDefaultLimit = 50;
constexpr const char* kDefaultPrefix = "exportedlogs";

bool isActive(const rows::ExportTaskRecord& task) {
  return task.status() == "PENDING" || task.status() == "RUNNING";
}

Result<void> check(Context& context, const Create::Input& input) {
  TRY(loadGroup(context, input.logGroupName_));
  if (input.from_ >= input.to_) return invalidParameter("The specified start time must be before the end time.");
  for (const auto& entry : kExportTasks.scan(context.transaction(), {}, context.account(), context.region())) {
    if (isActive(entry.record)) return limitExceeded();
  }
  return {};
}

Result<Create::Output> keep(Context& context, const Create::Input& input, const std::string& principal) {
  TRY(check(context, input));
  rows::ExportTaskRecord task;
  task.set_id(context.random().uuid());
  task.set_name(input.taskName_.value_or(""));
  task.set_group(input.logGroupName_);
  task.set_stream_prefix(input.logStreamNamePrefix_.value_or(""));
  task.set_from(input.from_);
  task.set_to(input.to_);
  task.set_bucket(input.destination_);
  task.set_prefix(input.destinationPrefix_.value_or(kDefaultPrefix));
  task.set_status("PENDING");
  task.set_principal(principal);
  task.set_created(context.now().milliseconds);
  kExportTasks.put(context.transaction(), task, context.account(), context.region(), task.id());
  context.start({ExportTasks::kName, context.account() + "/" + context.region() + "/" + task.id()}, {});
  Create::Output output;
  output.taskId_ = task.id();
  return output;
}

/// Looks at the bucket as CloudWatch Logs does, by its own name or its older one in the Region.
void probe(const std::shared_ptr<dispatch::AsyncContext>& context, const Create::Input& input,
           std::vector<std::string> principals, dispatch::Responder<Create::Output> respond) {
  const std::string principal = principals.front();
  principals.erase(principals.begin());
  context->doorway().call(
      bucketCall(context->account(), context->region(), principal, "GetBucketAcl",
                 Json::object({{"Bucket", input.destination_}})),
      [context, input, principals, principal, respond](const dispatch::CallOutcome& outcome) {
        if (!outcome.ok() && !principals.empty()) return probe(context, input, principals, respond);
        if (!outcome.ok()) {
          return respond(
              invalidParameter("GetBucketAcl call on the given bucket failed. Please check if CloudWatch Logs has been "
                               "granted permission to perform this operation."));
        }
        context->transact<Create::Output>([input, principal](Context& inner) { return keep(inner, input, principal); },
                                          [respond](Result<Create::Output> result) {
                                            if (!result.ok()) return respond(std::move(result).error());
                                            respond(dispatch::Reply<Create::Output>(std::move(result).value()));
                                          });
      });
}

/// Whether the bucket is there is asked for by the account itself: who may not use it is not told.
void lookForBucket(const std::shared_ptr<dispatch::AsyncContext>& context, const Create::Input& input,
                   dispatch::Responder<Create::Output> respond) {
  dispatch::Call look = bucketCall(context->account(), context->region(), "", "HeadBucket",
                                   Json::object({{"Bucket", input.destination_}}));
  look.identity = dispatch::Identity::root(context->account());
  context->doorway().call(std::move(look), [context, input, respond](const dispatch::CallOutcome& outcome) {
    if (!outcome.ok() && outcome.error().http_status == 404) {
      return respond(invalidParameter("The given bucket does not exist. Please make sure the bucket is valid."));
    }
    probe(context, input, {"logs.amazonaws.com", "logs." + context->region() + ".amazonaws.com"}, respond);
  });
}

struct Admitted {};

void create(std::shared_ptr<dispatch::AsyncContext> context, Create::Input input,
            dispatch::Responder<Create::Output> respond) {
  context->transact<Admitted>(
      [input](Context& inner) -> Result<Admitted> {
        TRY(check(inner, input));
        return Admitted{};
      },
      [context, input, respond](Result<Admitted> admitted) {
        if (!admitted.ok()) return respond(std::move(admitted).error());
        lookForBucket(context, input, respond);
      });
}

Result<DescribeExportTasks::Output> describe(Context& context, const DescribeExportTasks::Input& input) {
  TRY_ASSIGN(const std::string after, nameOfPageToken(input.nextToken_));
  const auto limit = static_cast<std::size_t>(input.limit_.value_or(kDefaultLimit));
  DescribeExportTasks::Output output;
  output.exportTasks_.emplace();
  for (const auto& entry : kExportTasks.scan(context.transaction(), {}, context.account(), context.region())) {
    const rows::ExportTaskRecord& task = entry.record;
    if (input.taskId_ && task.id() != *input.taskId_) continue;
    if (input.statusCode_ && task.status() != *input.statusCode_) continue;
    if (!after.empty() && task.id() <= after) continue;
    if (output.exportTasks_->size() == limit) {
      output.nextToken_ = pageToken(*output.exportTasks_->back().taskId_);
      break;
    }
    auto& shown = output.exportTasks_->emplace_back();
    shown.taskId_ = task.id();
    if (!task.name().empty()) shown.taskName_ = task.name();
    shown.logGroupName_ = task.group();
    shown.from_ = task.from();
    shown.to_ = task.to();
    shown.destination_ = task.bucket();
    shown.destinationPrefix_ = task.prefix();
    shown.status_.emplace();
    shown.status_->code_ = task.status();
    if (!task.message().empty()) shown.status_->message_ = task.message();
    shown.executionInfo_.emplace();
    shown.executionInfo_->creationTime_ = task.created();
    if (task.completed() != 0) shown.executionInfo_->completionTime_ = task.completed();
  }
  return output;
}

Result<CancelExportTask::Output> cancel(Context& context, const CancelExportTask::Input& input) {
  auto task = kExportTasks.get(context.transaction(), context.account(), context.region(), input.taskId_);
  if (!task) return resourceNotFound("The specified export task does not exist.");
  if (!isActive(*task)) {
    return base::ApiError{"InvalidOperationException", "The specified export task has already finished.", 400};
  }
  task->set_status("CANCELLED");
  task->set_completed(context.now().milliseconds);
  kExportTasks.put(context.transaction(), *task, context.account(), context.region(), task->id());
  return CancelExportTask::Output{};
}

}  // namespace

dispatch::Call bucketCall(const std::string& account, const std::string& region, const std::string& principal,
                          std::string operation, Json input) {
  dispatch::Call call;
  call.identity.kind = dispatch::Identity::Kind::Service;
  call.identity.account = account;
  call.identity.arn = principal;
  call.account = account;
  call.region = region;
  call.service = "s3";
  call.operation = std::move(operation);
  call.source_arn = "arn:aws:logs:" + region + ":" + account + ":log-group:*";
  call.input = std::move(input);
  return call;
}

// Files are written under names of their own, so that a task whose server died simply begins again.
void ExportTasks::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  using Type = dispatch::ProcessInput::Type;
  const std::string& id = context.self().id;
  const std::size_t first = id.find('/');
  const std::size_t second = id.find('/', first + 1);
  const std::string account = id.substr(0, first);
  const std::string region = id.substr(first + 1, second - first - 1);
  auto task = kExportTasks.get(context.transaction(), account, region, id.substr(second + 1));
  if (!task || !isActive(*task)) return;
  if (input.type == Type::Start || input.type == Type::WorkerLost) {
    dispatch::Call call;
    call.identity = dispatch::Identity::root(account);
    call.account = account;
    call.region = region;
    call.service = kExportService;
    call.operation = kExportOperation;
    call.input = Json::object({{"TaskId", task->id()}});
    context.scheduleCall(call);
    return;
  }
  if (input.type == Type::TaskStarted) task->set_status("RUNNING");
  if (input.type == Type::TaskResult) {
    task->set_status(input.outcome->ok() ? "COMPLETED" : "FAILED");
    task->set_message(input.outcome->ok() ? "Completed successfully" : input.outcome->error().message);
    task->set_completed(context.now().milliseconds);
  }
  kExportTasks.put(context.transaction(), *task, account, region, task->id());
}

void registerExportTasks(dispatch::Registry& registry) {
  registry.addAsynchronous<Create>(create);
  registry.add<DescribeExportTasks>(describe);
  registry.add<CancelExportTask>(cancel);
  registry.addInternal(kExportService, kExportOperation, runExport);
}

}  // namespace thimble::services::logs
