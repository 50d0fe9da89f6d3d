// PutJobSuccessResult, PutJobFailureResult, PollForJobs, AcknowledgeJob, GetJobDetails.
#include "services/codepipeline/jobs.h"

#include <algorithm>

#include "base/arn.h"
#include "services/codepipeline/action_types.h"
#include "services/codepipeline/actions/action.h"
#include "services/codepipeline/errors.h"
#include "services/codepipeline/job_credentials.h"
#include "services/codepipeline/operations.h"
#include "services/codepipeline/secrets.h"
#include "wire/shapes/codepipeline.h"

namespace thimble::services::codepipeline {
namespace {

namespace s = shapes::codepipeline;

constexpr std::size_t kMostJobsLookedAt = 1000;

base::Result<s::PutJobSuccessResult::Output> putJobSuccessResult(dispatch::Context& context,
                                                                 const s::PutJobSuccessResult::Input& input) {
  TRY_ASSIGN(const rows::Job job, findJob(context, JobOwner::Account, input.jobId_));
  TRY(checkOpen(job));
  base::Json result = successOf(input);
  if (input.outputVariables_) {
    base::Json variables = base::Json::object();
    for (const auto& [name, value] : *input.outputVariables_) variables.set(name, value);
    result.set("variables", std::move(variables));
  }
  answerJob(context, job, std::move(result));
  return s::PutJobSuccessResult::Output();
}

base::Result<s::PutJobFailureResult::Output> putJobFailureResult(dispatch::Context& context,
                                                                 const s::PutJobFailureResult::Input& input) {
  TRY_ASSIGN(const rows::Job job, findJob(context, JobOwner::Account, input.jobId_));
  TRY(checkOpen(job));
  answerJob(context, job, failureOf(input));
  return s::PutJobFailureResult::Output();
}

base::Result<s::PollForJobs::Output> pollForJobs(dispatch::Context& context, const platform::Sealer& sealer,
                                                 const s::PollForJobs::Input& input) {
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(1, input.maxBatchSize_.value_or(1)));
  s::PollForJobs::Output output;
  output.jobs_.emplace();
  TRY(eachWaitingJob(context, toJson(input.actionTypeId_), [&](const std::string& id, const rows::Job& job) {
    const base::Json data = dataOf(context, sealer, job);
    if (input.queryParam_) {
      const base::Json& configuration = data["actionConfiguration"]["configuration"];
      const auto& wanted = *input.queryParam_;
      if (std::any_of(wanted.begin(), wanted.end(),
                      [&](const auto& one) { return configuration.stringAt(one.first) != one.second; })) {
        return true;
      }
    }
    s::Job shown;
    shown.id_ = id;
    shown.data_ = shapes::fromJson<s::JobData>(data);
    shown.nonce_ = job.nonce();
    shown.accountId_ = job.account();
    output.jobs_->push_back(shown);
    return output.jobs_->size() < most;
  }));
  return output;
}

base::Result<s::AcknowledgeJob::Output> acknowledgeJob(dispatch::Context& context,
                                                       const s::AcknowledgeJob::Input& input) {
  TRY_ASSIGN(rows::Job job, findJob(context, JobOwner::Account, input.jobId_));
  s::AcknowledgeJob::Output output;
  TRY_ASSIGN(output.status_, acknowledge(context, std::move(job), input.jobId_, input.nonce_));
  return output;
}

base::Result<s::GetJobDetails::Output> getJobDetails(dispatch::Context& context, const platform::Sealer& sealer,
                                                     const s::GetJobDetails::Input& input) {
  TRY_ASSIGN(const rows::Job job, findJob(context, JobOwner::Account, input.jobId_));
  const base::Json data = dataOf(context, sealer, job);
  if (data.isNull()) return jobNotFound(input.jobId_);
  s::JobDetails details;
  details.id_ = input.jobId_;
  details.data_ = shapes::fromJson<s::JobData>(data);
  details.accountId_ = job.account();
  s::GetJobDetails::Output output;
  output.jobDetails_ = details;
  return output;
}

}  // namespace

