#include "services/codebuild/runner/runtimes.h"

#include "services/codebuild/runner/toolchain.h"

namespace thimble::services::codebuild::runner {

void selectRuntimes(BuildState& state) {
  const lang::buildspec::Pairs& wanted = state.spec.phases[0].runtime_versions;
  if (wanted.empty()) state.log.say("No runtime version selected in buildspec.");
  state.agent->setEnvironment(state.variables.texts());
  for (const auto& [name, version] : wanted) {
    const std::string command = versionCommand(name);
    if (command.empty()) throw PhaseFailure{"YAML_FILE_ERROR", "Unknown runtime named '" + name + "'"};
    std::string known;
    const Runtime* found = nullptr;
    for (const Runtime& runtime : state.runner.toolchain().runtimes) {
      if (runtime.name != name) continue;
      known += (known.empty() ? "" : ", ") + runtime.version;
      // The last is the newest.
      if (versionMatches(version, runtime.version)) found = &runtime;
    }
    // What the PATH has is preferred, so that it stays as it is.
    agent::RunRequest request = state.request(command);
    request.separate = true;
    std::string installed = state.agent->evaluate(request).text;
    while (!installed.empty() && installed.back() == '\n') installed.pop_back();
    if (!installed.empty()) known += (known.empty() ? "" : ", ") + installed;
    const bool on_path = !installed.empty() && versionMatches(version, installed);
    if (!on_path && found == nullptr) {
      throw PhaseFailure{"YAML_FILE_ERROR",
                         "Unknown runtime version named '" + version + "' of " + name +
                             (known.empty() ? ". This machine has no " + name
                                            : ". This machine has the following versions: " + known)};
    }
    state.log.say("Selecting '" + name + "' runtime version '" + version + "' based on manual selections...");
    if (on_path || found->folder.empty()) continue;
    state.variables.set("PATH", found->folder + ":" + *state.variables.find("PATH"));
    if (name == "java") {
      state.variables.set("JAVA_HOME", found->folder.substr(0, found->folder.rfind('/')));
    }
  }
}

}  // namespace thimble::services::codebuild::runner
