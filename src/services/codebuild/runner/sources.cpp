#include "services/codebuild/runner/sources.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "platform/archive/unpack.h"
#include "services/codebuild/project_rules.h"
#include "services/codebuild/records.h"
#include "services/codebuild/runner/git_source.h"

namespace thimble::services::codebuild::runner {
namespace {

using base::Json;

/// Makes a folder of the box's and those above it, below /codebuild.
void makeFolder(const BuildState& state, const std::string& inside) {
  for (std::size_t slash = std::string("/codebuild").size(); slash != std::string::npos;) {
    slash = inside.find('/', slash + 1);
    const std::string path = state.onHost(inside.substr(0, slash));
    if (mkdir(path.c_str(), 0755) == 0 && state.owner && lchown(path.c_str(), *state.owner, *state.owner) != 0) {
      throw PhaseFailure{"INTERNAL_SERVICE_ERROR", std::string("making the source's folder: ") + std::strerror(errno)};
    }
  }
}

void placeFile(const BuildState& state, const std::string& path, const platform::ByteSource& bytes) {
  std::ofstream file(path, std::ios::binary);
  char buffer[64 * 1024];
  for (std::uint64_t at = 0; at < bytes.size();) {
    const std::size_t size = bytes.read(at, buffer, sizeof buffer);
    if (size == 0) break;
    file.write(buffer, static_cast<std::streamsize>(size));
    at += size;
  }
  if (!file.flush()) throw PhaseFailure{"CLIENT_ERROR", "writing " + path + ": no space left on device"};
  file.close();
  if (state.owner && lchown(path.c_str(), *state.owner, *state.owner) != 0) {
    throw PhaseFailure{"INTERNAL_SERVICE_ERROR", std::string("giving a file to the build: ") + std::strerror(errno)};
  }
}

void unpackZip(const BuildState& state, const platform::ByteSource& bytes, const std::string& inside,
               const std::string& what) {
  std::string path = bytes.path();
  const std::string copy = state.folder + "/source.zip";
  if (path.empty()) {
    std::ofstream(copy, std::ios::binary) << bytes.readAll();
    path = copy;
  }
  platform::ArchiveLimits limits;
  limits.max_bytes = state.runner.settings().max_source_bytes;
  limits.owner = state.owner;
  const auto unpacked = platform::unpackArchive(path, state.onHost(inside), limits);
  std::error_code ignored;
  std::filesystem::remove(copy, ignored);
  if (unpacked.ok()) return;
  switch (unpacked.error()) {
    case platform::ArchiveError::Damaged:
      throw PhaseFailure{"CLIENT_ERROR", "zip: not a valid zip file for " + what};
    case platform::ArchiveError::Forbidden:
      throw PhaseFailure{"CLIENT_ERROR",
                         "zip: an entry's name or link leads out of the source's folder, or is no file, for " + what};
    case platform::ArchiveError::TooLarge:
      throw PhaseFailure{"CLIENT_ERROR", "zip: the archive is too large once unpacked for " + what};
  }
}

bool endsWith(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

void downloadObject(const BuildState& state, const Json& source, const std::string& version, const std::string& inside,
                    const std::string& which) {
  const auto [bucket, key] = splitLocation(source.stringAt("location"));
  const std::string what =
      which + " and source version " + (version.empty() ? "arn:aws:s3:::" + bucket + "/" + key : version);
  const bool from_pipeline = source.stringAt("type") == "CODEPIPELINE";
  if (endsWith(key, "/")) {
    // A folder: all objects below it.
    std::string token;
    do {
      Json input = Json::object({{"Bucket", bucket}, {"Prefix", key}});
      if (!token.empty()) input.set("ContinuationToken", token);
      const dispatch::CallOutcome listed = state.caller.call("s3", "ListObjectsV2", std::move(input));
      if (!listed.ok())
        throw PhaseFailure{"CLIENT_ERROR", listed.error().code + ": " + listed.error().message + " for " + what};
      if (listed->output["Contents"].isArray()) {
        for (const Json& each : listed->output["Contents"].asArray()) {
          const std::string name = each.stringAt("Key").substr(key.size());
          if (name.empty() || endsWith(name, "/") || ("/" + name + "/").find("/../") != std::string::npos) continue;
          const std::size_t slash = name.rfind('/');
          if (slash != std::string::npos) makeFolder(state, inside + "/" + name.substr(0, slash));
          placeFile(state, state.onHost(inside + "/" + name),
                    *fetchObject(state, bucket, each.stringAt("Key"), "", what));
        }
      }
      token = listed->output.stringAt("NextContinuationToken");
    } while (!token.empty());
    return;
  }
  // A pipeline's version is that of its source, not the object's.
  const platform::ByteSourcePointer bytes = fetchObject(state, bucket, key, from_pipeline ? "" : version, what);
  char head[4] = {};
  const bool zip = bytes->read(0, head, 4) >= 2 && head[0] == 'P' && head[1] == 'K';
  if (zip || from_pipeline || endsWith(key, ".zip")) return unpackZip(state, *bytes, inside, what);
  placeFile(state, state.onHost(inside + "/" + key.substr(key.rfind('/') + 1)), *bytes);
}

void download(BuildState& state, const Json& source, const std::string& version, const std::string& inside,
              const std::string& which) {
  const std::string type = source.stringAt("type");
  makeFolder(state, type == "S3" || type == "CODEPIPELINE" || type == "NO_SOURCE"
                        ? inside
                        : inside.substr(0, inside.rfind('/')));
  if (type == "NO_SOURCE") return;
  if (type == "S3" || type == "CODEPIPELINE") return downloadObject(state, source, version, inside, which);
  const std::string commit = cloneRepository(state, source, version, inside, which);
  if (which == "primary source") {
    state.build.set("resolvedSourceVersion", commit);
    state.variables.set("CODEBUILD_RESOLVED_SOURCE_VERSION", commit);
  } else {
    state.variables.set("CODEBUILD_RESOLVED_SOURCE_VERSION_" + source.stringAt("sourceIdentifier"), commit);
  }
}

}  // namespace

std::string chooseSourceFolder(const Json& source, platform::Random& random) {
  std::string folder = "/codebuild/output/src" + random.text(9, "0123456789") + "/src";
  const std::string type = source.stringAt("type");
  if (type == "S3" || type == "CODEPIPELINE" || type == "NO_SOURCE") return folder;
  return folder + "/" + repositoryFolder(source.stringAt("location"));
}

platform::ByteSourcePointer fetchObject(const BuildState& state, const std::string& bucket, const std::string& key,
                                        const std::string& version, const std::string& what) {
  Json input = Json::object({{"Bucket", bucket}, {"Key", key}});
  if (!version.empty()) input.set("VersionId", version);
  dispatch::CallOutcome outcome = state.caller.call("s3", "GetObject", std::move(input));
  if (!outcome.ok()) {
    throw PhaseFailure{"CLIENT_ERROR", outcome.error().code + ": " + outcome.error().message + "\n\tstatus code: " +
                                           std::to_string(outcome.error().http_status) + " for " + what};
  }
  if (outcome->body == nullptr) return std::make_shared<platform::MemoryBytes>("");
  return outcome->body;
}

void downloadSources(BuildState& state) {
  const Json& project = state.project();
  const std::string version = state.document["Build"].stringAt("sourceVersion");
  download(state, project["source"], version, state.source_folder, "primary source");
  if (project["source"].stringAt("type") == "CODEPIPELINE" && !version.empty()) {
    state.build.set("resolvedSourceVersion", version);
    state.variables.set("CODEBUILD_RESOLVED_SOURCE_VERSION", version);
  }
  if (!project["secondarySources"].isArray()) return;
  for (const Json& source : project["secondarySources"].asArray()) {
    const std::string identifier = source.stringAt("sourceIdentifier");
    std::string wanted;
    if (project["secondarySourceVersions"].isArray()) {
      for (const Json& each : project["secondarySourceVersions"].asArray()) {
        if (each.stringAt("sourceIdentifier") == identifier) wanted = each.stringAt("sourceVersion");
      }
    }
    const std::string folder = chooseSourceFolder(source, state.context.random());
    state.variables.set("CODEBUILD_SRC_DIR_" + identifier, folder);
    if (!wanted.empty()) state.variables.set("CODEBUILD_SOURCE_VERSION_" + identifier, wanted);
    download(state, source, wanted, folder, "secondary source " + identifier);
  }
}

std::string fetchBuildspec(BuildState& state) {
  const std::string given = state.project()["source"].stringAt("buildspec");
  if (isInlineBuildspec(given)) return given;
  if (given.compare(0, 13, "arn:aws:s3:::") == 0) {
    const auto [bucket, key] = splitLocation(given);
    return fetchObject(state, bucket, key, "", "buildspec " + given)->readAll();
  }
  // Read by the agent: in the source it may be a link, which must not lead out of the box.
  const std::string path = state.source_folder + "/" + (given.empty() ? "buildspec.yml" : given);
  std::string quoted;
  for (const char c : path) c == '\'' ? quoted += "'\\''" : quoted += c;
  AgentLink::Result result = state.agent->evaluate(state.request("cat '" + quoted + "' 2>/dev/null"));
  if (result.status != 0) {
    throw PhaseFailure{"YAML_FILE_ERROR", "stat " + path + ": no such file or directory"};
  }
  if (result.text.size() >= agent::kMostOutput) throw PhaseFailure{"YAML_FILE_ERROR", "the buildspec is too large"};
  state.log.say("YAML location is " + path);
  return std::move(result.text);
}

}  // namespace thimble::services::codebuild::runner
