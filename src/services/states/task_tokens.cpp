// SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat: what comes back for a task token.
#include "lang/asl/execution.h"
#include "lang/asl/json_diagnosis.h"
#include "services/states/errors.h"
#include "services/states/names.h"
#include "services/states/parts.h"
#include "wire/shapes/states.h"

namespace thimble::services::states {
namespace {

using base::Json;
using base::Result;
namespace s = shapes::states;

/// Signals the execution that the token belongs to. Errors: InvalidToken for what was never a token, TaskTimedOut for
/// one whose task is over.
Result<void> send(dispatch::Context& context, const std::string& token, Json payload) {
  const auto row = kTokens.get(context.transaction(), token);
  if (!row) return looksLikeToken(token) ? taskTimedOut() : invalidToken();
  payload.set("branch", Json(static_cast<std::int64_t>(row->branch())));
  payload.set("attempt", Json(static_cast<std::int64_t>(row->attempt())));
  context.signal({kExecutionKind, row->execution_arn()}, payload);
  return {};
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
Result<s::SendTaskSuccess::Output> sendTaskSuccess(dispatch::Context& context, const s::SendTaskSuccess::Input& input) {
  if (!kTokens.has(context.transaction(), input.taskToken_)) {
    return looksLikeToken(input.taskToken_) ? taskTimedOut() : invalidToken();
  }
  const auto parsed = Json::parse(input.output_);
  if (!parsed.ok()) {
    const auto diagnosis = lang::asl::diagnoseJson(input.output_);
    return invalidOutput(diagnosis ? diagnosis->message : parsed.error().message);
  }
  TRY(send(context, input.taskToken_, Json::object({{"type", "succeed"}, {"output", input.output_}})));
  return s::SendTaskSuccess::Output{};
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html
Result<s::SendTaskFailure::Output> sendTaskFailure(dispatch::Context& context, const s::SendTaskFailure::Input& input) {
  Json payload = Json::object({{"type", "fail"}});
  if (input.error_) payload.set("error", Json(*input.error_));
  if (input.cause_) payload.set("cause", Json(*input.cause_));
  TRY(send(context, input.taskToken_, std::move(payload)));
  return s::SendTaskFailure::Output{};
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskHeartbeat.html
Result<s::SendTaskHeartbeat::Output> sendTaskHeartbeat(dispatch::Context& context,
                                                       const s::SendTaskHeartbeat::Input& input) {
  TRY(send(context, input.taskToken_, Json::object({{"type", "heartbeat"}})));
  return s::SendTaskHeartbeat::Output{};
}

}  // namespace

void registerTaskTokens(dispatch::Registry& registry) {
  registry.add<s::SendTaskSuccess>(sendTaskSuccess);
  registry.add<s::SendTaskFailure>(sendTaskFailure);
  registry.add<s::SendTaskHeartbeat>(sendTaskHeartbeat);
}

}  // namespace thimble::services::states
