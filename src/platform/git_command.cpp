#include "platform/git_command.h"

#include <cstdlib>

namespace thimble::platform {

ProcessInput gitCommand(std::vector<std::string> arguments, const GitConfiguration& configuration) {
  ProcessInput input;
  input.arguments = std::move(arguments);
  input.arguments.insert(input.arguments.begin(), "git");
  const char* path = std::getenv("PATH");
  input.environment = {std::string("PATH=") + (path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin"),
                       "LC_ALL=C",
                       "HOME=/nonexistent",
                       "XDG_CONFIG_HOME=/nonexistent",
                       "GIT_CONFIG_NOSYSTEM=1",
                       "GIT_CONFIG_GLOBAL=/dev/null",
                       "GIT_ATTR_NOSYSTEM=1",
                       "GIT_TERMINAL_PROMPT=0",
                       "GIT_ASKPASS=/bin/false",
                       "GIT_CONFIG_COUNT=" + std::to_string(configuration.size())};
  for (std::size_t i = 0; i < configuration.size(); ++i) {
    const std::string number = std::to_string(i);
    input.environment.push_back("GIT_CONFIG_KEY_" + number + "=" + configuration[i].first);
    input.environment.push_back("GIT_CONFIG_VALUE_" + number + "=" + configuration[i].second);
  }
  return input;
}

}  // namespace thimble::platform
