#include "services/codepipeline/source_poller.h"

#include <algorithm>
#include <set>

#include "base/arn.h"
#include "services/codepipeline/actions/kinds.h"
#include "services/codepipeline/triggers.h"

namespace thimble::services::codepipeline {
namespace {

using base::Json;

constexpr std::int64_t kRound = 1000;  ///< Milliseconds.
constexpr std::int64_t kLongestPause = 30'000;

constexpr const char* kConnection = "CodeStarSourceConnection";
constexpr const char* kGitHub = "GitHub";
/// A remote server is asked the less often the longer it takes to answer.
constexpr std::int64_t kRestFactor = 20;

bool isPolled(const Json& action) {
  const std::string provider = action["actionTypeId"].stringAt("provider");
  const bool github = provider == kGitHub && action["actionTypeId"].stringAt("owner") == "ThirdParty";
  if (action["actionTypeId"].stringAt("owner") != "AWS" && !github) return false;
  if (provider == kConnection) {
    const std::string detect = action["configuration"].stringAt("DetectChanges", "true");
    return detect != "false" && detect != "False";
  }
  if (provider != "S3" && provider != "CodeCommit" && !github) return false;
  const std::string poll = action["configuration"].stringAt("PollForSourceChanges", "true");
  return poll != "false" && poll != "False";
}

/// Among the names of references; git has none that begin so.
constexpr std::string_view kPullRequest = "pull/";

std::string branchOf(const std::string& reference) {
  constexpr std::string_view kBranches = "refs/heads/";
  return reference.starts_with(kBranches) ? reference.substr(kBranches.size()) : reference;
}

/// What has to come first is not there yet: the first push, the first object.
bool isStillEmpty(const base::ApiError& error) {
  return error.code == "BranchDoesNotExistException" || error.code == "RepositoryDoesNotExistException" ||
         error.http_status == 404;
}

}  // namespace

void setPolledSources(store::Transaction& transaction, const std::string& pipeline_arn, const Json& declaration) {
  std::map<std::string, rows::PolledSource> before;
  for (auto& entry : kPolledSources.scan(transaction, {}, pipeline_arn)) {
    transaction.erase(entry.key);
    before[entry.record.action()] = std::move(entry.record);
  }
  for (const Json& action : declaration["stages"][std::size_t{0}]["actions"].asArray()) {
    const Json triggers = gitConfigurationOf(declaration, action.stringAt("name"));
    if (!isPolled(action) && triggers.isNull()) continue;
    rows::PolledSource source;
    source.set_pipeline_arn(pipeline_arn);
    source.set_action(action.stringAt("name"));
    source.set_provider(action["actionTypeId"].stringAt("provider"));
    const std::string role = action.stringAt("roleArn");
    source.set_role_arn(role.empty() ? declaration.stringAt("roleArn") : role);
    source.set_region(action.stringAt("region", base::parseArn(pipeline_arn)->region));
    source.set_configuration_json(action["configuration"].write());
    const auto known = before.find(source.action());
    // Without a filter, a trigger is for the action's own branch.
    if (triggers.contains("push") || triggers.contains("pullRequest")) source.set_triggers_json(triggers.write());
    if (known != before.end() && known->second.configuration_json() == source.configuration_json()) {
      source.set_last_revision(known->second.last_revision());
      if (known->second.triggers_json() == source.triggers_json()) {
        source.set_references_json(known->second.references_json());
      }
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

dispatch::Call SourcePoller::callFor(const rows::PolledSource& source) const {
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
  } else if (source.provider() == kConnection) {
    call.service = "thimble.codeconnections";
    call.operation = "References";
    call.input = Json::object(
        {{"ConnectionArn", configuration["ConnectionArn"]}, {"FullRepositoryId", configuration["FullRepositoryId"]}});
  } else if (source.provider() == kGitHub) {
    store::Transaction transaction = kernel_.environment().store.begin();
    const auto pipeline = findPipelineByArn(transaction, source.pipeline_arn());
    call.service = "thimble.codeconnections";
    call.operation = "References";
    call.input = gitHubRepository(configuration, pipeline ? gitUrlOf(*pipeline) : "", call.account);
  } else {
    call.service = "codecommit";
    call.operation = "GetBranch";
    call.input = Json::object(
        {{"repositoryName", configuration["RepositoryName"]}, {"branchName", configuration["BranchName"]}});
  }
  return call;
}

void SourcePoller::look(const rows::PolledSource& source, const std::string& key) {
  const base::Timestamp began = kernel_.environment().clock.now();
  const Json triggers = source.triggers_json().empty() ? Json::object() : parseStored(source.triggers_json());
  if (!triggers.contains("pullRequest")) return lookAtReferences(source, key, began, Json::object());
  dispatch::Call call = callFor(source);
  call.operation = "PullRequests";
  doorway_.call(std::move(call), [weak = weak_from_this(), source, key, began,
                                  push = triggers.contains("push")](const dispatch::CallOutcome& outcome) {
    const auto self = weak.lock();
    if (!self) return;
    const Json pulls = outcome.ok() ? outcome->output["PullRequests"] : Json::object();
    if (!outcome.ok() || !push) return self->seen(source, key, began, outcome, pulls);
    self->lookAtReferences(source, key, began, pulls);
  });
}

void SourcePoller::lookAtReferences(const rows::PolledSource& source, const std::string& key, base::Timestamp began,
                                    const Json& pulls) {
  doorway_.call(callFor(source),
                [weak = weak_from_this(), source, key, began, pulls](const dispatch::CallOutcome& outcome) {
                  if (const auto self = weak.lock()) self->seen(source, key, began, outcome, pulls);
                });
}

void SourcePoller::seen(const rows::PolledSource& source, const std::string& key, base::Timestamp began,
                        const dispatch::CallOutcome& outcome, const Json& pulls) {
  const bool with_triggers = outcome.ok() && !source.triggers_json().empty();
  {
    const std::lock_guard lock(mutex_);
    Look& look = looks_[key];
    look.under_way = with_triggers;  // Until the changes are told.
    const bool wait_longer = !outcome.ok() && !isStillEmpty(outcome.error());
    const base::Timestamp now = kernel_.environment().clock.now();
    look.pause = wait_longer ? std::min(kLongestPause, std::max(kRound, look.pause) * 2) : 0;
    const std::int64_t rest = source.provider() == kConnection || source.provider() == kGitHub
                                  ? std::min(kLongestPause, kRestFactor * (now.milliseconds - began.milliseconds))
                                  : 0;
    look.next = now.plusMilliseconds(std::max(look.pause, rest));
  }
  if (!outcome.ok()) return;
  if (with_triggers) {
    const Json& references = outcome->output["References"];
    return tellChanges(source, key, references.isObject() ? references : Json::object(), pulls);
  }
  const Json configuration = parseStored(source.configuration_json());
  std::string revision;
  if (source.provider() == "S3") {
    revision = outcome->output.stringAt("VersionId");
  } else if (source.provider() == kConnection || source.provider() == kGitHub) {
    const char* branch = source.provider() == kGitHub ? "Branch" : "BranchName";
    revision = outcome->output["References"].stringAt("refs/heads/" + configuration.stringAt(branch));
  } else {
    revision = outcome->output["branch"].stringAt("commitId");
  }
  if (revision.empty() || revision == "null" || revision == source.last_revision()) return;
  kernel_.signalLater({std::string(kPipelineProcess), source.pipeline_arn()},
                      Json::object({{"type", "sourceChanged"}, {"action", source.action()}, {"revision", revision}}));
}

/// The changes of one look at a repository with triggers, on their way to the pipeline: one by one it is found out
/// whether the files that changed are wanted.
struct SourcePoller::Changes {
  rows::PolledSource source;
  std::string key;
  Json triggers;
  std::vector<Json> open;
  Json decided = Json::array();

  /// `first`: nothing was known before.
  void add(Json change, Interest interest, bool first);
};

void SourcePoller::Changes::add(Json change, Interest interest, bool first) {
  if (interest == Interest::Files && !first) return open.push_back(std::move(change));
  // What is there to begin with is taken by the execution that the pipeline began with.
  change.set("start", interest != Interest::None && !first);
  decided.push(std::move(change));
}

void SourcePoller::tellChanges(const rows::PolledSource& source, const std::string& key, const Json& references,
                               const Json& pulls) {
  auto changes = std::make_shared<Changes>(
      Changes{.source = source, .key = key, .triggers = parseStored(source.triggers_json()), .open = {}});
  const bool first = source.references_json().empty();
  const Json known = first ? Json::object() : parseStored(source.references_json());
  for (const auto& [reference, commit] : references.asObject()) {
    if (known[reference] == commit) continue;
    const Interest interest = interestIn(changes->triggers, reference);
    if (interest == Interest::None) continue;
    changes->add(Json::object({{"reference", reference}, {"from", known.stringAt(reference)}, {"to", commit}}),
                 interest, first);
  }
  for (const auto& [number, pull] : pulls.asObject()) {
    const std::string name = std::string(kPullRequest) + number;
    const std::string before = known.stringAt(name), commit = pull.stringAt("Commit");
    const std::string now = (pull["Open"] == Json(true) ? "OPEN " : "CLOSED ") + commit;
    if (before == now) continue;
    const std::string event = pullRequestEvent(before, now);
    const std::string branch = branchOf(pull.stringAt("Destination"));
    changes->add(Json::object({{"reference", name},
                               {"from", before},
                               {"to", now},
                               {"event", event},
                               {"into", branch},
                               {"base", pull["Base"]},
                               {"commit", commit},
                               {"branch", pull["Source"]}}),
                 interestInPullRequest(changes->triggers, event, branch), first);
  }
  for (const auto& [reference, commit] : known.asObject()) {
    const bool is_pull = reference.starts_with(kPullRequest);
    if (is_pull ? pulls.contains(reference.substr(kPullRequest.size())) : references.contains(reference)) continue;
    changes->decided.push(Json::object({{"reference", reference}, {"from", commit}, {"to", ""}, {"start", false}}));
  }
  decideNext(changes);
}

void SourcePoller::decideNext(const std::shared_ptr<Changes>& changes) {
  if (changes->open.empty()) {
    if (!changes->decided.empty() || changes->source.references_json().empty()) {
      kernel_.signalLater({std::string(kPipelineProcess), changes->source.pipeline_arn()},
                          Json::object({{"type", "referencesChanged"},
                                        {"action", changes->source.action()},
                                        {"triggers", changes->source.triggers_json()},
                                        {"changes", changes->decided}}));
    }
    const std::lock_guard lock(mutex_);
    looks_[changes->key].under_way = false;
    return;
  }
  Json change = std::move(changes->open.back());
  changes->open.pop_back();
  dispatch::Call call = callFor(changes->source);
  call.operation = "ChangedFiles";
  const bool is_pull = change.contains("event");
  const std::string from = change.stringAt(is_pull ? "base" : "from");
  if (!from.empty()) call.input.set("From", from);
  call.input.set("To", change[is_pull ? "commit" : "to"]);
  doorway_.call(std::move(call),
                [weak = weak_from_this(), changes, change, is_pull](const dispatch::CallOutcome& outcome) {
                  const auto self = weak.lock();
                  if (!self) return;
                  if (outcome.ok()) {  // Else it is still a change at the next look.
                    std::vector<std::string> files;
                    for (const Json& file : outcome->output["Files"].asArray()) files.push_back(file.asString());
                    Json decided = change;
                    decided.set("start", is_pull ? pullRequestWantsFiles(changes->triggers, change.stringAt("event"),
                                                                         change.stringAt("into"), files)
                                                 : wantsFiles(changes->triggers, change.stringAt("reference"), files));
                    changes->decided.push(std::move(decided));
                  }
                  self->decideNext(changes);
                });
}

std::shared_ptr<SourcePoller> startSourcePoller(dispatch::Kernel& kernel, dispatch::Doorway& doorway) {
  auto poller = std::make_shared<SourcePoller>(kernel, doorway);
  poller->start();
  return poller;
}

}  // namespace thimble::services::codepipeline
