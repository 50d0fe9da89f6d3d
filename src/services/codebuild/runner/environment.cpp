#include "services/codebuild/runner/environment.h"

#include <algorithm>

#include "base/digest.h"
#include "base/encoding.h"
#include "services/codebuild/records.h"

namespace thimble::services::codebuild::runner {
namespace {

using base::Json;

constexpr std::uint64_t kGibibyte = std::uint64_t{1} << 30;

/// The same for the same project, in the form of a UUID.
std::string projectUuid(const std::string& arn) {
  const std::string hex = base::encodeHex(base::sha256(arn));
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20, 12);
}

}  // namespace

void Variables::set(const std::string& name, std::string value) {
  for (auto& [known, old] : values_) {
    if (known != name) continue;
    old = std::move(value);
    return;
  }
  values_.emplace_back(name, std::move(value));
}

const std::string* Variables::find(const std::string& name) const {
  for (const auto& [known, value] : values_) {
    if (known == name) return &value;
  }
  return nullptr;
}

std::vector<std::string> Variables::texts() const {
  std::vector<std::string> texts;
  for (const auto& [name, value] : values_) texts.push_back(name + "=" + value);
  return texts;
}

bool isVariableName(const std::string& name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && letter(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

Variables standardVariables(const Json& document, const std::string& source_folder) {
  const Json& build = document["Build"];
  const Json& project = document["Project"];
  const std::string region = document.stringAt("Region");
  const std::string id = build.stringAt("id");
  const std::string go_path =
      source_folder.substr(0, source_folder.find('/', std::string("/codebuild/output/").size()));
  Variables out;
  out.set("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  out.set("HOME", "/root");
  out.set("USER", "root");
  out.set("LANG", "C.UTF-8");
  out.set("CI", "true");
  out.set("DEBIAN_FRONTEND", "noninteractive");
  // The box's system folders are the build's own, so pip need not guard those of the distribution.
  out.set("PIP_BREAK_SYSTEM_PACKAGES", "1");
  out.set("PIP_ROOT_USER_ACTION", "ignore");
  out.set("AWS_DEFAULT_REGION", region);
  out.set("AWS_REGION", region);
  out.set("AWS_PAGER", "");
  out.set("CODEBUILD_CI", "true");
  out.set("CODEBUILD_AGENT_ENDPOINT", "http://127.0.0.1:7831");
  out.set("CODEBUILD_BUILD_ARN", build.stringAt("arn"));
  out.set("CODEBUILD_BUILD_ID", id);
  out.set("CODEBUILD_BUILD_IMAGE", project["environment"].stringAt("image"));
  out.set("CODEBUILD_BUILD_NUMBER", std::to_string(build["buildNumber"].asInt()));
  out.set("CODEBUILD_BUILD_SUCCEEDING", "1");
  out.set("CODEBUILD_CONTAINER_NAME", "default");
  out.set("CODEBUILD_GOPATH", go_path);
  out.set("CODEBUILD_INITIATOR", build.stringAt("initiator"));
  out.set("CODEBUILD_KMS_KEY_ID", build.stringAt("encryptionKey"));
  out.set("CODEBUILD_LAST_EXIT", "0");
  out.set("CODEBUILD_LOG_PATH", build["logs"].stringAt("streamName", id.substr(id.find(':') + 1)));
  out.set("CODEBUILD_PROJECT_ARN", Place{document.stringAt("Account"), region}.projectArn(projectOf(id)));
  out.set("CODEBUILD_PROJECT_UUID", projectUuid(project.stringAt("arn")));
  out.set("CODEBUILD_SRC_DIR", source_folder);
  out.set("CODEBUILD_START_TIME", std::to_string(build["startTime"].asInt()));
  const std::string type = project["source"].stringAt("type");
  if (type != "NO_SOURCE") out.set("CODEBUILD_SOURCE_REPO_URL", project["source"].stringAt("location"));
  if (!build.stringAt("sourceVersion").empty()) out.set("CODEBUILD_SOURCE_VERSION", build.stringAt("sourceVersion"));
  if (!document["Internal"].stringAt("BatchIdentifier").empty()) {
    out.set("CODEBUILD_BATCH_BUILD_IDENTIFIER", document["Internal"].stringAt("BatchIdentifier"));
  }
  out.set("GOPATH", "/go:" + go_path);
  return out;
}

ComputeSize computeSize(const Json& environment) {
  const std::string type = environment.stringAt("computeType");
  static const std::pair<const char*, ComputeSize> kSizes[] = {
      {"BUILD_GENERAL1_SMALL", {3 * kGibibyte, 2}},      {"BUILD_GENERAL1_MEDIUM", {7 * kGibibyte, 4}},
      {"BUILD_GENERAL1_LARGE", {15 * kGibibyte, 8}},     {"BUILD_GENERAL1_XLARGE", {70 * kGibibyte, 36}},
      {"BUILD_GENERAL1_2XLARGE", {145 * kGibibyte, 72}}, {"BUILD_LAMBDA_1GB", {1 * kGibibyte, 1}},
      {"BUILD_LAMBDA_2GB", {2 * kGibibyte, 1}},          {"BUILD_LAMBDA_4GB", {4 * kGibibyte, 2}},
      {"BUILD_LAMBDA_8GB", {8 * kGibibyte, 4}},          {"BUILD_LAMBDA_10GB", {10 * kGibibyte, 6}}};
  for (const auto& [name, size] : kSizes) {
    if (type == name) return size;
  }
  const Json& configuration = environment["computeConfiguration"];
  ComputeSize size{3 * kGibibyte, 2};
  if (configuration["memory"].isInt() && configuration["memory"].asInt() > 0) {
    size.memory_bytes = static_cast<std::uint64_t>(configuration["memory"].asInt()) * kGibibyte;
  }
  if (configuration["vCpu"].isInt() && configuration["vCpu"].asInt() > 0) {
    size.processors = static_cast<std::uint64_t>(configuration["vCpu"].asInt());
  }
  return size;
}

std::string imageNote(const Json& environment, bool asked) {
  const std::string image = environment.stringAt("image");
  if (image.compare(0, 14, "aws/codebuild/") == 0) {
    return "Image " + image + ": this machine's own tools are used";
  }
  if (asked) {
    return "WARNING: image " + image +
           " cannot be used, since neither podman nor docker is here; the build runs with this machine's own tools";
  }
  return "WARNING: image " + image +
         " is not one of AWS CodeBuild's; the build runs with this machine's own tools, not with that image "
         "(imagePullCredentialsType SERVICE_ROLE asks for it)";
}

}  // namespace thimble::services::codebuild::runner
