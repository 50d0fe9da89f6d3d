#include "services/codepipeline/job_credentials.h"

#include "dispatch/credentials.h"

namespace thimble::services::codepipeline {
namespace {

constexpr std::int64_t kCredentialSeconds = 3600;

std::string sessionPolicy(const ActionInput& input) {
  base::Json statements = base::Json::array();
  const auto allow = [&](const char* action, const std::vector<ArtifactPlace>& places) {
    if (places.empty()) return;
    base::Json resources = base::Json::array();
    for (const ArtifactPlace& place : places) resources.push("arn:aws:s3:::" + place.bucket + "/" + place.key);
    statements.push(base::Json::object({{"Effect", "Allow"}, {"Action", action}, {"Resource", resources}}));
  };
  allow("s3:GetObject*", input.inputs);
  allow("s3:PutObject*", input.outputs);
  if (statements.empty()) {
    statements.push(base::Json::object({{"Effect", "Deny"}, {"Action", "*"}, {"Resource", "*"}}));
  }
  return base::Json::object({{"Version", "2012-10-17"}, {"Statement", statements}}).write();
}

}  // namespace

base::Result<JobCredentials> issueJobCredentials(store::Transaction& transaction, dispatch::Authorizer& authorizer,
                                                 platform::Random& random, base::Timestamp now,
                                                 const std::string& role_arn, const ActionInput& input) {
  TRY_ASSIGN(
      dispatch::Identity identity,
      authorizer.assume(transaction, dispatch::RoleToAssume{role_arn, kPrincipal, std::to_string(now.milliseconds)}));
  identity.session_policies.push_back(sessionPolicy(input));
  const dispatch::SessionCredentials issued =
      dispatch::issueSession(transaction, random, now, std::move(identity), kCredentialSeconds);
  return JobCredentials{issued.access_key_id, issued.secret_access_key, issued.session_token};
}

}  // namespace thimble::services::codepipeline
