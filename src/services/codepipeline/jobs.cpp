// PutJobSuccessResult, PutJobFailureResult, PollForJobs, AcknowledgeJob, GetJobDetails.
#include <algorithm>

#include "base/arn.h"
#include "services/codepipeline/action_types.h"
#include "services/codepipeline/actions/action.h"
#include "services/codepipeline/errors.h"
#include "services/codepipeline/operations.h"
#include "services/codepipeline/tables.h"
#include "wire/shapes/codepipeline.h"

namespace thimble::services::codepipeline {
namespace {

namespace s = shapes::codepipeline;

/// A job of the caller's account that can still be answered.
base::Result<rows::Job> openJob(dispatch::Context& context, const std::string& id) {
  auto job = kJobs.get(context.transaction(), id);
  if (!job || job->account() != context.account()) return jobNotFound(id);
  if (job->status() != "InProgress") return invalidJobState(job->status());
  return *std::move(job);
}

void answer(dispatch::Context& context, const rows::Job& job, base::Json payload) {
  payload.set("type", "job");
  payload.set("sequence", job.execution_sequence());
  payload.set("action", job.action_sequence());
  context.signal({std::string(kPipelineProcess), job.pipeline_arn()}, payload);
}

base::Result<s::PutJobSuccessResult::Output> putJobSuccessResult(dispatch::Context& context,
                                                                 const s::PutJobSuccessResult::Input& input) {
  TRY_ASSIGN(rows::Job job, openJob(context, input.jobId_));
  base::Json payload = base::Json::object();
  payload.set("result", input.continuationToken_ ? "continue" : "success");
  if (input.continuationToken_) payload.set("token", *input.continuationToken_);
  if (input.executionDetails_) payload.set("details", toJson(*input.executionDetails_));
  if (input.currentRevision_) payload.set("revision", toJson(*input.currentRevision_));
  if (input.outputVariables_) {
    base::Json variables = base::Json::object();
    for (const auto& [name, value] : *input.outputVariables_) variables.set(name, value);
    payload.set("variables", std::move(variables));
  }
  answer(context, job, std::move(payload));
  return s::PutJobSuccessResult::Output();
}

base::Result<s::PutJobFailureResult::Output> putJobFailureResult(dispatch::Context& context,
                                                                 const s::PutJobFailureResult::Input& input) {
  TRY_ASSIGN(const rows::Job job, openJob(context, input.jobId_));
  base::Json payload = base::Json::object(
      {{"result", "failure"}, {"code", input.failureDetails_.type_}, {"message", input.failureDetails_.message_}});
  if (input.failureDetails_.externalExecutionId_) {
    payload.set("details", base::Json::object({{"externalExecutionId", *input.failureDetails_.externalExecutionId_}}));
  }
  answer(context, job, std::move(payload));
  return s::PutJobFailureResult::Output();
}

/// JobData of a job, without credentials; null when its action is gone.
base::Json dataOf(dispatch::Context& context, const rows::Job& job) {
  const auto action =
      kActions.get(context.transaction(), job.pipeline_arn(), job.execution_sequence(), job.action_sequence());
  if (!action) return {};
  ActionInput input;
  input.configuration = parseStored(action->configuration_json());
  for (const auto& artifact : action->inputs())
    input.inputs.push_back({artifact.name(), artifact.bucket(), artifact.key(), artifact.revision()});
  for (const auto& artifact : action->outputs())
    input.outputs.push_back({artifact.name(), artifact.bucket(), artifact.key(), ""});
  base::Json data = jobData(input, job.continuation_token());
  data.set("actionTypeId", parseStored(action->declaration_json())["actionTypeId"]);
  const auto arn = base::parseArn(job.pipeline_arn());
  data.set("pipelineContext",
           base::Json::object(
               {{"pipelineName", arn->resource},
                {"pipelineArn", job.pipeline_arn()},
                {"pipelineExecutionId", action->execution_id()},
                {"stage", base::Json::object({{"name", action->stage()}})},
                {"action", base::Json::object({{"name", action->name()}, {"actionExecutionId", action->id()}})}}));
  return data;
}

base::Result<s::PollForJobs::Output> pollForJobs(dispatch::Context& context, const s::PollForJobs::Input& input) {
  const base::Json id = toJson(input.actionTypeId_);
  const std::string type = providerName(id) + "/" + input.actionTypeId_.version_;
  if (findActionType(context.transaction(), context.account(), context.region(), id).isNull())
    return actionTypeNotFound(type);
  const std::int64_t most = std::max<std::int64_t>(1, input.maxBatchSize_.value_or(1));
  s::PollForJobs::Output output;
  output.jobs_.emplace();
  for (const auto& entry :
       kWaitingJobs.scan(context.transaction(), {.limit = 1000}, context.account(), context.region(), type)) {
    if (static_cast<std::int64_t>(output.jobs_->size()) == most) break;
    store::KeyReader reader(entry.key);
    for (int i = 0; i < 4; ++i) reader.text();
    const std::string job_id = reader.text().value_or("");
    const auto job = kJobs.get(context.transaction(), job_id);
    if (!job) continue;
    const base::Json data = dataOf(context, *job);
    if (input.queryParam_) {
      const base::Json& configuration = data["actionConfiguration"]["configuration"];
      const auto& wanted = *input.queryParam_;
      if (std::any_of(wanted.begin(), wanted.end(),
                      [&](const auto& one) { return configuration.stringAt(one.first) != one.second; })) {
        continue;
      }
    }
    s::Job shown;
    shown.id_ = job_id;
    shown.data_ = shapes::fromJson<s::JobData>(data);
    shown.nonce_ = job->nonce();
    shown.accountId_ = job->account();
    output.jobs_->push_back(shown);
  }
  return output;
}

base::Result<s::AcknowledgeJob::Output> acknowledgeJob(dispatch::Context& context,
                                                       const s::AcknowledgeJob::Input& input) {
  auto job = kJobs.get(context.transaction(), input.jobId_);
  if (!job || job->account() != context.account()) return jobNotFound(input.jobId_);
  if (job->nonce() != input.nonce_) return invalidNonce();
  if (job->status() == "Queued") {
    // Whoever acknowledges first has the job; others see that it is in progress.
    job->set_status("InProgress");
    job->set_nonce(std::to_string(std::stoll(job->nonce()) + 1));
    kJobs.put(context.transaction(), *job, input.jobId_);
    kWaitingJobs.erase(context.transaction(), job->account(), job->region(), job->action_type(), input.jobId_);
  }
  s::AcknowledgeJob::Output output;
  output.status_ = job->status();
  return output;
}

base::Result<s::GetJobDetails::Output> getJobDetails(dispatch::Context& context, const s::GetJobDetails::Input& input) {
  const auto job = kJobs.get(context.transaction(), input.jobId_);
  const base::Json data = job && job->account() == context.account() ? dataOf(context, *job) : base::Json();
  if (data.isNull()) return jobNotFound(input.jobId_);
  s::JobDetails details;
  details.id_ = input.jobId_;
  details.data_ = shapes::fromJson<s::JobData>(data);
  details.accountId_ = job->account();
  s::GetJobDetails::Output output;
  output.jobDetails_ = details;
  return output;
}

}  // namespace

void registerJobs(dispatch::Registry& registry) {
  registry.add<s::PutJobSuccessResult>(putJobSuccessResult);
  registry.add<s::PutJobFailureResult>(putJobFailureResult);
  registry.add<s::PollForJobs>(pollForJobs);
  registry.add<s::AcknowledgeJob>(acknowledgeJob);
  registry.add<s::GetJobDetails>(getJobDetails);
}

}  // namespace thimble::services::codepipeline
