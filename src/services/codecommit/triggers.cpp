// https://docs.aws.amazon.com/codecommit/latest/APIReference/API_PutRepositoryTriggers.html and its neighbours.
#include "services/codecommit/triggers.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "base/arn.h"
#include "services/codecommit/git_operation.h"
#include "services/codecommit/operations.h"

namespace thimble::services::codecommit {
namespace {

using base::Json;

constexpr std::size_t kMostTriggers = 10;
constexpr std::size_t kMostBranches = 10;

bool concerns(const rows::Trigger& trigger, const ReferenceChange& change) {
  const std::string_view event = change.old_target.empty()   ? "createReference"
                                 : change.new_target.empty() ? "deleteReference"
                                                             : "updateReference";
  const auto named = [](const auto& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  if (!named(trigger.events(), "all") && !named(trigger.events(), event)) return false;
  if (trigger.branches().empty()) return true;
  return change.name.starts_with(kBranchPrefix) && named(trigger.branches(), change.name.substr(kBranchPrefix.size()));
}

/// https://docs.aws.amazon.com/lambda/latest/dg/services-codecommit.html
Json messageOf(const rows::RepositoryRecord& repository, const rows::Trigger& trigger, Json references,
               const std::string& event, const std::string& id, base::Timestamp now, const std::string& caller_arn) {
  std::string time = base::formatIso8601Milliseconds(now);
  time.replace(time.size() - 1, 1, "+0000");
  Json record = Json::object(
      {{"awsRegion", repository.region()}, {"codecommit", Json::object({{"references", std::move(references)}})}});
  if (!trigger.custom_data().empty()) record.set("customData", trigger.custom_data());
  for (const auto& [name, value] :
       std::initializer_list<std::pair<const char*, Json>>{{"eventId", id},
                                                           {"eventName", event},
                                                           {"eventPartNumber", 1},
                                                           {"eventSource", "aws:codecommit"},
                                                           {"eventSourceARN", arnOf(repository)},
                                                           {"eventTime", time},
                                                           {"eventTotalParts", 1},
                                                           {"eventTriggerConfigId", repository.triggers_id()},
                                                           {"eventTriggerName", trigger.name()},
                                                           {"eventVersion", "1.0"},
                                                           {"userIdentityARN", caller_arn}}) {
    record.set(name, value);
  }
  return Json::object({{"Records", Json::array({std::move(record)})}});
}

/// Who delivers. A topic of the same account needs no policy for CodeCommit; a function, and another account's topic,
/// do.
dispatch::Identity delivererOf(const std::string& account, const std::string& destination) {
  const auto arn = base::parseArn(destination);
  if (arn && arn->service == "sns" && arn->account == account) return dispatch::Identity::root(account);
  dispatch::Identity identity;
  identity.kind = dispatch::Identity::Kind::Service;
  identity.account = account;
  identity.arn = "codecommit.amazonaws.com";
  return identity;
}

/// The call that delivers a message; its service is empty when the destination is neither topic nor function.
dispatch::Call deliveryOf(const rows::RepositoryRecord& repository, const rows::Trigger& trigger,
                          const std::string& message) {
  dispatch::Call call;
  call.identity = delivererOf(repository.account(), trigger.destination());
  call.account = repository.account();
  call.region = repository.region();
  call.source_arn = arnOf(repository);
  const auto arn = base::parseArn(trigger.destination());
  if (arn && arn->service == "sns") {
    call.service = "sns";
    call.operation = "Publish";
    call.input = Json::object(
        {{"TopicArn", trigger.destination()},
         {"Subject", ("UPDATE: AWS CodeCommit " + repository.region() + " push: " + repository.name()).substr(0, 100)},
         {"Message", message}});
  } else if (arn && arn->service == "lambda") {
    call.service = "lambda";
    call.operation = "Invoke";
    call.input =
        Json::object({{"FunctionName", trigger.destination()}, {"InvocationType", "Event"}, {"Payload", message}});
  }
  return call;
}

base::Result<rows::Trigger> checked(const rows::RepositoryRecord& repository, const shape::RepositoryTrigger& given) {
  if (given.name_.empty()) {
    return makeError("RepositoryTriggerNameRequiredException",
                     "A name for the trigger is required, but was not specified");
  }
  const bool characters = std::all_of(given.name_.begin(), given.name_.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
  });
  if (!characters || given.name_.size() > 100) {
    return makeError("InvalidRepositoryTriggerNameException", "The name of the trigger is not valid: " + given.name_);
  }
  if (given.destinationArn_.empty()) {
    return makeError("RepositoryTriggerDestinationArnRequiredException",
                     "A destination ARN for the target service for the trigger is required, but was not specified");
  }
  const auto arn = base::parseArn(given.destinationArn_);
  if (!arn || (arn->service != "sns" && arn->service != "lambda")) {
    return makeError("InvalidRepositoryTriggerDestinationArnException",
                     "The Amazon Resource Name (ARN) for the trigger is not valid for the specified destination: " +
                         given.destinationArn_);
  }
  if (arn->region != repository.region()) {
    return makeError("InvalidRepositoryTriggerRegionException",
                     "The AWS Region for the trigger target does not match the AWS Region for the repository");
  }
  if (given.events_.empty()) {
    return makeError("RepositoryTriggerEventsListRequiredException",
                     "At least one event for the trigger is required, but was not specified");
  }
  if (given.customData_ && given.customData_->size() > 1000) {
    return makeError("InvalidRepositoryTriggerCustomDataException",
                     "The custom data provided for the trigger is not valid");
  }
  if (given.branches_ && given.branches_->size() > kMostBranches) {
    return makeError("MaximumBranchesExceededException", "The number of branches for the trigger was exceeded");
  }
  rows::Trigger out;
  out.set_name(given.name_);
  out.set_destination(given.destinationArn_);
  out.set_custom_data(given.customData_.value_or(""));
  for (const std::string& branch : given.branches_.value_or(std::vector<std::string>{})) out.add_branches(branch);
  for (const std::string& event : given.events_) out.add_events(event);
  return out;
}

base::Result<std::vector<rows::Trigger>> checkedAll(const rows::RepositoryRecord& repository,
                                                    const std::vector<shape::RepositoryTrigger>& given) {
  if (given.size() > kMostTriggers) {
    return makeError("MaximumRepositoryTriggersExceededException",
                     "The number of triggers allowed for the repository was exceeded");
  }
  std::vector<rows::Trigger> out;
  for (const auto& each : given) {
    TRY_ASSIGN(rows::Trigger trigger, checked(repository, each));
    for (const rows::Trigger& other : out) {
      if (other.name() != trigger.name()) continue;
      return makeError("InvalidRepositoryTriggerNameException",
                       "The name of the trigger is used twice: " + trigger.name());
    }
    out.push_back(std::move(trigger));
  }
  return out;
}

base::Result<shape::PutRepositoryTriggersOutput> put(dispatch::Context& context,
                                                     const shape::PutRepositoryTriggersInput& input) {
  TRY_ASSIGN(auto repository, findRepository(context, input.repositoryName_));
  TRY_ASSIGN(const auto triggers, checkedAll(repository, input.triggers_));
  repository.clear_triggers();
  for (const rows::Trigger& trigger : triggers) *repository.add_triggers() = trigger;
  repository.set_triggers_id(context.random().uuid());
  saveRepository(context.transaction(), repository);
  shape::PutRepositoryTriggersOutput output;
  output.configurationId_ = repository.triggers_id();
  return output;
}

base::Result<shape::GetRepositoryTriggersOutput> get(dispatch::Context& context,
                                                     const shape::GetRepositoryTriggersInput& input) {
  TRY_ASSIGN(const auto repository, findRepository(context, input.repositoryName_));
  shape::GetRepositoryTriggersOutput output;
  if (!repository.triggers_id().empty()) output.configurationId_ = repository.triggers_id();
  output.triggers_.emplace();
  for (const rows::Trigger& trigger : repository.triggers()) {
    auto& row = output.triggers_->emplace_back();
    row.name_ = trigger.name();
    row.destinationArn_ = trigger.destination();
    if (!trigger.custom_data().empty()) row.customData_ = trigger.custom_data();
    row.branches_.emplace(trigger.branches().begin(), trigger.branches().end());
    row.events_.assign(trigger.events().begin(), trigger.events().end());
  }
  return output;
}

/// The answers of a test's deliveries as they come in.
struct Testing {
  std::mutex mutex;
  std::size_t open = 0;
  shape::TestRepositoryTriggersOutput output;
};

void test(const std::shared_ptr<dispatch::AsyncContext>& context, const shape::TestRepositoryTriggersInput& input,
          const dispatch::Responder<shape::TestRepositoryTriggersOutput>& respond) {
  store::Transaction transaction = context->environment().store.begin();
  const auto repository = findRepository(transaction, context->call(), input.repositoryName_);
  if (!repository.ok()) return respond(repository.error());
  const auto triggers = checkedAll(*repository, input.triggers_);
  if (!triggers.ok()) return respond(triggers.error());
  auto testing = std::make_shared<Testing>();
  testing->open = triggers->size();
  testing->output.successfulExecutions_.emplace();
  testing->output.failedExecutions_.emplace();
  if (triggers->empty()) return respond(dispatch::Reply<shape::TestRepositoryTriggersOutput>(testing->output));
  for (const rows::Trigger& trigger : *triggers) {
    Json reference =
        Json::object({{"commit", std::string(40, '0')}, {"ref", "refs/heads/" + repository->default_branch()}});
    const std::string message = messageOf(*repository, trigger, Json::array({std::move(reference)}), "TriggerEventTest",
                                          context->random().uuid(), context->now(), context->call().identity.arn)
                                    .write();
    context->doorway().call(deliveryOf(*repository, trigger, message),
                            [testing, respond, name = trigger.name()](const dispatch::CallOutcome& outcome) {
                              const std::lock_guard lock(testing->mutex);
                              if (outcome.ok()) {
                                testing->output.successfulExecutions_->push_back(name);
                              } else {
                                auto& row = testing->output.failedExecutions_->emplace_back();
                                row.trigger_ = name;
                                row.failureMessage_ = outcome.error().message;
                              }
                              if (--testing->open == 0) {
                                respond(dispatch::Reply<shape::TestRepositoryTriggersOutput>(testing->output));
                              }
                            });
  }
}

}  // namespace

void fireTriggers(dispatch::Context& context, const rows::RepositoryRecord& repository,
                  const std::vector<ReferenceChange>& changes, const std::string& caller_arn) {
  for (const rows::Trigger& trigger : repository.triggers()) {
    Json references = Json::array();
    for (const ReferenceChange& change : changes) {
      if (!concerns(trigger, change)) continue;
      Json row = Json::object({{"commit", change.new_target.empty() ? change.old_target : change.new_target}});
      if (change.old_target.empty()) row.set("created", true);
      if (change.new_target.empty()) row.set("deleted", true);
      row.set("ref", change.name);
      references.push(std::move(row));
    }
    if (references.empty()) continue;
    const std::string message = messageOf(repository, trigger, std::move(references), "ReferenceChanges",
                                          context.random().uuid(), context.now(), caller_arn)
                                    .write();
    const dispatch::Call call = deliveryOf(repository, trigger, message);
    context.start({TriggerDelivery::kName, context.random().uuid()},
                  Json::object({{"account", call.account},
                                {"region", call.region},
                                {"service", call.service},
                                {"operation", call.operation},
                                {"destination", trigger.destination()},
                                {"source", call.source_arn},
                                {"input", call.input}}));
  }
}

void TriggerDelivery::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  if (input.type != dispatch::ProcessInput::Type::Start) return;
  dispatch::Call call;
  call.identity = delivererOf(input.payload.stringAt("account"), input.payload.stringAt("destination"));
  call.account = input.payload.stringAt("account");
  call.region = input.payload.stringAt("region");
  call.service = input.payload.stringAt("service");
  call.operation = input.payload.stringAt("operation");
  call.source_arn = input.payload.stringAt("source");
  call.input = input.payload["input"];
  context.scheduleCall(call);
}

void registerTriggerOperations(dispatch::Registry& registry) {
  registry.add<shape::PutRepositoryTriggers>(put);
  registry.add<shape::GetRepositoryTriggers>(get);
  registry.addAsynchronous<shape::TestRepositoryTriggers>(test);
}

}  // namespace thimble::services::codecommit
