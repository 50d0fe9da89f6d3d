// CodePipeline's rows: where they are and how they are found.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "dispatch/context.h"
#include "services/codepipeline/codepipeline.pb.h"
#include "services/codepipeline/service.h"
#include "store/table.h"

namespace thimble::services::codepipeline {

inline constexpr store::Table<rows::Pipeline> kPipelines("codepipeline.pipeline");
inline constexpr store::Table<rows::Declaration> kDeclarations("codepipeline.declaration");
inline constexpr store::Table<rows::Execution> kExecutions("codepipeline.execution");
inline constexpr store::Table<rows::ExecutionLookup> kExecutionIds("codepipeline.execution_id");
inline constexpr store::Table<rows::ExecutionLookup> kClientTokens("codepipeline.client_token");
/// Executions that are not at an end.
inline constexpr store::Table<rows::ExecutionLookup> kActive("codepipeline.active");
inline constexpr store::Table<rows::Action> kActions("codepipeline.action");
inline constexpr store::Table<rows::Job> kJobs("codepipeline.job");
inline constexpr store::Table<rows::WaitingJob> kWaitingJobs("codepipeline.waiting_job");
inline constexpr store::Table<rows::CustomActionType> kCustomActionTypes("codepipeline.custom_action_type");
/// Those of partners; the JSON is an ActionTypeDeclaration.
inline constexpr store::Table<rows::CustomActionType> kPartnerActionTypes("codepipeline.partner_action_type");

inline constexpr store::Table<rows::PolledSource> kPolledSources("codepipeline.polled_source");
inline constexpr store::Table<rows::Webhook> kWebhooks("codepipeline.webhook");
inline constexpr store::Table<rows::WebhookLookup> kWebhookTokens("codepipeline.webhook_token");
inline constexpr store::Table<rows::ActionRevisionTold> kActionRevisions("codepipeline.action_revision");

std::string pipelineArn(const std::string& account, const std::string& region, const std::string& name);

/// Errors: PipelineNotFoundException.
base::Result<rows::Pipeline> findPipeline(dispatch::Context& context, const std::string& name);
std::optional<rows::Pipeline> findPipelineByArn(store::Transaction& transaction, const std::string& arn);
/// The value of the tag "thimble:git-url", with which a pipeline's sources of GitHub are read from another server;
/// empty: GitHub's own.
std::string gitUrlOf(const rows::Pipeline& pipeline);
void putPipeline(store::Transaction& transaction, const rows::Pipeline& pipeline);
/// The PipelineDeclaration of a version, as a model value; null when there is none.
base::Json loadDeclaration(store::Transaction& transaction, const std::string& arn, std::int64_t version);

std::optional<rows::Execution> findExecution(store::Transaction& transaction, const std::string& arn,
                                             const std::string& id);
void putExecution(store::Transaction& transaction, const std::string& arn, const rows::Execution& execution);
void putAction(store::Transaction& transaction, const rows::Action& action);

/// The run of a stage in an execution; nullptr when the declaration had no such stage.
const rows::StageRun* findStageRun(const rows::Execution& execution, const std::string& stage);
/// The latest run of an action of a stage; nothing when it has not begun.
std::optional<rows::Action> currentAction(store::Transaction& transaction, const std::string& arn,
                                          const rows::Execution& execution, const rows::StageRun& run,
                                          const std::string& action);

/// Position of the stage of that name in a declaration; nothing when there is none.
std::optional<std::size_t> stageIndex(const base::Json& declaration, const std::string& stage);
/// Position of the stage that holds the action of these names. Errors: StageNotFoundException, ActionNotFoundException.
base::Result<std::size_t> stageOfAction(const base::Json& declaration, const std::string& stage,
                                        const std::string& action);

base::Json parseStored(const std::string& text);

}  // namespace thimble::services::codepipeline
