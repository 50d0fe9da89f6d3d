// Invocation of a Lambda function: it gets a job and answers it with PutJobSuccessResult or PutJobFailureResult.
// https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html
#include "services/codepipeline/actions/kinds.h"

namespace thimble::services::codepipeline {
namespace {

class LambdaInvoke final : public ActionProvider {
 public:
  ActionStep begin(const ActionInput& input, base::Json&) const override { return invoke(input, ""); }

  ActionStep answered(const ActionInput&, base::Json&, const dispatch::CallOutcome& outcome) const override {
    if (!outcome.ok()) return failedCall(outcome.error());
    ActionReport report;
    report.external_id = outcome->output.stringAt("RequestId");
    return ActionStep::wait(std::move(report));
  }

  ActionStep continued(const ActionInput& input, base::Json&, const std::string& token) const override {
    return invoke(input, token);
  }

  Work work() const override { return Work::ByJob; }
  std::int64_t timeout(const ActionInput&) const override { return kDay; }

 private:
  static ActionStep invoke(const ActionInput& input, const std::string& token) {
    base::Json job = base::Json::object();
    job.set("id", input.job_id);
    job.set("accountId", input.account);
    job.set("data", jobData(input, token));
    base::Json call = base::Json::object();
    call.set("FunctionName", input.configuration.stringAt("FunctionName"));
    call.set("InvocationType", "Event");
    call.set("Payload", base::Json::object({{"CodePipeline.job", std::move(job)}}).write());
    return ActionStep::call("lambda", "Invoke", std::move(call));
  }
};

}  // namespace

const ActionProvider& lambdaInvoke() {
  static const LambdaInvoke provider;
  return provider;
}

}  // namespace thimble::services::codepipeline
