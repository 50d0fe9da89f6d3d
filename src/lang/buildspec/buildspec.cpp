#include "lang/buildspec/buildspec.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>

#include "lang/buildspec/reading.h"

namespace thimble::lang::buildspec {
namespace {

constexpr std::string_view kReportFormats[] = {"CUCUMBERJSON", "JUNITXML",        "NUNITXML",  "NUNIT3XML",
                                               "TESTNGXML",    "VISUALSTUDIOTRX", "CLOVERXML", "COBERTURAXML",
                                               "JACOCOXML",    "SIMPLECOV"};

Outcome<std::vector<std::string>> readCommands(const Node& node, const std::string& what) {
  if (node.kind == Node::Kind::Null) return std::vector<std::string>();
  // One command may stand for a list of one.
  if (node.kind == Node::Kind::Scalar) return std::vector<std::string>{node.text};
  if (node.kind != Node::Kind::Sequence) {
    return BuildspecError{"Expected " + what + " to be a list of commands" + placeOf(node)};
  }
  std::vector<std::string> commands;
  for (const Node& item : node.items) {
    if (item.kind == Node::Kind::Null) continue;
    if (item.kind != Node::Kind::Scalar) {
      // AWS's words; the second line that they name is the one before.
      return BuildspecError{"Expected " + what + "[" + std::to_string(commands.size()) +
                            "] to be of string type: found subkeys instead at line " + std::to_string(item.line) +
                            ", value of the key tag on line " + std::to_string(item.line - 1) + " might be empty"};
    }
    commands.push_back(item.text);
  }
  return commands;
}

Outcome<void> readOnFailure(const Node& node, Phase& phase) {
  TRY_ASSIGN(const std::string text, readText(node, "on-failure"));
  if (text == "ABORT" || text == "CONTINUE") {
    phase.on_failure = text == "ABORT" ? OnFailure::Abort : OnFailure::Continue;
    return {};
  }
  // RETRY, RETRY-3, RETRY-regex, RETRY-3-regex.
  if (text.compare(0, 5, "RETRY") == 0 && (text.size() == 5 || text[5] == '-')) {
    phase.on_failure = OnFailure::Retry;
    phase.retry_count = 3;
    std::string rest = text.size() > 6 ? text.substr(6) : "";
    std::int64_t count = 0;
    const auto end = std::from_chars(rest.data(), rest.data() + rest.size(), count);
    const std::size_t used = static_cast<std::size_t>(end.ptr - rest.data());
    if (end.ec == std::errc() && (used == rest.size() || rest[used] == '-')) {
      phase.retry_count = count;
      rest = used == rest.size() ? "" : rest.substr(used + 1);
    }
    if (phase.retry_count < 0 || phase.retry_count > 100) {
      return BuildspecError{"on-failure: the count of RETRY must be from 0 to 100" + placeOf(node)};
    }
    phase.retry_expression = rest;
    return {};
  }
  return BuildspecError{"Invalid on-failure value: " + text + ". Expecting: ABORT, CONTINUE, RETRY" + placeOf(node)};
}

Outcome<void> readRuntimes(const Node& node, Phase& phase) {
  if (node.kind == Node::Kind::Null) return {};
  if (node.kind != Node::Kind::Map) return expected("runtime-versions", "a map of runtimes to versions", node);
  for (const auto& [name, version] : node.members) {
    if (version.kind == Node::Kind::Sequence && !version.items.empty()) {
      for (const Node& each : version.items) {
        TRY_ASSIGN(std::string text, readText(each, "runtime-versions." + name));
        phase.runtime_versions.emplace_back(name, std::move(text));
      }
      continue;
    }
    TRY_ASSIGN(std::string text, readText(version, "runtime-versions." + name));
    phase.runtime_versions.emplace_back(name, std::move(text));
  }
  return {};
}

Outcome<Phase> readPhase(const std::string& name, const Node& node) {
  Phase phase;
  phase.present = true;
  if (node.kind == Node::Kind::Null) return phase;
  if (node.kind != Node::Kind::Map) return expected("phases." + name, "a map", node);
  TRY(onlyKeys(node, "phases." + name, {"run-as", "on-failure", "runtime-versions", "commands", "finally", "steps"}));
  if (const Node* member = node.find("run-as")) {
    TRY_ASSIGN(phase.run_as, readText(*member, "run-as"));
  }
  if (const Node* member = node.find("on-failure")) TRY(readOnFailure(*member, phase));
  if (const Node* member = node.find("runtime-versions")) {
    if (name != "install") {
      return BuildspecError{"runtime-versions is only supported in the install phase" + placeOf(*member)};
    }
    TRY(readRuntimes(*member, phase));
  }
  if (node.find("steps") != nullptr) {
    return BuildspecError{"phases." + name + ".steps (CodeBuild-hosted GitHub actions) is not supported" +
                          placeOf(*node.find("steps"))};
  }
  if (const Node* member = node.find("commands")) {
    TRY_ASSIGN(phase.commands, readCommands(*member, "Commands"));
  }
  if (const Node* member = node.find("finally")) {
    TRY_ASSIGN(phase.finally_commands, readCommands(*member, "Finally"));
  }
  return phase;
}

Outcome<void> readPhases(const Node& node, Buildspec& spec) {
  if (node.kind == Node::Kind::Null) return {};
  if (node.kind != Node::Kind::Map) return expected("phases", "a map", node);
  for (const auto& [name, value] : node.members) {
    const auto found = std::find(kPhaseKeys.begin(), kPhaseKeys.end(), name);
    if (found == kPhaseKeys.end()) {
      return BuildspecError{"Invalid buildspec phase name: " + name +
                            ". Expecting: build,install,post_build,pre_build" + keyPlaceOf(value)};
    }
    TRY_ASSIGN(spec.phases[static_cast<std::size_t>(found - kPhaseKeys.begin())], readPhase(name, value));
  }
  return {};
}

Outcome<void> readEnvironment(const Node& node, Buildspec& spec) {
  if (node.kind == Node::Kind::Null) return {};
  if (node.kind != Node::Kind::Map) return expected("env", "a map", node);
  TRY(onlyKeys(
      node, "env",
      {"shell", "variables", "parameter-store", "exported-variables", "secrets-manager", "git-credential-helper"}));
  for (const auto& [key, list] : {std::pair<const char*, Pairs*>{"variables", &spec.variables},
                                  {"parameter-store", &spec.parameter_store},
                                  {"secrets-manager", &spec.secrets_manager}}) {
    if (const Node* member = node.find(key)) {
      TRY_ASSIGN(*list, readPairs(*member, std::string("env.") + key));
    }
  }
  if (const Node* member = node.find("exported-variables")) {
    TRY_ASSIGN(spec.exported_variables, readTexts(*member, "env.exported-variables"));
  }
  if (const Node* member = node.find("git-credential-helper")) {
    TRY_ASSIGN(spec.git_credential_helper, readBoolean(*member, "git-credential-helper"));
  }
  if (const Node* member = node.find("shell")) {
    TRY_ASSIGN(spec.shell, readText(*member, "env.shell"));
    if (spec.shell == "/bin/sh") spec.shell = "sh";
    if (spec.shell == "/bin/bash") spec.shell = "bash";
    if (spec.shell != "sh" && spec.shell != "bash") {
      return BuildspecError{"Invalid shell: " + spec.shell + ". Expecting: bash, /bin/sh, sh" + placeOf(*member)};
    }
  }
  return {};
}

Outcome<FileSet> readFileSet(const Node& node, const std::string& what, std::initializer_list<std::string_view> keys) {
  FileSet set;
  if (node.kind != Node::Kind::Map) return expected(what, "a map", node);
  TRY(onlyKeys(node, what, keys));
  if (const Node* member = node.find("files")) {
    TRY_ASSIGN(set.files, readTexts(*member, what + ".files"));
  }
  if (const Node* member = node.find("exclude-paths")) {
    TRY_ASSIGN(set.exclude_paths, readTexts(*member, what + ".exclude-paths"));
  }
  for (const auto& [key, text] : {std::pair<const char*, std::string*>{"base-directory", &set.base_directory},
                                  {"name", &set.name},
                                  {"s3-prefix", &set.s3_prefix},
                                  {"file-format", &set.file_format}}) {
    if (const Node* member = node.find(key)) {
      TRY_ASSIGN(*text, readText(*member, what + "." + key));
    }
  }
  for (const auto& [key, flag] : {std::pair<const char*, bool*>{"discard-paths", &set.discard_paths},
                                  {"enable-symlinks", &set.enable_symlinks}}) {
    if (const Node* member = node.find(key)) {
      TRY_ASSIGN(*flag, readBoolean(*member, key));
    }
  }
  return set;
}

Outcome<void> readArtifacts(const Node& node, Buildspec& spec) {
  if (node.kind == Node::Kind::Null) return {};
  TRY_ASSIGN(FileSet set, readFileSet(node, "artifacts",
                                      {"files", "name", "discard-paths", "base-directory", "exclude-paths",
                                       // "type: zip" is in many a template of 2017, and never meant anything.
                                       "enable-symlinks", "s3-prefix", "secondary-artifacts", "type"}));
  if (!set.files.empty()) spec.artifacts = std::move(set);
  const Node* secondary = node.find("secondary-artifacts");
  if (secondary == nullptr || secondary->kind == Node::Kind::Null) return {};
  if (secondary->kind != Node::Kind::Map) return expected("secondary-artifacts", "a map", *secondary);
  for (const auto& [identifier, value] : secondary->members) {
    TRY_ASSIGN(FileSet each, readFileSet(value, "secondary-artifacts." + identifier,
                                         {"files", "name", "discard-paths", "base-directory", "exclude-paths",
                                          "enable-symlinks", "s3-prefix"}));
    each.identifier = identifier;
    spec.secondary_artifacts.push_back(std::move(each));
  }
  return {};
}

Outcome<void> readReports(const Node& node, Buildspec& spec) {
  if (node.kind == Node::Kind::Null) return {};
  if (node.kind != Node::Kind::Map) return expected("reports", "a map", node);
  for (const auto& [group, value] : node.members) {
    TRY_ASSIGN(FileSet set,
               readFileSet(value, "reports." + group, {"files", "base-directory", "discard-paths", "file-format"}));
    set.identifier = group;
    if (set.file_format.empty()) set.file_format = "JUNITXML";
    std::transform(set.file_format.begin(), set.file_format.end(), set.file_format.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    if (std::find(std::begin(kReportFormats), std::end(kReportFormats), set.file_format) == std::end(kReportFormats)) {
      return BuildspecError{"Invalid report file-format: " + set.file_format + placeOf(value)};
    }
    spec.reports.push_back(std::move(set));
  }
  return {};
}

Outcome<void> readCache(const Node& node, Buildspec& spec) {
  if (node.kind == Node::Kind::Null) return {};
  if (node.kind != Node::Kind::Map) return expected("cache", "a map", node);
  TRY(onlyKeys(node, "cache", {"paths", "key", "fallback-keys", "action"}));
  if (const Node* member = node.find("paths")) {
    TRY_ASSIGN(spec.cache.paths, readTexts(*member, "cache.paths"));
  }
  if (const Node* member = node.find("key")) {
    TRY_ASSIGN(spec.cache.key, readText(*member, "cache.key"));
  }
  if (const Node* member = node.find("fallback-keys")) {
    TRY_ASSIGN(spec.cache.fallback_keys, readTexts(*member, "cache.fallback-keys"));
  }
  if (const Node* member = node.find("action")) {
    return BuildspecError{"cache.action is not supported" + placeOf(*member)};
  }
  return {};
}

Outcome<void> readVersion(const Node& root, Buildspec& spec) {
  const Node* version = root.find("version");
  if (version == nullptr || version->kind != Node::Kind::Scalar) {
    return BuildspecError{"Missing buildspec version. Expecting: 0.1, 0.2"};
  }
  if (version->text != "0.1" && version->text != "0.2") {
    return BuildspecError{"Invalid buildspec version: " + version->text + ". Expecting: 0.1, 0.2" + placeOf(*version)};
  }
  spec.separate_commands = version->text == "0.1";
  return {};
}

}  // namespace

Outcome<Buildspec> readBuildspec(std::string_view text) {
  TRY_ASSIGN(const Node root, readNode(text));
  if (root.kind == Node::Kind::Null) return BuildspecError{"YAML file is empty"};
  if (root.kind != Node::Kind::Map) return expected("the buildspec", "a map", root);
  Buildspec spec;
  TRY(readVersion(root, spec));
  TRY(onlyKeys(root, "the buildspec",
               {"version", "run-as", "env", "environment_variables", "proxy", "batch", "phases", "reports", "artifacts",
                "cache", "eb_codebuild_settings"}));
  if (const Node* node = root.find("run-as")) {
    TRY_ASSIGN(spec.run_as, readText(*node, "run-as"));
  }
  if (const Node* node = root.find("env")) TRY(readEnvironment(*node, spec));
  // Version 0.1 once spelt it so, with the variables under "plaintext".
  if (const Node* node = root.find("environment_variables"); node != nullptr && node->find("plaintext") != nullptr) {
    TRY_ASSIGN(spec.variables, readPairs(*node->find("plaintext"), "environment_variables.plaintext"));
  }
  if (const Node* node = root.find("proxy"); node != nullptr && node->kind != Node::Kind::Null) {
    TRY(onlyKeys(*node, "proxy", {"upload-artifacts", "logs"}));
  }
  if (const Node* node = root.find("batch")) spec.batch = *node;
  if (const Node* node = root.find("phases")) TRY(readPhases(*node, spec));
  if (const Node* node = root.find("reports")) TRY(readReports(*node, spec));
  if (const Node* node = root.find("artifacts")) TRY(readArtifacts(*node, spec));
  if (const Node* node = root.find("cache")) TRY(readCache(*node, spec));
  return spec;
}

}  // namespace thimble::lang::buildspec
