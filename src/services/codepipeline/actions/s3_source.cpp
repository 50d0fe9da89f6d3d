// Source from S3: the newest version of an object becomes the artifact.
// https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-S3.html
#include "base/encoding.h"
#include "services/codepipeline/actions/kinds.h"

namespace thimble::services::codepipeline {
namespace {

class S3Source final : public ActionProvider {
 public:
  ActionStep begin(const ActionInput& input, base::Json& progress) const override {
    const std::string bucket = input.configuration.stringAt("S3Bucket");
    std::string key = input.configuration.stringAt("S3ObjectKey");
    if (input.override_type == "S3_OBJECT_KEY") key = input.override_value;
    progress = base::Json::object({{"step", "look"}, {"bucket", bucket}, {"key", key}});
    base::Json head = base::Json::object({{"Bucket", bucket}, {"Key", key}});
    if (input.override_type == "S3_OBJECT_VERSION_ID") head.set("VersionId", input.override_value);
    return ActionStep::call("s3", "HeadObject", std::move(head));
  }

  ActionStep answered(const ActionInput& input, base::Json& progress,
                      const dispatch::CallOutcome& outcome) const override {
    if (progress.stringAt("step") == "look") return looked(input, progress, outcome);
    if (!outcome.ok()) return failedCall(outcome.error());
    return finished(progress);
  }

  /// Looking changes nothing, and the copy made again is the same copy.
  ActionStep lost(const ActionInput& input, base::Json& progress) const override {
    return progress.stringAt("step") == "look" ? begin(input, progress) : copy(input, progress);
  }

 private:
  static ActionStep looked(const ActionInput& input, base::Json& progress, const dispatch::CallOutcome& outcome) {
    const std::string bucket = progress.stringAt("bucket");
    const std::string key = progress.stringAt("key");
    if (!outcome.ok()) {
      if (outcome.error().http_status == 403) {
        return ActionStep::fail("PermissionError",
                                "Insufficient permissions: The provided role does not have permissions to perform this "
                                "action. Underlying error: " +
                                    outcome.error().message);
      }
      return ActionStep::fail("ConfigurationError", "The action failed because the object with key " + key +
                                                        " could not be found in the Amazon S3 source bucket " + bucket +
                                                        ". Verify that the bucket and the object exist.");
    }
    const std::string version = outcome->output.stringAt("VersionId");
    if (version.empty() || version == "null") {
      return ActionStep::fail("ConfigurationError", "The Amazon S3 source bucket " + bucket +
                                                        " does not have versioning enabled. CodePipeline needs a "
                                                        "versioned source bucket.");
    }
    std::string tag = outcome->output.stringAt("ETag");
    if (tag.size() >= 2 && tag.front() == '"') tag = tag.substr(1, tag.size() - 2);
    progress.set("version", version);
    progress.set("etag", tag);
    progress.set("modified", outcome->output["LastModified"]);
    progress.set("step", "copy");
    return copy(input, progress);
  }

  static ActionStep copy(const ActionInput& input, const base::Json& progress) {
    if (input.outputs.empty()) return finished(progress);
    base::Json call = base::Json::object();
    call.set("Bucket", input.outputs.front().bucket);
    call.set("Key", input.outputs.front().key);
    call.set("CopySource", progress.stringAt("bucket") + "/" + base::encodePercent(progress.stringAt("key"), true) +
                               "?versionId=" + base::encodePercent(progress.stringAt("version")));
    return ActionStep::call("s3", "CopyObject", std::move(call));
  }

  static ActionStep finished(const base::Json& progress) {
    const std::string version = progress.stringAt("version");
    ActionReport report;
    ActionRevision revision;
    revision.id = version;
    revision.change_id = progress.stringAt("etag");
    revision.summary = "Amazon S3 version id: " + version;
    revision.url = "https://console.aws.amazon.com/s3/home?#";
    if (progress["modified"].isInt()) revision.created = base::Timestamp{progress["modified"].asInt()};
    report.external_id = version;
    report.summary = revision.summary;
    report.revision = revision;
    report.variables = {{"BucketName", progress.stringAt("bucket")},
                        {"ObjectKey", progress.stringAt("key")},
                        {"ETag", progress.stringAt("etag")},
                        {"VersionId", version}};
    return ActionStep::succeed(std::move(report));
  }
};

}  // namespace

const ActionProvider& s3Source() {
  static const S3Source provider;
  return provider;
}

}  // namespace thimble::services::codepipeline
