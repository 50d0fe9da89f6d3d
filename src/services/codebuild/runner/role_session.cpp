#include "services/codebuild/runner/role_session.h"

#include <future>

#include "dispatch/credentials.h"

namespace thimble::services::codebuild::runner {
namespace {

constexpr std::int64_t kSessionSeconds = 12 * 3600;

}  // namespace

void issueCredentials(BuildState& state) {
  auto promise = std::make_shared<std::promise<base::Result<dispatch::SessionCredentials>>>();
  auto future = promise->get_future();
  const dispatch::RoleToAssume role = state.caller.role();
  state.context.transact<dispatch::SessionCredentials>(
      [role](dispatch::Context& transacting) -> base::Result<dispatch::SessionCredentials> {
        TRY_ASSIGN(dispatch::Identity identity,
                   transacting.environment().authorizer.assume(transacting.transaction(), role));
        return dispatch::issueSession(transacting.transaction(), transacting.random(), transacting.now(),
                                      std::move(identity), kSessionSeconds);
      },
      [promise](base::Result<dispatch::SessionCredentials> session) { promise->set_value(std::move(session)); });
  const base::Result<dispatch::SessionCredentials> session = future.get();
  if (!session.ok()) {
    throw PhaseFailure{"CLIENT_ERROR",
                       "CodeBuild is not authorized to perform: sts:AssumeRole on service role. Please "
                       "verify that: 1) The provided service role exists, 2) The role name is "
                       "case-sensitive and matches exactly, and 3) The role has the necessary trust "
                       "policy configured."};
  }
  state.variables.set("AWS_ACCESS_KEY_ID", session->access_key_id);
  state.variables.set("AWS_SECRET_ACCESS_KEY", session->secret_access_key);
  state.variables.set("AWS_SESSION_TOKEN", session->session_token);
  state.log.addSecret(session->secret_access_key);
  state.log.addSecret(session->session_token);
  if (state.runner.settings().serve_api) {
    state.variables.set("AWS_ENDPOINT_URL", "http://127.0.0.1:" + std::to_string(state.runner.settings().api_port));
  }
}

}  // namespace thimble::services::codebuild::runner
