// TestState: one state, once, without an execution.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
#include <memory>

#include "dispatch/doorway.h"
#include "lang/asl/data_flow.h"
#include "lang/asl/measure.h"
#include "services/states/errors.h"
#include "services/states/execution_process.h"
#include "services/states/execution_start.h"
#include "services/states/integration.h"
#include "services/states/mock.h"
#include "services/states/parts.h"
#include "wire/shapes/states.h"

namespace thimble::services::states {
namespace {

using base::Json;
using base::Result;
using lang::asl::JsonOutcome;
using lang::asl::Resource;
using lang::asl::State;
using lang::asl::StateType;
using lang::asl::WorkflowError;
namespace s = shapes::states;
using Output = s::TestState::Output;

/// A context object that is given.
class GivenContext final : public lang::asl::ContextSource {
 public:
  explicit GivenContext(Json value) : value_(std::move(value)) {}
  const Json& context() override { return value_; }

 private:
  Json value_;
};

/// One test, from its request to its answer.
class StateTest : public std::enable_shared_from_this<StateTest> {
 public:
  StateTest(std::shared_ptr<dispatch::AsyncContext> context, s::TestState::Input input,
            dispatch::Responder<Output> respond)
      : context_(std::move(context)),
        input_(std::move(input)),
        respond_(std::move(respond)),
        entropy_(context_->random()) {}

  void run() {
    auto ready = prepare();
    if (!ready.ok()) return respond_(std::move(ready).error());
    begin();
  }

 private:
  bool mocked() const { return input_.mock_.has_value(); }

  /// Checks all of the request, in AWS's order.
  Result<void> prepare() {
    // 1. What goes together.
    if (mocked() && input_.mock_->result_ && input_.mock_->errorOutput_) {
      return validation("A test mock should have only one of the following fields: [result, errorOutput].");
    }
    if (mocked() && input_.revealSecrets_.value_or(false)) {
      return validation("TestState does not support RevealSecrets when a mock is specified.");
    }
    if (!mocked() && input_.stateConfiguration_ && input_.stateConfiguration_->mapIterationFailureCount_) {
      return validation("TestState does not support MapIterationFailureCount when a mock is not specified.");
    }
    // 2. The state.
    const Json source = Json::parse(input_.definition_).ok() ? Json::parse(input_.definition_).value() : Json();
    const Json& described = input_.stateName_ ? source["States"][*input_.stateName_] : source;
    const bool joins = described["Type"] == Json("Map") || described["Type"] == Json("Parallel");
    if (joins && !mocked()) {
      return base::ApiError{
          "InvalidDefinition",
          "TestState API does not support Map or Parallel states. Supported state types include: [Task, Wait, Pass, "
          "Succeed, Fail, Choice]"};
    }
    const auto parsed = input_.stateName_
                            ? lang::asl::parseDefinition(input_.definition_, lang::asl::MachineType::Standard)
                            : lang::asl::parseSingleState(input_.definition_);
    if (!parsed.definition) return invalidDefinition(lang::asl::diagnosticsText(parsed.diagnostics));
    definition_ = parsed.definition;
    for (const State& state : definition_->states) {
      if (!input_.stateName_ || state.name == *input_.stateName_) {
        state_ = &state;
        break;
      }
    }
    if (state_ == nullptr) return validation("State not found in the state machine definition: " + *input_.stateName_);
    // 3. The input, the context object, the mock.
    TRY_ASSIGN(const std::string text, checkInput(input_.input_));
    raw_ = Json::parse(text).value();
    TRY(prepareContext());
    if (mocked() && input_.mock_->result_) TRY(prepareMock());
    if (!mocked() && state_->type == StateType::Task && !input_.roleArn_) {
      return validation("A role ARN is required to test a Task state without a mock.");
    }
    return {};
  }

  Result<void> prepareContext() {
    Json context;
    if (input_.context_) {
      auto parsed = Json::parse(*input_.context_);
      if (!parsed.ok() || !parsed.value().isObject()) return validation("The context must be a valid JSON object");
      context = std::move(parsed).value();
    } else {
      const std::string name = context_->random().uuid(), machine = context_->random().uuid();
      const std::string prefix = "arn:aws:states:" + context_->region() + ":" + context_->account();
      const std::string now = base::formatIso8601Milliseconds(context_->now());
      Json execution = Json::object(
          {{"Id", prefix + ":express:" + machine + ":" + name}, {"Input", raw_}, {"Name", name}, {"StartTime", now}});
      if (input_.roleArn_) execution.set("RoleArn", Json(*input_.roleArn_));
      context = Json::object(
          {{"Execution", execution},
           {"StateMachine", Json::object({{"Id", prefix + ":stateMachine:" + machine}, {"Name", machine}})},
           {"State", Json::object({{"Name", state_->name}, {"EnteredTime", now}})}});
    }
    given_ = std::make_unique<GivenContext>(std::move(context));
    return {};
  }

