#include "services/cloudformation/stack_decision.h"

#include "dispatch/call_record.h"

namespace thimble::services::cloudformation {

using base::Json;

namespace {
/// Operations last no longer than this, however long their resources wait.
constexpr std::int64_t kDefaultTimeoutMinutes = 24 * 60;
constexpr char kTimeoutTimer[] = "timeout";
constexpr std::string_view kRetryTimer = "retry:";
}  // namespace

StackDecision::StackDecision(dispatch::ProcessContext& context, rows::StackRecord stack,
                             rows::OperationRecord operation)
    : context_(context),
      transaction_(context.transaction()),
      stack_(std::move(stack)),
      operation_(std::move(operation)) {}

void StackDecision::start() {
  const std::int64_t minutes = stack_.timeout_minutes() > 0 && operation_.kind() == rows::OperationRecord::CREATE
                                   ? stack_.timeout_minutes()
                                   : kDefaultTimeoutMinutes;
  context_.scheduleTimer(kTimeoutTimer, context_.now().plusMilliseconds(minutes * 60'000));
  notify();
  beginPhase(operation_.phase());
}

void StackDecision::taskResult(const dispatch::ProcessInput& input) {
  auto work = findWork(input.name);
  if (!work || work->task_id() != input.task_id || work->state() != rows::WorkRecord::RUNNING || !input.outcome) return;
  work->clear_task_id();
  if (input.outcome->ok()) {
    run(*work, Outcome((*input.outcome)->output));
  } else {
    run(*work, Outcome(input.outcome->error()));
  }
}

void StackDecision::workerLost(const dispatch::ProcessInput& input) {
  auto work = findWork(input.name);
  if (!work || work->task_id() != input.task_id || work->state() != rows::WorkRecord::RUNNING) return;
  // The call may have been done. It is made again; a recipe says which errors then mean that it had been.
  work->set_lost(true);
  makeCall(*work);
}

void StackDecision::timer(const dispatch::ProcessInput& input) {
  if (input.name == kTimeoutTimer) {
    operation_.set_failure_reason("Stack operation timed out");
    cancel();
    return;
  }
  if (input.name.compare(0, kRetryTimer.size(), kRetryTimer) != 0) return;
  auto work = findWork(input.name.substr(kRetryTimer.size()));
  if (work && work->state() == rows::WorkRecord::RUNNING && work->task_id().empty()) makeCall(*work);
}

void StackDecision::cancel() {
  if (operation_.phase() != rows::OperationRecord::DEPLOY) return;
  operation_.set_cancelled(true);
  operation_.set_failing(true);
}

void StackDecision::finish() {
  // A phase may end at once (nothing to do), so several may pass within one decision.
  while (!over_ && operation_.running_works() == 0) endPhase();
  if (!over_) kOperations.put(transaction_, operation_, stack_.id());
  putStack(transaction_, stack_);
}

void StackDecision::status(const std::string& status, const std::string& reason) {
  setStackStatus(transaction_, stack_, context_.now(), context_.random(), status, reason);
  notify();
}

void StackDecision::resourceEvent(rows::ResourceRecord& resource, const std::string& status, const std::string& reason,
                                  const std::string& physical_id, const std::string& properties_json) {
  resource.set_status(status);
  resource.set_status_reason(reason);
  resource.set_timestamp(context_.now().milliseconds);
  addEvent(transaction_, stack_, context_.now(), context_.random(),
           {resource.logical_id(), physical_id, resource.type(), status, reason, properties_json});
  notify();
}

StackDecision::Resources& StackDecision::resources() {
  if (!resources_) resources_ = stackResources(transaction_, stack_.id());
  return *resources_;
}

void StackDecision::putResource(const rows::ResourceRecord& resource) {
  kResources.put(transaction_, resource, stack_.id(), resource.logical_id());
  if (resources_) (*resources_)[resource.logical_id()] = resource;
}

void StackDecision::eraseResource(const std::string& logical_id) {
  kResources.erase(transaction_, stack_.id(), logical_id);
  if (resources_) resources_->erase(logical_id);
}

const lang::template_::Prepared* StackDecision::prepared() {
  if (!prepared_) {
    auto loaded = loadPrepared(stack_, stack_.current());
    if (!loaded.ok()) return nullptr;
    prepared_ = std::make_unique<lang::template_::Prepared>(std::move(*loaded));
  }
  return prepared_.get();
}

Json StackDecision::surroundings(const std::string& logical_id) const {
  return Json::object({{"Region", Json(stack_.region())},
                       {"Account", Json(stack_.account())},
                       {"Partition", Json("aws")},
                       {"StackId", Json(stack_.id())},
                       {"StackName", Json(stack_.name())},
                       {"LogicalId", Json(logical_id)},
                       {"StackTags", stackTags()}});
}

Json StackDecision::stackTags() const {
  Json tags = Json::array();
  for (const rows::TagRecord& tag : stack_.current().tags()) {
    tags.push(Json::object({{"Key", Json(tag.key())}, {"Value", Json(tag.value())}}));
  }
  return tags;
}

void StackDecision::notify() {
  if (stack_.current().notification_arns_size() == 0) return;
  const auto event = kEvents.get(transaction_, stack_.id(), stack_.event_count() - 1);
  if (!event) return;
  std::string message;
  const auto line = [&](const char* name, const std::string& value) {
    message += std::string(name) + "='" + value + "'\n";
  };
  line("StackId", stack_.id());
  line("Timestamp", base::formatIso8601Milliseconds({event->timestamp()}));
  line("EventId", event->event_id());
  line("LogicalResourceId", event->logical_id());
  line("Namespace", stack_.account());
  line("PhysicalResourceId", event->physical_id());
  line("ResourceProperties", event->properties_json().empty() ? "null" : event->properties_json());
  line("ResourceStatus", event->status());
  line("ResourceStatusReason", event->reason());
  line("ResourceType", event->type());
  line("StackName", stack_.name());
  line("ClientRequestToken", event->client_token().empty() ? "null" : event->client_token());
  for (const std::string& topic : stack_.current().notification_arns()) {
    dispatch::Call call = dispatch::fromRecord(stack_.current().caller());
    call.account = stack_.account();
    call.region = stack_.region();
    call.service = "sns";
    call.operation = "Publish";
    call.input = Json::object(
        {{"TopicArn", Json(topic)}, {"Message", Json(message)}, {"Subject", Json("AWS CloudFormation Notification")}});
    call.source_arn = stack_.id();
    // Whether it arrives changes nothing for the stack: the result finds no work of that name.
    context_.scheduleCall(call, "");
  }
}

}  // namespace thimble::services::cloudformation
