// StartBuildBatch, BatchGetBuildBatches, ListBuildBatches, ListBuildBatchesForProject, StopBuildBatch, RetryBuildBatch,
// DeleteBuildBatch.
// https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuildBatch.html and its siblings
#include "base/encoding.h"
#include "services/codebuild/batch/batch_records.h"
#include "services/codebuild/build_phases.h"
#include "services/codebuild/errors.h"
#include "services/codebuild/operations.h"
#include "services/codebuild/project_rules.h"
#include "services/codebuild/start_build.h"
#include "wire/shapes/codebuild.h"

namespace thimble::services::codebuild {
namespace {

namespace shape = shapes::codebuild;
using base::Json;

constexpr std::size_t kPage = 100;
/// Tokens of batches and builds are kept in one table.
constexpr const char* kTokenPrefix = "batch:";

base::ApiError batchNotFound(const std::string& id) {
  return {"ResourceNotFoundException", "Build batch cannot be found: " + id, 400};
}

/// A batch of the input's id, which the caller may treat so.
base::Result<Json> findAuthorised(dispatch::Context& context, const Json& input, const char* action) {
  const Place place = placeOf(context);
  TRY_ASSIGN(const std::string id, readBatchId(place, input.stringAt("id")));
  TRY(context.authorise(action, place.projectArn(projectOf(id))));
  std::optional<Json> document = findBatch(context.transaction(), place, id);
  if (!document) return batchNotFound(id);
  return std::move(*document);
}

Json batchOf(dispatch::Context& context, const std::string& id) {
  return (*findBatch(context.transaction(), placeOf(context), id))["Batch"];
}

/// Where a member of the project is shown by a BuildBatch.
constexpr std::pair<const char*, const char*> kShared[] = {{"source", "source"},
                                                           {"secondarySources", "secondarySources"},
                                                           {"secondarySourceVersions", "secondarySourceVersions"},
                                                           {"cache", "cache"},
                                                           {"environment", "environment"},
                                                           {"serviceRole", "serviceRole"},
                                                           {"logsConfig", "logConfig"},
                                                           {"timeoutInMinutes", "buildTimeoutInMinutes"},
                                                           {"queuedTimeoutInMinutes", "queuedTimeoutInMinutes"},
                                                           {"encryptionKey", "encryptionKey"},
                                                           {"buildBatchConfig", "buildBatchConfig"}};

Outcome startBuildBatch(dispatch::Context& context, const Json& input) {
  const Place place = placeOf(context);
  const std::string name = projectName(place, input.stringAt("projectName"));
  std::optional<Json> record = findProject(context.transaction(), place, name);
  if (!record) return projectNotFound(place.projectArn(name));
  // 1. The same request once more is the same batch.
  const std::string token = input.stringAt("idempotencyToken");
  if (!token.empty()) {
    const auto earlier = findToken(context.transaction(), place, name, kTokenPrefix + token, context.now());
    if (const auto document = earlier ? findBatch(context.transaction(), place, *earlier) : std::nullopt) {
      if (!((*document)["Internal"]["Input"] == input)) {
        return invalidInput("Idempotency token was used with different parameters: " + token);
      }
      return Json::object({{"buildBatch", (*document)["Batch"]}});
    }
  }
  // 2. The project as this batch has it.
  Json project = applyOverrides((*record)["Project"], input);
  if (input.contains("buildTimeoutInMinutesOverride")) {
    project.set("timeoutInMinutes", input["buildTimeoutInMinutesOverride"]);
  }
  Json config = project["buildBatchConfig"].isObject() ? project["buildBatchConfig"] : Json::object();
  const Json given = input["buildBatchConfigOverride"].isObject() ? input["buildBatchConfigOverride"] : Json::object();
  for (const auto& [member, value] : given.asObject()) config.set(member, value);
  if (config.stringAt("serviceRole").empty()) {
    return invalidInput("Project must have a batch service role (buildBatchConfig.serviceRole) to start a batch build");
  }
  config.set("serviceRole", roleArn(config.stringAt("serviceRole"), place.account));
  project.set("buildBatchConfig", std::move(config));
  addProjectDefaults(project, place);
  TRY(checkProject(project));
  TRY(checkPipelineSource(project));
  // 3. The batch.
  const std::int64_t number = ((*record)["Batches"].isInt() ? (*record)["Batches"].asInt() : 0) + 1;
  record->set("Batches", number);
  putProject(context.transaction(), place, *record);
  const std::string id = name + ":" + context.random().uuid();
  Json phases = Json::array();
  beginPhase(phases, "SUBMITTED", context.now());
  endPhase(phases, "SUCCEEDED", context.now());
  Json batch = Json::object({{"id", id},
                             {"arn", batchArn(place, id)},
                             {"startTime", context.now().milliseconds},
                             {"currentPhase", "SUBMITTED"},
                             {"buildBatchStatus", "IN_PROGRESS"},
                             {"projectName", name},
                             {"phases", std::move(phases)},
                             {"artifacts", Json::object({{"location", ""}})},
                             {"complete", false},
                             {"initiator", initiatorOf(context)},
                             {"buildBatchNumber", number},
                             {"buildGroups", Json::array()},
                             {"debugSessionEnabled", false}});
  for (const auto& [from, to] : kShared) {
    if (project.contains(from)) batch.set(to, project[from]);
  }
  if (!project.stringAt("sourceVersion").empty()) batch.set("sourceVersion", project["sourceVersion"]);
  addBatch(context.transaction(), place,
           Json::object({{"Batch", std::move(batch)},
                         {"Account", place.account},
                         {"Region", place.region},
                         {"Project", std::move(project)},
                         {"Internal", Json::object({{"Input", input}})}}));
  if (!token.empty()) putToken(context.transaction(), place, name, kTokenPrefix + token, id, context.now());
  context.start(batchProcess(place, id), Json());
  return Json::object({{"buildBatch", batchOf(context, id)}});
}

Outcome batchGetBuildBatches(dispatch::Context& context, const Json& input) {
  const Place place = placeOf(context);
  Json found = Json::array();
  Json missing = Json::array();
  for (const Json& each : input["ids"].asArray()) {
    TRY_ASSIGN(const std::string id, readBatchId(place, each.asString()));
    TRY(context.authorise("codebuild:BatchGetBuildBatches", place.projectArn(projectOf(id))));
    const std::optional<Json> document = findBatch(context.transaction(), place, id);
    document ? found.push((*document)["Batch"]) : missing.push(each);
  }
  return Json::object({{"buildBatches", std::move(found)}, {"buildBatchesNotFound", std::move(missing)}});
}

Outcome list(dispatch::Context& context, const Json& input, const std::string& project) {
  std::string after;
  if (const std::string token = input.stringAt("nextToken"); !token.empty()) {
    const std::optional<std::string> key = base::decodeBase64(token);
    if (!key || key->empty()) return invalidNextToken();
    after = *key;
  }
  const std::size_t most = input["maxResults"].isInt() ? static_cast<std::size_t>(input["maxResults"].asInt()) : kPage;
  const BuildList batches =
      listBatches(context.transaction(), placeOf(context), project, input["filter"].stringAt("status"),
                  input.stringAt("sortOrder", "DESCENDING") == "ASCENDING", after, most);
  Json ids = Json::array();
  for (const std::string& id : batches.ids) ids.push(id);
  Json output = Json::object({{"ids", std::move(ids)}});
  if (!batches.next.empty()) output.set("nextToken", base::encodeBase64(batches.next));
  return output;
}

Outcome listBuildBatches(dispatch::Context& context, const Json& input) {
  return list(context, input, "");
}

Outcome listBuildBatchesForProject(dispatch::Context& context, const Json& input) {
  const std::string project = projectName(placeOf(context), input.stringAt("projectName"));
  if (!findProject(context.transaction(), placeOf(context), project)) {
    return projectNotFound(placeOf(context).projectArn(project));
  }
  return list(context, input, project);
}

Outcome stopBuildBatch(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const Json document, findAuthorised(context, input, "codebuild:StopBuildBatch"));
  const std::string id = document["Batch"].stringAt("id");
  if (document["Batch"]["complete"] != Json(true)) {
    context.signal(batchProcess(placeOf(context), id), Json::object({{"Stop", true}}));
  }
  return Json::object({{"buildBatch", batchOf(context, id)}});
}

Outcome retryBuildBatch(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const Json document, findAuthorised(context, input, "codebuild:RetryBuildBatch"));
  const Place place = placeOf(context);
  const Json& batch = document["Batch"];
  const std::string id = batch.stringAt("id");
  const std::string token = input.stringAt("idempotencyToken");
  if (!token.empty()) {
    const std::string key = std::string("retry:") + token;
    const auto earlier = findToken(context.transaction(), place, batch.stringAt("projectName"), key, context.now());
    if (earlier && *earlier != id) {
      return invalidInput("Idempotency token was used with different parameters: " + token);
    }
    if (earlier) return Json::object({{"buildBatch", batch}});
    putToken(context.transaction(), place, batch.stringAt("projectName"), key, id, context.now());
  }
  if (batch["complete"] != Json(true)) return invalidInput("Build batch is not complete: " + id);
  if (batch.stringAt("buildBatchStatus") == "SUCCEEDED") {
    return invalidInput("Only batch builds that have failed can be retried: " + id);
  }
  context.signal(batchProcess(place, id), Json::object({{"Retry", input.stringAt("retryType", "RETRY_ALL_BUILDS")}}));
  return Json::object({{"buildBatch", batchOf(context, id)}});
}