base::Result<rows::Job> findJob(dispatch::Context& context, JobOwner owner, const std::string& id) {
  auto job = kJobs.get(context.transaction(), id);
  if (!job || job->account() != context.account()) return jobNotFound(id);
  if (job->action_type().starts_with("ThirdParty/") != (owner == JobOwner::Partner)) return jobNotFound(id);
  return *std::move(job);
}

base::Result<void> checkOpen(const rows::Job& job) {
  if (job.status() != "InProgress") return invalidJobState(job.status());
  return {};
}

base::Result<std::string> acknowledge(dispatch::Context& context, rows::Job job, const std::string& id,
                                      const std::string& nonce) {
  if (job.nonce() != nonce) return invalidNonce();
  if (job.status() == "Queued") {
    job.set_status("InProgress");
    job.set_nonce(std::to_string(std::stoll(job.nonce()) + 1));
    kJobs.put(context.transaction(), job, id);
    kWaitingJobs.erase(context.transaction(), job.account(), job.region(), job.action_type(), id);
  }
  return job.status();
}

base::Json dataOf(dispatch::Context& context, const platform::Sealer& sealer, const rows::Job& job) {
  const auto action =
      kActions.get(context.transaction(), job.pipeline_arn(), job.execution_sequence(), job.action_sequence());
  if (!action) return {};
  ActionInput input;
  input.configuration = openSecrets(sealer, job.account(), parseStored(action->configuration_json()));
  for (const auto& artifact : action->inputs())
    input.inputs.push_back({artifact.name(), artifact.bucket(), artifact.key(), artifact.revision()});
  for (const auto& artifact : action->outputs())
    input.outputs.push_back({artifact.name(), artifact.bucket(), artifact.key(), ""});
  if (!input.inputs.empty() || !input.outputs.empty()) {
    auto credentials = issueJobCredentials(context.transaction(), context.environment().authorizer, context.random(),
                                           context.now(), action->role_arn(), input);
    // A role that is gone meanwhile gives none, which the worker finds out.
    if (credentials.ok()) input.credentials = std::move(credentials).value();
  }
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

base::Result<void> eachWaitingJob(dispatch::Context& context, const base::Json& action_type_id,
                                  const std::function<bool(const std::string& id, const rows::Job& job)>& visit) {
  const std::string type = providerName(action_type_id) + "/" + action_type_id.stringAt("version");
  if (findActionType(context.transaction(), context.account(), context.region(), action_type_id).isNull())
    return actionTypeNotFound(type);
  for (const auto& entry : kWaitingJobs.scan(context.transaction(), {.limit = kMostJobsLookedAt}, context.account(),
                                             context.region(), type)) {
    store::KeyReader reader(entry.key);
    for (int i = 0; i < 4; ++i) reader.text();
    const std::string id = reader.text().value_or("");
    const auto job = kJobs.get(context.transaction(), id);
    if (job && !visit(id, *job)) break;
  }
  return {};
}

void answerJob(dispatch::Context& context, const rows::Job& job, base::Json result) {
  result.set("type", "job");
  result.set("sequence", job.execution_sequence());
  result.set("action", job.action_sequence());
  context.signal({std::string(kPipelineProcess), job.pipeline_arn()}, result);
}

void registerJobs(dispatch::Registry& registry, const platform::Sealer& sealer) {
  registry.add<s::PutJobSuccessResult>(putJobSuccessResult);
  registry.add<s::PutJobFailureResult>(putJobFailureResult);
  registry.add<s::PollForJobs>([&sealer](dispatch::Context& context, const s::PollForJobs::Input& input) {
    return pollForJobs(context, sealer, input);
  });
  registry.add<s::AcknowledgeJob>(acknowledgeJob);
  registry.add<s::GetJobDetails>([&sealer](dispatch::Context& context, const s::GetJobDetails::Input& input) {
    return getJobDetails(context, sealer, input);
  });
}

}  // namespace thimble::services::codepipeline