  Result<void> prepareMock() {
    auto parsed = Json::parse(*input_.mock_->result_);
    if (!parsed.ok()) return validation("Mocked result must be valid JSON");
    mock_ = std::move(parsed).value();
    if (state_->type == StateType::Parallel || state_->type == StateType::Map) {
      if (!mock_.isArray()) return validation("Mocked result must be an array.");
      if (state_->type == StateType::Parallel && mock_.size() != state_->starts.size()) {
        return validation("Mocked result must contain the same number of items as number of Parallel branches.");
      }
      return {};
    }
    const std::string mode = input_.mock_->fieldValidationMode_.value_or("STRICT");
    return checkMock(state_->resource, mock_,
                     mode == "NONE"      ? MockValidation::None
                     : mode == "PRESENT" ? MockValidation::Present
                                         : MockValidation::Strict);
  }

  lang::asl::Environment environment() { return {*given_, entropy_}; }

  static bool fits(const Json& value) {
    return lang::asl::withinLimits(value, lang::asl::kMaxPayloadBytes, lang::asl::kMaxPayloadDepth);
  }
  /// A value that is too large is not shown.
  static std::string text(const Json& value) { return fits(value) ? lang::asl::writeJson(value) : std::string(); }

  void begin() {
    inspection_.input_ = text(raw_);
    auto environment = this->environment();
    const bool own_result = state_->type == StateType::Pass && state_->result.has_value();
    auto input = applyPath(state_->input_path, raw_, environment);
    if (!input.ok()) return fail(std::move(input).error());
    effective_ = std::move(input).value();
    const bool joins = state_->type == StateType::Parallel || state_->type == StateType::Map;
    if (!own_result && !joins) inspection_.afterInputPath_ = text(effective_);
    switch (state_->type) {
      case StateType::Succeed:
      case StateType::Wait:
        return succeed(effective_, state_->next);
      case StateType::Choice: {
        auto next = lang::asl::chosen(*state_, effective_, environment);
        if (!next.ok()) return fail(std::move(next).error());
        return succeed(effective_, next.value());
      }
      case StateType::Fail: {
        WorkflowError failure;
        auto read = lang::asl::readFailure(*state_, raw_, environment, failure);
        return fail(read.ok() ? failure : std::move(read).error());
      }
      case StateType::Pass: {
        auto arguments = lang::asl::applyTemplate(state_->parameters, effective_, environment);
        if (!arguments.ok()) return fail(std::move(arguments).error());
        if (!own_result) {
          inspection_.afterParameters_ = text(arguments.value());
          return complete(arguments.value());
        }
        inspection_.result_ = text(*state_->result);
        return complete(*state_->result);
      }
      case StateType::Parallel:
      case StateType::Map:
        if (state_->type == StateType::Map) inspectMap();
        if (input_.mock_->errorOutput_) return failMocked();
        return complete(mock_);
      case StateType::Task:
        return task();
    }
  }

  void inspectMap() {
    auto environment = this->environment();
    auto items = applyPath(state_->items_path, effective_, environment);
    if (items.ok()) inspection_.afterItemsPath_ = text(items.value());
    auto limit = lang::asl::readCount(state_->max_concurrency, "MaxConcurrency", effective_, environment);
    if (limit.ok()) inspection_.maxConcurrency_ = static_cast<std::int32_t>(limit.value().value_or(0));
  }

  void task() {
    auto environment = this->environment();
    auto parameters = lang::asl::applyTemplate(state_->parameters, effective_, environment);
    if (!parameters.ok()) return fail(std::move(parameters).error());
    inspection_.afterParameters_ = text(parameters.value());
    if (mocked()) {
      if (input_.mock_->errorOutput_) return failMocked();
      inspection_.result_ = text(mock_);
      return complete(mock_);
    }
    if (state_->resource.kind == Resource::Kind::Activity ||
        state_->resource.pattern != Resource::Pattern::RequestResponse) {
      return fail(WorkflowError::runtime(
          "TestState does not support activities, '.sync' and '.waitForTaskToken' service integrations."));
    }
    auto call = callOf(state_->resource, parameters.value());
    if (!call.ok()) return fail(std::move(call).error());
    dispatch::Call made = std::move(call).value();
    made.account = context_->account();
    made.region = context_->region();
    made.role = dispatch::RoleToAssume{*input_.roleArn_, "states.amazonaws.com", "TestState"};
    made.request_id = context_->random().uuid();
    const std::string request_id = made.request_id;
    auto self = shared_from_this();
    context_->doorway().call(std::move(made), [self, request_id](dispatch::CallOutcome outcome) {
      auto shared = std::make_shared<dispatch::CallOutcome>(std::move(outcome));
      self->context_->environment().executor.post([self, request_id, shared] {
        auto result = resultOf(self->state_->resource, *shared, request_id, self->context_->now());
        if (!result.ok()) return self->fail(std::move(result).error());
        self->inspection_.result_ = text(result.value());
        self->complete(result.value());
      });
    });
  }

