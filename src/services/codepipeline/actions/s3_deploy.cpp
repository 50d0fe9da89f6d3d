// Deployment to S3: an artifact as one object, or its files as objects.
// https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-S3Deploy.html
#include "base/encoding.h"
#include "services/codepipeline/actions/kinds.h"

namespace thimble::services::codepipeline {
namespace {

using base::Json;

class S3Deploy final : public ActionProvider {
 public:
  ActionStep begin(const ActionInput& input, Json&) const override {
    const Json& configuration = input.configuration;
    const std::string extract = configuration.stringAt("Extract");
    const std::string key = configuration.stringAt("ObjectKey");
    Json call = Json::object();
    for (const char* name : {"CannedACL", "CacheControl"}) {
      const std::string value = configuration.stringAt(name);
      if (!value.empty()) call.set(name == std::string("CannedACL") ? "ACL" : name, value);
    }
    call.set("Bucket", configuration.stringAt("BucketName"));
    const ArtifactPlace& artifact = input.inputs.front();
    if (extract == "true" || extract == "True") {
      return ActionStep::call("thimble.codepipeline", "ExtractArtifact",
                              Json::object({{"Artifact", artifact.name},
                                            {"Bucket", artifact.bucket},
                                            {"Key", artifact.key},
                                            {"Folder", key},
                                            {"Object", std::move(call)}}));
    }
    if (key.empty()) {
      return ActionStep::fail("ConfigurationError",
                              "The ObjectKey is required, because the artifact is not extracted.");
    }
    call.set("Key", key);
    call.set("CopySource", artifact.bucket + "/" + base::encodePercent(artifact.key, true));
    call.set("MetadataDirective", call.contains("CacheControl") ? "REPLACE" : "COPY");
    return ActionStep::call("s3", "CopyObject", std::move(call));
  }

  ActionStep answered(const ActionInput& input, Json&, const dispatch::CallOutcome& outcome) const override {
    if (!outcome.ok()) return failedCall(outcome.error());
    ActionReport report;
    report.summary = "Deployment Succeeded";
    report.external_url =
        "https://s3.console.aws.amazon.com/s3/buckets/" + input.configuration.stringAt("BucketName") + "/";
    return ActionStep::succeed(std::move(report));
  }

  /// Written again, the objects are the same.
  ActionStep lost(const ActionInput& input, Json& progress) const override { return begin(input, progress); }

  std::int64_t timeout(const ActionInput&) const override { return 90 * kMinute; }
};

}  // namespace

const ActionProvider& s3Deploy() {
  static const S3Deploy provider;
  return provider;
}

}  // namespace thimble::services::codepipeline
