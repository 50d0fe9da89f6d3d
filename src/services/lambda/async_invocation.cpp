#include "services/lambda/async_invocation.h"

#include <algorithm>

#include "base/json_binary.h"
#include "services/lambda/destinations.h"
#include "services/lambda/lambda.pb.h"
#include "services/lambda/operations.h"
#include "store/table.h"

namespace thimble::services::lambda {
namespace {

using base::Json;

/// The state: what asyncInvocationStart made, with "Attempts" (invocations that reached the function) and "Throttles".
constexpr store::Table<Record> kInvocations("lambda.async_invocation");

constexpr std::int64_t kDefaultRetries = 2;
constexpr std::int64_t kDefaultAgeSeconds = 6 * 3600;
constexpr std::int64_t kThrottleSeconds = 1;
constexpr std::int64_t kMaxThrottleSeconds = 300;
constexpr std::string_view kRetry = "retry";
constexpr std::string_view kInvoke = "invoke";
constexpr std::string_view kDestination = "destination";

void save(dispatch::ProcessContext& context, const Json& state) {
  Record record;
  record.set_document(base::encodeJsonBinary(state));
  kInvocations.put(context.transaction(), record, context.self().id);
}

std::optional<Json> load(dispatch::ProcessContext& context) {
  const std::optional<Record> record = kInvocations.get(context.transaction(), context.self().id);
  return record ? base::decodeJsonBinary(record->document()) : std::nullopt;
}

FunctionReference functionOf(const Json& state) {
  return {state.stringAt("Account"), state.stringAt("Region"), state.stringAt("Name"), state.stringAt("Qualifier")};
}

void invoke(dispatch::ProcessContext& context, const Json& state) {
  dispatch::Call call;
  // The caller's right was judged when the invocation was accepted.
  call.identity = dispatch::Identity::root(state.stringAt("Account"));
  call.account = state.stringAt("Account");
  call.region = state.stringAt("Region");
  call.service = "lambda";
  call.operation = "Invoke";
  call.request_id = context.self().id;
  call.input = Json::object({{"FunctionName", functionOf(state).qualifiedArn()}, {"Payload", state["Payload"]}});
  if (!state.stringAt("ClientContext").empty()) call.input.set("ClientContext", state["ClientContext"]);
  context.scheduleCall(call, kInvoke);
}

/// How an attempt ended.
struct Attempt {
  bool reached = false;  ///< The function was run.
  bool failed = false;
  bool temporary = false;  ///< Not the function's fault: tried again without counting.
  Json output;             ///< Invoke's.
  std::string error;
};

Attempt attemptOf(const dispatch::ProcessInput& input) {
  if (input.type == dispatch::ProcessInput::Type::WorkerLost) {
    return {.failed = true, .temporary = true, .error = "the server ended during the invocation"};
  }
  const dispatch::CallOutcome& outcome = *input.outcome;
  if (!outcome.ok()) {
    const std::string& code = outcome.error().code;
    const bool temporary = code == "TooManyRequestsException" || outcome.error().http_status >= 500;
    return {.failed = true, .temporary = temporary, .error = outcome.error().message};
  }
  return {.reached = true, .failed = outcome->output.contains("FunctionError"), .output = outcome->output};
}

Json settingsOf(dispatch::ProcessContext& context, const FunctionReference& function, std::string& role,
                std::string& dead_letter) {
  const base::Result<Resolved> resolved = resolve(context.transaction(), function);
  if (!resolved.ok()) return {};
  const Json& configuration = resolved->version_document["Configuration"];
  role = configuration.stringAt("Role");
  dead_letter = configuration["DeadLetterConfig"].stringAt("TargetArn");
  return resolved->document["EventInvoke"][function.qualifier.empty() ? "$LATEST" : function.qualifier];
}

Json parsedOrText(const std::string& text) {
  base::Result<Json, base::JsonError> parsed = Json::parse(text);
  return parsed.ok() ? std::move(parsed).value() : Json(text);
}

/// The record that a destination receives.
Json destinationRecord(dispatch::ProcessContext& context, const Json& state, const Attempt& attempt,
                       const std::string& condition) {
  Json record = Json::object(
      {{"version", "1.0"},
       {"timestamp", base::formatIso8601Milliseconds(context.now())},
       {"requestContext", Json::object({{"requestId", context.self().id},
                                        {"functionArn", functionOf(state).arn(state.stringAt("Qualifier").empty()
                                                                                  ? "$LATEST"
                                                                                  : state.stringAt("Qualifier"))},
                                        {"condition", condition},
                                        {"approximateInvokeCount", state["Attempts"]}})},
       {"requestPayload", parsedOrText(state.stringAt("Payload"))}});
  if (attempt.reached) {
    Json response = Json::object({{"statusCode", 200}, {"executedVersion", attempt.output["ExecutedVersion"]}});
    if (attempt.failed) response.set("functionError", attempt.output["FunctionError"]);
    record.set("responseContext", std::move(response));
    record.set("responsePayload", parsedOrText(attempt.output.stringAt("Payload")));
  }
  return record;
}

Json attribute(const std::string& type, const std::string& value) {
  return Json::object({{"DataType", type}, {"StringValue", value}});
}

void send(dispatch::ProcessContext& context, const Json& state, const std::string& target, const std::string& role,
          const std::string& body, const Json& attributes) {
  const auto call = destinationCall(functionOf(state), role, target, body, attributes);
  if (call) context.scheduleCall(*call, kDestination);
}

void finish(dispatch::ProcessContext& context, const Json& state, const Attempt& attempt,
            const std::string& condition) {
  std::string role;
  std::string dead_letter;
  const Json settings = settingsOf(context, functionOf(state), role, dead_letter);
  const std::string target =
      settings["DestinationConfig"][attempt.failed ? "OnFailure" : "OnSuccess"].stringAt("Destination");
  if (!target.empty()) {
    send(context, state, target, role, destinationRecord(context, state, attempt, condition).write(), {});
  }
  if (attempt.failed && !dead_letter.empty()) {
    const std::string message =
        attempt.reached ? parsedOrText(attempt.output.stringAt("Payload")).stringAt("errorMessage") : attempt.error;
    const Json attributes = Json::object({{"RequestID", attribute("String", context.self().id)},
                                          {"ErrorCode", attribute("Number", attempt.reached ? "200" : "429")},
                                          {"ErrorMessage", attribute("String", message.substr(0, 1024))}});
    send(context, state, dead_letter, role, state.stringAt("Payload"), attributes);
  }
  kInvocations.erase(context.transaction(), context.self().id);
}

void retryAfter(dispatch::ProcessContext& context, const Json& state, std::int64_t seconds) {
  save(context, state);
  context.scheduleTimer(kRetry, context.now().plusMilliseconds(seconds * 1000));
}

void takeResult(dispatch::ProcessContext& context, Json state, const Attempt& attempt) {
  if (attempt.reached) state.set("Attempts", state["Attempts"].asInt() + 1);
  if (!attempt.failed) return finish(context, state, attempt, "Success");
  std::string role;
  std::string dead_letter;
  const Json settings = settingsOf(context, functionOf(state), role, dead_letter);
  const std::int64_t age =
      settings["MaximumEventAgeInSeconds"].isInt() ? settings["MaximumEventAgeInSeconds"].asInt() : kDefaultAgeSeconds;
  const std::int64_t retries =
      settings["MaximumRetryAttempts"].isInt() ? settings["MaximumRetryAttempts"].asInt() : kDefaultRetries;
  const std::int64_t expires = state["Accepted"].asInt() + age * 1000;
  std::int64_t wait = 0;
  if (attempt.temporary) {
    const std::int64_t throttles = state["Throttles"].asInt();
    state.set("Throttles", throttles + 1);
    wait = std::min(kThrottleSeconds << std::min<std::int64_t>(throttles, 20), kMaxThrottleSeconds);
  } else {
    // What cannot be run at all (a function that is gone, say) is not tried again.
    const std::int64_t attempts = state["Attempts"].asInt();
    if (!attempt.reached || attempts > retries) return finish(context, state, attempt, "RetriesExhausted");
    // One minute before the second attempt, two before the third.
    wait = 60 * attempts;
  }
  if (context.now().milliseconds + wait * 1000 > expires) return finish(context, state, attempt, "EventAgeExceeded");
  retryAfter(context, state, wait);
}

}  // namespace

Json asyncInvocationStart(const FunctionReference& function, const std::string& payload,
                          const std::string& client_context, base::Timestamp now) {
  return Json::object({{"Account", function.account},
                       {"Region", function.region},
                       {"Name", function.name},
                       {"Qualifier", function.qualifier},
                       {"Payload", payload},
                       {"ClientContext", client_context},
                       {"Accepted", now.milliseconds},
                       {"Attempts", 0},
                       {"Throttles", 0}});
}

void AsyncInvocation::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  using Type = dispatch::ProcessInput::Type;
  if (input.type == Type::Start) {
    save(context, input.payload);
    invoke(context, input.payload);
    return;
  }
  // A destination's answer changes nothing.
  if (input.name == kDestination) return;
  std::optional<Json> state = load(context);
  if (!state) return;
  if (input.type == Type::Timer && input.name == kRetry) return invoke(context, *state);
  if (input.type == Type::TaskResult || input.type == Type::WorkerLost)
    takeResult(context, std::move(*state), attemptOf(input));
}

void registerAsyncInvocations(dispatch::Kernel& kernel) {
  static AsyncInvocation kind;
  kernel.addKind(std::string(kAsyncInvocation), kind);
}

}  // namespace thimble::services::lambda