  /// ResultSelector, ResultPath, OutputPath.
  void complete(const Json& result) {
    auto environment = this->environment();
    auto selected = lang::asl::applyTemplate(state_->result_selector, result, environment);
    if (!selected.ok()) return fail(std::move(selected).error());
    inspection_.afterResultSelector_ = text(selected.value());
    auto placed = lang::asl::applyResultPath(state_->result_path, raw_, selected.value());
    if (!placed.ok()) return fail(std::move(placed).error());
    inspection_.afterResultPath_ = text(placed.value());
    succeed(placed.value(), state_->next);
  }

  void succeed(const Json& value, int next) {
    auto environment = this->environment();
    auto output = applyPath(state_->output_path, value, environment);
    if (!output.ok()) return fail(std::move(output).error());
    if (!fits(output.value())) {
      return fail({lang::asl::kDataLimitExceeded,
                   "The state/task '" + state_->name +
                       "' returned a result with a size exceeding the maximum number of bytes service limit."});
    }
    Output out;
    out.status_ = "SUCCEEDED";
    out.output_ = text(output.value());
    if (next >= 0) out.nextState_ = definition_->states[static_cast<std::size_t>(next)].name;
    answer(std::move(out));
  }

  void failMocked() { fail({input_.mock_->errorOutput_->error_, input_.mock_->errorOutput_->cause_}); }

  void fail(WorkflowError error) {
    if (error.cause_of_state) {
      error.cause = "An error occurred while executing the state '" + state_->name +
                    "' (entered at the event id #0). " + error.cause.value_or("");
    }
    Output out;
    out.error_ = error.error;
    out.cause_ = error.cause;
    out.status_ = "FAILED";
    const int retrier = lang::asl::retrierFor(*state_, error);
    const int retries = input_.stateConfiguration_ && input_.stateConfiguration_->retrierRetryCount_
                            ? *input_.stateConfiguration_->retrierRetryCount_
                            : 0;
    if (retrier >= 0 && retries < state_->retriers[static_cast<std::size_t>(retrier)].max_attempts) {
      out.status_ = "RETRIABLE";
      auto& details = inspection_.errorDetails_.emplace();
      details.retryIndex_ = retrier;
      details.retryBackoffIntervalSeconds_ = static_cast<std::int32_t>(
          lang::asl::retryDelay(state_->retriers[static_cast<std::size_t>(retrier)], retries) / 1000);
      return answer(std::move(out));
    }
    if (const lang::asl::Catcher* catcher = lang::asl::catcherFor(*state_, error)) {
      auto placed = lang::asl::applyResultPath(catcher->result_path, raw_, lang::asl::errorOutput(error));
      if (placed.ok()) {
        out.status_ = "CAUGHT_ERROR";
        out.output_ = text(placed.value());
        if (catcher->next >= 0) out.nextState_ = definition_->states[static_cast<std::size_t>(catcher->next)].name;
        inspection_.errorDetails_.emplace().catchIndex_ = static_cast<std::int32_t>(catcher - state_->catchers.data());
      }
    }
    answer(std::move(out));
  }

  void answer(Output out) {
    if (input_.inspectionLevel_.value_or("INFO") != "INFO") out.inspectionData_ = inspection_;
    respond_(dispatch::Reply<Output>(std::move(out)));
  }

  std::shared_ptr<dispatch::AsyncContext> context_;
  s::TestState::Input input_;
  dispatch::Responder<Output> respond_;
  RandomEntropy entropy_;
  lang::asl::DefinitionPtr definition_;
  const State* state_ = nullptr;
  std::unique_ptr<GivenContext> given_;
  Json raw_, effective_, mock_;
  s::InspectionData inspection_;
};

}  // namespace

void registerTestState(dispatch::Registry& registry) {
  registry.addAsynchronous<s::TestState>([](std::shared_ptr<dispatch::AsyncContext> context, s::TestState::Input input,
                                            dispatch::Responder<Output> respond) {
    std::make_shared<StateTest>(std::move(context), std::move(input), std::move(respond))->run();
  });
}

}  // namespace thimble::services::states
