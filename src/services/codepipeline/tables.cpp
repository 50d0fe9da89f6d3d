#include "services/codepipeline/tables.h"

#include "base/arn.h"
#include "services/codepipeline/errors.h"

namespace thimble::services::codepipeline {

std::string pipelineArn(const std::string& account, const std::string& region, const std::string& name) {
  return base::Arn{"aws", "codepipeline", region, account, name}.toString();
}

base::Result<rows::Pipeline> findPipeline(dispatch::Context& context, const std::string& name) {
  auto pipeline = kPipelines.get(context.transaction(), context.account(), context.region(), name);
  if (!pipeline) return pipelineNotFound(context.account(), name);
  return *std::move(pipeline);
}

std::optional<rows::Pipeline> findPipelineByArn(store::Transaction& transaction, const std::string& arn) {
  const auto parts = base::parseArn(arn);
  if (!parts) return std::nullopt;
  return kPipelines.get(transaction, parts->account, parts->region, parts->resource);
}

std::string gitUrlOf(const rows::Pipeline& pipeline) {
  for (const rows::Tag& tag : pipeline.tags()) {
    if (tag.key() == "thimble:git-url") return tag.value();
  }
  return "";
}

void putPipeline(store::Transaction& transaction, const rows::Pipeline& pipeline) {
  const auto parts = base::parseArn(pipeline.arn());
  kPipelines.put(transaction, pipeline, parts->account, parts->region, pipeline.name());
}

base::Json loadDeclaration(store::Transaction& transaction, const std::string& arn, std::int64_t version) {
  const auto row = kDeclarations.get(transaction, arn, version);
  return row ? parseStored(row->json()) : base::Json();
}

std::optional<rows::Execution> findExecution(store::Transaction& transaction, const std::string& arn,
                                             const std::string& id) {
  const auto lookup = kExecutionIds.get(transaction, arn, id);
  return lookup ? kExecutions.get(transaction, arn, lookup->sequence()) : std::nullopt;
}

void putExecution(store::Transaction& transaction, const std::string& arn, const rows::Execution& execution) {
  kExecutions.put(transaction, execution, arn, execution.sequence());
}

void putAction(store::Transaction& transaction, const rows::Action& action) {
  kActions.put(transaction, action, action.pipeline_arn(), action.execution_sequence(), action.sequence());
}

const rows::StageRun* findStageRun(const rows::Execution& execution, const std::string& stage) {
  for (const rows::StageRun& run : execution.stages()) {
    if (run.stage() == stage) return &run;
  }
  return nullptr;
}

std::optional<rows::Action> currentAction(store::Transaction& transaction, const std::string& arn,
                                          const rows::Execution& execution, const rows::StageRun& run,
                                          const std::string& action) {
  for (const rows::CurrentAction& current : run.actions()) {
    if (current.action() == action) return kActions.get(transaction, arn, execution.sequence(), current.sequence());
  }
  return std::nullopt;
}

std::optional<std::size_t> stageIndex(const base::Json& declaration, const std::string& stage) {
  const base::Json& stages = declaration["stages"];
  for (std::size_t i = 0; i < stages.size(); ++i) {
    if (stages[i].stringAt("name") == stage) return i;
  }
  return std::nullopt;
}

base::Result<std::size_t> stageOfAction(const base::Json& declaration, const std::string& stage,
                                        const std::string& action) {
  const auto index = stageIndex(declaration, stage);
  if (!index) return stageNotFound(stage);
  const base::Json& actions = declaration["stages"][*index]["actions"];
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (actions[i].stringAt("name") == action) return *index;
  }
  return actionNotFound(action);
}

base::Json parseStored(const std::string& text) {
  if (text.empty()) return {};
  auto json = base::Json::parse(text);
  return json.ok() ? std::move(json).value() : base::Json();
}

}  // namespace thimble::services::codepipeline
