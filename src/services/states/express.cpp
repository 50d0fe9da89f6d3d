#include "services/states/express.h"

#include "dispatch/identity.h"
#include "services/states/errors.h"
#include "services/states/execution_rows.h"
#include "services/states/execution_start.h"
#include "services/states/integration.h"
#include "services/states/parts.h"

namespace thimble::services::states {

using base::Json;
using base::Result;
using base::Timestamp;
using lang::asl::Payload;
namespace s = shapes::states;

namespace {

constexpr std::size_t kStepsAtATime = 5000;

/// arn:aws:states:REGION:ACCOUNT:express:MACHINE:NAME:ID.
std::string expressArn(dispatch::Context& context, const std::string& machine, const std::string& name) {
  return "arn:aws:states:" + context.region() + ":" + context.account() + ":express:" + machine + ":" + name + ":" +
         context.random().uuid();
}

/// AWS bills by 100 ms and by 64 MB.
constexpr std::int64_t kBilledStep = 100;
constexpr std::int64_t kBilledMemory = 64;

}  // namespace

void ExpressProcess::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  if (input.type == dispatch::ProcessInput::Type::Start || input.type == dispatch::ProcessInput::Type::WorkerLost) {
    // The call that runs the execution is kept in a row of its own, to be there when it must be made again.
    auto& transaction = context.transaction();
    rows::Execution row;
    if (input.type == dispatch::ProcessInput::Type::Start) {
      row.set_account(input.payload.stringAt("account"));
      row.set_region(input.payload.stringAt("region"));
      row.set_machine_arn(input.payload.stringAt("machine"));
      row.set_name(input.payload.stringAt("name"));
      row.set_input(input.payload.stringAt("input"));
      kExecutions.put(transaction, row, context.self().id);
    } else if (auto stored = kExecutions.get(transaction, context.self().id)) {
      row = *std::move(stored);
    } else {
      return;
    }
    dispatch::Call call;
    call.identity = dispatch::Identity::root(row.account());
    call.account = row.account();
    call.region = row.region();
    call.service = "states";
    call.operation = "StartSyncExecution";
    call.input = Json::object({{"stateMachineArn", row.machine_arn()}, {"name", row.name()}, {"input", row.input()}});
    context.scheduleCall(call);
  } else if (input.type == dispatch::ProcessInput::Type::TaskResult) {
    kExecutions.erase(context.transaction(), context.self().id);
  }
}

Result<s::StartExecution::Output> startExpress(dispatch::Context& context, const FoundMachine& found,
                                               const std::string& name, const std::string& input) {
  s::StartExecution::Output output;
  output.executionArn_ = expressArn(context, found.machine.name(), name);
  output.startDate_ = context.now();
  const std::string& machine = found.version_arn.empty() ? found.machine.arn() : found.version_arn;
  context.start({kExpressKind, output.executionArn_}, Json::object({{"account", context.account()},
                                                                    {"region", context.region()},
                                                                    {"machine", machine},
                                                                    {"name", name},
                                                                    {"input", input}}));
  return output;
}

ExpressRun::ExpressRun(lang::asl::DefinitionPtr definition, rows::Execution row, dispatch::Doorway& doorway, Done done)
    : definition_(std::move(definition)),
      row_(std::move(row)),
      doorway_(doorway),
      done_(std::move(done)),
      identity_(identityOf(row_)),
      entropy_(doorway.environment().random),
      host_{.now = row_.start_time(),
            .entropy = entropy_,
            .make_token = {},
            .admit_task = {},
            .events_at_a_time = kStepsAtATime},
      interpreter_(*definition_, identity_, header_, workspace_, host_) {
  identity_.express = true;
  host_.admit_task = [](const lang::asl::State& state,
                        const Payload& parameters) -> std::optional<lang::asl::WorkflowError> {
    auto call = callOf(state.resource, parameters.value());
    if (call.ok()) return std::nullopt;
    return std::move(call).error();
  };
}

void ExpressRun::start() {
  auto self = shared_from_this();
  std::int64_t limit = kExpressMilliseconds;
  if (definition_->timeout_seconds) limit = std::min(limit, *definition_->timeout_seconds * 1000);
  doorway_.environment().executor.postAt({row_.start_time() + limit},
                                         [self] { self->step([](lang::asl::Interpreter& i) { i.timeOut(); }); });
  step([](lang::asl::Interpreter& interpreter) { interpreter.start(); });
}

void ExpressRun::step(const std::function<void(lang::asl::Interpreter&)>& feed) {
  auto self = shared_from_this();
  lang::asl::Decision decision;
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    host_.now = doorway_.environment().clock.now().milliseconds;
    feed(interpreter_);
    decision = interpreter_.take();
    ended_ = decision.finished;
  }
  if (decision.finished) return done_(identity_, header_);
  platform::Executor& executor = doorway_.environment().executor;
  for (const lang::asl::TimerRequest& timer : decision.timers) {
    executor.postAt({timer.due}, [self, timer] {
      self->step([timer](lang::asl::Interpreter& i) { i.timer(timer.kind, timer.branch, timer.attempt); });
    });
  }
  for (const lang::asl::TaskRequest& task : decision.tasks) run(task);
  // A long run of steps lets others have the thread in between.
  if (decision.more) executor.post([self] { self->step([](lang::asl::Interpreter& i) { i.resume(); }); });
}

