#include "services/codepipeline/triggers.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>

#include "lang/buildspec/glob.h"
#include "services/codepipeline/errors.h"

namespace thimble::services::codepipeline {
namespace {

using base::Json;

bool matchesAny(const Json& patterns, const std::string& text) {
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    if (!patterns[i].isString()) continue;
    for (const std::string& pattern : lang::buildspec::expandBraces(patterns[i].asString())) {
      if (lang::buildspec::globMatches(pattern, text)) return true;
    }
  }
  return false;
}

/// {"includes", "excludes"}: what is excluded is out, whatever includes it; no includes include everything else.
bool passes(const Json& criteria, const std::string& text) {
  if (matchesAny(criteria["excludes"], text)) return false;
  return criteria["includes"].empty() || matchesAny(criteria["includes"], text);
}

bool branchPasses(const Json& filter, const std::string& branch) {
  return !filter.contains("branches") || passes(filter["branches"], branch);
}

bool filesPass(const Json& filter, const std::vector<std::string>& files) {
  return std::any_of(files.begin(), files.end(),
                     [&](const std::string& file) { return passes(filter["filePaths"], file); });
}

bool pushApplies(const Json& filter, const std::string& reference) {
  if (reference.starts_with("refs/tags/"))
    return filter.contains("tags") && passes(filter["tags"], reference.substr(10));
  if (!reference.starts_with("refs/heads/") || filter.contains("tags")) return false;
  return branchPasses(filter, reference.substr(11));
}

/// Without events, each of them counts.
bool pullRequestApplies(const Json& filter, const std::string& event, const std::string& branch) {
  const Json& events = filter["events"];
  bool wanted = events.empty();
  for (std::size_t i = 0; i < events.size(); ++i) wanted = wanted || events[i] == Json(event);
  return wanted && !event.empty() && branchPasses(filter, branch);
}

/// Over the filters of a list that apply.
Interest interest(const Json& filters, const std::function<bool(const Json&)>& applies) {
  Interest found = Interest::None;
  for (std::size_t i = 0; i < filters.size(); ++i) {
    if (!applies(filters[i])) continue;
    if (!filters[i].contains("filePaths")) return Interest::Certainly;
    found = Interest::Files;
  }
  return found;
}

bool wants(const Json& filters, const std::function<bool(const Json&)>& applies,
           const std::vector<std::string>& files) {
  for (std::size_t i = 0; i < filters.size(); ++i) {
    if (applies(filters[i]) && (!filters[i].contains("filePaths") || filesPass(filters[i], files))) return true;
  }
  return false;
}

/// The source action of that name; null when there is none.
Json sourceAction(const Json& declaration, const std::string& name) {
  for (const Json& action : declaration["stages"][std::size_t{0}]["actions"].asArray()) {
    if (action.stringAt("name") == name) return action;
  }
  return {};
}

}  // namespace

base::Result<void> checkTriggers(const Json& declaration) {
  const Json& triggers = declaration["triggers"];
  if (triggers.empty()) return {};
  if (declaration.stringAt("pipelineType", "V1") != "V2") {
    return validation("Triggers can only be configured for pipelines of type V2.");
  }
  std::set<std::string> actions;
  for (const Json& trigger : triggers.asArray()) {
    const Json& git = trigger["gitConfiguration"];
    const std::string name = git.stringAt("sourceActionName");
    const Json action = sourceAction(declaration, name);
    if (action.isNull() || action["actionTypeId"].stringAt("provider") != trigger.stringAt("providerType")) {
      return invalidStructure("The trigger's source action " + name + " is no source action of the provider " +
                              trigger.stringAt("providerType") + " in the pipeline");
    }
    if (!actions.insert(name).second) {
      return invalidStructure("Only one trigger configuration can be specified for the source action " + name);
    }
    for (std::size_t i = 0; i < git["push"].size(); ++i) {
      const Json& filter = git["push"][i];
      if (filter.contains("tags") && (filter.contains("branches") || filter.contains("filePaths"))) {
        return validation("A push filter of the trigger for " + name +
                          " cannot have tags together with branches or file paths.");
      }
    }
  }
  return {};
}

Json gitConfigurationOf(const Json& declaration, const std::string& action) {
  const Json& triggers = declaration["triggers"];
  for (std::size_t i = 0; i < triggers.size(); ++i) {
    const Json& git = triggers[i]["gitConfiguration"];
    if (git.stringAt("sourceActionName") == action) return git;
  }
  return {};
}

Interest interestIn(const Json& git, const std::string& reference) {
  return interest(git["push"], [&](const Json& filter) { return pushApplies(filter, reference); });
}

bool wantsFiles(const Json& git, const std::string& reference, const std::vector<std::string>& files) {
  return wants(
      git["push"], [&](const Json& filter) { return pushApplies(filter, reference); }, files);
}

std::string pullRequestEvent(const std::string& before, const std::string& now) {
  if (before == now) return {};
  if (now.starts_with("CLOSED ")) return before.starts_with("CLOSED ") ? "" : "CLOSED";
  if (!now.starts_with("OPEN ")) return {};
  return before.starts_with("OPEN ") ? "UPDATED" : "OPEN";
}

Interest interestInPullRequest(const Json& git, const std::string& event, const std::string& branch) {
  return interest(git["pullRequest"], [&](const Json& filter) { return pullRequestApplies(filter, event, branch); });
}

bool pullRequestWantsFiles(const Json& git, const std::string& event, const std::string& branch,
                           const std::vector<std::string>& files) {
  return wants(
      git["pullRequest"], [&](const Json& filter) { return pullRequestApplies(filter, event, branch); }, files);
}

}  // namespace thimble::services::codepipeline
