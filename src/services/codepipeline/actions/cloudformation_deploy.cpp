// Deployment by CloudFormation: stacks created, updated, replaced and deleted, change sets made and executed.
// https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CloudFormation.html
#include <algorithm>
#include <optional>

#include "services/codepipeline/actions/kinds.h"
#include "services/codepipeline/actions/stack_parameters.h"
#include "services/codepipeline/actions/stack_status.h"

namespace thimble::services::codepipeline {
namespace {

using base::Json;

/// The steps of its progress:
///   describe     what is there?                   -> deleteFirst, dropSet, read, delete, or the end
///   deleteFirst  a failed stack goes away          -> watch, then read (REPLACE_ON_FAILURE)
///   dropSet      an older change set goes away     -> read (CHANGE_SET_REPLACE)
///   read         the files that it needs           -> apply
///   apply        CreateStack, UpdateStack, CreateChangeSet
///   watchSet     until the change set is made      -> the end
///   findSet      what is in the change set?        -> execute, or the end (CHANGE_SET_EXECUTE)
///   execute, delete, then watch                    -> why, output, or the end
///   why          which resource failed?            -> the end
///   output       the stack's outputs as a file     -> the end
class CloudFormationDeploy final : public ActionProvider {
 public:
  ActionStep begin(const ActionInput& input, Json& progress) const override {
    progress = Json::object();
    const std::string mode = input.configuration.stringAt("ActionMode");
    if (auto problem = missingConfiguration(input)) return ActionStep::fail("ConfigurationError", *problem);
    if (mode == "CHANGE_SET_EXECUTE") return findSet(input, progress);
    return describe(input, progress, "describe");
  }

  ActionStep answered(const ActionInput& input, Json& progress, const dispatch::CallOutcome& outcome) const override {
    const std::string step = progress.stringAt("step");
    if (step == "describe") return described(input, progress, outcome);
    if (step == "watch") return watched(input, progress, outcome);
    if (step == "read") return haveFiles(input, progress, outcome);
    if (step == "findSet") return foundSet(input, progress, outcome);
    if (step == "watchSet") return watchedSet(input, progress, outcome);
    if (step == "why") return explained(progress, outcome);
    if (step == "apply") return applied(input, progress, outcome);
    if (!outcome.ok()) return failedCall(outcome.error());
    if (step == "dropSet") return read(input, progress);
    if (step == "output") return ActionStep::succeed(report(input, progress));
    return describe(input, progress, "watch");  // delete, deleteFirst, execute.
  }

  ActionStep resumed(const ActionInput& input, Json& progress) const override {
    return progress.stringAt("step") == "watchSet" ? describeSet(input, progress, "watchSet")
                                                   : describe(input, progress, "watch");
  }

  /// What changes something carries the action's id as its token, so that the same call again is the same request.
  ActionStep lost(const ActionInput& input, Json& progress) const override {
    const std::string step = progress.stringAt("step");
    if (step == "read" || step == "apply") return read(input, progress);
    if (step == "output") return writeOutput(input, progress);
    if (step == "findSet") return findSet(input, progress);
    if (step == "watchSet") return describeSet(input, progress, "watchSet");
    return describe(input, progress, step == "describe" ? "describe" : "watch");
  }

  std::int64_t timeout(const ActionInput&) const override { return 3 * kDay; }

 private:
  static std::string stackName(const ActionInput& input) { return input.configuration.stringAt("StackName"); }
  static std::string mode(const ActionInput& input) { return input.configuration.stringAt("ActionMode"); }

  static std::optional<std::string> missingConfiguration(const ActionInput& input) {
    const std::string what = mode(input);
    const bool sets = what == "CHANGE_SET_REPLACE" || what == "CHANGE_SET_EXECUTE";
    const bool templates = what == "CREATE_UPDATE" || what == "REPLACE_ON_FAILURE" || what == "CHANGE_SET_REPLACE";
    if (!sets && !templates && what != "DELETE_ONLY") return "The ActionMode " + what + " is not valid.";
    const auto missing = [&](bool needed, const char* name) {
      return needed && input.configuration.stringAt(name).empty();
    };
    for (const auto& [needed, name] :
         {std::pair{true, "StackName"}, {sets, "ChangeSetName"}, {templates, "TemplatePath"}}) {
      if (!missing(needed, name)) continue;
      return "Action configuration for action '" + input.action + "' is missing required configuration '" + name +
             "' for the ActionMode " + what + ".";
    }
    return std::nullopt;
  }

  static ActionStep describe(const ActionInput& input, Json& progress, const char* step) {
    progress.set("step", step);
    // A deleted stack is found by its id alone.
    const std::string id = progress.stringAt("stack");
    return ActionStep::call("cloudformation", "DescribeStacks",
                            Json::object({{"StackName", id.empty() ? stackName(input) : id}}));
  }