void ExpressRun::run(const lang::asl::TaskRequest& task) {
  auto call = callOf(task.state->resource, task.parameters.value());
  if (!call.ok()) return;  // admit_task has refused it before.
  dispatch::Call made = std::move(call).value();
  made.account = row_.account();
  made.region = row_.region();
  made.role = dispatch::RoleToAssume{task.role.empty() ? row_.role_arn() : task.role, "states.amazonaws.com",
                                     sessionName(row_.name())};
  made.source_arn = row_.machine_arn();
  made.request_id = doorway_.environment().random.uuid();
  auto self = shared_from_this();
  const std::string request_id = made.request_id;
  doorway_.call(std::move(made), [self, branch = task.branch, attempt = task.attempt, state = task.state,
                                  request_id](dispatch::CallOutcome outcome) {
    // The answer may come on the committing thread, which must not be held up.
    auto shared = std::make_shared<dispatch::CallOutcome>(std::move(outcome));
    self->doorway_.environment().executor.post([self, branch, attempt, state, request_id, shared] {
      auto result = resultOf(state->resource, *shared, request_id, self->doorway_.environment().clock.now());
      self->step([&](lang::asl::Interpreter& interpreter) {
        if (result.ok()) {
          interpreter.taskSucceeded(branch, attempt, Payload(std::move(result).value()));
        } else {
          interpreter.taskFailed(branch, attempt, std::move(result).error());
        }
      });
    });
  });
}

namespace {

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html
void startSyncExecution(Parts& parts, std::shared_ptr<dispatch::AsyncContext> context,
                        const s::StartSyncExecution::Input& input,
                        dispatch::Responder<s::StartSyncExecution::Output> respond) {
  struct Ready {
    rows::Execution row;
    lang::asl::DefinitionPtr definition;
  };
  auto& doorway = context->doorway();
  context->transact<Ready>(
      [&parts, input](dispatch::Context& within) -> Result<Ready> {
        TRY_ASSIGN(const FoundMachine found, findMachine(within, input.stateMachineArn_));
        if (!found.machine.express()) return stateMachineTypeNotSupported();
        TRY_ASSIGN(const std::string name, checkExecutionName(within, input.name_));
        TRY_ASSIGN(const std::string text, checkInput(input.input_));
        Ready ready;
        ready.row = newExecution(within, found, name, text);
        ready.row.set_arn(expressArn(within, found.machine.name(), name));
        ready.definition = parts.definitions.get(within.transaction(), found.machine.definition_hash());
        return ready;
      },
      [&doorway, input, respond = std::move(respond)](Result<Ready> result) {
        if (!result.ok()) return respond(std::move(result).error());
        const bool with_data = input.includedData_.value_or("ALL_DATA") == "ALL_DATA";
        auto done = [respond, with_data, trace = input.traceHeader_](const lang::asl::ExecutionIdentity& identity,
                                                                     const lang::asl::Header& header) {
          s::StartSyncExecution::Output output;
          output.executionArn_ = identity.arn;
          output.stateMachineArn_ = identity.machine_arn;
          output.name_ = identity.name;
          output.startDate_ = Timestamp{identity.start_time};
          output.stopDate_ = Timestamp{header.stop_time};
          output.status_ = std::string(lang::asl::statusName(header.status));
          output.error_ = header.status == lang::asl::ExecutionStatus::TimedOut
                              ? std::optional<std::string>(lang::asl::kTimeout)
                              : header.error;
          output.cause_ = header.cause;
          if (with_data) output.input_ = *identity.input.text();
          output.inputDetails_.emplace().included_ = with_data;
          if (header.status == lang::asl::ExecutionStatus::Succeeded) {
            if (with_data) output.output_ = *header.output.text();
            output.outputDetails_.emplace().included_ = with_data;
          }
          output.traceHeader_ = trace;
          auto& billing = output.billingDetails_.emplace();
          billing.billedDurationInMilliseconds_ =
              ((header.stop_time - identity.start_time) / kBilledStep + 1) * kBilledStep;
          billing.billedMemoryUsedInMB_ = kBilledMemory;
          respond(dispatch::Reply<s::StartSyncExecution::Output>(std::move(output)));
        };
        Ready ready = std::move(result).value();
        std::make_shared<ExpressRun>(std::move(ready.definition), std::move(ready.row), doorway, std::move(done))
            ->start();
      });
}

}  // namespace

void registerExpress(dispatch::Registry& registry, Parts& parts) {
  registry.addAsynchronous<s::StartSyncExecution>([&parts](std::shared_ptr<dispatch::AsyncContext> context,
                                                           s::StartSyncExecution::Input input,
                                                           dispatch::Responder<s::StartSyncExecution::Output> respond) {
    startSyncExecution(parts, std::move(context), input, std::move(respond));
  });
}

}  // namespace thimble::services::states
