// CreatePipeline, UpdatePipeline, GetPipeline, DeletePipeline, ListPipelines.
#include "services/codepipeline/action_types.h"
#include "services/codepipeline/errors.h"
#include "services/codepipeline/executions.h"
#include "services/codepipeline/operations.h"
#include "services/codepipeline/paging.h"
#include "services/codepipeline/pull_request_sources.h"
#include "services/codepipeline/secrets.h"
#include "services/codepipeline/source_poller.h"
#include "services/codepipeline/structure.h"
#include "services/codepipeline/tables.h"
#include "services/codepipeline/tags.h"
#include "wire/shapes/codepipeline.h"

namespace thimble::services::codepipeline {
namespace {

namespace s = shapes::codepipeline;

constexpr std::int64_t kLargestPage = 1000;

/// The declaration as it is stored: with the defaults that AWS shows.
/// `before`: the one that it takes the place of, or null.
base::Result<base::Json> readDeclaration(dispatch::Context& context, const Settings& settings,
                                         const s::PipelineDeclaration& given, std::int64_t version,
                                         const base::Json& before) {
  base::Json declaration = toJson(given);
  TRY(checkStructure(declaration, context.region(), [&](const base::Json& id) {
    return findActionType(context.transaction(), context.account(), context.region(), id);
  }));
  TRY(checkPullRequestSources(context, settings.call_within, declaration));
  declaration = sealSecrets(context, *settings.sealer, keepSecrets(context, std::move(declaration), before));
  declaration.set("version", version);
  if (!given.executionMode_) declaration.set("executionMode", "SUPERSEDED");
  if (!given.pipelineType_) declaration.set("pipelineType", "V1");
  base::Json& stages = *declaration.mutableObject().findMutable("stages");
  for (base::Json& stage : stages.mutableArray()) {
    for (base::Json& action : stage.mutableObject().findMutable("actions")->mutableArray()) {
      if (!action.contains("runOrder")) action.set("runOrder", 1);
      for (const char* list : {"inputArtifacts", "outputArtifacts"}) {
        if (!action.contains(list)) action.set(list, base::Json::array());
      }
      if (!action.contains("configuration")) action.set("configuration", base::Json::object());
    }
  }
  return declaration;
}

void storeDeclaration(dispatch::Context& context, const rows::Pipeline& pipeline, const base::Json& declaration) {
  rows::Declaration row;
  row.set_json(declaration.write());
  kDeclarations.put(context.transaction(), row, pipeline.arn(), pipeline.version());
  setPolledSources(context.transaction(), pipeline.arn(), declaration);
}

base::Result<s::CreatePipeline::Output> createPipeline(dispatch::Context& context, const Settings& settings,
                                                       const s::CreatePipeline::Input& input) {
  const std::string& name = input.pipeline_.name_;
  TRY_ASSIGN(const base::Json declaration, readDeclaration(context, settings, input.pipeline_, 1, base::Json()));
  if (kPipelines.has(context.transaction(), context.account(), context.region(), name)) return pipelineNameInUse(name);
  rows::Pipeline pipeline;
  pipeline.set_name(name);
  pipeline.set_arn(pipelineArn(context.account(), context.region(), name));
  pipeline.set_version(1);
  pipeline.set_created(context.now().milliseconds);
  pipeline.set_updated(context.now().milliseconds);
  if (input.tags_) TRY(addTags(*pipeline.mutable_tags(), *input.tags_));
  putPipeline(context.transaction(), pipeline);
  storeDeclaration(context, pipeline, declaration);
  // A new pipeline runs once by itself.
  TRY(beginExecution(context, pipeline,
                     {.trigger_type = "CreatePipeline", .trigger_detail = context.call().identity.arn}));
  s::CreatePipeline::Output output;
  output.pipeline_ = shapes::fromJson<s::PipelineDeclaration>(hideAllSecrets(context, declaration));
  output.tags_ = input.tags_;
  return output;
}

base::Result<s::UpdatePipeline::Output> updatePipeline(dispatch::Context& context, const Settings& settings,
                                                       const s::UpdatePipeline::Input& input) {
  TRY_ASSIGN(rows::Pipeline pipeline, findPipeline(context, input.pipeline_.name_));
  const base::Json before = loadDeclaration(context.transaction(), pipeline.arn(), pipeline.version());
  TRY_ASSIGN(const base::Json declaration,
             readDeclaration(context, settings, input.pipeline_, pipeline.version() + 1, before));
  pipeline.set_version(pipeline.version() + 1);
  pipeline.set_updated(context.now().milliseconds);
  putPipeline(context.transaction(), pipeline);
  storeDeclaration(context, pipeline, declaration);
  s::UpdatePipeline::Output output;
  output.pipeline_ = shapes::fromJson<s::PipelineDeclaration>(hideAllSecrets(context, declaration));
  return output;
}

base::Result<s::GetPipeline::Output> getPipeline(dispatch::Context& context, const s::GetPipeline::Input& input) {
  TRY_ASSIGN(const rows::Pipeline pipeline, findPipeline(context, input.name_));
  const std::int64_t version = input.version_.value_or(pipeline.version());
  const base::Json declaration = loadDeclaration(context.transaction(), pipeline.arn(), version);
  if (declaration.isNull()) return pipelineVersionNotFound(input.name_, version);
  s::GetPipeline::Output output;
  output.pipeline_ = shapes::fromJson<s::PipelineDeclaration>(hideAllSecrets(context, declaration));
  s::PipelineMetadata metadata;
  metadata.pipelineArn_ = pipeline.arn();
  metadata.created_ = base::Timestamp{pipeline.created()};
  metadata.updated_ = base::Timestamp{pipeline.updated()};
  output.metadata_ = metadata;
  return output;
}

template <class Record, class... Parts>
void eraseAll(store::Transaction& transaction, const store::Table<Record>& table, const Parts&... parts) {
  for (const auto& entry : table.scan(transaction, {}, parts...)) transaction.erase(entry.key);
}

base::Result<s::DeletePipeline::Output> deletePipeline(dispatch::Context& context,
                                                       const s::DeletePipeline::Input& input) {
  const auto pipeline = kPipelines.get(context.transaction(), context.account(), context.region(), input.name_);
  if (!pipeline) return s::DeletePipeline::Output();  // As AWS: deleting what is not there succeeds.
  const std::string arn = pipeline->arn();
  context.signal({std::string(kPipelineProcess), arn}, base::Json::object({{"type", "delete"}}));
  store::Transaction& transaction = context.transaction();
  eraseAll(transaction, kDeclarations, arn);
  eraseAll(transaction, kExecutions, arn);
  eraseAll(transaction, kExecutionIds, arn);
  eraseAll(transaction, kClientTokens, arn);
  eraseAll(transaction, kActive, arn);
  eraseAll(transaction, kActions, arn);
  eraseAll(transaction, kPolledSources, arn);
  eraseAll(transaction, kActionRevisions, arn);
  kPipelines.erase(transaction, context.account(), context.region(), input.name_);
  return s::DeletePipeline::Output();
}

base::Result<s::ListPipelines::Output> listPipelines(dispatch::Context& context, const s::ListPipelines::Input& input) {
  s::ListPipelines::Output output;
  output.pipelines_.emplace();
  std::string after;
  if (input.nextToken_) {
    TRY_ASSIGN(after, readPageToken(*input.nextToken_));
  }
  const std::int64_t wanted = std::min(input.maxResults_.value_or(kLargestPage), kLargestPage);
  const auto entries =
      kPipelines.scanAfter(context.transaction(), after, {.limit = static_cast<std::size_t>(wanted) + 1},
                           context.account(), context.region());
  for (const auto& entry : entries) {
    if (static_cast<std::int64_t>(output.pipelines_->size()) == wanted) {
      output.nextToken_ = pageToken(after);
      break;
    }
    after = entry.key;
    const base::Json declaration = loadDeclaration(context.transaction(), entry.record.arn(), entry.record.version());
    s::PipelineSummary summary;
    summary.name_ = entry.record.name();
    summary.version_ = entry.record.version();
    summary.pipelineType_ = declaration.stringAt("pipelineType");
    summary.executionMode_ = declaration.stringAt("executionMode");
    summary.created_ = base::Timestamp{entry.record.created()};
    summary.updated_ = base::Timestamp{entry.record.updated()};
    output.pipelines_->push_back(summary);
  }
  return output;
}

}  // namespace

void registerPipelines(dispatch::Registry& registry, const Settings& settings) {
  registry.add<s::CreatePipeline>([&settings](dispatch::Context& context, const s::CreatePipeline::Input& input) {
    return createPipeline(context, settings, input);
  });
  registry.add<s::UpdatePipeline>([&settings](dispatch::Context& context, const s::UpdatePipeline::Input& input) {
    return updatePipeline(context, settings, input);
  });
  registry.add<s::GetPipeline>(getPipeline);
  registry.add<s::DeletePipeline>(deletePipeline);
  registry.add<s::ListPipelines>(listPipelines);
}

}  // namespace thimble::services::codepipeline
