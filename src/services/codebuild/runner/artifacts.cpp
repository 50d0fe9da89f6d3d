#include "services/codebuild/runner/artifacts.h"

#include <filesystem>
#include <fstream>

#include "base/digest.h"
#include "base/encoding.h"
#include "platform/archive/writer.h"
#include "services/codebuild/project_rules.h"

namespace thimble::services::codebuild::runner {
namespace {

using base::Json;
using lang::buildspec::FileSet;

std::string lastPart(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

/// A name may hold variables and commands of the shell.
std::string expandName(BuildState& state, const std::string& name) {
  if (name.find('$') == std::string::npos && name.find('`') == std::string::npos) return name;
  std::string quoted;
  for (const char c : name) {
    if (c == '"') quoted += '\\';
    quoted += c;
  }
  return state.agent->evaluate(state.request("printf %s \"" + quoted + "\"")).text;
}

agent::CollectRequest requestFor(const BuildState& state, const FileSet& set) {
  agent::CollectRequest request;
  request.folder = state.source_folder;
  request.base_directory = set.base_directory;
  request.patterns = set.files;
  request.exclude = set.exclude_paths;
  request.keep_links = set.enable_symlinks;
  return request;
}

void announce(BuildState& state, const FileSet& set) {
  const std::string base = set.base_directory.empty() ? "." : set.base_directory;
  state.log.say("Expanding base directory path: " + base);
  state.log.say("Assembling file list");
  state.log.say("Expanding " + base);
  state.log.say("Expanding file paths for base directory " + base);
  state.log.say("Assembling file list");
  for (const std::string& pattern : set.files) state.log.say("Expanding " + pattern);
}

void checkCollected(BuildState& state, const AgentLink::Collected& collected) {
  if (!collected.error.empty()) throw PhaseFailure{"CLIENT_ERROR", collected.error};
  if (collected.count == 0) throw PhaseFailure{"CLIENT_ERROR", "no matching artifact paths found"};
  state.log.say("Found " + std::to_string(collected.count) + " file(s)");
}

void put(BuildState& state, const std::string& bucket, const std::string& key, platform::ByteSourcePointer body,
         const char* type) {
  Json input = Json::object({{"Bucket", bucket}, {"Key", key}, {"ContentType", type}});
  const dispatch::CallOutcome outcome = state.caller.call("s3", "PutObject", std::move(input), std::move(body));
  if (outcome.ok()) return;
  throw PhaseFailure{"CLIENT_ERROR", "Error while uploading artifacts: " + outcome.error().code + ": " +
                                         outcome.error().message + " (s3://" + bucket + "/" + key + ")"};
}

/// A file of ours that goes with its last reader.
std::string stagingPath(BuildState& state) {
  return state.runner.environment().blobs.stagingFolder() + "/build-" + state.context.random().hex(24);
}

Json uploadZip(BuildState& state, const FileSet& set, const std::string& bucket, const std::string& key) {
  const std::string path = stagingPath(state);
  auto file = std::shared_ptr<platform::FileBytes>();
  try {
    platform::ArchiveWriter writer(platform::ArchiveKind::Zip, path);
    AgentLink::Files files;
    const auto shown = [&](const std::string& name) { return set.discard_paths ? lastPart(name) : name; };
    files.file = [&](const std::string& name, unsigned mode, std::uint64_t size) {
      writer.beginFile(shown(name), mode, size);
    };
    files.data = [&](std::string_view bytes) { writer.append(bytes); };
    files.link = [&](const std::string& name, const std::string& target) { writer.addLink(shown(name), target); };
    checkCollected(state, state.agent->collect(requestFor(state, set), files));
    writer.finish();
    file = std::make_shared<platform::FileBytes>(path, true);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    throw;
  }
  base::Digester digester({base::DigestKind::Sha256, base::DigestKind::Md5});
  char buffer[64 * 1024];
  for (std::uint64_t at = 0; at < file->size();) {
    const std::size_t size = file->read(at, buffer, sizeof buffer);
    if (size == 0) break;
    digester.update({buffer, size});
    at += size;
  }
  put(state, bucket, key, file, "application/zip");
  const std::map<base::DigestKind, std::string> digests = digester.finish();
  return Json::object({{"location", "arn:aws:s3:::" + bucket + "/" + key},
                       {"sha256sum", base::encodeHex(digests.at(base::DigestKind::Sha256))},
                       {"md5sum", base::encodeHex(digests.at(base::DigestKind::Md5))}});
}

/// Each file as an object of its own.
Json uploadFiles(BuildState& state, const FileSet& set, const std::string& bucket, const std::string& prefix) {
  std::string path, key;
  std::ofstream out;
  const auto end = [&] {
    if (key.empty()) return;
    out.close();
    put(state, bucket, key, std::make_shared<platform::FileBytes>(path, true), "binary/octet-stream");
    key.clear();
  };
  AgentLink::Files files;
  files.file = [&](const std::string& name, unsigned, std::uint64_t) {
    end();
    key = (prefix.empty() ? "" : prefix + "/") + (set.discard_paths ? lastPart(name) : name);
    path = stagingPath(state);
    out.open(path, std::ios::binary | std::ios::trunc);
  };
  files.data = [&](std::string_view bytes) { out.write(bytes.data(), static_cast<std::streamsize>(bytes.size())); };
  const AgentLink::Collected collected = state.agent->collect(requestFor(state, set), files);
  end();
  checkCollected(state, collected);
  return Json::object({{"location", "arn:aws:s3:::" + bucket + (prefix.empty() ? "" : "/" + prefix)}});
}

Json upload(BuildState& state, const Json& artifacts, const FileSet& set) {
  announce(state, set);
  const bool pipeline = artifacts.stringAt("type") == "CODEPIPELINE";
  const bool override_name = artifacts["overrideArtifactName"] == Json(true) && !set.name.empty() && !pipeline;
  const std::string key = artifactKey(artifacts, state.document["Build"].stringAt("id"),
                                      override_name ? expandName(state, set.name) : std::string());
  const auto [bucket, unused] = splitLocation(artifacts.stringAt("location"));
  const bool zip = pipeline || artifacts.stringAt("packaging") == "ZIP";
  Json uploaded = zip ? uploadZip(state, set, bucket, key) : uploadFiles(state, set, bucket, key);
  for (const char* member : {"encryptionDisabled", "overrideArtifactName", "artifactIdentifier", "bucketOwnerAccess"}) {
    if (artifacts.contains(member)) uploaded.set(member, artifacts[member]);
  }
  return uploaded;
}

}  // namespace

std::string artifactKey(const Json& artifacts, const std::string& build_id, const std::string& name) {
  std::string key;
  const auto add = [&](std::string part) {
    while (!part.empty() && part.front() == '/') part.erase(0, 1);
    while (!part.empty() && part.back() == '/') part.pop_back();
    if (!part.empty()) key += (key.empty() ? "" : "/") + part;
  };
  add(artifacts.stringAt("path"));
  if (artifacts.stringAt("namespaceType") == "BUILD_ID") add(build_id.substr(build_id.find(':') + 1));
  add(name.empty() ? artifacts.stringAt("name") : name);
  return key;
}

void uploadArtifacts(BuildState& state) {
  const Json& project = state.project();
  const Json& primary = project["artifacts"];
  if (primary.stringAt("type") != "NO_ARTIFACTS" && !primary.stringAt("location").empty()) {
    if (state.spec.artifacts) {
      state.build.set("artifacts", upload(state, primary, *state.spec.artifacts));
    } else {
      state.log.say("No artifact files specified");
    }
  }
  if (!project["secondaryArtifacts"].isArray()) return;
  Json secondary = Json::array();
  for (const Json& each : project["secondaryArtifacts"].asArray()) {
    const std::string identifier = each.stringAt("artifactIdentifier");
    const FileSet* found = nullptr;
    for (const FileSet& set : state.spec.secondary_artifacts) {
      if (set.identifier == identifier) found = &set;
    }
    if (found == nullptr) {
      throw PhaseFailure{"CLIENT_ERROR",
                         "the buildspec's secondary-artifacts have no definition of the artifact " + identifier};
    }
    secondary.push(upload(state, each, *found));
  }
  if (secondary.size() > 0) state.build.set("secondaryArtifacts", std::move(secondary));
}

}  // namespace thimble::services::codebuild::runner
