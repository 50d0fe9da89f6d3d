// PollForThirdPartyJobs, GetThirdPartyJobDetails, AcknowledgeThirdPartyJob, PutThirdPartyJobSuccessResult,
// PutThirdPartyJobFailureResult: jobs of the action types of partners.
// https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PollForThirdPartyJobs.html and its siblings
//
// A partner knows its customers by pairs of a client id, which a poll tells, and a client token, which it has to know.
// Here the token is what the action's configuration has for the type's first secret property; without one it is the
// client id.
#include <algorithm>

#include "base/digest.h"
#include "base/encoding.h"
#include "services/codepipeline/action_types.h"
#include "services/codepipeline/errors.h"
#include "services/codepipeline/jobs.h"
#include "services/codepipeline/operations.h"
#include "services/codepipeline/secrets.h"
#include "wire/shapes/codepipeline.h"

namespace thimble::services::codepipeline {
namespace {

namespace s = shapes::codepipeline;
using base::Json;

struct Client {
  std::string id, token;
};

/// The same id for the same customer of a type, in the form of a UUID.
std::string clientId(const std::string& type, const std::string& account, const std::string& secret) {
  const std::string hex = base::encodeHex(base::sha256(type + "/" + account + "/" + secret));
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20, 12);
}

Client clientOf(dispatch::Context& context, const platform::Sealer& sealer, const rows::Job& job) {
  const auto action =
      kActions.get(context.transaction(), job.pipeline_arn(), job.execution_sequence(), job.action_sequence());
  if (!action) return {};
  const Json type = findActionType(context.transaction(), job.account(), job.region(),
                                   parseStored(action->declaration_json())["actionTypeId"]);
  const Json configuration = openSecrets(sealer, job.account(), parseStored(action->configuration_json()));
  std::string secret;
  const Json& properties = type["actionConfigurationProperties"];
  for (std::size_t i = 0; i < properties.size() && secret.empty(); ++i) {
    if (properties[i]["secret"] == Json(true)) secret = configuration.stringAt(properties[i].stringAt("name"));
  }
  const std::string id = clientId(job.action_type(), job.account(), secret);
  return {id, secret.empty() ? id : secret};
}

base::Result<rows::Job> findPartnerJob(dispatch::Context& context, const platform::Sealer& sealer,
                                       const std::string& id, const std::string& token) {
  TRY_ASSIGN(rows::Job job, findJob(context, JobOwner::Partner, id));
  if (clientOf(context, sealer, job).token != token) return invalidClientToken();
  return job;
}

base::Result<s::PollForThirdPartyJobs::Output> pollForThirdPartyJobs(dispatch::Context& context,
                                                                     const platform::Sealer& sealer,
                                                                     const s::PollForThirdPartyJobs::Input& input) {
  if (input.actionTypeId_.owner_ != "ThirdParty") {
    return validation("The owner of the action type has to be ThirdParty; jobs of others are polled by PollForJobs.");
  }
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(1, input.maxBatchSize_.value_or(1)));
  s::PollForThirdPartyJobs::Output output;
  output.jobs_.emplace();
  TRY(eachWaitingJob(context, toJson(input.actionTypeId_), [&](const std::string& id, const rows::Job& job) {
    s::ThirdPartyJob shown;
    shown.clientId_ = clientOf(context, sealer, job).id;
    shown.jobId_ = id;
    output.jobs_->push_back(shown);
    return output.jobs_->size() < most;
  }));
  return output;
}

base::Result<s::GetThirdPartyJobDetails::Output> getThirdPartyJobDetails(
    dispatch::Context& context, const platform::Sealer& sealer, const s::GetThirdPartyJobDetails::Input& input) {
  TRY_ASSIGN(const rows::Job job, findPartnerJob(context, sealer, input.jobId_, input.clientToken_));
  s::ThirdPartyJobDetails details;
  details.id_ = input.jobId_;
  details.data_ = shapes::fromJson<s::ThirdPartyJobData>(dataOf(context, sealer, job));
  details.nonce_ = job.nonce();
  s::GetThirdPartyJobDetails::Output output;
  output.jobDetails_ = details;
  return output;
}

base::Result<s::AcknowledgeThirdPartyJob::Output> acknowledgeThirdPartyJob(
    dispatch::Context& context, const platform::Sealer& sealer, const s::AcknowledgeThirdPartyJob::Input& input) {
  TRY_ASSIGN(rows::Job job, findPartnerJob(context, sealer, input.jobId_, input.clientToken_));
  s::AcknowledgeThirdPartyJob::Output output;
  TRY_ASSIGN(output.status_, acknowledge(context, std::move(job), input.jobId_, input.nonce_));
  return output;
}

base::Result<s::PutThirdPartyJobSuccessResult::Output> putThirdPartyJobSuccessResult(
    dispatch::Context& context, const platform::Sealer& sealer, const s::PutThirdPartyJobSuccessResult::Input& input) {
  TRY_ASSIGN(const rows::Job job, findPartnerJob(context, sealer, input.jobId_, input.clientToken_));
  TRY(checkOpen(job));
  answerJob(context, job, successOf(input));
  return s::PutThirdPartyJobSuccessResult::Output();
}

base::Result<s::PutThirdPartyJobFailureResult::Output> putThirdPartyJobFailureResult(
    dispatch::Context& context, const platform::Sealer& sealer, const s::PutThirdPartyJobFailureResult::Input& input) {
  TRY_ASSIGN(const rows::Job job, findPartnerJob(context, sealer, input.jobId_, input.clientToken_));
  TRY(checkOpen(job));
  answerJob(context, job, failureOf(input));
  return s::PutThirdPartyJobFailureResult::Output();
}

}  // namespace

void registerThirdPartyJobs(dispatch::Registry& registry, const platform::Sealer& sealer) {
  const auto add = [&]<class Op>(auto handler) {
    registry.add<Op>([&sealer, handler](dispatch::Context& context, const typename Op::Input& input) {
      return handler(context, sealer, input);
    });
  };
  add.operator()<s::PollForThirdPartyJobs>(pollForThirdPartyJobs);
  add.operator()<s::GetThirdPartyJobDetails>(getThirdPartyJobDetails);
  add.operator()<s::AcknowledgeThirdPartyJob>(acknowledgeThirdPartyJob);
  add.operator()<s::PutThirdPartyJobSuccessResult>(putThirdPartyJobSuccessResult);
  add.operator()<s::PutThirdPartyJobFailureResult>(putThirdPartyJobFailureResult);
}

}  // namespace thimble::services::codepipeline
