// Execution of a state machine; the action ends with it.
// https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-StepFunctions.html
#include "services/codepipeline/actions/kinds.h"

namespace thimble::services::codepipeline {
namespace {

using base::Json;

constexpr const char* kOutputFile = "output.json";

class StepFunctionsInvoke final : public ActionProvider {
 public:
  ActionStep begin(const ActionInput& input, Json& progress) const override {
    progress = Json::object();
    const std::string type = input.configuration.stringAt("InputType", "Literal");
    if (type == "Literal") return start(input, progress, input.configuration.stringAt("Input"));
    if (type != "FilePath") {
      return ActionStep::fail("ConfigurationError", "The InputType " + type + " is neither Literal nor FilePath.");
    }
    if (input.inputs.empty()) {
      return ActionStep::fail("ConfigurationError", "The InputType FilePath needs an input artifact.");
    }
    progress.set("step", "read");
    const ArtifactPlace& artifact = input.inputs.front();
    return ActionStep::call(
        "thimble.codepipeline", "ReadArtifactFiles",
        Json::object({{"Files", Json::array({Json::object({{"Artifact", artifact.name},
                                                           {"Bucket", artifact.bucket},
                                                           {"Key", artifact.key},
                                                           {"Path", input.configuration.stringAt("Input")}})})}}));
  }

  ActionStep answered(const ActionInput& input, Json& progress, const dispatch::CallOutcome& outcome) const override {
    const std::string step = progress.stringAt("step");
    // The name is this action's own: an execution that has it is the one that was meant to be started.
    if (!outcome.ok() && !(step == "start" && outcome.error().code == "ExecutionAlreadyExists")) {
      return failedCall(outcome.error());
    }
    if (step == "read") {
      const Json& files = outcome->output["Files"];
      return start(input, progress, files.asObject().empty() ? "" : files.asObject().begin()->second.asString());
    }
    if (step == "output") return ActionStep::succeed(report(input, progress));
    if (step == "start") {
      progress.set("step", "watch");
      if (outcome.ok()) progress.set("execution", outcome->output.stringAt("executionArn"));
      return look(progress);
    }
    return looked(input, progress, outcome->output);
  }

  ActionStep resumed(const ActionInput&, Json& progress) const override { return look(progress); }

  ActionStep lost(const ActionInput& input, Json& progress) const override {
    const std::string step = progress.stringAt("step");
    if (step == "watch") return look(progress);
    return step == "output" ? writeOutput(input, progress) : begin(input, progress);
  }

  std::int64_t timeout(const ActionInput&) const override { return 7 * kDay; }

 private:
  static std::string machine(const ActionInput& input) { return input.configuration.stringAt("StateMachineArn"); }

  static ActionStep start(const ActionInput& input, Json& progress, const std::string& text) {
    const std::string prefix = input.configuration.stringAt("ExecutionNamePrefix");
    const std::string name = prefix.empty() ? input.action_id : prefix + "." + input.action_id;
    std::string execution = machine(input) + ":" + name;
    const std::size_t kind = execution.find(":stateMachine:");
    if (kind != std::string::npos) execution.replace(kind, 14, ":execution:");
    progress.set("step", "start");
    progress.set("execution", std::move(execution));
    return ActionStep::call(
        "states", "StartExecution",
        Json::object({{"stateMachineArn", machine(input)}, {"name", name}, {"input", text.empty() ? "{}" : text}}));
  }

  static ActionStep look(const Json& progress) {
    return ActionStep::call("states", "DescribeExecution",
                            Json::object({{"executionArn", progress.stringAt("execution")}}));
  }

  static ActionStep looked(const ActionInput& input, Json& progress, const Json& execution) {
    const std::string status = execution.stringAt("status");
    if (status == "RUNNING" || status == "PENDING_REDRIVE") {
      return ActionStep::lookAgain(progress, report(input, progress));
    }
    if (status != "SUCCEEDED") {
      std::string message =
          "The execution " + progress.stringAt("execution") + " ended with the status " + status + ".";
      if (!execution.stringAt("error").empty()) message += " Error: " + execution.stringAt("error") + ".";
      if (!execution.stringAt("cause").empty()) message += " Cause: " + execution.stringAt("cause");
      return ActionStep::fail("JobFailed", std::move(message), report(input, progress));
    }
    if (input.outputs.empty()) return ActionStep::succeed(report(input, progress));
    progress.set("output", execution.stringAt("output"));
    return writeOutput(input, progress);
  }

  static ActionStep writeOutput(const ActionInput& input, Json& progress) {
    progress.set("step", "output");
    return ActionStep::call("thimble.codepipeline", "StoreArtifactFile",
                            Json::object({{"Bucket", input.outputs.front().bucket},
                                          {"Key", input.outputs.front().key},
                                          {"Path", kOutputFile},
                                          {"Content", progress.stringAt("output")}}));
  }

  static ActionReport report(const ActionInput& input, const Json& progress) {
    ActionReport report;
    report.external_id = progress.stringAt("execution");
    report.external_url = "https://console.aws.amazon.com/states/home?region=" + input.region +
                          "#/v2/executions/details/" + report.external_id;
    report.variables = {{"StateMachineArn", machine(input)}, {"ExecutionArn", report.external_id}};
    return report;
  }
};

}  // namespace

const ActionProvider& stepFunctionsInvoke() {
  static const StepFunctionsInvoke provider;
  return provider;
}

}  // namespace thimble::services::codepipeline
