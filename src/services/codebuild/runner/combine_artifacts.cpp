#include "services/codebuild/runner/combine_artifacts.h"

#include <fstream>

#include "platform/archive/unpack.h"
#include "platform/archive/zip_folder.h"
#include "services/codebuild/project_rules.h"
#include "services/codebuild/runner/artifacts.h"
#include "services/codebuild/runner/failure.h"
#include "services/codebuild/runner/role_caller.h"
#include "services/codebuild/runner/runner.h"

namespace thimble::services::codebuild::runner {
namespace {

using base::Json;

class Combining {
 public:
  Combining(Runner& runner, dispatch::AsyncContext& context, const Json& document)
      : runner_(runner),
        document_(document),
        caller_(context.doorway(), context.account(), context.region(),
                {document["Project"].stringAt("serviceRole"), "codebuild.amazonaws.com", "AWSCodeBuild-batch"},
                document["Batch"].stringAt("arn")) {}

  ~Combining() {
    if (!folder_.empty()) runner_.dropFolder(folder_);
  }
  Combining(const Combining&) = delete;
  Combining& operator=(const Combining&) = delete;

  /// `artifacts`: the project's; `identifier`: of a secondary one, or empty.
  Json combine(const Json& artifacts, const std::string& identifier) {
    const std::string id = document_["Batch"].stringAt("id");
    const auto [bucket, unused] = splitLocation(artifacts.stringAt("location"));
    const std::string key = artifactKey(artifacts, id, {});
    Json out = Json::object({{"location", "arn:aws:s3:::" + bucket + (key.empty() ? "" : "/" + key)}});
    if (!identifier.empty()) out.set("artifactIdentifier", identifier);
    const bool zip = artifacts.stringAt("type") == "CODEPIPELINE" || artifacts.stringAt("packaging") == "ZIP";
    if (!zip) return out;
    folder_ = runner_.makeFolder();
    for (const Json& group : document_["Batch"]["buildGroups"].asArray()) {
      const std::string location = locationOf(group, identifier);
      if (!location.empty()) unpack(location);
    }
    put(bucket, key);
    runner_.dropFolder(folder_);
    folder_.clear();
    return out;
  }

 private:
  static std::string locationOf(const Json& group, const std::string& identifier) {
    const Json& summary = group["currentBuildSummary"];
    if (identifier.empty()) return summary["primaryArtifact"].stringAt("location");
    if (!summary["secondaryArtifacts"].isArray()) return {};
    for (const Json& each : summary["secondaryArtifacts"].asArray()) {
      if (each.stringAt("identifier") == group.stringAt("identifier") + "_" + identifier) {
        return each.stringAt("location");
      }
    }
    return {};
  }

  void unpack(const std::string& location) {
    const auto [bucket, key] = splitLocation(location);
    const dispatch::CallOutcome outcome =
        caller_.call("s3", "GetObject", Json::object({{"Bucket", bucket}, {"Key", key}}));
    if (!outcome.ok()) throw PhaseFailure{"CLIENT_ERROR", outcome.error().code + ": " + outcome.error().message};
    const std::string copy = folder_ + "/one.zip";
    std::string path = outcome->body == nullptr ? "" : outcome->body->path();
    if (path.empty()) {
      std::ofstream(copy, std::ios::binary) << (outcome->body == nullptr ? "" : outcome->body->readAll());
      path = copy;
    }
    platform::ArchiveLimits limits;
    limits.max_bytes = runner_.settings().max_source_bytes;
    if (!platform::unpackArchive(path, folder_ + "/root", limits).ok()) {
      throw PhaseFailure{"CLIENT_ERROR", "zip: not a valid zip file: " + location};
    }
  }

  void put(const std::string& bucket, const std::string& key) {
    const std::string path = folder_ + "/all.zip";
    platform::zipFolder(folder_ + "/root", path);
    const dispatch::CallOutcome outcome = caller_.call(
        "s3", "PutObject", Json::object({{"Bucket", bucket}, {"Key", key}, {"ContentType", "application/zip"}}),
        std::make_shared<platform::FileBytes>(path, false));
    if (!outcome.ok()) {
      throw PhaseFailure{"CLIENT_ERROR",
                         "Error while uploading artifacts: " + outcome.error().code + ": " + outcome.error().message};
    }
  }

  Runner& runner_;
  const Json& document_;
  RoleCaller caller_;
  std::string folder_;  ///< Empty: none is open.
};

}  // namespace

dispatch::CallOutcome combineArtifacts(Runner& runner, dispatch::AsyncContext& context, const Json& document) {
  try {
    Combining combining(runner, context, document);
    const Json& project = document["Project"];
    Json out = Json::object();
    const std::string type = project["artifacts"].stringAt("type");
    if (type != "NO_ARTIFACTS") out.set("artifacts", combining.combine(project["artifacts"], ""));
    Json secondary = Json::array();
    if (project["secondaryArtifacts"].isArray()) {
      for (const Json& each : project["secondaryArtifacts"].asArray()) {
        secondary.push(combining.combine(each, each.stringAt("artifactIdentifier")));
      }
    }
    if (secondary.size() > 0) out.set("secondaryArtifacts", std::move(secondary));
    return dispatch::Answer{std::move(out), nullptr, 0};
  } catch (const PhaseFailure& failure) {
    return base::ApiError{failure.code, failure.message, 400};
  } catch (const std::exception& error) {
    return base::ApiError{"INTERNAL_SERVICE_ERROR", error.what(), 500};
  }
}

}  // namespace thimble::services::codebuild::runner