  static ActionStep described(const ActionInput& input, Json& progress, const dispatch::CallOutcome& outcome) {
    const bool absent = !outcome.ok() && isAbsent(outcome.error());
    if (!outcome.ok() && !absent) return failedCall(outcome.error());
    const Json stack = outcome.ok() ? outcome->output["Stacks"][std::size_t{0}] : Json();
    const std::string status = absent ? "" : stack.stringAt("StackStatus");
    const std::string what = mode(input);
    if (what == "DELETE_ONLY") {
      if (absent) {
        ActionReport report;
        report.summary = "Stack " + stackName(input) + " does not exist.";
        return ActionStep::succeed(std::move(report));
      }
      progress.set("stack", stack.stringAt("StackId"));
      progress.set("step", "delete");
      return ActionStep::call("cloudformation", "DeleteStack", deletion(input));
    }
    const bool create = absent || status == "REVIEW_IN_PROGRESS" || status == "DELETE_COMPLETE";
    progress.set("create", create);
    if (what == "REPLACE_ON_FAILURE" && isFailedStack(status)) {
      progress.set("create", true);
      progress.set("stack", stack.stringAt("StackId"));
      progress.set("step", "deleteFirst");
      progress.set("replacing", true);
      return ActionStep::call("cloudformation", "DeleteStack", deletion(input));
    }
    if (what == "CHANGE_SET_REPLACE" && !absent) {
      progress.set("step", "dropSet");
      return ActionStep::call("cloudformation", "DeleteChangeSet", changeSet(input));
    }
    return read(input, progress);
  }

  static Json deletion(const ActionInput& input) {
    Json call = Json::object({{"StackName", stackName(input)}, {"ClientRequestToken", input.action_id}});
    setRole(input, call);
    return call;
  }

  static void setRole(const ActionInput& input, Json& call) {
    const std::string role = input.configuration.stringAt("RoleArn");
    if (!role.empty()) call.set("RoleARN", role);
  }

  static ActionStep read(const ActionInput& input, Json& progress) {
    progress.set("step", "read");
    const auto call = filesToRead(input);
    if (!call.ok()) return ActionStep::fail("ConfigurationError", call.error().message);
    return ActionStep::call("thimble.codepipeline", "ReadArtifactFiles", *call);
  }

  static ActionStep haveFiles(const ActionInput& input, Json& progress, const dispatch::CallOutcome& outcome) {
    if (!outcome.ok()) return failedCall(outcome.error());
    auto request = stackRequest(input, outcome->output);
    if (!request.ok()) return ActionStep::fail("ConfigurationError", request.error().message);
    setRole(input, *request);
    if (mode(input) != "CHANGE_SET_REPLACE") {
      request->set("ClientRequestToken", input.action_id);
      progress.set("step", "apply");
      return ActionStep::call("cloudformation", progress["create"] == Json(true) ? "CreateStack" : "UpdateStack",
                              *std::move(request));
    }
    request->set("ChangeSetName", input.configuration.stringAt("ChangeSetName"));
    request->set("ChangeSetType", progress["create"] == Json(true) ? "CREATE" : "UPDATE");
    request->set("ClientToken", input.action_id);
    progress.set("step", "apply");
    return ActionStep::call("cloudformation", "CreateChangeSet", *std::move(request));
  }

  static Json changeSet(const ActionInput& input) {
    return Json::object(
        {{"StackName", stackName(input)}, {"ChangeSetName", input.configuration.stringAt("ChangeSetName")}});
  }

  static ActionStep applied(const ActionInput& input, Json& progress, const dispatch::CallOutcome& outcome) {
    if (!outcome.ok()) {
      if (outcome.error().message != "No updates are to be performed.") return failedCall(outcome.error());
      progress.set("unchanged", true);
      return describe(input, progress, "watch");
    }
    progress.set("stack", outcome->output.stringAt("StackId"));
    if (mode(input) != "CHANGE_SET_REPLACE") return describe(input, progress, "watch");
    progress.set("set", outcome->output.stringAt("Id"));
    return describeSet(input, progress, "watchSet");
  }

  static ActionStep describeSet(const ActionInput& input, Json& progress, const char* step) {
    progress.set("step", step);
    return ActionStep::call("cloudformation", "DescribeChangeSet", changeSet(input));
  }

  static ActionStep watchedSet(const ActionInput& input, Json& progress, const dispatch::CallOutcome& outcome) {
    if (!outcome.ok()) return failedCall(outcome.error());
    const std::string status = outcome->output.stringAt("Status");
    ActionReport known = report(input, progress);
    known.external_id = outcome->output.stringAt("ChangeSetId");
    if (status == "CREATE_PENDING" || status == "CREATE_IN_PROGRESS") {
      return ActionStep::lookAgain(progress, std::move(known));
    }
    if (status != "CREATE_COMPLETE" && !hasNoChanges(outcome->output)) {
      return ActionStep::fail("JobFailed", outcome->output.stringAt("StatusReason"), std::move(known));
    }
    known.summary = status == "CREATE_COMPLETE"
                        ? "Change set " + input.configuration.stringAt("ChangeSetName") + " was created."
                        : "Change set " + input.configuration.stringAt("ChangeSetName") + " contains no changes.";
    return ActionStep::succeed(std::move(known));
  }

