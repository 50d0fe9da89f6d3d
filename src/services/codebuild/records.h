// CodeBuild's rows: where they are and how they are found. All are values in the API's form with what is ours beside.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "dispatch/context.h"
#include "dispatch/process.h"
#include "services/codebuild/codebuild.pb.h"
#include "store/table.h"

namespace thimble::services::codebuild {

/// A build's durable process.
inline constexpr std::string_view kBuildProcess = "codebuild.build";

/// A project or build of an account in a region.
struct Place {
  std::string account;
  std::string region;

  std::string arn(const std::string& resource) const {
    return "arn:aws:codebuild:" + region + ":" + account + ":" + resource;
  }
  std::string projectArn(const std::string& name) const { return arn("project/" + name); }
  std::string buildArn(const std::string& id) const { return arn("build/" + id); }
};
inline Place placeOf(const dispatch::Context& context) {
  return {context.account(), context.region()};
}

/// {"Project": a Project, "Builds": how many were started, "CacheGeneration": how often the cache was invalidated}.
std::optional<base::Json> findProject(store::Transaction& transaction, const Place& place, const std::string& name);
void putProject(store::Transaction& transaction, const Place& place, const base::Json& document);
void eraseProject(store::Transaction& transaction, const Place& place, const std::string& name);
/// In the order of names.
std::vector<std::pair<std::string, base::Json>> listProjects(store::Transaction& transaction, const Place& place);

/// {"Build": a Build, "Account", "Region", and what start_build.h adds}. Ids are "project:uuid".
std::optional<base::Json> findBuild(store::Transaction& transaction, const Place& place, const std::string& id);
void putBuild(store::Transaction& transaction, const Place& place, const base::Json& document);
/// Also lists it. `document` is new.
void addBuild(store::Transaction& transaction, const Place& place, const base::Json& document);
void eraseBuild(store::Transaction& transaction, const Place& place, const base::Json& document);

/// Ids of builds by their start, or of one project by their number; `after` is a key of the last page, or empty.
struct BuildList {
  std::vector<std::string> ids;
  std::string next;  ///< Empty at the end.
};
BuildList listBuilds(store::Transaction& transaction, const Place& place, const std::string& project, bool ascending,
                     const std::string& after, std::size_t limit);

/// Builds of a project that are not at an end.
void putActive(store::Transaction& transaction, const Place& place, const std::string& project, const std::string& id);
void eraseActive(store::Transaction& transaction, const Place& place, const std::string& project,
                 const std::string& id);
std::size_t countActive(store::Transaction& transaction, const Place& place, const std::string& project);

/// The build that a client's idempotency token started, or nothing.
std::optional<std::string> findToken(store::Transaction& transaction, const Place& place, const std::string& project,
                                     const std::string& token, base::Timestamp now);
void putToken(store::Transaction& transaction, const Place& place, const std::string& project, const std::string& token,
              const std::string& id, base::Timestamp now);

/// A project's name, of itself or of its ARN.
std::string projectName(const Place& place, const std::string& text);
/// "project" of "project:uuid"; empty when it is no build's id.
std::string projectOf(const std::string& build_id);
/// An id or an ARN as an id; InvalidInputException.
base::Result<std::string> readBuildId(const Place& place, const std::string& text);

dispatch::ProcessReference buildProcess(const Place& place, const std::string& id);
/// The place and id in a build process's id.
std::pair<Place, std::string> readBuildProcess(const std::string& process_id);

}  // namespace thimble::services::codebuild
