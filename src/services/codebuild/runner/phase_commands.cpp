#include "services/codebuild/runner/phase_commands.h"

#include <re2/re2.h>

namespace thimble::services::codebuild::runner {
namespace {

using base::Json;
using lang::buildspec::OnFailure;
using lang::buildspec::Phase;

std::optional<PhaseContext> runCommands(BuildState& state, const std::vector<std::string>& commands,
                                        const std::string& user) {
  for (const std::string& command : commands) {
    std::string shown = command;
    while (!shown.empty() && shown.back() == '\n') shown.pop_back();
    state.log.say("Running command " + shown);
    state.log.flush();
    const AgentLink::Result result = state.agent->run(state.request(command, user));
    state.log.endLine();
    if (result.status == 0) continue;
    const std::string reason = result.text.empty() ? "exit status " + std::to_string(result.status) : result.text;
    state.log.say("Command did not exit successfully " + shown + " " + reason);
    return PhaseContext{"COMMAND_EXECUTION_ERROR", "Error while executing command: " + shown + ". Reason: " + reason};
  }
  return std::nullopt;
}

/// Whether a failure is one of those that a phase is done again for.
bool isRetried(const Phase& phase, const PhaseContext& failure) {
  if (phase.on_failure != OnFailure::Retry) return false;
  if (phase.retry_expression.empty()) return true;
  const RE2 expression(phase.retry_expression, RE2::Quiet);
  return expression.ok() && RE2::PartialMatch(failure.message, expression);
}

}  // namespace

std::optional<PhaseContext> runPhaseCommands(BuildState& state, const Phase& phase) {
  const std::string user = phase.run_as.empty() ? state.spec.run_as : phase.run_as;
  std::optional<PhaseContext> failure = runCommands(state, phase.commands, user);
  for (std::int64_t attempt = 0; failure && attempt < phase.retry_count && isRetried(phase, *failure); ++attempt) {
    state.log.say("Retrying phase, attempt " + std::to_string(attempt + 1));
    failure = runCommands(state, phase.commands, user);
  }
  std::optional<PhaseContext> late = runCommands(state, phase.finally_commands, user);
  return failure ? failure : late;
}

void exportVariables(BuildState& state) {
  if (state.spec.exported_variables.empty()) return;
  std::string script = "printf '%s\\0'";
  for (const std::string& name : state.spec.exported_variables) {
    if (isVariableName(name)) script += " \"${" + name + "}\"";
  }
  const AgentLink::Result result = state.agent->evaluate(state.request(script));
  Json exported = Json::array();
  std::size_t begin = 0;
  for (const std::string& name : state.spec.exported_variables) {
    if (!isVariableName(name)) continue;
    const std::size_t end = result.text.find('\0', begin);
    if (end == std::string::npos) break;
    exported.push(Json::object({{"name", name}, {"value", result.text.substr(begin, end - begin)}}));
    begin = end + 1;
  }
  state.build.set("exportedEnvironmentVariables", std::move(exported));
}

}  // namespace thimble::services::codebuild::runner