  static ActionStep findSet(const ActionInput& input, Json& progress) {
    return describeSet(input, progress, "findSet");
  }

  static ActionStep foundSet(const ActionInput& input, Json& progress, const dispatch::CallOutcome& outcome) {
    if (!outcome.ok()) return failedCall(outcome.error());
    progress.set("stack", outcome->output.stringAt("StackId"));
    if (hasNoChanges(outcome->output)) {
      progress.set("unchanged", true);
      return describe(input, progress, "watch");
    }
    progress.set("step", "execute");
    Json call = changeSet(input);
    call.set("ClientRequestToken", input.action_id);
    return ActionStep::call("cloudformation", "ExecuteChangeSet", std::move(call));
  }

  static ActionStep watched(const ActionInput& input, Json& progress, const dispatch::CallOutcome& outcome) {
    if (!outcome.ok()) return failedCall(outcome.error());
    const Json& stack = outcome->output["Stacks"][std::size_t{0}];
    const std::string status = stack.stringAt("StackStatus");
    progress.set("stack", stack.stringAt("StackId"));
    progress.set("status", status);
    if (status.ends_with("_IN_PROGRESS")) return ActionStep::lookAgain(progress, report(input, progress));
    if (progress["replacing"] == Json(true) && status == "DELETE_COMPLETE") {
      progress.erase("replacing");
      progress.erase("stack");
      progress.erase("pause");
      return read(input, progress);
    }
    const bool deleting = mode(input) == "DELETE_ONLY";
    const bool good =
        deleting ? status == "DELETE_COMPLETE" : status == "CREATE_COMPLETE" || status == "UPDATE_COMPLETE";
    if (!good && progress["unchanged"] != Json(true)) {
      progress.set("step", "why");
      progress.set("reason", stack.stringAt("StackStatusReason"));
      return ActionStep::call("cloudformation", "DescribeStackEvents",
                              Json::object({{"StackName", progress.stringAt("stack")}}));
    }
    if (deleting) return ActionStep::succeed(report(input, progress));
    Json outputs = Json::object();
    for (const Json& output : stack["Outputs"].isArray() ? stack["Outputs"].asArray() : Json::Array{}) {
      outputs.set(output.stringAt("OutputKey"), output["OutputValue"]);
    }
    progress.set("outputs", std::move(outputs));
    if (input.outputs.empty() || input.configuration.stringAt("OutputFileName").empty()) {
      return ActionStep::succeed(report(input, progress));
    }
    return writeOutput(input, progress);
  }

  static ActionStep writeOutput(const ActionInput& input, Json& progress) {
    progress.set("step", "output");
    return ActionStep::call("thimble.codepipeline", "StoreArtifactFile",
                            Json::object({{"Bucket", input.outputs.front().bucket},
                                          {"Key", input.outputs.front().key},
                                          {"Path", input.configuration.stringAt("OutputFileName")},
                                          {"Content", progress["outputs"].write()}}));
  }

  static ActionStep explained(const Json& progress, const dispatch::CallOutcome& outcome) {
    const Json none = Json::array();
    const std::string reason =
        failureReason(outcome.ok() ? outcome->output["StackEvents"] : none, progress.stringAt("stack"));
    ActionReport known;
    known.external_id = progress.stringAt("stack");
    const std::string own = progress.stringAt("reason");
    return ActionStep::fail("JobFailed",
                            "Stack " + progress.stringAt("stack") + " is in " + progress.stringAt("status") +
                                " state. " + (reason.empty() ? own : reason),
                            std::move(known));
  }

  static ActionReport report(const ActionInput& input, const Json& progress) {
    ActionReport report;
    const std::string stack = progress.stringAt("stack");
    report.external_id = stack;
    report.external_url =
        "https://console.aws.amazon.com/cloudformation/home?region=" + input.region + "#/stacks?stackId=" + stack;
    const std::string status = progress.stringAt("status");
    if (status == "DELETE_COMPLETE") {
      report.summary = "Stack " + stackName(input) + " was deleted.";
    } else if (progress["unchanged"] == Json(true)) {
      report.summary = "No updates are to be performed on stack " + stackName(input) + ".";
    } else if (status == "CREATE_COMPLETE" || status == "UPDATE_COMPLETE") {
      report.summary = "Stack " + stackName(input) + (status == "CREATE_COMPLETE" ? " was created." : " was updated.");
    }
    if (progress["outputs"].isObject()) {
      for (const auto& [name, value] : progress["outputs"].asObject()) {
        report.variables.emplace_back(name, value.isString() ? value.asString() : value.write());
      }
    }
    return report;
  }
};

}  // namespace

const ActionProvider& cloudFormationDeploy() {
  static const CloudFormationDeploy provider;
  return provider;
}

}  // namespace thimble::services::codepipeline
