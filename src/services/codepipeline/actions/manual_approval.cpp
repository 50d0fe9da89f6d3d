// Manual approval: a message on a topic, then waiting for PutApprovalResult.
// https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-json-format.html
#include "services/codepipeline/actions/kinds.h"

namespace thimble::services::codepipeline {
namespace {

constexpr std::int64_t kWeek = 7 * kDay;

class ManualApproval final : public ActionProvider {
 public:
  ActionStep begin(const ActionInput& input, base::Json&) const override {
    const std::string topic = input.configuration.stringAt("NotificationArn");
    if (topic.empty()) return ActionStep::wait(known(input));
    base::Json call = base::Json::object();
    call.set("TopicArn", topic);
    call.set("Subject", "APPROVAL NEEDED: AWS CodePipeline " + input.pipeline + " for action " + input.action);
    call.set("Message", message(input).write());
    ActionStep step = ActionStep::call("sns", "Publish", std::move(call));
    step.report = known(input);
    return step;
  }

  ActionStep answered(const ActionInput& input, base::Json&, const dispatch::CallOutcome& outcome) const override {
    return outcome.ok() ? ActionStep::wait(known(input)) : failedCall(outcome.error());
  }

  /// The message may be lost; whoever looks at the pipeline can still approve.
  ActionStep lost(const ActionInput& input, base::Json&) const override { return ActionStep::wait(known(input)); }

  Work work() const override { return Work::ByWord; }
  std::int64_t timeout(const ActionInput& input) const override {
    const base::Json& minutes = input.declaration["timeoutInMinutes"];
    return minutes.isInt() ? minutes.asInt() * kMinute : kWeek;
  }

 private:
  static ActionReport known(const ActionInput& input) {
    ActionReport report;
    report.external_url = input.configuration.stringAt("ExternalEntityLink");
    return report;
  }

  static base::Json message(const ActionInput& input) {
    const std::string console =
        "https://console.aws.amazon.com/codepipeline/home?region=" + input.region + "#/view/" + input.pipeline;
    base::Json approval = base::Json::object();
    approval.set("pipelineName", input.pipeline);
    approval.set("stageName", input.stage);
    approval.set("actionName", input.action);
    approval.set("token", input.token);
    // To the minute: "2016-07-07T20:22Z".
    approval.set("expires", base::formatIso8601Seconds(input.deadline).substr(0, 16) + "Z");
    const std::string link = input.configuration.stringAt("ExternalEntityLink");
    approval.set("externalEntityLink", link.empty() ? base::Json() : base::Json(link));
    approval.set("approvalReviewLink", console + "/" + input.stage + "/" + input.action + "/approve/" + input.token);
    const std::string data = input.configuration.stringAt("CustomData");
    approval.set("customData", data.empty() ? base::Json() : base::Json(data));
    return base::Json::object({{"region", input.region}, {"consoleLink", console}, {"approval", std::move(approval)}});
  }
};

}  // namespace

const ActionProvider& manualApproval() {
  static const ManualApproval provider;
  return provider;
}

}  // namespace thimble::services::codepipeline
