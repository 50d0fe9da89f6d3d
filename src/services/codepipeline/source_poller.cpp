#include "services/codepipeline/source_poller.h"

#include <algorithm>
#include <set>

#include "base/arn.h"

namespace thimble::services::codepipeline {
namespace {

using base::Json;

constexpr std::int64_t kRound = 1000;  ///< Milliseconds.
constexpr std::int64_t kLongestPause = 30'000;

bool isPolled(const Json& action) {
  const std::string provider = action["actionTypeId"].stringAt("provider");
  if (action["actionTypeId"].stringAt("owner") != "AWS" || (provider != "S3" && provider != "CodeCommit")) return false;
  const std::string poll = action["configuration"].stringAt("PollForSourceChanges", "true");
  return poll != "false" && poll != "False";
}

/// What has to come first is not there yet: the first push, the first object.
bool isStillEmpty(const base::ApiError& error) {
  return error.code == "BranchDoesNotExistException" || error.http_status == 404;
}

}  // namespace

void setPolledSources(store::Transaction& transaction, const std::string& pipeline_arn, const Json& declaration) {
  std::map<std::string, rows::PolledSource> before;
  for (auto& entry : kPolledSources.scan(transaction, {}, pipeline_arn)) {
    transaction.erase(entry.key);
    before[entry.record.action()] = std::move(entry.record);
  }
  for (const Json& action : declaration["stages"][std::size_t{0}]["actions"].asArray()) {
    if (!isPolled(action)) continue;
    rows::PolledSource source;
    source.set_pipeline_arn(pipeline_arn);
    source.set_action(action.stringAt("name"));
    source.set_provider(action["actionTypeId"].stringAt("provider"));
    const std::string role = action.stringAt("roleArn");
    source.set_role_arn(role.empty() ? declaration.stringAt("roleArn") : role);
    source.set_region(action.stringAt("region", base::parseArn(pipeline_arn)->region));
    source.set_configuration_json(action["configuration"].write());
    const auto known = before.find(source.action());
    if (known != before.end() && known->second.configuration_json() == source.configuration_json()) {
      source.set_last_revision(known->second.last_revision());
    }
    kPolledSources.put(transaction, source, pipeline_arn, source.action());
  }
}

void SourcePoller::waitForNextRound() {
  const dispatch::Environment& environment = kernel_.environment();
  environment.executor.postAt(environment.clock.now().plusMilliseconds(kRound), [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->round();
  });
}

void SourcePoller::round() {
  store::Transaction transaction = kernel_.environment().store.begin();
  const base::Timestamp now = kernel_.environment().clock.now();
  std::set<std::string> present;
  for (const auto& entry : kPolledSources.scan(transaction, {})) {
    present.insert(entry.key);
    {
      const std::lock_guard lock(mutex_);
      Look& look = looks_[entry.key];
      if (look.under_way || now < look.next) continue;
      look.under_way = true;
    }
    look(entry.record, entry.key);
  }
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(looks_, [&](const auto& one) { return !one.second.under_way && !present.contains(one.first); });
  }
  waitForNextRound();
}

void SourcePoller::look(const rows::PolledSource& source, const std::string& key) {
  const auto arn = base::parseArn(source.pipeline_arn());
  const Json configuration = parseStored(source.configuration_json());
  dispatch::Call call;
  call.role = dispatch::RoleToAssume{source.role_arn(), "codepipeline.amazonaws.com",
                                     std::to_string(kernel_.environment().clock.now().milliseconds)};
  call.account = arn->account;
  call.region = source.region();
  call.source_arn = source.pipeline_arn();
  if (source.provider() == "S3") {
    call.service = "s3";
    call.operation = "HeadObject";
    call.input = Json::object({{"Bucket", configuration["S3Bucket"]}, {"Key", configuration["S3ObjectKey"]}});
  } else {
    call.service = "codecommit";
    call.operation = "GetBranch";
    call.input = Json::object(
        {{"repositoryName", configuration["RepositoryName"]}, {"branchName", configuration["BranchName"]}});
  }
  doorway_.call(std::move(call), [weak = weak_from_this(), source, key](const dispatch::CallOutcome& outcome) {
    if (const auto self = weak.lock()) self->seen(source, key, outcome);
  });
}

void SourcePoller::seen(const rows::PolledSource& source, const std::string& key,
                        const dispatch::CallOutcome& outcome) {
  {
    const std::lock_guard lock(mutex_);
    Look& look = looks_[key];
    look.under_way = false;
    const bool wait_longer = !outcome.ok() && !isStillEmpty(outcome.error());
    look.pause = wait_longer ? std::min(kLongestPause, std::max(kRound, look.pause) * 2) : 0;
    look.next = kernel_.environment().clock.now().plusMilliseconds(look.pause);
  }
  if (!outcome.ok()) return;
  const std::string revision = source.provider() == "S3" ? outcome->output.stringAt("VersionId")
                                                         : outcome->output["branch"].stringAt("commitId");
  if (revision.empty() || revision == "null" || revision == source.last_revision()) return;
  kernel_.signalLater({std::string(kPipelineProcess), source.pipeline_arn()},
                      Json::object({{"type", "sourceChanged"}, {"action", source.action()}, {"revision", revision}}));
}

std::shared_ptr<SourcePoller> startSourcePoller(dispatch::Kernel& kernel, dispatch::Doorway& doorway) {
  auto poller = std::make_shared<SourcePoller>(kernel, doorway);
  poller->start();
  return poller;
}

}  // namespace thimble::services::codepipeline