/// With its builds, as on AWS.
Outcome deleteBuildBatch(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const Json document, findAuthorised(context, input, "codebuild:DeleteBuildBatch"));
  const Place place = placeOf(context);
  const Json& batch = document["Batch"];
  Json deleted = Json::array();
  const auto drop = [&](const Json& summary) {
    const base::Result<std::string> id = readBuildId(place, summary.stringAt("arn"));
    const auto build = id.ok() ? findBuild(context.transaction(), place, *id) : std::nullopt;
    if (!build) return;
    eraseBuild(context.transaction(), place, *build);
    deleted.push(summary["arn"]);
  };
  if (batch["complete"] != Json(true)) {
    return Json::object({{"statusCode", "BUILD_IN_PROGRESS"},
                         {"buildsDeleted", std::move(deleted)},
                         {"buildsNotDeleted", Json::array()}});
  }
  for (const Json& group : batch["buildGroups"].asArray()) {
    if (group["priorBuildSummaryList"].isArray()) {
      for (const Json& each : group["priorBuildSummaryList"].asArray()) drop(each);
    }
    drop(group["currentBuildSummary"]);
  }
  eraseBatch(context.transaction(), place, document);
  return Json::object(
      {{"statusCode", "BATCH_DELETED"}, {"buildsDeleted", std::move(deleted)}, {"buildsNotDeleted", Json::array()}});
}

}  // namespace

void registerBatches(dispatch::Registry& registry) {
  addOperation<shape::StartBuildBatch>(registry, startBuildBatch);
  addOperation<shape::BatchGetBuildBatches>(registry, batchGetBuildBatches);
  addOperation<shape::ListBuildBatches>(registry, listBuildBatches);
  addOperation<shape::ListBuildBatchesForProject>(registry, listBuildBatchesForProject);
  addOperation<shape::StopBuildBatch>(registry, stopBuildBatch);
  addOperation<shape::RetryBuildBatch>(registry, retryBuildBatch);
  addOperation<shape::DeleteBuildBatch>(registry, deleteBuildBatch);
}

}  // namespace thimble::services::codebuild
