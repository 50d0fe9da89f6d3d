#include "services/codebuild/runner/cache.h"

#include <filesystem>
#include <fstream>

#include "base/digest.h"
#include "base/encoding.h"
#include "platform/archive/writer.h"
#include "services/codebuild/project_rules.h"
#include "services/codebuild/records.h"
#include "services/codebuild/runner/sources.h"

namespace thimble::services::codebuild::runner {
namespace {

using base::Json;

constexpr const char* kInBox = "/codebuild/cache.tar.gz";

bool isLocal(const Json& cache) {
  if (cache.stringAt("type") != "LOCAL") return false;
  for (const Json& mode : cache["modes"].isArray() ? cache["modes"].asArray() : Json::Array{}) {
    if (mode == Json("LOCAL_CUSTOM_CACHE")) return true;
  }
  return false;
}

bool isUsed(const BuildState& state) {
  const Json& cache = state.project()["cache"];
  return (isLocal(cache) || cache.stringAt("type") == "S3") && !state.spec.cache.paths.empty();
}

/// A name that tells nothing and is the same for the same project, generation and key.
std::string nameFor(const BuildState& state, const std::string& key) {
  const Json& cache = state.project()["cache"];
  const std::string space = cache.stringAt("cacheNamespace", state.project().stringAt("arn"));
  return base::encodeHex(
      base::sha256(space + "\n" + std::to_string(state.document["Internal"]["CacheGeneration"].asInt()) + "\n" + key));
}

std::string expand(BuildState& state, const std::string& key) {
  if (key.find('$') == std::string::npos) return key;
  std::string quoted;
  for (const char c : key) {
    if (c == '"') quoted += '\\';
    quoted += c;
  }
  return state.agent->evaluate(state.request("printf %s \"" + quoted + "\"")).text;
}

std::pair<std::string, std::string> placeInS3(const BuildState& state, const std::string& name) {
  auto [bucket, prefix] = splitLocation(state.project()["cache"].stringAt("location"));
  while (!prefix.empty() && prefix.back() == '/') prefix.pop_back();
  return {bucket, (prefix.empty() ? "" : prefix + "/") + name};
}

/// Brings the archive of that name to `path`; false when there is none.
bool fetch(BuildState& state, const std::string& name, const std::string& path) {
  if (isLocal(state.project()["cache"])) {
    std::error_code error;
    return std::filesystem::copy_file(state.runner.settings().cache_folder + "/" + name, path, error);
  }
  const auto [bucket, key] = placeInS3(state, name);
  const dispatch::CallOutcome outcome =
      state.caller.call("s3", "GetObject", Json::object({{"Bucket", bucket}, {"Key", key}}));
  if (!outcome.ok() || outcome->body == nullptr) return false;
  std::ofstream file(path, std::ios::binary);
  char buffer[64 * 1024];
  for (std::uint64_t at = 0; at < outcome->body->size();) {
    const std::size_t size = outcome->body->read(at, buffer, sizeof buffer);
    if (size == 0) break;
    file.write(buffer, static_cast<std::streamsize>(size));
    at += size;
  }
  return static_cast<bool>(file.flush());
}

}  // namespace

void restoreCache(BuildState& state) {
  if (state.spec.cache.paths.empty()) return state.log.say("Cache is not defined in the buildspec");
  if (!isUsed(state)) return state.log.say("Skip cache due to: the project has no cache");
  std::vector<std::string> keys = {state.spec.cache.key};
  for (const std::string& key : state.spec.cache.fallback_keys) keys.push_back(key);
  const std::string path = state.onHost(kInBox);
  for (const std::string& key : keys) {
    if (!fetch(state, nameFor(state, expand(state, key)), path)) continue;
    // In the box, with the build's own rights: wherever a name leads, the build could have written.
    agent::RunRequest request = state.request(std::string("tar -xzpf ") + kInBox + " -C / 2>&1; rm -f " + kInBox);
    request.separate = true;
    state.agent->evaluate(request);
    return state.log.say("Unpacked the cache");
  }
  state.log.say("Unable to download cache: no cache has been saved yet");
}

void saveCache(BuildState& state) {
  if (!isUsed(state) || !state.succeeding) return;
  const std::string name = nameFor(state, expand(state, state.spec.cache.key));
  std::filesystem::create_directories(state.runner.settings().cache_folder);
  const std::string path = state.runner.settings().cache_folder + "/" + name + "." + state.context.random().hex(16);
  std::size_t count = 0;
  {
    platform::ArchiveWriter writer(platform::ArchiveKind::TarGzip, path);
    agent::CollectRequest request;
    request.folder = state.source_folder;
    request.patterns = state.spec.cache.paths;
    request.keep_links = request.whole_folders = request.absolute_names = true;
    AgentLink::Files files;
    files.file = [&](const std::string& file, unsigned mode, std::uint64_t size) {
      writer.beginFile(file.substr(1), mode, size);
    };
    files.data = [&](std::string_view bytes) { writer.append(bytes); };
    files.link = [&](const std::string& file, const std::string& target) { writer.addLink(file.substr(1), target); };
    count = state.agent->collect(request, files).count;
    writer.finish();
  }
  std::error_code ignored;
  if (isLocal(state.project()["cache"])) {
    std::filesystem::rename(path, state.runner.settings().cache_folder + "/" + name, ignored);
  } else {
    const auto [bucket, key] = placeInS3(state, name);
    const dispatch::CallOutcome outcome =
        state.caller.call("s3", "PutObject", Json::object({{"Bucket", bucket}, {"Key", key}}),
                          std::make_shared<platform::FileBytes>(path, true));
    if (!outcome.ok()) return state.log.say("Unable to upload the cache: " + outcome.error().message);
  }
  state.log.say("Saved the cache: " + std::to_string(count) + " file(s)");
}

}  // namespace thimble::services::codebuild::runner
