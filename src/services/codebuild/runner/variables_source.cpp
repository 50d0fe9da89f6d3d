#include "services/codebuild/runner/variables_source.h"

#include <set>

#include "base/arn.h"

namespace thimble::services::codebuild::runner {
namespace {

using base::Json;

std::string parameter(const BuildState& state, const std::string& name) {
  const dispatch::CallOutcome outcome = state.caller.call(
      "ssm", "GetParameters", Json::object({{"Names", Json::array({name})}, {"WithDecryption", true}}));
  if (!outcome.ok()) {
    throw PhaseFailure{"CLIENT_ERROR",
                       "Decrypted Variables Error: " + outcome.error().code + ": " + outcome.error().message};
  }
  const Json& found = outcome->output["Parameters"];
  if (found.size() == 0)
    throw PhaseFailure{"CLIENT_ERROR", "Decrypted Variables Error: parameter does not exist: " + name};
  return found[std::size_t{0}].stringAt("Value");
}

/// "secret-id:json-key:version-stage:version-id", where the id may be an ARN, which has colons of its own.
std::string secret(const BuildState& state, const std::string& reference) {
  std::vector<std::string> parts{""};
  std::size_t begin = 0;
  if (reference.compare(0, 4, "arn:") == 0) {
    for (int i = 0; i < 6 && begin != std::string::npos; ++i) begin = reference.find(':', begin + (i > 0 ? 1 : 0));
    if (begin == std::string::npos) begin = 0;
    parts[0] = reference.substr(0, begin);
  }
  bool in_id = begin != 0;
  for (std::size_t i = begin; i < reference.size(); ++i) {
    if (in_id && i == begin) {
      parts[0] += ':';
      continue;
    }
    if (reference[i] == ':') {
      in_id = false;
      parts.emplace_back();
    } else {
      parts.back() += reference[i];
    }
  }
  parts.resize(4);
  Json input = Json::object({{"SecretId", parts[0]}});
  if (!parts[2].empty()) input.set("VersionStage", parts[2]);
  if (!parts[3].empty()) input.set("VersionId", parts[3]);
  const dispatch::CallOutcome outcome = state.caller.call("secretsmanager", "GetSecretValue", std::move(input));
  if (!outcome.ok()) {
    throw PhaseFailure{"CLIENT_ERROR",
                       "Secrets Manager Error Message: " + outcome.error().code + ": " + outcome.error().message};
  }
  const std::string value = outcome->output.stringAt("SecretString");
  if (parts[1].empty()) return value;
  const auto parsed = Json::parse(value);
  const Json* member = parsed.ok() ? parsed->find(parts[1]) : nullptr;
  if (member == nullptr) {
    throw PhaseFailure{"CLIENT_ERROR",
                       "Secrets Manager Error Message: key " + parts[1] + " does not exist in secret " + parts[0]};
  }
  return member->isString() ? member->asString() : member->write();
}

void setSecret(BuildState& state, const std::string& name, std::string value) {
  state.log.addSecret(value);
  state.variables.set(name, std::move(value));
}

std::set<std::string> projectNames(const BuildState& state) {
  std::set<std::string> names;
  for (const Json& each : state.project()["environment"]["environmentVariables"].asArray()) {
    names.insert(each.stringAt("name"));
  }
  return names;
}

}  // namespace

void setProjectVariables(BuildState& state) {
  for (const Json& each : state.project()["environment"]["environmentVariables"].asArray()) {
    const std::string name = each.stringAt("name");
    const std::string type = each.stringAt("type", "PLAINTEXT");
    const std::string value = each.stringAt("value");
    if (type == "PARAMETER_STORE") {
      setSecret(state, name, parameter(state, value));
    } else if (type == "SECRETS_MANAGER") {
      setSecret(state, name, secret(state, value));
    } else {
      state.variables.set(name, value);
    }
  }
}

void setBuildspecVariables(BuildState& state) {
  const std::set<std::string> taken = projectNames(state);
  for (const auto& [name, value] : state.spec.variables) {
    if (taken.count(name) == 0) state.variables.set(name, value);
  }
  for (const auto& [name, value] : state.spec.parameter_store) {
    if (taken.count(name) == 0) setSecret(state, name, parameter(state, value));
  }
  for (const auto& [name, value] : state.spec.secrets_manager) {
    if (taken.count(name) == 0) setSecret(state, name, secret(state, value));
  }
}

}  // namespace thimble::services::codebuild::runner
